"""A plugin of honest components, and of such as each break one promise of their stage."""

from __future__ import annotations

import random

import attrs
import numpy as np
from voxaffect import (
    NEUTRAL_PROSODY,
    Audio,
    Classification,
    Component,
    EmotionAccount,
    EmotionCategory,
    Features,
    Heard,
    PrimaryDimensions,
    ProsodyParameters,
    Rendering,
    hookimpl,
)


class HonestExtractor:
    def extract(self, audio, *, baseline=None):
        return Features(**{**self.measured(audio), "baseline": baseline})

    def measured(self, audio):
        level = float(np.sqrt(np.mean(np.square(audio.samples, dtype=np.float64))))
        crossings = np.count_nonzero(np.diff(np.signbit(audio.samples)))
        return {
            "functionals": {"rms": level, "crossings_per_s": crossings / audio.duration_s},
            "speech_s": audio.duration_s if level > 1e-6 else 0.0,
        }


class ConstantExtractor(HonestExtractor):
    def measured(self, audio):
        return {"functionals": {"rms": 1.0}}


class EmptyExtractor(HonestExtractor):
    def measured(self, audio):
        return {}


class DeafToTheRate(HonestExtractor):
    def measured(self, audio):
        return {**super().measured(audio), "speech_s": len(audio.samples) / 16_000}


class HearsSilence(HonestExtractor):
    def measured(self, audio):
        return {**super().measured(audio), "speech_s": audio.duration_s}


class NanExtractor(HonestExtractor):
    def measured(self, audio):
        return {"functionals": {"rms": float("nan")}}


class RandomExtractor(HonestExtractor):
    def measured(self, audio):
        return {"functionals": {"rms": random.random()}}


class Remembers(HonestExtractor):
    """What one clip gives rests on how many came before."""

    def __init__(self):
        self.heard = 0

    def measured(self, audio):
        self.heard += 1
        return {"functionals": {"rms": float(self.heard)}}


class Normalises(HonestExtractor):
    def measured(self, audio):
        audio.samples[:] /= max(np.abs(audio.samples).max(), 1e-9)
        return super().measured(audio)


class DropsTheBaseline(HonestExtractor):
    def extract(self, audio, *, baseline=None):
        return super().extract(audio)


class GrowingEmbedding(HonestExtractor):
    def measured(self, audio):
        return {"embedding": audio.samples[: max(1, len(audio.samples) // 8000)].copy()}


class FramesWithoutTime(HonestExtractor):
    def measured(self, audio):
        return {**super().measured(audio), "frames": np.zeros((5, 2), np.float32)}


class GivesADict(HonestExtractor):
    def extract(self, audio, *, baseline=None):
        return {"rms": 1.0}


class StreamsSomethingElse(HonestExtractor):
    """Its stream is wrong about all but the first stretch."""

    def stream(self, rate_hz):
        self.sound = np.zeros(0, np.float32)
        return self

    def feed(self, samples):
        self.sound = np.append(self.sound, samples)

    def features(self, start, stop, *, baseline=None):
        measured = self.measured(Audio(self.sound[start:stop], 16_000))
        return Features(**{**measured, "speech_s": measured["speech_s"] + start})

    def forget(self, before):
        pass


class HonestClassifier:
    requires = ("honest_extractor",)

    def classify(self, features):
        heard = features["honest_extractor"]
        return Classification(**{"probabilities": self.chances(heard), **self.besides(heard)})

    def chances(self, heard):
        loud = min(1.0, heard.functionals["rms"])
        return {"angry": loud, "sad": 1 - loud}

    def besides(self, heard):
        return {}


class RandomClassifier(HonestClassifier):
    def chances(self, heard):
        angry = random.random()
        return {"angry": angry, "sad": 1 - angry}


class ConstantClassifier(HonestClassifier):
    def chances(self, heard):
        return {"angry": 0.6, "sad": 0.4}


class ChattyClassifier(HonestClassifier):
    def besides(self, heard):
        return {"explanation": "abc"}


class FickleClassifier(HonestClassifier):
    def besides(self, heard):
        return {"explanation": (f"a hunch, no. {random.random()}",)}


class LostLabel(HonestClassifier):
    def chances(self, heard):
        return {"grumpy": 1.0}


class AfraidOfSilence(HonestClassifier):
    def chances(self, heard):
        quiet = 1e-9 / heard.functionals["rms"]
        return {"angry": 1 - quiet, "sad": quiet}


class AfraidOfBaselines(HonestClassifier):
    def besides(self, heard):
        return {"explanation": (heard.baseline.functionals["loudness"],)} if heard.baseline else {}


class QuietlyAdapted(HonestClassifier):
    def chances(self, heard):
        return super().chances(heard) if heard.baseline is None else {"angry": 0.5, "sad": 0.5}


class Tampers(HonestClassifier):
    def besides(self, heard):
        heard.functionals["rms"] = 0.5
        return {}


class SaysAWord(HonestClassifier):
    def classify(self, features):
        return "angry"


class HonestTaxonomy:
    def map(self, classification):
        chances = self.chances(classification)
        return Heard(self.place(classification), chances, chances)

    def chances(self, classification):
        even = 1 / len(EmotionCategory)
        named = classification.probabilities
        share = min(0.4, classification.max_confidence)
        rest = 1 - share * sum(named.get(str(emotion), 0.0) for emotion in EmotionCategory)
        return {e: share * named.get(str(e), 0.0) + rest * even for e in EmotionCategory}

    def place(self, classification):
        middle = PrimaryDimensions(0.0, 0.5, 0.5)
        return classification.primary or classification.dimensions or middle


class ConstantTaxonomy(HonestTaxonomy):
    def chances(self, classification):
        return dict.fromkeys(EmotionCategory, 1 / len(EmotionCategory))


class RandomTaxonomy(HonestTaxonomy):
    def place(self, classification):
        return PrimaryDimensions(0.0, random.random(), 0.5)


class SureTaxonomy(HonestTaxonomy):
    def chances(self, classification):
        return {emotion: float(emotion is EmotionCategory.SAD) for emotion in EmotionCategory}


class DeafToPrimary(HonestTaxonomy):
    def place(self, classification):
        return classification.dimensions or super().place(classification)


class NoPosterior(HonestTaxonomy):
    def chances(self, classification):
        return {EmotionCategory.SAD: 1.0}


class HonestRenderer:
    needs = ("text",)

    def render(self, prosody, utterance):
        return Rendering(**{**self.written(prosody, utterance), **self.account(prosody)})

    def written(self, prosody, utterance):
        return {"kind": "text", "output": f"{prosody.volume_db:+g} dB: {utterance.text}"}

    def account(self, prosody):
        residual = attrs.evolve(prosody, volume_db=NEUTRAL_PROSODY.volume_db)
        return {
            "unexpressed": dict.fromkeys(residual.changed(), "a text only tells the level"),
            "residual": residual,
        }


class FortyTwo(HonestRenderer):
    def written(self, prosody, utterance):
        return {"kind": "text", "output": 42}


class AudioOfText(HonestRenderer):
    def written(self, prosody, utterance):
        return {"kind": "audio", "output": "a song"}


class ConstantRenderer(HonestRenderer):
    def written(self, prosody, utterance):
        return {"kind": "text", "output": "louder!"}


class ClaimsTooMuch(HonestRenderer):
    def account(self, prosody):
        return {}


class HalfTruth(HonestRenderer):
    """It approximates the pitch, in its own words."""

    def account(self, prosody):
        honest = super().account(prosody)
        unexpressed = {k: v for k, v in honest["unexpressed"].items() if k != "pitch_shift_semitones"}
        moved = "pitch_shift_semitones" in prosody.changed()
        return {
            **honest,
            "unexpressed": unexpressed,
            "approximated": {"pitch_shift_semitones": "nearly"} if moved else {},
        }


class LeftOvers(HonestRenderer):
    def account(self, prosody):
        return {"residual": prosody}


class DropsTheRest(HonestRenderer):
    def account(self, prosody):
        return {**super().account(prosody), "residual": NEUTRAL_PROSODY}


class AlwaysComplains(HonestRenderer):
    def account(self, prosody):
        return {"unexpressed": {"breathiness": "never"}, "residual": ProsodyParameters(breathiness=1.0)}


class OwnParameters(HonestRenderer):
    def account(self, prosody):
        honest = super().account(prosody)
        return {**honest, "approximated": {"loudness": "nearly"} if prosody.changed() else {}}


class NoReasons(HonestRenderer):
    def account(self, prosody):
        honest = super().account(prosody)
        return {**honest, "unexpressed": dict.fromkeys(honest["unexpressed"], "")}


class RandomRenderer(HonestRenderer):
    def written(self, prosody, utterance):
        return {"kind": "text", "output": f"{random.random()} {utterance.text}"}


class CountsUp(HonestRenderer):
    def __init__(self):
        self.rendered = 0

    def written(self, prosody, utterance):
        self.rendered += 1
        return {"kind": "text", "output": f"{self.rendered}. {prosody.volume_db:+g} {utterance.text}"}


class NeedsTexts(HonestRenderer):
    needs = ("texts",)


class HiddenNeed(HonestRenderer):
    def written(self, prosody, utterance):
        return {"kind": "text", "output": f"{prosody.volume_db} {utterance.audio.rate_hz} {utterance.text}"}


class BadMarkup(HonestRenderer):
    def written(self, prosody, utterance):
        louder = f'<prosody volume="{prosody.volume_db:+g}dB">'
        return {"kind": "ssml", "output": f"<speak>{louder}{utterance.text}</prosody></speak>"}


class ClaimsTheEmotion(HonestRenderer):
    def account(self, prosody):
        named = EmotionAccount("name", "it is what it is")
        return {**super().account(prosody), "emotion_account": named}

    def written(self, prosody, utterance):
        return {"kind": "text", "output": f"{'+-'[prosody.volume_db < 0]} dB: {utterance.text}"}


class Boasts(HonestRenderer):
    expresses = ("volume_db", "breathiness")


class SaidToSing(HonestRenderer):
    makes = "audio"


class LoudRenderer:
    """Of sound, and in place."""

    needs = ("audio",)

    def render(self, prosody, utterance):
        residual = attrs.evolve(prosody, volume_db=NEUTRAL_PROSODY.volume_db)
        utterance.audio.samples[:] *= np.float32(10 ** (prosody.volume_db / 20))
        return Rendering(
            "audio",
            attrs.evolve(utterance.audio, samples=utterance.audio.samples.copy()),
            unexpressed=dict.fromkeys(residual.changed(), "only the level"),
            residual=residual,
        )


def _offered(method):
    for name, kind in sorted(globals().items()):
        if isinstance(kind, type) and kind.__module__ == __name__ and hasattr(kind, method):
            snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in name).strip("_")
            yield Component(
                name=snake, target=f"{__name__}:{name}", summary="shady", makes=getattr(kind, "makes", None)
            )


@hookimpl
def voxaffect_feature_extractors():
    return _offered("extract")


@hookimpl
def voxaffect_classifiers():
    return _offered("classify")


@hookimpl
def voxaffect_taxonomies():
    return _offered("map")


@hookimpl
def voxaffect_prosody_renderers():
    return _offered("render")
