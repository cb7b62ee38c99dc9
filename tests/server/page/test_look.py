"""The page is read, reached and loaded by everybody, and by nothing from elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from voxaffect.testing.machine import needs

pytestmark = [needs("chromium"), pytest.mark.slow]


def test_nothing_comes_from_elsewhere(browser: Any, running: Any) -> None:
    browser.open(f"http://{running.address}/")
    browser.run("document.fonts.ready.then(() => 0)")
    own = (f"http://{running.address}/", f"ws://{running.address}/", "data:", "blob:")
    assert all(url.startswith(own) for url in browser.requested())
    assert any(url.endswith("/page.js") for url in browser.requested())


def test_every_control_has_a_name(browser: Any, running: Any) -> None:
    browser.open(f"http://{running.address}/")
    browser.call("Accessibility.enable")
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    controls = {"button", "combobox", "textbox", "meter", "image", "region", "table"}
    named = [
        (node["role"]["value"], node.get("name", {}).get("value")) for node in nodes if not node["ignored"]
    ]
    assert [role for role, name in named if role in controls and not name and role != "table"] == []
    assert ("button", "Listen to the microphone") in named


@pytest.mark.parametrize("pixels", [340, 390])
def test_a_narrow_screen_is_wide_enough(browser: Any, running: Any, pixels: int) -> None:
    browser.open(f"http://{running.address}/")
    browser.run(
        "document.getElementById('key-form').hidden = document.getElementById('backend-field').hidden = false"
    )
    with browser.width(pixels):
        assert browser.run("document.documentElement.scrollWidth") <= pixels


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(browser: Any, running: Any, scheme: str) -> None:
    browser.open(f"http://{running.address}/")
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    browser.wait(f"matchMedia('(prefers-color-scheme: {scheme})').matches")
    names = ("ink", "faint", "ground", "card", "bar", "accent", "on-accent", "alarm", "alarm-ground")
    colour = {
        name: browser.run(f"getComputedStyle(document.documentElement).getPropertyValue('--{name}')")
        for name in names
    }
    pairs = [("ink", "ground"), ("ink", "card"), ("ink", "bar"), ("faint", "ground"), ("faint", "card")]
    pairs += [("on-accent", "accent"), ("alarm", "alarm-ground")]
    browser.shot(f"idle-{scheme}")
    assert {pair: contrast(colour[pair[0]], colour[pair[1]]) >= 4.5 for pair in pairs} == dict.fromkeys(
        pairs, True
    )


def contrast(one: str, other: str) -> float:
    """Of two colours "#rrggbb", 1..21; 4.5 is enough for words. Source: WCAG 2.2, "contrast ratio"."""

    def luminance(colour: str) -> float:
        parts = [int(colour.strip()[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)
