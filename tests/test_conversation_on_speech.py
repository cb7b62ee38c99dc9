"""A conversation's current emotion, on real recordings that come in chunks."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
from voxaffect import VoiceEmotionDetector, load_audio
from voxaffect.conversation import Listener
from voxaffect.examples import clips
from voxaffect.streaming import Event, SpeechEnd, SpeechStart, UtteranceResult, WindowResult

RATE_HZ = 16_000

ASSISTANT = """
from voxaffect import ProsodyApplicator, Utterance, VoicePipeline
from voxaffect.examples import clips

applicator = ProsodyApplicator()
targets = [{"use": "ssml", "dialect": "google"}, {"use": "instruct", "target": "orpheus"}, {"use": "rvc"}]


def speak(text, prosody):
    applicator.apply_to_audio(clips()[0].path, prosody)
    applicator.get_rvc_params(prosody)
    return applicator.to_ssml(text, prosody, dialect="google")


assistant = VoicePipeline(lambda prompt: "<laugh> I see [sighs].", speak)
for clip in clips()[:3]:
    assistant.hear(clip.path)
    turn = assistant.respond("I cannot find my keys.")
    for target in targets:
        applicator.render(target, turn.delivery.prosody, Utterance(turn.answer))
"""
PAUSE = np.zeros(2 * RATE_HZ, np.float32)


def test_the_current_emotion_is_the_utterances_once_there_is_one() -> None:
    listener = Listener(VoiceEmotionDetector("prosodic", activity="builtin"))
    happy, sad = (load_audio(clips(emotion)[0].path).samples for emotion in ("happiness", "sadness"))
    sound = np.concatenate([happy, PAUSE, sad, PAUSE])
    told: list[Event] = []
    for start in range(0, len(sound), 1_600):
        events = listener.listen(sound[start : start + 1_600], RATE_HZ)
        told += events
        for event in events:
            if isinstance(event, UtteranceResult):
                assert listener.current is event.result
    first_window = next(e for e in told if isinstance(e, WindowResult))
    assert first_window.result.speech
    final = [event for event in told if isinstance(event, UtteranceResult) and event.final]
    assert len(final) == sum(isinstance(event, SpeechEnd) for event in told) >= 2
    assert listener.current is final[-1].result
    assert final[0].result.primary.arousal > final[-1].result.primary.arousal
    assert listener.prompt("Well") == f"{final[-1].result.to_context_string()}\nWell"
    assert listener.delivery().reason


def test_before_an_utterance_can_be_heard_as_one_the_last_window_counts() -> None:
    listener = Listener(VoiceEmotionDetector("prosodic", activity="builtin"))
    angry = load_audio(clips("anger")[0].path).samples
    events = listener.listen(angry[: round(1.2 * RATE_HZ)], RATE_HZ)
    assert not any(isinstance(event, UtteranceResult) for event in events)
    (window,) = [event for event in events if isinstance(event, WindowResult)]
    assert listener.current is window.result


def test_in_a_long_utterance_the_last_window_takes_over() -> None:
    listener = Listener(VoiceEmotionDetector("prosodic", activity="builtin"))
    samples = np.concatenate([load_audio(clip.path).samples for clip in clips()])  # no pause between them
    last_utterance_s, taken = -np.inf, 0
    for start in range(0, len(samples), 1_600):
        events = listener.listen(samples[start : start + 1_600], RATE_HZ)
        if any(isinstance(event, SpeechStart) for event in events):
            last_utterance_s = -np.inf
        ends_s = [event.end_s for event in events if isinstance(event, UtteranceResult)]
        last_utterance_s = max([last_utterance_s, *ends_s])
        if not ends_s and events and isinstance(events[-1], WindowResult) and events[-1].result.speech:
            is_stale = events[-1].end_s - last_utterance_s > 4
            assert (listener.current is events[-1].result) == is_stale
            taken += is_stale
    assert taken > 3


def test_a_program_that_sets_up_no_logging_prints_nothing_at_a_turn() -> None:
    done = subprocess.run([sys.executable, "-c", ASSISTANT], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
