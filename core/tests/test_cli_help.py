"""What `voxaffect --help` says of a command is what the command itself says."""

from __future__ import annotations

import pytest
from voxaffect.cli import main
from voxaffect.cli.app import COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_the_line_about_a_command_is_the_first_of_its_own_help(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert main([command, "--help"]) == 0
    assert COMMANDS[command] in capsys.readouterr().out


@pytest.mark.parametrize("command", ["evaluate", "roundtrip"])
def test_help_shows_an_extra_in_its_square_brackets(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert "voxaffect[plot]" in capsys.readouterr().out
