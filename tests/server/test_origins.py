"""Origins are written as browsers send them, and nobody's is everybody's."""

from __future__ import annotations

import pytest
from voxaffect.cli import main
from voxaffect.errors import InvalidValueError

parse_origins = pytest.importorskip("voxaffect.server.origins").parse_origins


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("https://app.example", "https://app.example"),
        ("HTTPS://App.Example/", "https://app.example"),
        ("https://app.example:443", "https://app.example"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("https://büro.example", "https://xn--bro-hoa.example"),
    ],
)
def test_an_origin_is_that_which_a_browser_sends(given: str, sent: str) -> None:
    assert parse_origins([given]) == {sent}


@pytest.mark.parametrize(
    "given",
    [
        "*",
        "null",
        "",
        "app.example",
        "https://*.example",
        "https://app.example/page",
        "ftp://a",
        "http://a:x",
    ],
)
def test_what_no_browser_sends_is_refused_and_not_passed_over(given: str) -> None:
    with pytest.raises(InvalidValueError, match=r"https://app\.example, got"):
        parse_origins([given])


def test_serve_refuses_the_origin_of_everybody(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--origin", "*"]) == 2
    assert "every page that somebody opens could then use the server" in capsys.readouterr().err
