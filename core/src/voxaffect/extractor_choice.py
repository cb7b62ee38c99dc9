"""Which extractors a pipeline has: what its classifier requires, and what measures the markers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from voxaffect._validate import shown
from voxaffect.components import Classifier, Stage
from voxaffect.errors import ComponentUnavailableError, ConfigurationError, UnknownNameError
from voxaffect.host import Offer, PluginHost

MARKERS = "markers"
"""`Component.makes` of an extractor that measures them."""


def choose_extractors(
    host: PluginHost, config: Mapping[str, Any], classified: Sequence[Offer], classifier: Classifier
) -> tuple[dict[str, dict[str, Any]], str]:
    """A table with `use` and options for each, by name, and which of them gives the markers, "" for none.

    Args:
        config: of the pipeline; see `Pipeline.from_config`.
        classified: the classifier, then those that it wraps: the innermost is who requires extractors.

    Raises:
        ConfigurationError: options for an extractor that the pipeline has not, or a choice that cannot be.
        UnknownNameError: an extractor that is not there.
        ComponentUnavailableError: the classifier requires one that no plugin offers.
    """
    options = config.get("extractors", {})
    if not isinstance(options, Mapping) or not all(isinstance(value, Mapping) for value in options.values()):
        raise ConfigurationError(f"extractors must be tables of options by extractor, got {options!r}")
    tables = {
        name: _table(host, classified, name, classifier, options.get(name, {}))
        for name in classifier.requires
    }
    markers = _markers_name(host, config.get("markers", "auto"), tables)
    if markers and markers not in tables:
        tables[markers] = {"use": markers, **options.get(markers, {})}
    for name in options:
        if name not in tables:
            raise ConfigurationError(str(UnknownNameError("extractor of this pipeline", name, tables)))
    return tables, markers


def _table(
    host: PluginHost, classified: Sequence[Offer], name: str, classifier: Classifier, given: Mapping[str, Any]
) -> dict[str, Any]:
    """The user's options over the classifier's own, which are for the extractor of that name alone."""
    if "use" in given:
        return dict(given)
    own = getattr(classifier, "extractor_options", {}).get(name, {})
    return {"use": _required_name(host, classified, name), **own, **given}


def _required_name(host: PluginHost, classified: Sequence[Offer], name: str) -> str:
    """The extractor that a classifier means by a name: its own plugin's, else the only one there is."""
    offers = [o.full_name for o in host.offers(Stage.EXTRACTOR) if o.component.name == name]
    for offer in reversed(classified):
        own = f"{offer.plugin}/{name}"
        if own in offers:
            return own
    if len(offers) > 1:
        choices = " or ".join(f'[extractors.{name}] use = "{each}"' for each in offers)
        raise ConfigurationError(
            f"several plugins offer the extractor {name!r}, which the classifier {classified[0].full_name} "
            f"requires: choose one in the pipeline's file, {choices}"
        )
    try:
        return host.find(Stage.EXTRACTOR, name).full_name
    except UnknownNameError as error:
        raise ComponentUnavailableError(
            f"the classifier {classified[0].full_name} requires an extractor that no plugin offers: {error}"
        ) from error


def _markers_name(host: PluginHost, given: object, tables: Mapping[str, Mapping[str, Any]]) -> str:
    """What measures the markers, by its name in the pipeline: one that runs anyway, if there is one.

    Args:
        given: "auto", "off", or an extractor's name.
    """
    if not isinstance(given, str):
        raise ConfigurationError(
            f'markers must be "auto", "off" or the name of an extractor, got {shown(given)}'
        )
    if given == "off":
        return ""
    if given != "auto":
        offer = host.find(Stage.EXTRACTOR, given)
        if offer.component.makes != MARKERS:
            raise ConfigurationError(
                f'the extractor {given!r} measures no markers: write markers = "auto" or "off"'
            )
    else:
        at_hand = next((name for name, table in tables.items() if _makes_markers(host, table)), "")
        if at_hand:
            return at_hand
        try:
            offer = host.best(Stage.EXTRACTOR, makes=MARKERS)
        except ComponentUnavailableError:  # the emotion is heard all the same
            return ""
    for name, table in tables.items():
        if host.find(Stage.EXTRACTOR, table["use"]).full_name == offer.full_name:
            return name
    return offer.full_name if offer.component.name in tables else offer.component.name


def _makes_markers(host: PluginHost, table: Mapping[str, Any]) -> bool:
    """Whether the extractor of a table measures them, or one that it wraps by its option `inner`."""
    inner = table.get("inner")
    return host.find(Stage.EXTRACTOR, table["use"]).component.makes == MARKERS or (
        isinstance(inner, Mapping) and "use" in inner and _makes_markers(host, inner)
    )
