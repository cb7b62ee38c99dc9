"""A pipeline's TOML file: its tables, and the paths in them."""

from __future__ import annotations

import contextlib
import inspect
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from voxaffect.components import Stage
from voxaffect.errors import ConfigurationError, VoxaffectError, reason_of
from voxaffect.host import PluginHost
from voxaffect.text_file import read_text

STAGES = {"classifier": Stage.CLASSIFIER, "taxonomy": Stage.TAXONOMY, "renderer": Stage.RENDERER}
"""Of the keys that hold one component."""


def read_toml(path: str | os.PathLike[str], what: str = "pipeline") -> dict[str, Any]:
    """The tables of a TOML file, see `read_text`.

    Args:
        what: it should hold, for the error.

    Raises:
        ConfigurationError: missing, unreadable, or no TOML.
    """
    try:
        return tomllib.loads(read_text(path))
    except (OSError, ValueError, RecursionError) as error:  # ValueError: no UTF-8, no TOML, a NUL in the name
        raise ConfigurationError(f"cannot read the {what} {os.fspath(path)}: {reason_of(error)}") from error


def read_pipeline(path: str | os.PathLike[str], host: PluginHost) -> dict[str, Any]:
    """The tables of a pipeline's file, its relative paths taken from the file's own folder.

    An option takes a path where its annotation, in the component's `__init__`, has `Path` or `os.PathLike`.
    Where the folder has nothing of that name it stays as it is, since it may be the name of a model.

    Raises:
        ConfigurationError: see `read_toml`; or a path that only leads somewhere from the working directory.
    """
    located = _Located(Path(path), host)
    config = read_toml(path)
    for key, stage in STAGES.items():
        if key in config:
            config[key] = located.selection(stage, config[key])
    extractors = config.get("extractors")
    if isinstance(extractors, Mapping):
        config["extractors"] = {
            name: located.table(Stage.EXTRACTOR, options.get("use", name), options)
            if isinstance(options, Mapping)
            else options
            for name, options in extractors.items()
        }
    return config


class _Located:
    """Selections of one file with their paths made those that the file means."""

    def __init__(self, file: Path, host: PluginHost) -> None:
        self._file, self._host = file, host

    def selection(self, stage: Stage, value: Any) -> Any:
        """A component's table, a list with some, or whatever else an option may be."""
        if isinstance(value, list):
            return [self.selection(stage, item) for item in value]
        if isinstance(value, Mapping) and "use" in value:
            return self.table(stage, value["use"], value)
        return value

    def table(self, stage: Stage, use: Any, options: Mapping[str, Any]) -> dict[str, Any]:
        """The options of a component, and those of the components in them."""
        texts = {key: value for key, value in options.items() if key != "use" and isinstance(value, str)}
        paths = self._path_options(stage, use) if texts else set()
        return {
            key: self._path(key, value) if key in paths and key in texts else self.selection(stage, value)
            for key, value in options.items()
        }

    def _path_options(self, stage: Stage, use: Any) -> set[str]:
        names: set[str] = set()
        for offer in self._host.offers(stage):
            if use in (offer.component.name, offer.full_name):
                # What cannot be imported or called is reported when it is built.
                with contextlib.suppress(VoxaffectError, TypeError, ValueError):
                    parameters = inspect.signature(offer.component.load()).parameters.values()
                    names |= {each.name for each in parameters if "Path" in str(each.annotation)}
        return names

    def _path(self, key: str, given: str) -> str:
        there = self._file.parent / given
        if os.path.exists(there) or given.startswith("."):
            return str(there)
        if os.path.exists(given) and not os.path.isabs(given):
            raise ConfigurationError(
                f"{self._file}: {key} = {given!r}: there is no {there}; a relative path is taken from the "
                "folder of the file that it stands in"
            )
        return given
