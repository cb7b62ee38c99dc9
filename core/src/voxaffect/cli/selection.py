"""From options of the command line to a pipeline."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from voxaffect.baseline import BaselineStore, SpeakerBaseline
from voxaffect.cli.errors import UsageError, print_note
from voxaffect.components import Stage
from voxaffect.errors import ConfigurationError, UnknownNameError
from voxaffect.host import PluginHost
from voxaffect.pipeline import Pipeline
from voxaffect.pipeline_file import read_pipeline


def select_pipeline(
    host: PluginHost,
    backend: str | None,
    config_file: Path | None,
    *,
    option: str = "--backend",
    **overrides: Any,
) -> tuple[Pipeline, bool]:
    """The pipeline, and whether its backend was chosen automatically.

    Args:
        option: by which the backend was given, for the error.
        overrides: keys of the configuration that stand in place of the file's, where not None.
    """
    config = {} if config_file is None else read_pipeline(config_file, host)
    config |= {key: value for key, value in {"classifier": backend, **overrides}.items() if value is not None}
    try:
        if backend not in (None, "auto"):
            host.find(Stage.CLASSIFIER, backend)
    except UnknownNameError as error:
        raise UsageError(f"{option}: {error}") from error
    classifier = config.get("classifier", "auto")
    automatic = "auto" in (classifier, classifier.get("use") if isinstance(classifier, dict) else None)
    try:
        return Pipeline.from_config(config, host=host), automatic
    except (ConfigurationError, UnknownNameError) as error:
        raise ConfigurationError(f"{config_file}: {error}" if config_file else str(error)) from error


def renderer_table(
    host: PluginHost, name: str | None, options: dict[str, Any], config_file: Path | None
) -> dict[str, Any]:
    """The renderer that --to names, else that of the configuration, else `ssml`; options on top."""
    table = configured_renderer(host, config_file)
    if name is not None and name != table.get("use"):
        table = {}  # another renderer's options are not this one's
    return {"use": name or "ssml", **table, **options}


def configured_renderer(host: PluginHost, config_file: Path | None) -> dict[str, Any]:
    """The table of the renderer that a pipeline's file selects; empty where it selects none.

    Raises:
        ConfigurationError: it is neither a name nor a table with one.
    """
    configured = {} if config_file is None else read_pipeline(config_file, host).get("renderer", {})
    table = {"use": configured} if isinstance(configured, str) else configured
    if not isinstance(table, dict) or (table and not isinstance(table.get("use"), str)):
        raise ConfigurationError(
            f'{config_file}: renderer must be a name or a table with `use = "name"`, got {configured!r}'
        )
    return dict(table)


def backend_words(pipeline: Pipeline, *, automatic: bool) -> str:
    """`backend: prosodic (the best that can run here)`."""
    return f"backend: {pipeline.backend}" + (" (the best that can run here)" if automatic else "")


def announce(pipeline: Pipeline, *, automatic: bool) -> None:
    """Say on standard error which backend was chosen; nothing where the user chose it."""
    if automatic:
        print_note(backend_words(pipeline, automatic=True))


def speaker_baseline(pipeline: Pipeline, name: str | None) -> SpeakerBaseline | None:
    """The baseline that --speaker names.

    Raises:
        UnknownNameError, ConfigurationError: see `BaselineStore.load`.
        UsageError: it was made with other extractors than the pipeline's.
    """
    if name is None:
        return None
    baseline = BaselineStore().load(name)
    if not set(baseline.features) & set(pipeline.classifier.requires):
        raise UsageError(
            f"the baseline of {name} was made with {', '.join(sorted(baseline.features))}, and "
            f"{pipeline.backend} measures with {', '.join(pipeline.classifier.requires)}: calibrate again, "
            f"voxaffect speakers calibrate {name} FILE FILE FILE --backend {pipeline.backend}"
        )
    return baseline


def parse_options(options: Iterable[str] | None) -> dict[str, Any]:
    """{key: value} of `key=value` texts; values as TOML has them, anything else is text.

    Raises:
        UsageError: no `=` in it, or no key.
    """
    parsed = {}
    for option in options or ():
        key, equals, text = option.partition("=")
        if not equals or not key or key == "use":
            raise UsageError(f"--option takes KEY=VALUE, got {option!r}")
        try:
            parsed[key.strip()] = tomllib.loads(f"value = {text}")["value"]
        except (tomllib.TOMLDecodeError, RecursionError):
            parsed[key.strip()] = text
    return parsed


def chain_options(options: Iterable[str] | None, names: Sequence[str]) -> list[dict[str, Any]]:
    """The options of each renderer of a chain: KEY=VALUE is the first one's, NAME.KEY=VALUE is NAME's.

    Args:
        names: of the renderers, in their order.

    Raises:
        UsageError: see `parse_options`; or a NAME that is not in the chain.
    """
    chosen: list[dict[str, Any]] = [{} for _ in names]
    for key, value in parse_options(options).items():
        name, dot, own_key = key.rpartition(".")
        if dot and name not in names:
            raise UsageError(f"--option {key}: no renderer {name!r} here, only {', '.join(names)}")
        for place, renderer in enumerate(names):
            if renderer == name if dot else place == 0:
                chosen[place][own_key] = value
    return chosen


def open_source(name: str) -> str | BinaryIO:
    """A path, or standard input for `-`.

    Raises:
        UsageError: standard input is a terminal.
    """
    if name != "-":
        return name
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError("- reads audio from standard input: pipe some in, e.g. voxaffect analyze - < IN.wav")
    return sys.stdin.buffer
