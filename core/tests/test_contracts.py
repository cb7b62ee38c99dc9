"""The contracts of `voxaffect.testing` find what a plugin's author forgets, and say what is right."""

from __future__ import annotations

from pathlib import Path

import pytest
from voxaffect.testing import ClassifierContract, ExtractorContract, RendererContract, TaxonomyContract

SOURCE = (Path(__file__).parent / "shady_components.py").read_text(encoding="utf-8")

CONTRACTS = {
    "honest_extractor": ExtractorContract,
    "honest_classifier": ClassifierContract,
    "honest_taxonomy": TaxonomyContract,
    "honest_renderer": RendererContract,
}

BROKEN = {
    ExtractorContract: {
        "constant_extractor": "the same features of every voice: 2.5 syllables/s at 90 Hz, ",
        "empty_extractor": "neither a functional nor an embedding",
        "deaf_to_the_rate": "speech_s = 5.5125 of 2.0 s at 44100 Hz: is audio.rate_hz taken into account?",
        "hears_silence": "speech_s = 1.0 of digital silence: 0, or None",
        "nan_extractor": "got rms = nan: leave out what the clip does not allow",
        "random_extractor": "functionals of the same audio differ when it comes again",
        "remembers": "nothing may be left to chance, nor kept from one clip to the next",
        "normalises": "extract changed audio.samples: others measure them too, so work on a copy",
        "drops_the_baseline": "or calibrating a speaker does nothing",
        "growing_embedding": "embeddings of several sizes: {",
        "frames_without_time": "Features with frames need frame_s",
        "gives_a_dict": "extract must give voxaffect.Features",
        "streams_something_else": "assert 8001.0 == 1.0",  # the values, by pytest's rewriting
    },
    ClassifierContract: {
        "random_classifier": "probabilities of the same audio differ when it comes again",
        "constant_classifier": "the same answer to every voice: 2.5 syllables/s at 90 Hz, ",
        "chatty_classifier": "Classification.explanation must be a tuple of str, got 'abc'",
        "fickle_classifier": "explanation of the same audio differ when it comes again",
        "lost_label": "grumpy",
        "afraid_of_silence": "ZeroDivisionError",
        "afraid_of_baselines": "KeyError: 'loudness'",
        "quietly_adapted": "probabilities of a calibrated speaker differ, and Classification.adapted_to is 0",
        "tampers": "classify changed the features: others conclude from them too",
        "says_a_word": "classify must give voxaffect.Classification",
    },
    TaxonomyContract: {
        "constant_taxonomy": "the classifier gave angry 0.75 and sad 0.25, the taxonomy 0.038 and 0.038",
        "random_taxonomy": "primary of the same classification differ when it comes again",
        "sure_taxonomy": "1.000 for one emotion, above Classification.max_confidence",
        "deaf_to_primary": "primary is reported where it is given, else dimensions",
        "no_posterior": "Heard.posterior must give each of the 26 emotions a probability",
    },
    RendererContract: {
        "forty_two": "Rendering.output of the kind 'text' must be of str, got 42",
        "audio_of_text": "Rendering.output of the kind 'audio' must be of Audio, got 'a song'",
        "constant_renderer": "volume_db = -6 alone changes nothing of the output and is not in",
        "claims_too_much": "pitch_shift_semitones = -6 alone changes nothing of the output",
        "half_truth": "pitch_shift_semitones = -6 alone changes nothing of the output",
        "left_overs": 'say why they are left (docs/reference/hooks.md, "What must hold")',
        "drops_the_rest": "are in Rendering.unexpressed and neutral in Rendering.residual",
        "always_complains": "a neutral delivery asks for nothing that could be left out",
        "own_parameters": "reports on {'loudness'}, which are no parameters: pitch_shift_semitones",
        "no_reasons": "gives no reason for ['",
        "random_renderer": "output of the same prosody and utterance differ when they come again",
        "counts_up": "nothing may be left to chance, nor kept from one utterance to the next",
        "needs_texts": "needs of the renderer shady/needs_texts may name text, audio, got 'texts'",
        "hidden_need": "'NoneType' object has no attribute 'rate_hz'",
        "bad_markup": "the SSML for the text 'Tom & \"Jerry\" < 3' is no well-formed XML",
        "claims_the_emotion": "('happy', 'angry') give the same output, and Rendering.emotion_account says",
        "boasts": "breathiness is in `expresses`, and unexpressed at both ends",
        "said_to_sing": "Component.makes is 'audio', Rendering.kind is 'text'",
        "loud_renderer": "render changed the samples of utterance.audio: work on a copy",
    },
}


@pytest.fixture
def shady(install):
    install("shady", SOURCE)


def failures(contract, component):
    """What each test of a contract says of a component, where it fails."""
    inherits = type("Test", (contract,), {"component": component})
    said = {}
    for name in vars(contract):
        if name.startswith("test_"):
            try:
                getattr(inherits(), name)()
            except Exception as error:
                said[name] = f"{type(error).__name__}: {error}"
    return said


@pytest.mark.usefixtures("shady")
@pytest.mark.parametrize("component", CONTRACTS)
def test_an_honest_component_keeps_its_contract(component):
    assert failures(CONTRACTS[component], component) == {}


@pytest.mark.usefixtures("shady")
@pytest.mark.parametrize(
    ("contract", "component"), [(contract, name) for contract, names in BROKEN.items() for name in names]
)
def test_a_component_that_breaks_a_promise_fails_and_is_told_what_is_right(contract, component):
    said = "\n".join(failures(contract, component).values())
    assert BROKEN[contract][component] in said
