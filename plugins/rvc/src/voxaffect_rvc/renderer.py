"""The renderer: prosody to keyword arguments of one RVC package."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import attrs
from voxaffect.errors import UnknownNameError
from voxaffect.types import ProsodyParameters, Rendering, Utterance

from voxaffect_rvc.flavours import FLAVOURS

_NOT_RVC = {
    "pitch_variance": "RVC shifts the F0 contour as a whole and cannot scale it",
    "speech_rate": "RVC keeps the timing of its input",
    "pause_multiplier": "RVC keeps the timing of its input",
    "volume_db": "no RVC package takes a gain; their envelope parameters only choose whose level to follow",
    "dynamic_range": "the envelope parameters choose whose level contour to follow and cannot scale it",
    "tremolo_amount": "RVC has no modulation",
}


class RvcRenderer:
    """Prosody as keyword arguments for voice conversion.

    The pitch becomes the package's shift in semitones. Breathiness b lowers the parameter that protects
    consonants and breath to (1 - b) of its default, so that more of the source's own breath survives; that
    adds none, so breathiness stays in the residual too. Everything else keeps the package's documented
    default, and every other parameter of the prosody is reported.

    Args:
        flavour: the package, see `FLAVOURS`.

    Raises:
        UnknownNameError: no such package.
    """

    needs: ClassVar[tuple[Literal["text", "audio"], ...]] = ()

    def __init__(self, *, flavour: str = "webui") -> None:
        if not isinstance(flavour, str) or flavour not in FLAVOURS:
            raise UnknownNameError("RVC flavour", flavour, FLAVOURS)
        self._name, self._flavour = flavour, FLAVOURS[flavour]

    def render(self, prosody: ProsodyParameters, utterance: Utterance) -> Rendering:
        """Keyword arguments; the utterance is not looked at."""
        flavour, changed, asked = self._flavour, prosody.changed(), attrs.asdict(prosody)
        shift_st, approximated = prosody.pitch_shift_semitones, {}
        unexpressed = {name: reason for name, reason in _NOT_RVC.items() if name in changed}
        residual = {name: asked[name] for name in unexpressed}

        # int() is what inferrvc does to its float; elsewhere the nearest whole number is ours to choose.
        whole_st = int(shift_st) if flavour.float_pitch_cut else round(shift_st)
        if shift_st != whole_st:
            residual["pitch_shift_semitones"] = shift_st - whole_st
            taken = "cuts the fraction off" if flavour.float_pitch_cut else "takes whole semitones only"
            if whole_st:
                approximated["pitch_shift_semitones"] = (
                    f"{shift_st:+g} st becomes {whole_st:+d}: {self._name} {taken}"
                )
            else:
                unexpressed["pitch_shift_semitones"] = f"{shift_st:+g} st becomes none: {self._name} {taken}"

        parameters: dict[str, Any] = dict(flavour.defaults)
        if "breathiness" in changed:
            parameters[flavour.protect] = round(parameters[flavour.protect] * (1 - prosody.breathiness), 4)
            approximated["breathiness"] = (
                f"{flavour.protect} keeps more of the source's own breath; none is added"
            )
            residual["breathiness"] = prosody.breathiness
        pitch = float(shift_st) if flavour.float_pitch else whole_st
        return Rendering(
            kind="parameters",
            output={flavour.pitch: pitch, **parameters},
            approximated=approximated,
            unexpressed=unexpressed,
            residual=ProsodyParameters(**residual),
        )
