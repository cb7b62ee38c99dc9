"""Sound that contracts are tried on."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from voxaffect import synthetic
from voxaffect.audio import load_audio
from voxaffect.examples import clips
from voxaffect.types import Audio

RATES_HZ = (8_000, 16_000, 44_100, 192_000)


def speech_like_audio(rate_hz: int = 16_000, *, pauses_s: tuple[float, ...] = ()) -> Audio:
    """Two seconds of synthetic syllables, and pauses between them."""
    return Audio(_syllables(4.0, 140.0, rate_hz, pauses_s).copy(), rate_hz)


def voices() -> dict[str, Audio]:
    """Voices that anybody tells apart: synthetic ones, low and slow, high and fast; and acted ones."""
    made = {
        f"{rate_sps:g} syllables/s at {f0_hz:g} Hz": Audio(_syllables(rate_sps, f0_hz, 16_000).copy(), 16_000)
        for rate_sps, f0_hz in ((2.5, 90.0), (7.0, 280.0))
    }
    acted = {f"acted {emotion}": load_audio(clips(emotion)[0].path) for emotion in ("anger", "sadness")}
    return made | acted


@functools.cache
def _syllables(
    rate_sps: float, f0_hz: float, rate_hz: int, pauses_s: tuple[float, ...] = ()
) -> npt.NDArray[np.float32]:
    """(n_samples,), two seconds and the pauses; asked for again by nearly every test."""
    syllables = round(2 * rate_sps)
    return synthetic.speech_like(
        syllables=syllables, rate_sps=rate_sps, f0_hz=f0_hz, rate_hz=rate_hz, pauses_s=pauses_s
    )


def odd_audio() -> dict[str, Audio]:
    """Sound that is no speech, but that every extractor must survive."""
    square = np.sign(np.sin(np.arange(16_000) / 20)).astype(np.float32)
    return {
        "one sample": Audio(np.array([0.5], np.float32), 16_000),
        "ten samples": Audio(np.full(10, 0.5, np.float32), 16_000),
        "digital silence": Audio(np.zeros(16_000, np.float32), 16_000),
        "constant": Audio(np.full(16_000, 0.25, np.float32), 16_000),
        "full-scale square wave": Audio(square, 16_000),
        "hardly any signal": Audio(square * 1e-7, 16_000),
    }
