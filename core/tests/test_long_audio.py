from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from voxaffect import ProsodyParameters, load_audio
from voxaffect.cli import main
from voxaffect.errors import AudioError, PluginError
from voxaffect.long_audio import LongRendering, Samples, SamplesOnDisk, is_long, read_long, render_file
from voxaffect.synthetic import speech_like

RATE_HZ = 16_000


class Halved:
    """A renderer that halves the level."""

    needs = ("audio",)

    def render_long(self, prosody: ProsodyParameters, samples: Samples, rate_hz: int) -> LongRendering:
        made = (samples[start : start + 1000] / 2 for start in range(0, len(samples), 1000))
        return LongRendering(SamplesOnDisk(made), unexpressed={"speech_rate": "a test"})


@pytest.fixture
def speech() -> npt.NDArray[np.float32]:
    return speech_like(syllables=8, rate_hz=RATE_HZ)


def written(path: Path, samples: npt.NDArray[np.float32], form: str = "FLOAT") -> Path:
    soundfile.write(path, samples, RATE_HZ, subtype=form)
    return path


def test_samples_on_disk_are_read_as_an_array_is(speech: npt.NDArray[np.float32]) -> None:
    kept = SamplesOnDisk(np.array_split(speech, 7))
    assert len(kept) == len(speech)
    for stretch in (slice(0, 10), slice(5000, 5100), slice(len(speech) - 5, len(speech) + 99), slice(9, 9)):
        assert np.array_equal(kept[stretch], speech[stretch])


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_a_file_on_disk_holds_what_it_would_in_memory(
    tmp_path: Path, speech: npt.NDArray[np.float32], channels: int
) -> None:
    sound = np.stack([speech / (1 + i) for i in range(channels)], axis=1)
    path = written(tmp_path / "in.wav", sound)
    read = read_long(path)
    assert (read.rate_hz, read.channels, read.encoding) == (RATE_HZ, channels, "FLOAT")
    assert np.array_equal(read.samples[0 : len(read.samples)], load_audio(path).samples)


def test_channels_that_cancel_each_other_out_give_the_loudest(
    tmp_path: Path, speech: npt.NDArray[np.float32]
) -> None:
    path = written(tmp_path / "in.wav", np.stack([-speech, 1.01 * speech], axis=1))
    samples = read_long(path).samples
    assert np.array_equal(samples[0 : len(samples)], load_audio(path).samples)


@pytest.mark.parametrize("content", [b"", b"no sound"])
def test_what_is_no_audio_is_an_error_that_names_it(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "in.wav").write_bytes(content)
    with pytest.raises(AudioError, match=r"in\.wav"):
        read_long(tmp_path / "in.wav")


def test_a_sample_that_is_not_finite_is_an_error(tmp_path: Path, speech: npt.NDArray[np.float32]) -> None:
    speech[300] = np.nan
    with pytest.raises(AudioError, match="sample 300"):
        read_long(written(tmp_path / "in.wav", speech))


def test_a_recording_is_not_written_over(tmp_path: Path, speech: npt.NDArray[np.float32]) -> None:
    source = written(tmp_path / "in.wav", speech)
    (tmp_path / "link.wav").symlink_to(source)
    before = source.read_bytes()
    with pytest.raises(AudioError, match="is the recording that is read"):
        render_file(Halved(), ProsodyParameters(), source, tmp_path / "link.wav")
    assert source.read_bytes() == before


def test_a_recording_is_changed_from_file_to_file(tmp_path: Path, speech: npt.NDArray[np.float32]) -> None:
    source, output = written(tmp_path / "in.wav", speech), tmp_path / "out.flac"
    made = render_file(Halved(), ProsodyParameters(), source, output)
    assert made.unexpressed == {"speech_rate": "a test"}
    after = load_audio(output)
    assert after.rate_hz == RATE_HZ
    assert np.allclose(after.samples, speech / 2, atol=1e-4)


def test_a_renderer_that_fails_is_named(tmp_path: Path, speech: npt.NDArray[np.float32]) -> None:
    class Broken(Halved):
        def render_long(self, prosody: ProsodyParameters, samples: Samples, rate_hz: int) -> LongRendering:
            raise ZeroDivisionError

    with pytest.raises(PluginError, match="broken"):
        render_file(
            Broken(),
            ProsodyParameters(),
            written(tmp_path / "in.wav", speech),
            tmp_path / "o.wav",
            name="broken",
        )


def test_a_folder_that_is_not_there_is_named(tmp_path: Path, speech: npt.NDArray[np.float32]) -> None:
    source = written(tmp_path / "in.wav", speech)
    with pytest.raises(AudioError, match="nowhere"):
        render_file(Halved(), ProsodyParameters(), source, tmp_path / "nowhere" / "out.wav")


def test_only_a_file_that_lasts_long_is_long(tmp_path: Path, speech: npt.NDArray[np.float32]) -> None:
    assert not is_long(written(tmp_path / "short.wav", speech))
    assert not is_long(tmp_path / "nowhere.wav")
    silence = np.zeros(8000 * 600, np.float32)
    soundfile.write(tmp_path / "long.wav", silence, 8000, subtype="PCM_U8")
    assert is_long(tmp_path / "long.wav")


def test_the_command_gives_the_same_for_a_long_file_as_for_a_short_one(
    tmp_path: Path, speech: npt.NDArray[np.float32], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("voxaffect_psola")
    source = written(tmp_path / "in.wav", speech)
    outputs = [tmp_path / "memory.wav", tmp_path / "disk.wav"]
    for output, long_s in zip(outputs, (600.0, 0.0), strict=True):
        monkeypatch.setattr("voxaffect.long_audio.LONG_S", long_s)
        arguments = ["express", "--emotion", "sad", "--to", "psola", "--audio", str(source)]
        assert main([*arguments, "--output", str(output)]) == 0
    in_memory, on_disk = (load_audio(output) for output in outputs)
    assert np.array_equal(in_memory.samples, on_disk.samples)
