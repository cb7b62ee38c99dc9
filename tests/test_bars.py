"""The accuracy that is promised, on real recordings: what the benchmarks print, held to its bars."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parent / "benchmarks"


def printed_by(script: str, *arguments: object) -> str:
    command = [sys.executable, str(BENCHMARKS / script), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def numbers(line: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+\.?\d*", line)]


def line_with(text: str, output: str) -> str:
    (line,) = [line for line in output.splitlines() if line.startswith(text)]
    return line.removeprefix(text)


def test_f0_errs_in_fewer_frames_than_the_best_peers(corpora):
    clean, _, _, babble, *_ = numbers(line_with("ours       all", printed_by("f0.py", corpora)))
    assert clean <= 4.7
    assert babble <= 8.5


def test_speech_rate_is_near_the_labelled_syllables(corpora):
    _, error, correlation, *_ = numbers(line_with("EMO-DB, ours", printed_by("speech_rate.py", corpora)))
    assert error <= 0.8
    assert correlation >= 0.70


def test_voice_activity_agrees_with_hand_labels_and_speech_is_heard_as_such(corpora):
    output = printed_by("voice_activity.py", corpora)
    clean, _, white_10, *_ = numbers(line_with("ours", output))
    assert clean <= 9
    assert white_10 <= 7
    for corpus in ("emodb", "crema-d", "fda_ue", "vad_upc"):
        _, heard_clean, heard_in_noise, *_ = numbers(line_with(f"{corpus:10}", output))
        assert heard_clean >= 99.5
        assert heard_in_noise >= 97


def test_the_rules_alone_tell_activated_from_deactivated_speech(corpora):
    output = printed_by("arousal.py", corpora)
    assert numbers(output.splitlines()[0])[-1] >= 0.88
    assert numbers(output.splitlines()[1])[-1] >= 0.96


def test_jitter_and_hnr_of_synthetic_vowels_are_near_the_truth():
    output = printed_by("voice_quality.py", "--seeds", 1)
    for condition in ("a, no noise", "a, breath 20 dB", "i, breath 20 dB", "u, breath 20 dB"):
        mean_error, *_ = numbers(line_with(condition, output))
        assert mean_error <= 0.2
    for true_db in (10, 12, 15, 18, 20):
        for noise in ("breath", "white noise"):
            _, lowest, highest = numbers(line_with(f"{true_db} dB of {noise}", output))
            assert true_db - 3 <= lowest
            assert highest <= true_db + 3
