from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from voxaffect import Features, SpeakerBaseline
from voxaffect.baseline_drift import FITS_BELOW, RECENT, measure_drift


def voices(mean: float, count: int = RECENT) -> list[Mapping[str, Features]]:
    rng = np.random.default_rng(0)
    return [
        {"voice": Features(functionals={f"m{i}": float(rng.normal(mean, 1)) for i in range(40)})}
        for _ in range(count)
    ]


BASELINE = SpeakerBaseline({"voice": Features(functionals={f"m{i}": 0.0 for i in range(40)})})


def test_a_baseline_fits_the_voice_that_it_was_made_of() -> None:
    drift = measure_drift(BASELINE, voices(0.0))
    assert drift is not None
    assert drift.fits
    assert drift.distance < 0.5
    assert drift.explain().startswith("the baseline fits: distance 0.")


def test_a_voice_that_lies_apart_is_noticed_and_what_moved_is_named() -> None:
    other = [
        {"voice": Features(functionals={**each["voice"].functionals, "m7": 9.0 + 0.1 * i})}
        for i, each in enumerate(voices(2.0))
    ]
    drift = measure_drift(BASELINE, other)
    assert drift is not None
    assert not drift.fits
    assert drift.distance > FITS_BELOW
    assert drift.farthest[0] == "voice/m7"
    assert "calibrate again" in drift.explain()


def test_only_the_last_utterances_count() -> None:
    drift = measure_drift(BASELINE, [*voices(9.0, 50), *voices(0.0)])
    assert drift is not None
    assert drift.fits


def test_too_few_utterances_say_nothing() -> None:
    assert measure_drift(BASELINE, voices(9.0, RECENT - 1)) is None


def test_nothing_in_common_says_nothing() -> None:
    other = SpeakerBaseline({"net": Features(embedding=np.ones(4, np.float32))})
    assert measure_drift(other, voices(0.0)) is None


def test_embeddings_drift_too() -> None:
    rng = np.random.default_rng(1)
    usual = SpeakerBaseline({"net": Features(embedding=np.zeros(64, np.float32))})
    near, far = (
        measure_drift(
            usual,
            [{"net": Features(embedding=rng.normal(m, 1, 64).astype(np.float32))} for _ in range(RECENT)],
        )
        for m in (0.0, 2.0)
    )
    assert near is not None
    assert far is not None
    assert (near.fits, far.fits, far.farthest) == (True, False, ("net/embedding",))


def test_a_measurement_that_never_moves_and_equals_the_baseline_is_no_drift() -> None:
    still = [{"voice": Features(functionals={"m0": 0.0})} for _ in range(RECENT)]
    drift = measure_drift(BASELINE, still)
    assert drift is not None
    assert drift.distance == 0
