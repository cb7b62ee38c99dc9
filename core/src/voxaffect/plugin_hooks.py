"""What the hook implementations of one plugin list; whatever is wrong with one becomes a sentence."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import attrs
import pluggy

from voxaffect.components import Component, Stage
from voxaffect.errors import PluginError

HOOKS: Mapping[str, Stage] = {stage.hook: stage for stage in Stage}


@attrs.frozen
class HookImplementation:
    """One function of a plugin that implements a hook."""

    stage: Stage
    function: Callable[[], Any]

    def components(self) -> Iterator[Component]:
        """Call it.

        Raises:
            PluginError: it gives anything but a list of components.
        """
        hook, given = self.stage.hook, self.function()
        if given is None:
            raise PluginError(f"{hook} returned None: yield components, or return a list, which may be empty")
        if isinstance(given, Component):
            raise PluginError(
                f"{hook} returned the component {given.name!r} alone: return a list, or yield it"
            )
        # A generator runs only now.
        for component in given if isinstance(given, Iterable) else (given,):
            if not isinstance(component, Component):
                raise PluginError(f"{hook} must list voxaffect.Component, got {component!r}")
            yield component


def hook_implementations(manager: pluggy.PluginManager, plugin: object) -> list[HookImplementation]:
    """The functions of a plugin that implement a hook of this voxaffect, in the order of the stages.

    `@hookimpl(optionalhook=True)` marks one for a hook that other versions have: it is left out here.

    Raises:
        PluginError: none is marked, or one that cannot be called as hooks are.
    """
    found, marked = [], False
    for name in dir(plugin):
        options = manager.parse_hookimpl_opts(plugin, name)
        if options is None:
            continue
        marked = True
        hook = options.get("specname") or name
        if hook in HOOKS:
            function = getattr(plugin, name)
            _check(plugin, function, hook, wraps=bool(options.get("wrapper") or options.get("hookwrapper")))
            found.append(HookImplementation(HOOKS[hook], function))
        elif not options.get("optionalhook"):
            nearest = difflib.get_close_matches(hook, HOOKS, n=1)
            hint = f"; did you mean {nearest[0]!r}?" if nearest else "."
            raise PluginError(
                f"{hook!r} is no hook of voxaffect{hint} Known: {', '.join(sorted(HOOKS))}. "
                "Mark one of another version with @hookimpl(optionalhook=True)."
            )
    if not marked:
        raise PluginError("it implements no hook; decorate its functions with @voxaffect.hookimpl")
    return sorted(found, key=lambda implementation: list(Stage).index(implementation.stage))


def _check(plugin: object, function: Callable[..., Any], hook: str, *, wraps: bool) -> None:
    if wraps:
        raise PluginError(
            f"{hook} is marked as a wrapper, and each plugin lists only its own components: write a plain "
            "@hookimpl, and wrap another component by an option `inner` of your own"
        )
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise PluginError(f"{hook} is async, and hooks are called without await: write def, not async def")
    asked = [
        parameter.name
        for parameter in inspect.signature(function).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    if asked and inspect.isclass(plugin):
        raise PluginError(f"it is the class {plugin.__name__}: name an instance of it, or a module")
    if asked:
        raise PluginError(f"{hook} takes {', '.join(asked)}, and hooks are called without arguments")
