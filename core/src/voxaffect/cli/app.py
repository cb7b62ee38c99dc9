"""The commands put together, and what becomes of every error: one line on standard error, and a code."""

from __future__ import annotations

import errno
import importlib
import itertools
import logging
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from voxaffect.cli.errors import LogFormatter, UsageError, print_error
from voxaffect.cli.results import give_up_results, join_results, part_results, results
from voxaffect.errors import ConfigurationError, InvalidValueError, VoxaffectError, unforeseen

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

TRACEBACK_VARIABLE = "VOXAFFECT_TRACEBACK"
"""Set to 1, errors come with their traceback, e.g. for the author of a plugin."""

WORK_FAILED, USAGE = 1, 2

# Typer requires click or carries its own copy, by version, and exports only this subclass of its errors.
_CommandLineError: Any = typer.BadParameter.__mro__[2]

COMMANDS = {
    "demo": "Hear recordings that come with voxaffect, and answer each of them.",
    "analyze": "Hear the emotion in recordings.",
    "express": "Say something with an emotion: as SSML, changed audio or parameters.",
    "say": "Speak a text with an emotion, through espeak-ng.",
    "respond": "Hear a voice, and say something in answer in a fitting voice.",
    "listen": "Hear a voice while it speaks: a microphone, a pipe or a recording.",
    "serve": "Serve voxaffect over HTTP and WebSocket, with a page that hears the microphone.",
    "roundtrip": "Render emotions from neutral recordings, hear them again, and see what moved.",
    "features": "Write what an extractor measures in each recording to one file.",
    "train": "Train a linear classifier and say how right it is about speakers it has not heard.",
    "evaluate": "Measure how right a backend is on labelled recordings.",
    "compare": "Put several backends side by side, with the interval of each difference from the first.",
    "speakers": "Keep the usual voice of people, so that they are measured against themselves.",
    "backends": "List the backends: recall, speed, memory, requirements, and whether each can run here.",
    "plugins": "List the plugins: distribution, version, what each offers, and what was left out and why.",
    "weights": "Get, convert, check and find the weights of networks.",
}
"""Each is a module of this package, imported only when it is asked for: --help needs but these lines."""


def make_app(*wanted: str) -> typer.Typer:
    """The commands; those not named in `wanted` have their help line and nothing else."""
    app = typer.Typer(
        name="voxaffect",
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        epilog="Start with: voxaffect demo",
    )
    app.callback(invoke_without_command=True)(_start)
    for name, summary in COMMANDS.items():
        if name not in wanted:
            app.command(name, help=summary)(lambda: None)
            continue
        module = importlib.import_module(f"voxaffect.cli.{name}")
        if hasattr(module, "app"):
            for command in module.app.registered_commands:
                command.cls = _Command
            app.add_typer(module.app, name=name)
        else:
            app.command(name, cls=_Command)(getattr(module, name))
    return app


class _Command(TyperCommand):
    """Plugins come into play when it runs: what --help prints is not theirs."""

    def invoke(self, ctx: Any) -> Any:
        part_results()
        return super().invoke(ctx)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # its parser of e-mail takes as long as this file's imports

        typer.echo(f"voxaffect {version('voxaffect')}")
        raise typer.Exit


def _start(
    context: typer.Context,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Hear emotion in speech, and express emotion as prosody."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), nl=False)


def run(arguments: Sequence[str] | None) -> int:
    """See `voxaffect.cli.main`."""
    warnings = logging.StreamHandler()
    warnings.setFormatter(LogFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[warnings])
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a file name need not be valid in the terminal's encoding
            stream.reconfigure(errors="backslashreplace")
    given = sys.argv[1:] if arguments is None else arguments
    try:
        app = make_app(*itertools.islice((word for word in given if not word.startswith("-")), 1))
        code = app(args=given, prog_name="voxaffect", standalone_mode=False)
        results().flush()
        return code if isinstance(code, int) else 0
    except typer.Abort as error:
        raise KeyboardInterrupt from error
    except BrokenPipeError:  # whoever read the output has gone
        give_up_results()
        return WORK_FAILED
    except Exception as error:
        if os.environ.get(TRACEBACK_VARIABLE) == "1":
            raise
        return _report(error, given)
    finally:
        if arguments is not None:  # else the process ends here, and plugins may print as it does
            join_results()


def _takes_options(error: _CommandLineError) -> bool:
    """Whether the command has --option KEY=VALUE, for options of a component."""
    return error.ctx is not None and any("--option" in each.opts for each in error.ctx.command.params)


def _report(error: Exception, given: Sequence[str]) -> int:
    if isinstance(error, _CommandLineError):
        command = error.ctx.command_path if getattr(error, "ctx", None) else "voxaffect"
        message = error.format_message().rstrip(".").replace(": Value error, ", ": ", 1)
        # "-d" of "-dash.flac"
        option = getattr(error, "option_name", None)
        file = next(
            (word for word in given if option and word.startswith(option) and os.path.isfile(word)), None
        )
        if file:
            message += f". For the file of that name, write ./{file}"
        elif option and not getattr(error, "possibilities", None) and _takes_options(error):
            message += f". If it is an option of a component: --option {option.lstrip('-')}=VALUE"
        print_error(f"{message}{'' if message.endswith('?') else '.'} See: {command} --help")
        return USAGE
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        give_up_results()
        print_error(f"cannot write: {os.strerror(error.errno).lower()}; make room, or write elsewhere")
        return WORK_FAILED
    if not isinstance(error, VoxaffectError):
        print_error(f"{unforeseen(error)} ({TRACEBACK_VARIABLE}=1 shows where)")
        return WORK_FAILED
    print_error(str(error))
    return USAGE if isinstance(error, (UsageError, InvalidValueError, ConfigurationError)) else WORK_FAILED
