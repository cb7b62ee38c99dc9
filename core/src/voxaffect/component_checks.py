"""What a component's class takes, and whether what it makes is what the stage asks for."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Mapping
from typing import Any

from voxaffect._validate import shown
from voxaffect.components import Stage
from voxaffect.errors import ConfigurationError, PluginError, UnknownNameError, reason_of
from voxaffect.types import PROSODY_RANGES

NAMES: Mapping[str, Collection[str]] = {"needs": ("text", "audio"), "expresses": PROSODY_RANGES}
"""Attribute of a renderer -> the names that it may hold."""


def check_contract(stage: Stage, built: object, what: str) -> None:
    """Whether it has what the protocol of the stage names.

    Raises:
        PluginError: it has not.
    """
    methods = {name for name in vars(stage.protocol) if not name.startswith("_")}
    attributes = set(inspect.get_annotations(stage.protocol))
    lacking = sorted(part for part in methods | attributes if not hasattr(built, part))
    if lacking:
        raise PluginError(f"{what} lacks {', '.join(lacking)}")
    for part in sorted(methods):
        if not callable(getattr(built, part)):
            raise PluginError(f"{part} of {what} must be a method, got {shown(getattr(built, part))}")
    for part in sorted(attributes | {"expresses"} & set(dir(built))):
        names = getattr(built, part)
        # A string is a sequence of names too, each of one letter.
        if not (isinstance(names, tuple) and all(isinstance(name, str) for name in names)):
            raise PluginError(f"{part} of {what} must be a tuple of names, got {shown(names)}")
        unknown = sorted(set(names) - set(NAMES.get(part, names)))
        if unknown:
            raise PluginError(
                f"{part} of {what} may name {', '.join(NAMES[part])}, got {', '.join(map(repr, unknown))}"
            )
    options = getattr(built, "extractor_options", {})
    if not (isinstance(options, Mapping) and all(isinstance(own, Mapping) for own in options.values())):
        raise PluginError(
            f"extractor_options of {what} must be {{extractor: {{option: value}}}}, got {shown(options)}"
        )


def check_options(target: Any, options: Mapping[str, Any], what: str) -> None:
    """Whether a component's class takes these options, and needs no others.

    Raises:
        ConfigurationError: it does not.
        PluginError: it is no class.
    """
    try:
        parameters = inspect.signature(target).parameters.values()
    except (TypeError, ValueError) as error:
        raise PluginError(
            f"the {what} is not a class or function that can be called: {reason_of(error)}"
        ) from error
    named = {p.name: p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    anything = any(p.kind is p.VAR_KEYWORD for p in parameters)
    for key in options:
        if key not in named and not anything:
            raise ConfigurationError(str(UnknownNameError(f"option of the {what}:", key, named)))
    missing = [name for name, p in named.items() if p.default is p.empty and name not in options]
    if missing:
        raise ConfigurationError(f"the {what} needs the option {', '.join(missing)}")
