"""The command `voxaffect`, outside of the package: so Ctrl-C is quiet while that is imported, too."""

from __future__ import annotations


def main() -> int:
    """See `voxaffect.cli.main`."""
    try:
        from voxaffect.cli import main as run

        return run()
    except KeyboardInterrupt:
        return 130
