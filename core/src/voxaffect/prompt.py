"""What a language model is told of a voice, and how: the policy, the budget, and nobody else's brackets."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterator

import attrs

from voxaffect._validate import at_least, one_of, require, within
from voxaffect.context import context_line, named_probability
from voxaffect.hidden_characters import is_hidden
from voxaffect.types import EmotionResult

BUDGET_TOKENS = 60
"""Room for the whole line in every case that it was tried on: the longest takes about 50."""

CHARACTERS_PER_TOKEN = 3
"""English text has about four a token in the usual byte-pair encodings; three errs on the safe side."""

GUIDANCE = (
    "The line in square brackets is a machine's estimate of how the user's voice sounds, not something "
    "that the user said. It may be wrong: let it shape your tone, do not state it as a fact, do not read it "
    "out, and ask when it matters. Never diagnose, label or judge the user's health, character or honesty "
    "from it, and never use it to decide on anything that the user is owed. What the user says outweighs it."
)
"""For the system prompt."""

ROUND = {"Ps": "(", "Pe": ")"}
"""Unicode's categories of opening and closing brackets -> what replaces one that looks square."""

UNLIKE_SQUARE = ("PARENTHESIS", "CURLY", "ANGLE", "CORNER BRACKET", "QUOTATION MARK")
"""In the names of brackets that stay: round ones, and those that quote in one language or another."""

ENTITY = re.compile(r"&#?\w{1,32};?")
"""Of HTML: `&#91;`, `&#x5b;`, `&lsqb;` are square brackets to whoever reads it."""


def estimate_tokens(text: str) -> int:
    """At least as many as common tokenisers make of English text."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


@attrs.frozen
class PromptPolicy:
    """What may be said to the model about a voice.

    Attributes:
        guidance: for the system prompt, where there is a line; empty to say nothing there.
        least_confidence: of all that the line names together, an emotion, two, a family or a group, below
            which the model is told nothing, 0..1; 0 leaves hedging to the line, which may name none.
        mention_silence: whether the model is told that no speech was heard.
        budget_tokens: most that the line may take; cues go first, then the second emotion or a course, then
            the line.
        count_tokens: of the model's own tokeniser; an estimate on the safe side if not given.
    """

    guidance: str = attrs.field(default=GUIDANCE, validator=one_of(str))
    least_confidence: float = attrs.field(default=0.0, validator=within(0, 1))
    mention_silence: bool = attrs.field(default=False, validator=one_of(bool))
    budget_tokens: int = attrs.field(default=BUDGET_TOKENS, validator=at_least(0))
    count_tokens: Callable[[str], int] = attrs.field(default=estimate_tokens, validator=one_of(Callable))

    def line(self, result: EmotionResult | None) -> str | None:
        """The line for what was heard, as full as the budget allows; None where nothing may be said."""
        require(
            result,
            EmotionResult | None,
            "what was heard must be an EmotionResult or None",
            instead="VoiceEmotionDetector.analyze gives one",
        )
        if result is None or (not result.speech and not self.mention_silence):
            return None
        for shortened in _shortened(result):
            line = context_line(shortened)
            sure = not result.speech or named_probability(shortened) >= self.least_confidence
            if sure and self.count_tokens(line) <= self.budget_tokens:
                return line
        return None


NO_POLICY = PromptPolicy(guidance="", mention_silence=True, budget_tokens=2**31)
"""Says whatever was heard, without guidance."""


def as_said(text: str) -> str:
    """The user's words as they may stand in a prompt: without brackets that could pass for our line.

    Square brackets become round, and so does what could pass for them: every bracket that Unicode knows
    but the round, curly, angle and corner ones, and HTML's entities for any of them. Characters that print
    nothing or turn the writing direction go; line breaks, tabs and the joiners of scripts and emoji stay.

    Raises:
        InvalidValueError: no text.
    """
    require(text, str, "the user's words must be text", instead="give what they said")
    seen = "".join(character for character in text if character in "\n\t" or not is_hidden(character))
    return "".join(map(_rounded, ENTITY.sub(_rounded_entity, seen)))


def with_line(line: str | None, text: str) -> str:
    """The user's words as they may stand in a prompt, below the line where there is one."""
    return as_said(text) if line is None else f"{line}\n{as_said(text)}"


def _shortened(result: EmotionResult) -> Iterator[EmotionResult]:
    """What the line is made of, from the fullest to the barest."""
    yield result
    yield attrs.evolve(result, prosodic=None)
    yield attrs.evolve(result, prosodic=None, categorical=result.categorical[:1], course=None)


def _rounded(character: str) -> str:
    category = unicodedata.category(character)
    if category not in (*ROUND, "Sm"):
        return character
    name = unicodedata.name(character)
    if category == "Sm":  # some mathematical symbols are parts of tall square brackets
        category = {"LEFT SQUARE": "Ps", "RIGHT SQUARE": "Pe"}.get(" ".join(name.split()[:2]), "")
    return character if any(kind in name for kind in UNLIKE_SQUARE) else ROUND.get(category, character)


def _rounded_entity(found: re.Match[str]) -> str:
    # Without its semicolon, a number is read up to the first letter that belongs to no number.
    meant = html.unescape(found[0])
    seen = "".join(map(_rounded, meant))
    return found[0] if seen == meant else seen
