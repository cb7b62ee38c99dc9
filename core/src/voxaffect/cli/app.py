"""The commands put together, and what becomes of every error: one line on standard error, and a code."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated, Any

import typer

from voxaffect.cli.analyze import analyze
from voxaffect.cli.backends import backends
from voxaffect.cli.compare import compare
from voxaffect.cli.demo import demo
from voxaffect.cli.errors import UsageError, print_error
from voxaffect.cli.evaluate import evaluate
from voxaffect.cli.express import express
from voxaffect.cli.features import features
from voxaffect.cli.plugins import plugins
from voxaffect.cli.respond import respond
from voxaffect.cli.roundtrip import roundtrip
from voxaffect.cli.say import say
from voxaffect.cli.train import train
from voxaffect.cli.weights import app as weights_app
from voxaffect.errors import ConfigurationError, InvalidValueError, VoxaffectError

TRACEBACK_VARIABLE = "VOXAFFECT_TRACEBACK"
"""Set to 1, errors come with their traceback, e.g. for the author of a plugin."""

WORK_FAILED, USAGE = 1, 2

# Typer requires click or carries its own copy, by version, and exports only this subclass of its errors.
_CommandLineError: Any = typer.BadParameter.__mro__[2]

app = typer.Typer(
    name="voxaffect",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with: voxaffect demo",
)
for command in (
    demo,
    analyze,
    express,
    say,
    respond,
    roundtrip,
    features,
    train,
    evaluate,
    compare,
    backends,
    plugins,
):
    app.command()(command)
app.add_typer(weights_app, name="weights")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"voxaffect {version('voxaffect')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
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
    logging.basicConfig(level=logging.WARNING, format="warning: %(message)s")
    if hasattr(sys.stdout, "reconfigure"):  # a file name need not be valid in the terminal's encoding
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code = app(args=arguments, prog_name="voxaffect", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except typer.Abort as error:
        raise KeyboardInterrupt from error
    except BrokenPipeError:
        # Whoever read the output has gone; without this Python complains once more as it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return WORK_FAILED
    except Exception as error:
        if os.environ.get(TRACEBACK_VARIABLE) == "1":
            raise
        return _report(error)


def _report(error: Exception) -> int:
    if isinstance(error, _CommandLineError):
        command = error.ctx.command_path if getattr(error, "ctx", None) else "voxaffect"
        message = error.format_message().rstrip(".")
        print_error(f"{message}{'' if message.endswith('?') else '.'} See: {command} --help")
        return USAGE
    if not isinstance(error, VoxaffectError):
        print_error(f"{type(error).__name__}: {error} ({TRACEBACK_VARIABLE}=1 shows where)")
        return WORK_FAILED
    print_error(str(error))
    return USAGE if isinstance(error, (UsageError, InvalidValueError, ConfigurationError)) else WORK_FAILED
