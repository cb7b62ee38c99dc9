"""Tempo by a library that is not ours, an extra each; pitch and its spread stay overlap-add's."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs
import numpy as np
from voxaffect.errors import ComponentUnavailableError
from voxaffect.types import ProsodyParameters

from voxaffect_psola.pitch_and_tempo import shift_and_stretch
from voxaffect_psola.sound import Sound, Source, in_memory

SEED = 0
"""Signalsmith's vocoder draws phases: the same ones for the same sound."""


def _bungee(module: Any, samples: Sound, rate_hz: int, tempo: float) -> Sound:
    stretcher = module.Bungee(rate_hz, 1)
    stretcher.set_speed(tempo)
    made: Sound = np.asarray(stretcher.process(samples[:, None]), np.float32)[:, 0]
    return made


def _signalsmith(module: Any, samples: Sound, rate_hz: int, tempo: float) -> Sound:
    stretcher = module.Stretch(SEED)
    stretcher.preset(1, rate_hz)
    stretcher.setTimeFactor(tempo)
    made: Sound = np.asarray(stretcher.process(samples[None]), np.float32)[0]
    return made


@attrs.frozen
class TempoLibrary:
    """One library.

    Attributes:
        module: its import name.
        distribution: its name for pip.
        stretch: (module, samples, rate_hz, tempo) -> samples, about as many as asked for.
    """

    module: str
    distribution: str
    stretch: Callable[[Any, Sound, int, float], Sound]


LIBRARIES: Mapping[str, TempoLibrary] = {
    "bungee": TempoLibrary("bungee_python.bungee", "bungee-python", _bungee),  # MPL-2.0
    "signalsmith": TempoLibrary("python_stretch.Signalsmith", "python-stretch", _signalsmith),  # MIT
}
"""Name of the extra -> library."""


class PitchThenTempo:
    """Overlap-add for the pitch, then a library for the tempo, on the whole sound at once.

    Args:
        name: a key of `LIBRARIES`.

    Raises:
        ComponentUnavailableError: it is not installed; says how to.
    """

    def __init__(self, name: str) -> None:
        self._stretch = LIBRARIES[name].stretch
        try:
            self._module = importlib.import_module(LIBRARIES[name].module)
        except ImportError as error:
            raise ComponentUnavailableError(
                f'tempo="{name}" needs {LIBRARIES[name].distribution}: pip install "voxaffect-psola[{name}]"'
            ) from error

    def __call__(
        self, samples: Source, rate_hz: int, prosody: ProsodyParameters
    ) -> tuple[Iterator[Sound] | None, Mapping[str, str]]:
        """As `shift_and_stretch`."""
        made, missing = shift_and_stretch(samples, rate_hz, attrs.evolve(prosody, speech_rate=1.0))
        if prosody.speech_rate == 1:
            return made, missing
        shifted = samples[0 : len(samples)] if made is None else in_memory(made, len(samples))
        stretched = self._stretch(self._module, shifted, rate_hz, prosody.speech_rate)
        length = max(1, round(len(samples) / prosody.speech_rate))
        return iter([np.pad(stretched[:length], (0, max(0, length - len(stretched))))]), missing
