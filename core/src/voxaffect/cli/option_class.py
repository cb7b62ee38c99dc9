"""Options of a command as one attrs class, which several commands can take."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import attrs


def taking(kind: type[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options that an attrs class declares: it is called with one value of the class."""
    shared = [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            annotation=field.type,
            default=inspect.Parameter.empty if field.default is attrs.NOTHING else field.default,
        )
        for field in attrs.fields(attrs.resolve_types(kind))
    ]

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        _, *own = inspect.signature(command, eval_str=True).parameters.values()

        @functools.wraps(command)
        def run(**given: Any) -> None:
            options = kind(**{parameter.name: given.pop(parameter.name) for parameter in shared})
            command(options, **given)

        # Typer takes both from here.
        parameters = [*(each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own), *shared]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {each.name: each.annotation for each in parameters}
        return run

    return decorate
