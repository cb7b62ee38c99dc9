"""A recording of several utterances: its course, and the one result of all."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import chain, pairwise
from pathlib import Path

import attrs
import numpy as np
import numpy.typing as npt
import pytest
from voxaffect import (
    Audio,
    EmotionResult,
    Pipeline,
    PluginError,
    PluginHost,
    VoiceEmotionDetector,
    choose_delivery,
    hear_timeline,
    load_audio,
    save_audio,
    to_dict,
)
from voxaffect.context import Certainty, named_probability, statement_of
from voxaffect.course import Course, CourseUtterance
from voxaffect.evaluation.labels import join_labels
from voxaffect.evaluation.manifest import Clip
from voxaffect.evaluation.runner import Listener
from voxaffect.examples import clips
from voxaffect.families import FAMILIES
from voxaffect.prompt import PromptPolicy
from voxaffect.report import to_row
from voxaffect.synthetic import silence, speech_like

RATE_HZ = 16_000
SENTENCES = [load_audio(clip.path).samples for clip in clips()[:4]]
A_SECOND = SENTENCES[0][:RATE_HZ]
LEVELS = {"neutral": 0.06, "sad": 0.12, "angry": 0.24, "unclear": 0.48, "mute": 0.96}
"""Peak at which the backend of these tests hears what its name says; mute is no speech to it."""

MOOD = f"""
import numpy as np
from voxaffect import *

LEVELS = {LEVELS!r}

@hookimpl
def voxaffect_feature_extractors():
    yield Component(name="loudness", target="mood:Loudness")

@hookimpl
def voxaffect_classifiers():
    yield Component(name="mood", target="mood:Mood", summary="how loud", quality=3)

class Loudness:
    def extract(self, audio, *, baseline=None):
        peak = float(np.abs(audio.samples).max())
        return Features(functionals={{"peak": peak}}, embedding=np.array([peak], np.float32))

class Mood:
    requires = ("loudness",)

    def __init__(self, *, fails_at=""):
        self.fails_at = fails_at

    def classify(self, features):
        measured = features["loudness"]
        name = min(LEVELS, key=lambda each: abs(np.log(LEVELS[each] / measured.functionals["peak"])))
        if name == self.fails_at:
            raise ValueError("no such mood")
        if name == "mute":
            return Classification(speech=False)
        others = {{each: 0.05 for each in ("neutral", "sad", "angry") if each != name}}
        probabilities = others | ({{}} if name == "unclear" else {{name: 1 - sum(others.values())}})
        if name == "unclear":
            probabilities = dict.fromkeys(("neutral", "sad", "angry"), 1 / 3)
        return Classification(probabilities=probabilities, unclear=name == "unclear",
                              embedding=measured.embedding)
"""


@pytest.fixture
def mood(install: Callable[..., None], host_of: Callable[..., PluginHost]) -> PluginHost:
    install("mood", MOOD)
    return host_of("mood")


@pytest.fixture
def pipeline(mood: PluginHost) -> Pipeline:
    return Pipeline.from_config({"classifier": "mood"}, host=mood)


def said(name: str, sentence: int = 0) -> npt.NDArray[np.float32]:
    """A sentence as loud as that mood is."""
    samples = SENTENCES[sentence % len(SENTENCES)]
    return samples * np.float32(LEVELS[name] / np.abs(samples).max())


def in_turn(*moods: str, pause_s: float = 1.0) -> Audio:
    """A sentence in each mood, with a room's silence between them."""
    rng = np.random.default_rng(0)
    room = [rng.normal(0, 1e-5, round(pause_s * RATE_HZ)).astype(np.float32) for _ in moods]
    parts = chain.from_iterable((said(mood, n), room[n]) for n, mood in enumerate(moods))
    return Audio(np.concatenate([*parts]), RATE_HZ)


# What is heard


def test_several_utterances_have_a_course_and_no_label_of_all(pipeline: Pipeline) -> None:
    result = pipeline.hear(in_turn("neutral", "neutral", "neutral", "angry", "angry"))
    course = result.course
    assert course is not None
    assert [each.family for each in course.utterances] == ["neutral"] * 3 + ["angry or frustrated"] * 2
    assert list(course.shares) == ["neutral", "angry or frustrated"]
    assert sum(course.shares.values()) == pytest.approx(1)
    (turn,) = course.turning_points
    assert (turn.before, turn.after) == ("neutral", "angry or frustrated")
    assert turn.at_s == course.utterances[3].start_s
    assert course.agreed is None
    assert result.unclear
    assert choose_delivery(result, "amplify").emotion == "neutral"


def test_utterances_that_agree_have_one_label(pipeline: Pipeline) -> None:
    result = pipeline.hear(in_turn(*["sad"] * 4))
    assert result.course is not None
    assert result.course.agreed == "sad or dejected"
    assert result.course.turning_points == ()
    assert not result.unclear
    assert result.top.emotion == "sad"
    assert result.to_context_string() == f"[Voice over {result.duration_s:.0f} s: sad or dejected throughout]"


def test_all_else_is_the_mean_over_the_time(pipeline: Pipeline) -> None:
    result = pipeline.hear(in_turn("neutral", "angry", "unclear"))
    assert result.course is not None
    lengths_s = [each.length_s for each in result.course.utterances]
    heard = [each.result for each in result.course.utterances]
    for emotion, p in result.posterior.items():
        assert p == pytest.approx(np.average([each.posterior[emotion] for each in heard], weights=lengths_s))
    valence = np.average([each.primary.valence for each in heard], weights=lengths_s)
    assert result.primary.valence == pytest.approx(valence)
    assert result.embedding is not None
    assert result.embedding[0] == pytest.approx(
        np.average([each.embedding[0] for each in heard], weights=lengths_s)  # type: ignore[index]
    )


def test_an_utterance_is_heard_as_it_is_alone(pipeline: Pipeline) -> None:
    moods = ("neutral", "angry", "sad", "neutral")
    together = pipeline.hear(in_turn(*moods))
    assert together.course is not None
    for number, (mood, utterance) in enumerate(zip(moods, together.course.utterances, strict=True)):
        alone = pipeline.hear(Audio(said(mood, number), RATE_HZ))
        assert utterance.result.posterior == pytest.approx(dict(alone.posterior), abs=0.01)


def test_the_utterances_are_those_of_the_timeline(pipeline: Pipeline) -> None:
    audio = in_turn("neutral", "angry", "sad", pause_s=1.5)
    course = pipeline.hear(audio).course
    assert course is not None
    places = [(each.start_s, each.end_s) for each in hear_timeline(pipeline, audio).utterances]
    assert [(each.start_s, each.end_s) for each in course.utterances] == places


def test_unbroken_speech_of_a_minute_has_a_course(pipeline: Pipeline) -> None:
    course = pipeline.hear(speech_like(syllables=240), rate_hz=RATE_HZ).course
    assert course is not None
    assert all(before.end_s == after.start_s for before, after in pairwise(course.utterances))
    assert max(each.length_s for each in course.utterances) < 16


@pytest.mark.parametrize(
    "audio",
    [
        Audio(SENTENCES[0], RATE_HZ),
        Audio(np.concatenate([SENTENCES[0], silence(duration_s=30)]), RATE_HZ),
        Audio(np.concatenate([SENTENCES[0], silence(duration_s=0.7), SENTENCES[1]]), RATE_HZ),
        Audio(np.concatenate([A_SECOND, silence(duration_s=1.2), A_SECOND]), RATE_HZ),
        Audio(silence(duration_s=40), RATE_HZ),
    ],
    ids=["a sentence", "and silence", "a pause", "a long pause in 3 s", "nobody speaks"],
)  # fmt: skip
def test_one_utterance_has_none_and_is_heard_as_a_whole(pipeline: Pipeline, audio: Audio) -> None:
    result = pipeline.hear(audio)
    whole = pipeline.conclude(pipeline.measure(audio), timestamp=result.timestamp)
    assert result.course is None
    assert to_dict(result) == to_dict(whole)


def test_where_all_counts_as_speech_nothing_tells_utterances_apart(mood: PluginHost) -> None:
    everything = Pipeline.from_config({"classifier": "mood", "activity": "off"}, host=mood)
    assert everything.hear(in_turn("neutral", "angry", "sad")).course is None


def test_what_is_no_speech_to_the_backend_is_no_part_of_it(pipeline: Pipeline) -> None:
    course = pipeline.hear(in_turn("neutral", "mute", "angry")).course
    assert course is not None
    assert [each.family for each in course.utterances] == ["neutral", "angry or frustrated"]
    one = pipeline.hear(in_turn("mute", "sad", "mute"))
    assert (one.course, one.top.emotion, one.unclear) == (None, "sad", False)
    assert one.duration_s == in_turn("mute", "sad", "mute").duration_s
    none = pipeline.hear(in_turn("mute", "mute"))
    assert (none.course, none.speech) == (None, False)


def test_a_failure_says_at_which_utterance(mood: PluginHost) -> None:
    failing = Pipeline.from_config({"classifier": {"use": "mood", "fails_at": "angry"}}, host=mood)
    with pytest.raises(PluginError, match=r"at 0:0[67] to 0:\d\d of the recording: .*mood.*no such mood"):
        failing.hear(in_turn("neutral", "sad", "angry"))


def test_a_detector_keeps_the_result_and_checks_a_baseline_by_every_utterance(mood: PluginHost) -> None:
    detector = VoiceEmotionDetector("mood", host=mood, clock=lambda: 1000.0)
    detector.calibrate_baseline([Audio(said("neutral"), RATE_HZ)] * 3)
    result = detector.analyze(in_turn(*["neutral"] * 12))
    assert detector.get_history() == [result]
    assert detector.check_baseline() is not None
    assert result.timestamp == 1000.0
    assert result.course is not None
    for each in result.course.utterances:
        assert each.result.timestamp == pytest.approx(1000 - result.duration_s + each.end_s)


def test_an_evaluation_judges_a_clip_as_a_whole(pipeline: Pipeline, tmp_path: Path) -> None:
    audio = in_turn("neutral", "angry", "angry", "neutral")
    save_audio(tmp_path / "clip.wav", audio)
    clip = Clip(2, tmp_path / "clip.wav", "anger", "one")
    neutral = attrs.evolve(clip, row=3, label="neutral")
    outcome = Listener(pipeline, join_labels([clip, neutral])).hear(clip)
    whole = pipeline.classify(pipeline.measure(load_audio(clip.file)))
    assert outcome.dimensions == pipeline.place(whole).primary
    assert outcome.dimensions != pipeline.hear(clip.file).primary


# What is told of it

MakeResult = Callable[..., EmotionResult]
FAMILY = {"N": "neutral", "A": "angry or frustrated", "S": "sad or dejected", "-": "nothing clear"}
EMOTION = {"N": "neutral", "A": "angry", "S": "sad", "-": "curious"}


@pytest.fixture
def course_of(make_result: MakeResult) -> Callable[..., Course]:
    """course_of("NNA"): an utterance of 10 s for each letter, of the families above."""

    def make(letters: str, *, length_s: float = 10.0, confidence: float = 0.9) -> Course:
        return Course(
            tuple(
                CourseUtterance(
                    n * length_s,
                    (n + 1) * length_s,
                    FAMILY[letter],
                    make_result({EMOTION[letter]: confidence}),
                )
                for n, letter in enumerate(letters)
            )
        )

    return make


@pytest.mark.parametrize(
    ("letters", "line"),
    [
        ("NNNNNN", "Voice over 60 s: neutral throughout"),
        ("NNNNN-", "Voice over 60 s: mostly neutral (83 % of the time)"),
        ("NNNNAA", "Voice over 60 s: mostly neutral (67 % of the time), ANGRY from 0:40 on"),
        ("ANNN", "Voice over 40 s: mostly neutral (75 % of the time), ANGRY until 0:10"),
        ("NNAANNN", "Voice over 70 s: mostly neutral (71 % of the time), ANGRY from 0:20 to 0:40"),
        ("NNNNNNANNNN", "Voice over 110 s: mostly neutral (91 % of the time)"),
        ("NANANANA", "Voice over 80 s: neutral 50 % of the time, ANGRY 50 % of the time"),
        ("SSSAAA", "Voice over 60 s: sad or dejected until 0:30, ANGRY from 0:30 on"),
        ("----AA", "Voice over 60 s: mostly nothing clear (67 % of the time), ANGRY 33 % of the time"),
        ("------", "No clear emotion in the voice over 60 s"),
        ("N" * 12 + "A" * 12, "Voice over 4 min: neutral until 2:00, ANGRY from 2:00 on"),
        ("N" * 360 + "A" * 90, "Voice over 75 min: mostly neutral (80 % of the time), ANGRY from 1:00:00 on"),
    ],
)
def test_the_line_tells_the_course(
    course_of: Callable[..., Course], make_result: MakeResult, letters: str, line: str
) -> None:
    result = make_result(course=course_of(letters), duration_s=10.0 * len(letters))
    assert result.to_context_string() == f"[{line.replace('ANGRY', 'angry or frustrated')}]"


def test_what_is_not_sure_is_told_as_a_guess(
    course_of: Callable[..., Course], make_result: MakeResult
) -> None:
    result = make_result(course=course_of("NNNA", confidence=0.3), duration_s=40)
    assert result.to_context_string() == (
        "[Voice over 40 s: perhaps mostly neutral (75 % of the time), "
        "perhaps angry or frustrated from 0:30 on]"
    )
    assert statement_of(result).certainty is Certainty.MAY
    mostly = statement_of(make_result(course=course_of("NNNA")))
    assert mostly.certainty is Certainty.SOUNDS
    assert (mostly.emotions, mostly.also_emotions) == (FAMILIES["neutral"], FAMILIES["angry or frustrated"])
    assert statement_of(make_result(course=course_of("NNAA"))).certainty is Certainty.MAY
    assert statement_of(make_result(course=course_of("----"))).certainty is Certainty.NOTHING


@pytest.mark.parametrize(
    ("letters", "agreed"),
    [
        ("NNNN", "neutral"),
        ("NNNA", "neutral"),
        ("NNNNNAA", None),
        ("NNN-", "neutral"),
        ("NN--", None),
        ("----", None),
    ],
)
def test_three_quarters_of_the_time_agree_and_what_is_unclear_does_not(
    course_of: Callable[..., Course], letters: str, agreed: str | None
) -> None:
    assert course_of(letters).agreed == agreed


@pytest.mark.parametrize(
    ("letters", "turns_s"),
    [
        ("NNNNNNNNNN", []),
        ("NNNNNANNNN", []),  # one sentence among ten
        ("NNNNAAANNN", [40, 70]),
        ("NNNNA-AANN", [40, 80]),
        ("NNN--AAA", [50]),  # where it is told
        ("NNANANNANN", []),
        ("NNNNNSAAAAAA", [50, 60]),  # between two others a sentence may stand alone
        ("NS", [10]),
        ("--------", []),
        ("N" * 300 + "A" * 7 + "N" * 300, [3000, 3070]),  # a minute in an hour and a half
    ],
)
def test_a_turn_must_outweigh_single_sentences(
    course_of: Callable[..., Course], letters: str, turns_s: Sequence[float]
) -> None:
    assert [turn.at_s for turn in course_of(letters).turning_points] == turns_s


def test_the_line_of_a_course_fits_the_usual_budget_or_says_less(
    course_of: Callable[..., Course], make_result: MakeResult
) -> None:
    course = course_of("A" * 400 + "S" * 400 + "N" * 300 + "-" * 300)
    result = make_result({"neutral": 0.3}, course=course, duration_s=14_000, unclear=True)
    assert PromptPolicy().line(result) == result.to_context_string()
    assert PromptPolicy(budget_tokens=12).line(result) == "[No clear emotion in the voice]"
    assert named_probability(result) == pytest.approx(
        sum(result.posterior[each] for family in FAMILY.values() for each in FAMILIES.get(family, ()))
    )


# As JSON, as a table, and to read


def test_json_holds_the_course_and_a_table_its_line(pipeline: Pipeline) -> None:
    result, one = pipeline.hear(in_turn("neutral", "angry", "sad")), pipeline.hear(in_turn("sad"))
    written = json.loads(json.dumps(to_dict(result), allow_nan=False))["course"]
    assert written["agreed"] is None
    assert sum(written["shares"].values()) == pytest.approx(1)
    assert [each["after"] for each in written["turning_points"]] == ["angry or frustrated", "sad or dejected"]
    assert [each["emotion"] for each in written["utterances"]] == ["neutral", "angry", "sad"]
    assert to_dict(one)["course"] is None
    assert list(to_row(result)) == list(to_row(one))
    assert to_row(result)["context"] == result.to_context_string()


@pytest.mark.usefixtures("mood")
def test_the_command_shows_it_in_words(run: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    save_audio(tmp_path / "talk.wav", in_turn("neutral", "neutral", "neutral", "angry"))
    code, out, _ = run("analyze", tmp_path / "talk.wav", "--backend", "mood")
    lines = {line.split()[0]: line for line in out.splitlines() if line}
    assert code == 0
    assert "4 utterances, which agree on neutral" in lines["heard"] or "do not agree" in lines["heard"]
    assert "#####" in lines["time"]
    assert "to angry or frustrated" in lines["turns"]
    assert "Voice over" in lines["context"]
    _, table, _ = run("analyze", tmp_path / "talk.wav", "--backend", "mood", "--format", "table")
    assert "neutral" in table
