"""Google's Chirp 3 HD voices: a pace, and marks for pauses in the text.

Source: docs.cloud.google.com/text-to-speech, "Chirp 3: HD voices", 1 December 2026: `speaking_rate` 0.25-2;
`[pause short]`, `[pause]` and `[pause long]` in the input field `markup` only, of no fixed length; <prosody>
and <break> are passed over, and a pitch is an error. The marks do nothing in 15 of its locales, which the
page names (bg-BG, cs-CZ, el-GR, ...).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voxaffect.sentences import boundaries

from voxaffect_instruct.account import Account, Request

RATES = (0.25, 2.0)

LONGER, MUCH_LONGER = 1.2, 1.6
"""Pauses that are told apart differ by about a quarter; from the second, the longer marks are taken."""

_MARKS: Mapping[bool, Mapping[str, str]] = {
    False: {"clause": "[pause short]", "sentence": "[pause]"},
    True: {"clause": "[pause]", "sentence": "[pause long]"},
}
"""Whether much longer -> kind of boundary -> mark."""


def write(request: Request, account: Account) -> dict[str, Any]:
    """`input` and `audio_config` of its speech API."""
    rate = account.factor("speech_rate", *RATES)
    factor, text = account.left.get("pause_multiplier", 1.0), request.text or ""
    marked = text
    if factor >= LONGER:
        marked = _with_marks(text, _MARKS[factor >= MUCH_LONGER])
    if marked != text:
        del account.left["pause_multiplier"]
        account.approximated["pause_multiplier"] = "as marks at punctuation, whose length the voice chooses"
    elif "pause_multiplier" in account.left:
        account.leave("pause_multiplier", _why_no_marks(factor))
    spoken = {"text": text} if marked == text else {"markup": marked}
    return {"input": spoken, "audio_config": {"speaking_rate": rate}}


def _with_marks(text: str, marks: Mapping[str, str]) -> str:
    parts, start = [], 0
    for _, end, kind in boundaries(text):
        parts.append(f"{text[start:end]} {marks[kind]}")
        start = end
    return "".join([*parts, text[start:]])


def _why_no_marks(factor: float) -> str:
    if factor < 1:
        return "Chirp 3 HD has marks for pauses, and none for shorter ones"
    return (
        "the text has no boundary between clauses or sentences"
        if factor >= LONGER
        else "less than its shortest mark"
    )
