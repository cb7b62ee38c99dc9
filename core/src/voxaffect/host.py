"""Load plugins, keep each one's failure to itself, find and build components by name."""

from __future__ import annotations

import contextlib
import logging
import os
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar

import attrs
import pluggy

from voxaffect import hookspecs
from voxaffect.component_checks import check_contract, check_options
from voxaffect.components import Component, Stage, Unavailable
from voxaffect.errors import (
    ComponentUnavailableError,
    ConfigurationError,
    InvalidValueError,
    PluginError,
    UnknownNameError,
    VoxaffectError,
    unforeseen,
)
from voxaffect.plugin_hooks import HookImplementation, hook_implementations

log = logging.getLogger(__name__)

T = TypeVar("T")

GROUP = "voxaffect"
DISABLED_VARIABLE = "VOXAFFECT_DISABLED_PLUGINS"
STRICT_VARIABLE = "VOXAFFECT_STRICT_PLUGINS"


@attrs.frozen
class Offer:
    """A component together with the plugin that offers it."""

    stage: Stage
    component: Component
    plugin: str

    @property
    def full_name(self) -> str:
        """`plugin/name`, which is never ambiguous."""
        return f"{self.plugin}/{self.component.name}"


@attrs.frozen
class PluginReport:
    """What became of one installed plugin.

    Attributes:
        error: why it was left out whole; None if it was not.
        disabled: named in VOXAFFECT_DISABLED_PLUGINS, therefore never imported.
    """

    name: str
    distribution: str
    version: str
    offers: tuple[Offer, ...] = ()
    error: str | None = None
    disabled: bool = False


@contextlib.contextmanager
def plugin_boundary(
    what: str, *, of_the_user: Callable[[InvalidValueError], bool] = lambda _: False
) -> Iterator[None]:
    """Turn whatever foreign code raises inside into a `PluginError` that names the culprit.

    Args:
        of_the_user: whether a value that cannot be is what the user wrote, such as an option or a text:
            then the error stays. Elsewhere the plugin itself has made it.
    """
    try:
        yield
    except VoxaffectError as error:
        if isinstance(error, InvalidValueError) and not of_the_user(error):
            raise PluginError(f"{what} failed: {error}") from error
        raise
    except Exception as error:
        raise PluginError(f"{what} failed: {unforeseen(error)}") from error


def raised_by_plugin(error: InvalidValueError) -> bool:
    """Whether a plugin refuses what it was given; not a type of ours what a plugin made of it."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return str(frame.f_globals.get("__name__")).partition(".")[0] != GROUP


def expect(kind: type[T], given: object, what: str) -> T:
    """What foreign code gave, if it is of the kind that its contract says.

    Raises:
        PluginError: it is not; the message names the culprit.
    """
    if not isinstance(given, kind):
        raise PluginError(f"{what} gave {type(given).__name__}, not {kind.__name__}")
    return given


class PluginHost:
    """The plugins that are installed here, and the components they offer.

    Args:
        plugins: entry points to load; those of the group `voxaffect` if None.

    Environment:
        VOXAFFECT_DISABLED_PLUGINS: names, separated by commas, that are never imported.
        VOXAFFECT_STRICT_PLUGINS: "1" raises the first plugin's failure instead of reporting it.
    """

    def __init__(self, plugins: Iterable[EntryPoint] | None = None) -> None:
        self._manager = pluggy.PluginManager(GROUP)
        self._manager.add_hookspecs(hookspecs)
        self._reports: list[PluginReport] = []
        disabled = {name.strip() for name in os.environ.get(DISABLED_VARIABLE, "").split(",")} - {""}
        # An editable install can list a distribution twice, hence the set.
        found = set(entry_points(group=GROUP) if plugins is None else plugins)
        for entry in sorted(found, key=lambda entry: (entry.name, entry.value)):
            self._load(entry, disabled=entry.name in disabled)

    def _load(self, entry: EntryPoint, *, disabled: bool) -> None:
        distribution, version = entry.value, ""
        if entry.dist:
            metadata = entry.dist.metadata  # parsed each time that it is asked for
            distribution, version = metadata["Name"], metadata["Version"]
        report = PluginReport(entry.name, distribution, version, disabled=disabled)
        if not disabled:
            try:
                report = attrs.evolve(report, offers=self._register(entry.load(), entry.name))
            except (Exception, SystemExit) as error:  # SystemExit: a script by mistake, run at import
                if os.environ.get(STRICT_VARIABLE) == "1":
                    raise PluginError(f"plugin {entry.name!r} failed to load: {_said(error)}") from error
                log.warning(
                    "plugin %r was left out: %s: update or uninstall it, or set %s=%s",
                    *(entry.name, _said(error), DISABLED_VARIABLE, entry.name),
                )
                report = attrs.evolve(report, error=_said(error))
        self._reports.append(report)

    def add(self, plugin: object, name: str) -> None:
        """Use a module or object with hook implementations that is not installed, e.g. in a notebook.

        Raises:
            PluginError: the name is taken, or the plugin breaks the hook contract.
        """
        with plugin_boundary(f"plugin {name!r}"):
            offers = self._register(plugin, name)
        self._reports.append(PluginReport(name, distribution="", version="", offers=offers))

    def _register(self, plugin: object, name: str) -> tuple[Offer, ...]:
        if self._manager.has_plugin(name):
            raise PluginError(f"another plugin has the name {name!r} already")
        if self._manager.is_registered(plugin):
            raise PluginError(f"the same plugin is there already as {self._manager.get_name(plugin)!r}")
        implementations = hook_implementations(self._manager, plugin)
        self._manager.register(plugin, name)
        try:
            return tuple(_offers(implementations, name))
        except BaseException:
            self._manager.unregister(plugin)
            raise

    @property
    def plugins(self) -> tuple[PluginReport, ...]:
        """A report for each installed plugin, by name, failed and disabled ones included."""
        return tuple(self._reports)

    def offers(self, stage: Stage) -> tuple[Offer, ...]:
        """What the loaded plugins offer for one stage, by name."""
        offers = (offer for report in self._reports for offer in report.offers if offer.stage is stage)
        return tuple(sorted(offers, key=lambda offer: (offer.component.name, offer.plugin)))

    def find(self, stage: Stage, name: str) -> Offer:
        """The component of that name, or of that `plugin/name`.

        Raises:
            UnknownNameError: there is none; lists the known ones, and what plugins failed to load.
            ConfigurationError: several plugins offer that name.
        """
        offers = self.offers(stage)
        matches = [offer for offer in offers if name in (offer.component.name, offer.full_name)]
        if len(matches) == 1:
            return matches[0]
        if matches:
            names = " or ".join(offer.full_name for offer in matches)
            raise ConfigurationError(f"several plugins offer the {stage.word} {name!r}: write {names}")
        raise UnknownNameError(
            stage.word, name, {offer.component.name for offer in offers}, hint=self._left_out()
        )

    def _left_out(self) -> str:
        """A sentence for each plugin that failed or is disabled: what is missing may be in one of them."""
        return " ".join(
            f"The plugin {report.name!r} was left out: {report.error.rstrip('.')}."
            if report.error
            else f"The plugin {report.name!r} is disabled by {DISABLED_VARIABLE}."
            for report in self._reports
            if report.error or report.disabled
        )

    def best(self, stage: Stage, *, makes: str | None = None) -> Offer:
        """The best component that can run here, if possible with all of its members.

        By its card, those without one last; among these by quality.

        Args:
            makes: only those whose `Component.makes` is this.

        Raises:
            ComponentUnavailableError: none can; the message says why for each.
        """
        offers = sorted(
            [
                offer
                for offer in self.offers(stage)
                if makes in (None, offer.component.makes) and not offer.component.asks
            ],
            key=lambda offer: (bool(self.missing_members(offer)), offer.component.rank),
        )
        reasons = []
        for offer in offers:
            reason = self.why_unavailable(offer)
            if reason is None:
                return offer
            reasons.append(f"{offer.full_name}: {reason.rstrip('.')}")
        what = stage.word if makes is None else f"{stage.word} of {makes}"
        one = "psola" if makes == "audio" else "prosodic"
        raise ComponentUnavailableError(
            f"no {what} can run here. {'; '.join(reasons) or 'None is installed'}. "
            f"Install one: pip install voxaffect-{one}. {self._left_out()}".rstrip()
        )

    def why_unavailable(self, offer: Offer) -> str | None:
        """Why a component cannot run here, its own failure to tell included; None where it can."""
        try:
            with plugin_boundary(f"the availability check of {offer.full_name}"):
                reason = offer.component.why_unavailable()
        except VoxaffectError as error:
            return str(error)
        missing = self.missing_members(offer)
        if reason is None and missing and len(missing) == len(offer.component.members):
            return "; ".join(f"{member.name}: {member.reason}" for member in missing)
        return reason

    def missing_members(self, offer: Offer) -> tuple[Unavailable, ...]:
        """The members that a component combines unless told otherwise, and that cannot run here."""
        missing = []
        for name in offer.component.members:
            try:
                reason = self.why_unavailable(self.find(offer.stage, name))
            except VoxaffectError as error:
                reason = str(error)
            if reason is not None:
                missing.append(Unavailable(name, reason))
        return tuple(missing)

    def build(self, stage: Stage, selection: str | Mapping[str, Any]) -> Any:
        """Make the component that a name, or a table with `use` and options, selects.

        Args:
            stage: the stage it must serve.
            selection: "ssml", or {"use": "ssml", "dialect": "google"}. Every key but `use` is a keyword
                argument of the component's class; a value that is itself a table with `use`, or a list
                of such, is built first, for the same stage.

        Raises:
            UnknownNameError: no such component.
            ConfigurationError: an unknown or missing option.
            ComponentUnavailableError: it cannot run here.
            PluginError: its code failed, or what it made breaks the contract of the stage.
        """
        table = {"use": selection} if isinstance(selection, str) else selection
        if not (isinstance(table, Mapping) and isinstance(table.get("use"), str)):
            raise ConfigurationError(f'a {stage.word} needs `use = "name"`, got {selection!r}')
        name, table = table["use"], {key: value for key, value in table.items() if key != "use"}
        offer = self.find(stage, name)
        # With options it may run where it cannot without, e.g. with weights that only they tell of.
        reason = offer.component.lacking_modules() if table else self.why_unavailable(offer)
        if reason is not None:
            raise ComponentUnavailableError(f"the {stage.word} {name!r} cannot run here: {reason}")
        target = offer.component.load()
        options = {key: self._nested(stage, value) for key, value in table.items() if key != "members"}
        if offer.component.members:
            options["members"] = self._members(offer, table.get("members"))
        elif "members" in table:
            options["members"] = self._nested(stage, table["members"])
        check_options(target, options, f"{stage.word} {name!r}")
        # Without options there is no value of the user's that could be wrong.
        with plugin_boundary(
            f"building the {stage.word} {offer.full_name}", of_the_user=lambda _: bool(options)
        ):
            built = target(**options)
        what = f"the {stage.word} {offer.full_name}"
        with plugin_boundary(what):
            check_contract(stage, built, what)
        return built

    def _members(self, offer: Offer, given: Any) -> list[Any]:
        """Built, or `Unavailable`; a name that the user misspelt is still an error."""
        if given is not None and not isinstance(given, list):
            raise ConfigurationError(f"members of {offer.full_name} must be a list, got {given!r}")
        missing = {member.name: member for member in self.missing_members(offer)} if given is None else {}
        built: list[Any] = []
        for selection in offer.component.members if given is None else given:
            name = selection if isinstance(selection, str) else str(selection.get("use"))
            try:
                built.append(missing.get(name) or self.build(offer.stage, selection))
            except ComponentUnavailableError as error:
                built.append(Unavailable(name, str(error)))
        return built

    def _nested(self, stage: Stage, value: Any) -> Any:
        if isinstance(value, Mapping) and "use" in value:
            return self.build(stage, value)
        if isinstance(value, list):
            return [self._nested(stage, item) for item in value]
        return value


def _offers(implementations: Iterable[HookImplementation], plugin: str) -> Iterator[Offer]:
    seen = set()
    for implementation in implementations:
        stage = implementation.stage
        for component in implementation.components():
            if (stage, component.name) in seen:
                raise PluginError(f"it lists the {stage.word} {component.name!r} twice")
            seen.add((stage, component.name))
            yield Offer(stage, component, plugin)


def asked(component: Component) -> str | None:
    """What a component cannot be chosen without, in words; None where its name is enough."""
    return f"asks for the option {', '.join(component.asks)}" if component.asks else None


def _said(error: BaseException) -> str:
    return str(error) if isinstance(error, VoxaffectError) else unforeseen(error)
