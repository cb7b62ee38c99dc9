from __future__ import annotations

from voxaffect import Audio, Utterance
from voxaffect.synthetic import vowel
from voxaffect.types import ProsodyParameters
from voxaffect_librosa_audio.renderer import LibrosaAudioRenderer
from voxaffect_psola.testing import AudioRendererContract


class TestLibrosaAudioRenderer(AudioRendererContract):
    component = "librosa_audio"
    heavy_modules = ("librosa", "numba", "scipy")


def test_the_spread_of_f0_is_not_within_a_vocoders_means() -> None:
    audio = Audio(vowel(duration_s=0.3), 16_000)
    rendering = LibrosaAudioRenderer().render(ProsodyParameters(pitch_variance=1.5), Utterance(audio=audio))
    assert set(rendering.unexpressed) == {"pitch_variance"}
    assert rendering.residual == ProsodyParameters(pitch_variance=1.5)
