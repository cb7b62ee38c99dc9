"""A plugin that raises at import. It leaves a file behind, so that a test sees the attempt."""

from pathlib import Path

Path("broken_was_imported").touch()

raise RuntimeError("the author never tried it")
