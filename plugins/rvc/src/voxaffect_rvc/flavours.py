"""The RVC packages: what each calls its parameters, and their documented defaults."""

from __future__ import annotations

from collections.abc import Mapping

import attrs


@attrs.frozen
class Flavour:
    """One package's inference call.

    Attributes:
        call: where its parameters go, for messages and documentation.
        pitch: its parameter of the shift in semitones.
        protect: its parameter that keeps consonants and breath of the source: from its default, which is
            in `defaults`, down to 0, the most.
        defaults: every parameter but the pitch, as the package documents it.
        float_pitch: the package declares the shift as a float.
        float_pitch_cut: but cuts its fraction off before use.
    """

    call: str
    pitch: str
    protect: str
    defaults: Mapping[str, int | float | str]
    float_pitch: bool = False
    float_pitch_cut: bool = False


FLAVOURS: Mapping[str, Flavour] = {
    # github.com/RVC-Project/Retrieval-based-Voice-Conversion-WebUI, VC.vc_single
    "webui": Flavour(
        "VC.vc_single",
        pitch="f0_up_key",
        protect="protect",
        defaults={
            "f0_method": "rmvpe",
            "index_rate": 0.75,
            "resample_sr": 0,
            "rms_mix_rate": 0.25,
            "protect": 0.33,
        },
    ),
    # pypi.org/project/rvc-python 0.1.5, RVCInference.set_params
    "rvc-python": Flavour(
        "RVCInference.set_params",
        pitch="f0up_key",
        protect="protect",
        defaults={
            "f0method": "harvest",
            "index_rate": 0.5,
            "filter_radius": 3,
            "resample_sr": 0,
            "rms_mix_rate": 1.0,
            "protect": 0.33,
        },
    ),
    # pypi.org/project/infer-rvc-python 1.3.1, BaseLoader.apply_conf
    "infer-rvc-python": Flavour(
        "BaseLoader.apply_conf",
        pitch="pitch_lvl",
        protect="consonant_breath_protection",
        defaults={
            "pitch_algo": "pm",
            "index_influence": 0.66,
            "respiration_median_filtering": 3,
            "envelope_ratio": 0.25,
            "consonant_breath_protection": 0.33,
            "resample_sr": 0,
        },
    ),
    # pypi.org/project/inferrvc 1.0, RVC.__call__: it documents a float and then takes int() of it
    "inferrvc": Flavour(
        "RVC.__call__",
        pitch="f0_up_key",
        protect="protect",
        defaults={
            "f0_method": "rmvpe",
            "index_rate": 0.7,
            "filter_radius": 3,
            "protect": 0.5,
            "output_volume": 1,
        },
        float_pitch=True,
        float_pitch_cut=True,
    ),
    # github.com/IAHispano/Applio, VoiceConverter.convert_audio
    "applio": Flavour(
        "VoiceConverter.convert_audio",
        pitch="pitch",
        protect="protect",
        defaults={
            "f0_method": "rmvpe",
            "index_rate": 0.3,
            "volume_envelope": 1.0,
            "protect": 0.33,
        },
    ),
}
"""Name -> package."""
