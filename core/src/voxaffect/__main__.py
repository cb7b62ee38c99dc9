"""`python -m voxaffect` is the command `voxaffect`."""

from __future__ import annotations

from voxaffect.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
