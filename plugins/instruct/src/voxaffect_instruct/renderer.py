"""The renderer: an emotion and its prosody as what one expressive synthesiser can be told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import attrs
from voxaffect.errors import InvalidValueError, UnknownNameError
from voxaffect.sentences import cut
from voxaffect.types import ProsodyParameters, Rendering, Utterance

from voxaffect_instruct.account import Account, Request
from voxaffect_instruct.plain_text import plain_text
from voxaffect_instruct.targets import TARGETS


class InstructRenderer:
    """A delivery instruction in English, or the parameters of one synthesiser under its own names.

    The emotion and intensity are the utterance's, each target's numbers come from the prosody, and what a
    number cannot say is said in words or left to the emotion; both are reported as approximations. A text,
    where there is one, goes into the target's own field for it, without anything that could be a tag; where
    it is longer than the engine takes at once, the rendering has it in parts.

    Args:
        target: the synthesiser, see `TARGETS`.

    Raises:
        UnknownNameError: no such target.
    """

    needs: ClassVar[tuple[Literal["text", "audio"], ...]] = ()

    def __init__(self, *, target: str = "text") -> None:
        if not isinstance(target, str) or target not in TARGETS:
            raise UnknownNameError("target of instructions", target, TARGETS)
        self._name, self._target = target, TARGETS[target]

    def render(self, prosody: ProsodyParameters, utterance: Utterance) -> Rendering:
        """An instruction, or a mapping of the target's parameters.

        Raises:
            InvalidValueError: no text, for a target whose controls are tags in the text.
        """
        target = self._target
        text = None if utterance.text is None else plain_text(utterance.text, target.delimiters)
        if text is None and target.tags:
            raise InvalidValueError(f"the target {self._name!r} puts tags into the text: give a text")
        request = Request(prosody, text, utterance.emotion, utterance.intensity)
        account = Account(target.engine, request)
        output = self._output(request, account)
        account.leave_the_rest(f"{target.engine} has no control for it")
        return Rendering(
            kind="text" if isinstance(output, str) else "parameters",
            output=output,
            approximated=account.approximated,
            unexpressed=account.unexpressed,
            residual=ProsodyParameters(**account.residual),
            emotion_account=account.emotion,
            parts=self._parts(request, output),
        )

    def _output(self, request: Request, account: Account) -> str | Mapping[str, Any]:
        target = self._target
        written = target.write(request, account)
        if isinstance(written, dict) and target.text_field is not None and request.text is not None:
            return {target.text_field: request.text, **written}
        return written

    def _parts(self, request: Request, output: str | Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
        """The requests that a text takes which is too long for one."""
        target, text = self._target, request.text
        if target.limit is None or text is None or target.fits(output):
            return ()

        def part(piece: str) -> Mapping[str, Any]:
            asked = attrs.evolve(request, text=piece)
            written = self._output(asked, Account(target.engine, asked))
            assert isinstance(written, Mapping)
            return written

        pieces = cut(text, lambda piece: target.fits(part(piece)), most=target.limit.most)
        return tuple(part(piece) for piece in pieces)
