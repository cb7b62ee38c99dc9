"""A stream against the whole recording: what it hears, what it costs, how soon it answers, whether it grows.

    python tests/benchmarks/streaming.py [--backend prosodic] [--activity builtin] [--seconds 60] [--cuts 20]
                                         [--rounds 5] [--hour]

The audio is the example clips one after the other in chunks of 20 ms, without a pause and with; --hour takes
an hour of them with pauses. Cost is processor time of this process over the duration of the audio; the same
audio is heard in several rounds, of which the least and the median are given: what else the machine does
makes them dearer, never cheaper.
"""

from __future__ import annotations

import argparse
import gc
import resource
import time

import attrs
import numpy as np
from voxaffect import create_backend, load_audio
from voxaffect.audio import resample
from voxaffect.examples import clips
from voxaffect.pipeline import Pipeline
from voxaffect.streaming import EmotionStream, Event, UtteranceResult, WindowResult
from voxaffect.types import EmotionResult

RATE_HZ = 16_000
CHUNK = 320
PAUSE_S = 2.0


def real_speech(duration_s: float, *, pause_s: float = 0.0) -> np.ndarray:
    """(n_samples,) of the example clips, as often as it takes, with faint noise where they pause."""
    rng = np.random.default_rng(0)
    parts = []
    for clip in clips():
        parts += [load_audio(clip.path).samples, 1e-3 * rng.standard_normal(round(pause_s * RATE_HZ))]
    return np.resize(np.concatenate(parts), round(duration_s * RATE_HZ)).astype(np.float32)


def distance(one: EmotionResult, other: EmotionResult) -> tuple[float, bool]:
    """Largest difference of a dimension; whether the three likeliest emotions are the same."""
    pairs = [
        (getattr(one.primary, n), getattr(other.primary, n)) for n in ("valence", "arousal", "dominance")
    ]
    same = [c.emotion for c in one.categorical] == [c.emotion for c in other.categorical]
    return max(abs(a - b) for a, b in pairs), same and one.speech == other.speech


def cut(audio: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """In chunks of random lengths from one sample to two seconds."""
    places, place = [], 0
    while (place := place + int(np.exp(rng.uniform(0, np.log(2 * RATE_HZ))))) < len(audio):
        places.append(place)
    return np.split(audio, places)


def equality(pipeline: Pipeline, activity: str, n_cuts: int) -> None:
    """Print how far results of randomly cut streams lie from those of the same stretch of the whole."""
    print("rate Hz   type      channels   cuts   results   largest difference   other categories")
    rng = np.random.default_rng(1)
    speech = real_speech(12.0, pause_s=0.7)
    for rate_hz, dtype, channels in (
        (16_000, "float32", 1),
        (16_000, "int16", 2),
        (48_000, "int16", 1),
        (44_100, "float64", 2),
        (8_000, "float32", 1),
        (11_025, "uint8", 1),
    ):
        audio = np.clip(resample(speech, RATE_HZ, rate_hz), -1, 1)
        if channels == 2:
            audio = np.stack([audio, 0.5 * audio], axis=1)
        if dtype in ("int16", "uint8"):
            audio = (
                (audio * 32_000).astype(np.int16)
                if dtype == "int16"
                else (audio * 120 + 128).astype(np.uint8)
            )
        else:
            audio = audio.astype(dtype)
        known: dict[tuple[float, float], EmotionResult] = {}
        worst, others, count = 0.0, 0, 0
        n = n_cuts if rate_hz == RATE_HZ else max(1, n_cuts // 5)
        for _ in range(n):
            stream = EmotionStream(pipeline, rate_hz=rate_hz, adapt=False, activity=activity)
            events: list[Event] = [event for chunk in cut(audio, rng) for event in stream.feed(chunk)]
            for event in [*events, *stream.finish()]:
                if not isinstance(event, (WindowResult, UtteranceResult)) or unheard(event):
                    continue
                place = event.start_s, event.end_s
                if place not in known:
                    stretch = audio[round(place[0] * rate_hz) : round(place[1] * rate_hz)]
                    known[place] = attrs.evolve(pipeline, activity="off").hear(stretch, rate_hz=rate_hz)
                apart, same = distance(event.result, known[place])
                worst, others, count = max(worst, apart), others + (not same), count + 1
        print(f"{rate_hz:7}   {dtype:8} {channels:9} {n:6} {count:9} {worst:20.1e} {others:18}")


def unheard(event: WindowResult | UtteranceResult) -> bool:
    """Whether voice activity left it to nothing else."""
    return any("voice activity" in reason for reason in event.result.explanation)


def cost(pipeline: Pipeline, activity: str, audio: np.ndarray, rounds: int) -> None:
    """Print the share of a core, and how long the chunk that completes a window takes."""
    EmotionStream(pipeline, rate_hz=RATE_HZ, activity=activity).feed(audio[: 5 * RATE_HZ])  # warm
    shares, first_ms, answers_ms = [], [], []
    for _ in range(rounds):
        stream = EmotionStream(pipeline, rate_hz=RATE_HZ, activity=activity)
        all_events: list[Event] = []
        took_ms = []
        gc.collect()
        before = time.process_time()
        for start in range(0, len(audio), CHUNK):
            began = time.perf_counter()
            events = stream.feed(audio[start : start + CHUNK])
            if any(isinstance(event, WindowResult) for event in events):
                took_ms.append(1e3 * (time.perf_counter() - began))
            all_events += events
        shares.append((time.process_time() - before) / (len(audio) / RATE_HZ))
        first_ms.append(took_ms[0])
        answers_ms += took_ms
    windows, utterances = (
        sum(isinstance(event, kind) for event in all_events) for kind in (WindowResult, UtteranceResult)
    )
    median_ms, p99_ms = np.percentile(answers_ms, (50, 99))
    print(
        f"{stream.activity:8} {len(audio) / RATE_HZ:7.0f} s {windows:8} {utterances:11} "
        f"{min(shares):13.2%} {np.median(shares):7.2%} {np.median(first_ms):9.1f} {median_ms:10.1f} "
        f"{p99_ms:7.1f}"
    )


def growth(pipeline: Pipeline, activity: str) -> None:
    """Print what each 10 minutes of an hour cost, and the memory that is held after them."""
    audio = real_speech(600.0, pause_s=PAUSE_S)
    stream = EmotionStream(pipeline, rate_hz=RATE_HZ, activity=activity)
    print("minutes   share of a core   largest memory so far MB")
    for tenth in range(6):
        before = time.process_time()
        for start in range(0, len(audio), 10 * CHUNK):
            stream.feed(audio[start : start + 10 * CHUNK])
        share = (time.process_time() - before) / 600
        held_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{10 * (tenth + 1):7} {share:17.2%} {held_mb:26.1f}")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--backend", default="prosodic")
    parser.add_argument("--activity", default="builtin")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--cuts", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--hour", action="store_true")
    arguments = parser.parse_args()
    pipeline = create_backend(arguments.backend)
    if arguments.cuts:
        equality(pipeline, arguments.activity, arguments.cuts)
        print()
    print("                                          share of a core           answers, ms")
    print("activity      audio  windows  utterances   least  median     first     median     p99")
    for pause_s in (0.0, PAUSE_S):
        audio = real_speech(arguments.seconds, pause_s=pause_s)
        cost(pipeline, arguments.activity, audio, arguments.rounds)
    if arguments.hour:
        print()
        growth(pipeline, arguments.activity)


if __name__ == "__main__":
    main()
