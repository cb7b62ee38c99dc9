from __future__ import annotations

import contextlib
import io
import os
import random
import resource
import struct
import subprocess
import sys
import threading
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile
from voxaffect import Audio, AudioError, VoiceEmotionDetector, load_audio, save_audio
from voxaffect.audio import resample
from voxaffect.testing.machine import needs

RATE_HZ = 16_000
WAVE = (0.3 * np.sin(np.arange(RATE_HZ) / 20)).astype(np.float32)


def encoded(samples: np.ndarray = WAVE, rate_hz: int = RATE_HZ, form: str = "WAV") -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate_hz, format=form, subtype="PCM_16")
    return file.getvalue()


def streamed_wav(riff: int, data: int) -> bytes:
    content = bytearray(encoded())
    content[4:8], content[40:44] = struct.pack("<I", riff), struct.pack("<I", data)
    return bytes(content)


# Files


@pytest.mark.parametrize("form", ["WAV", "FLAC", "AIFF"])
def test_a_file_gives_its_samples_and_rate(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"clip.{form.lower()}"
    path.write_bytes(encoded(form=form))
    audio = load_audio(path)
    assert audio.rate_hz == RATE_HZ
    assert np.allclose(audio.samples, WAVE, atol=1e-4)


def test_bytes_a_path_as_text_and_a_file_object_give_the_same(tmp_path: Path) -> None:
    content = encoded()
    path = tmp_path / "clip.wav"
    path.write_bytes(content)
    with path.open("rb") as file:
        sources = [content, bytearray(content), memoryview(content), str(path), io.BytesIO(content), file]
        for source in sources:
            assert np.array_equal(load_audio(source).samples, load_audio(path).samples)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"nowhere\.wav does not exist"):
        load_audio(tmp_path / "nowhere.wav")


def test_a_directory_is_not_audio(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="is a directory"):
        load_audio(tmp_path)


def test_an_empty_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    with pytest.raises(AudioError, match=r"empty\.wav is empty \(0 bytes\)"):
        load_audio(tmp_path / "empty.wav")


@pytest.mark.parametrize("source", [b"", io.BytesIO()])
def test_no_bytes_at_all_say_so(source: object) -> None:
    with pytest.raises(AudioError, match=r"empty \(0 bytes\)"):
        load_audio(source)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "content", [b"not audio at all", b"RIFF\0\0\0\0WAVE", b"\0" * 5000, b"fLaC", b"RIFF"], ids=repr
)
def test_what_is_no_audio_is_named_with_a_way_out(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(AudioError, match=r"notes\.txt is not audio that can be read.*ffmpeg"):
        load_audio(path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
@pytest.mark.parametrize("form", ["WAV", "FLAC"])
def test_a_file_that_is_cut_off_is_an_error_and_not_a_shorter_clip(form: str, share: float) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, RATE_HZ).astype(np.float32)
    content = encoded(noise, form=form)
    with pytest.raises(AudioError, match="cut off"):
        load_audio(content[: int(share * len(content))])


@pytest.mark.parametrize(
    ("riff", "data"),
    [
        (0, 0),
        (8, 0),
        (36, 0),  # a header written before the samples and never mended
        (0xFFFFFFFF, 0),
        (0xFFFFFFFF, 0xFFFFFFFF),
        (0xFFFFFFFF, 0xFFFFFFFF - 36),
        (0x7FFFF024, 0x7FFFF000),  # SoX
        (0x80000024, 0x80000000),  # arecord
    ],
)
def test_a_wav_that_was_streamed_is_read_to_its_end(riff: int, data: int) -> None:
    assert np.allclose(load_audio(streamed_wav(riff, data)).samples, WAVE, atol=1e-4)


def test_a_wav_with_no_samples_but_a_later_chunk_has_none() -> None:
    content = encoded()[:40] + struct.pack("<I", 0) + b"LIST" + struct.pack("<I", 4) + b"INFO"
    content = content[:4] + struct.pack("<I", len(content) - 8) + content[8:]
    with pytest.raises(AudioError, match="no samples"):
        load_audio(content)


def test_a_wav_with_chunks_before_the_samples_is_read() -> None:
    content = encoded()
    chunk = b"LIST" + struct.pack("<I", 5) + b"INFO!\0"  # of odd length, hence padded
    longer = content[:12] + chunk + content[12:]
    longer = longer[:4] + struct.pack("<I", len(longer) - 8) + longer[8:]
    assert len(load_audio(longer).samples) == RATE_HZ
    with pytest.raises(AudioError, match="cut off"):
        load_audio(longer[:-1000])


def test_an_mp3_is_read_to_its_end_whatever_length_its_first_bit_rate_suggests() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 5 * RATE_HZ) * (np.arange(5 * RATE_HZ) > 2.5 * RATE_HZ)
    file = io.BytesIO()
    soundfile.write(file, noise, RATE_HZ, format="MP3", bitrate_mode="VARIABLE", compression_level=0.5)
    content = file.getvalue()
    second_frame = content.index(content[:2], 4)  # the first frame tells the length, and is no sound
    assert soundfile.info(io.BytesIO(content[second_frame:])).duration > 10
    audio = load_audio(content[second_frame:])
    assert audio.duration_s == pytest.approx(5, abs=0.1)
    assert np.abs(audio.samples).max() < 1


def flac_of(total_samples: int) -> bytes:
    """One that declares so many samples, in 36 bits of its header."""
    content = bytearray(encoded(form="FLAC"))
    content[21] = content[21] & 0xF0 | total_samples >> 32
    content[22:26] = struct.pack(">I", total_samples & 0xFFFFFFFF)
    return bytes(content)


@needs("ffmpeg")
def test_a_flac_that_hides_its_length_is_read_to_its_end() -> None:
    assert np.allclose(load_audio(flac_of(0)).samples, WAVE, atol=1e-4)


def test_a_flac_that_declares_more_than_any_memory_holds_is_refused() -> None:
    with pytest.raises(AudioError, match=r"lasts 2147483\.6 s or more; at most 67109 s are taken"):
        load_audio(flac_of(2**35 - 1))


# Other containers and encodings

FORMATS = [
    (form, subtype)
    for form in soundfile.available_formats()
    for subtype in soundfile.available_subtypes(form)
    if form not in ("RAW", "SD2")  # no header; a header in a second file
    and not subtype.startswith("DWVW")  # libsndfile fails to read its own
    and soundfile.check_format(form, subtype)
]


@pytest.mark.parametrize(("form", "subtype"), FORMATS)
def test_every_encoding_that_libsndfile_writes_is_heard(form: str, subtype: str) -> None:
    file = io.BytesIO()
    try:
        soundfile.write(file, WAVE, RATE_HZ, format=form, subtype=subtype)
    except soundfile.LibsndfileError:
        pytest.skip("libsndfile writes none at 16 kHz")
    audio = load_audio(file.getvalue())
    assert 1 <= audio.duration_s * audio.rate_hz / RATE_HZ < 1.1  # whole blocks, and XI has a rate of its own
    middle = audio.samples[: len(WAVE)]
    assert np.corrcoef(middle, WAVE)[0, 1] > 0.9 or form == "MP3" or subtype == "OPUS"  # these come later


@pytest.mark.parametrize(
    "form", ["WAV", "WAVEX", "RF64", "AIFF", "AU", "W64", "CAF", "SVX", "NIST", "OGG", "MP3"]
)
@pytest.mark.parametrize("share", [0.3, 0.5, 0.95])
def test_a_cut_container_of_any_kind_is_refused(form: str, share: float) -> None:
    file = io.BytesIO()
    noise = np.random.default_rng(0).normal(0, 0.1, 4 * RATE_HZ)
    soundfile.write(file, noise, RATE_HZ, format=form)
    content = file.getvalue()
    assert load_audio(content).duration_s == pytest.approx(4, abs=0.01)
    with pytest.raises(AudioError, match="cut off"):
        load_audio(content[: int(share * len(content))])


LENGTHS = {  # where the length of the samples stands, its bytes and order
    "WAV": (b"data", 4, 4, "little"),
    "AIFF": (b"SSND", 4, 4, "big"),
    "AU": (b".snd", 8, 4, "big"),
    "W64": (b"data", 16, 8, "little"),
    "RF64": (b"ds64", 16, 8, "little"),
    "CAF": (b"data", 4, 8, "big"),
}


def with_length(form: str, change: int | None, unknown: int = 0) -> bytes:
    content = bytearray(encoded(form=form))
    tag, offset, width, order = LENGTHS[form]
    field = slice(content.index(tag) + offset, content.index(tag) + offset + width)
    length = unknown if change is None else int.from_bytes(content[field], order) + change  # type: ignore[arg-type]
    content[field] = (length % 256**width).to_bytes(width, order)  # type: ignore[arg-type]
    if form in ("WAV", "AIFF"):  # whose whole length is left open too
        content[4:8] = bytes(4)
    if form == "W64":
        content[16:24] = b"\xff" * 8
    return bytes(content)


@pytest.mark.parametrize("form", LENGTHS)
@pytest.mark.parametrize("unknown", [0, -1, 2**31 - 1, 2**63 - 1])
def test_a_length_that_a_writer_left_open_is_that_of_what_is_there(form: str, unknown: int) -> None:
    assert np.allclose(load_audio(with_length(form, None, unknown)).samples[:RATE_HZ], WAVE, atol=1e-4)


@pytest.mark.parametrize("form", LENGTHS)
@pytest.mark.parametrize("excess", [1, 8, 44, 80, 128])
def test_a_length_that_counts_a_header_in_is_that_of_what_is_there(form: str, excess: int) -> None:
    content = with_length(form, excess)
    assert np.allclose(load_audio(content).samples[:RATE_HZ], WAVE, atol=1e-4)
    with pytest.raises(AudioError, match="cut off"):
        load_audio(content[:-256])


@pytest.mark.parametrize("form", ["WAV", "W64", "CAF"])
def test_chunks_that_lead_nowhere_are_no_endless_work(form: str) -> None:
    content = encoded(form=form)
    tag = content.index(b"data")
    empty = {"WAV": b"junk" + bytes(4), "W64": b"junk" + bytes(20), "CAF": b"free" + bytes(8)}[form]
    with pytest.raises(AudioError):
        load_audio(content[:tag] + 50_000 * empty)


@pytest.mark.parametrize(
    "form", ["WAV", "AIFF", "AU", "W64", "CAF", "RF64", "FLAC", "OGG", "NIST", "SVX", "VOC"]
)
def test_a_damaged_header_is_an_audio_error_or_another_sound(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")  # no ffmpeg, which would take its time over each
    content = io.BytesIO()
    soundfile.write(content, WAVE, RATE_HZ, format=form)
    rng = random.Random(0)
    for _ in range(150):
        damaged = bytearray(content.getvalue())
        for _ in range(rng.choice([1, 4, 16])):
            place, width = rng.randrange(120), rng.choice([1, 4, 8])
            damaged[place : place + width] = rng.choice([bytes(width), b"\xff" * width, rng.randbytes(width)])
        with contextlib.suppress(AudioError):  # no other error is one that callers wait for
            assert len(load_audio(bytes(damaged)).samples)


def test_a_wav_without_channels_is_refused() -> None:
    content = bytearray(encoded())
    content[22:24] = bytes(2)
    with pytest.raises(AudioError):
        load_audio(bytes(content))


def test_a_small_wav_that_declares_4_gb_is_refused_for_what_is_missing() -> None:
    content = encoded(np.zeros((1000, 8)), 192_000)
    with pytest.raises(AudioError, match="declares 4026531840 bytes of samples, 16000 are there"):
        load_audio(content[:40] + struct.pack("<I", 0xF0000000) + content[44:])


# Pipes


def test_a_named_pipe_is_read_as_a_file(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(encoded(),))
    writer.start()
    audio = load_audio(pipe)
    writer.join()
    assert np.allclose(audio.samples, WAVE, atol=1e-4)


def test_standard_input_is_read_by_its_path() -> None:
    program = "import voxaffect; print(len(voxaffect.load_audio('/dev/stdin').samples))"
    made = subprocess.run(
        [sys.executable, "-c", program], input=encoded(), stdout=subprocess.PIPE, check=True
    )
    assert int(made.stdout) == RATE_HZ


# What ffmpeg decodes


def converted(tmp_path: Path, name: str, *how: str) -> Path:
    soundfile.write(tmp_path / "in.wav", WAVE, RATE_HZ)
    command = ["ffmpeg", "-v", "error", "-i", tmp_path / "in.wav", *how, tmp_path / name]
    subprocess.run(command, check=True)
    return tmp_path / name


BY_FFMPEG = {
    "phone.m4a": ["-c:a", "aac"],
    "phone.3gp": ["-c:a", "aac"],
    "lossless.m4a": ["-c:a", "alac"],
    "browser.webm": ["-c:a", "libopus"],
    "stream.aac": ["-c:a", "aac"],
    "windows.wma": ["-c:a", "wmav2"],
    "exchange.wav": ["-c:a", "g726", "-ar", "8000"],
}


@needs("ffmpeg")
@pytest.mark.parametrize("name", BY_FFMPEG)
def test_what_phones_and_browsers_record_is_heard(tmp_path: Path, name: str) -> None:
    path = converted(tmp_path, name, *BY_FFMPEG[name])
    audio = load_audio(path)
    assert audio.duration_s == pytest.approx(1, abs=0.15)
    assert np.sqrt(np.mean(audio.samples**2)) == pytest.approx(np.sqrt(np.mean(WAVE**2)), rel=0.2)
    with path.open("rb") as file:
        for source in (path.read_bytes(), file):
            assert np.array_equal(load_audio(source).samples, audio.samples)


@needs("ffmpeg")
def test_stereo_in_opposite_phase_is_heard_through_ffmpeg_too(tmp_path: Path) -> None:
    how = ["-filter:a", "pan=stereo|c0=c0|c1=-1*c0", "-c:a", "alac"]
    audio = load_audio(converted(tmp_path, "phone.m4a", *how))
    assert audio.source_channels == 2
    assert np.allclose(np.abs(audio.samples), np.abs(WAVE), atol=1e-3)


@needs("ffmpeg")
def test_half_of_an_m4a_is_refused(tmp_path: Path) -> None:
    content = converted(tmp_path, "phone.m4a", "-c:a", "aac", "-movflags", "faststart").read_bytes()
    for form in (content, converted(tmp_path, "end.m4a", "-c:a", "aac").read_bytes()):
        with pytest.raises(AudioError, match=r"cut off|ffmpeg finds no sound"):
            load_audio(form[: len(form) // 2])


@needs("ffmpeg")
def test_what_ffmpeg_would_make_too_long_is_left_when_it_is(tmp_path: Path) -> None:
    path = converted(
        tmp_path, "silence.m4a", "-af", "volume=0,apad=whole_dur=600", "-c:a", "aac", "-b:a", "8k"
    )
    with pytest.raises(AudioError, match="at most 60 s are taken"):
        load_audio(path, longest_s=60)


@needs("ffmpeg")
@pytest.mark.parametrize("name", ["-version", "http:x", "concat:a|b"])
def test_a_name_is_never_an_option_or_an_address_to_ffmpeg(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    converted(tmp_path, "phone.m4a", "-c:a", "aac").rename(tmp_path / name)
    assert load_audio(name).duration_s == pytest.approx(1, abs=0.15)


@needs("ffmpeg")
@pytest.mark.parametrize(
    "list_of_files", ["#EXTM3U\n#EXTINF:1,\n{0}\n", "ffconcat version 1.0\nfile {0}\n"], ids=["hls", "concat"]
)
def test_a_list_of_other_files_is_no_recording(tmp_path: Path, list_of_files: str) -> None:
    other = converted(tmp_path, "phone.m4a", "-c:a", "aac")
    with pytest.raises(AudioError, match="is not audio that can be read"):
        load_audio(list_of_files.format(other).encode())


def test_where_ffmpeg_is_missing_the_error_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(AudioError, match="m4a, webm, 3gp, amr and others need ffmpeg: apt install ffmpeg"):
        load_audio(b"\0\0\0\x18ftypM4A " + bytes(1000))


def test_a_file_opened_as_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "clip.wav"
    path.write_bytes(encoded())
    with path.open(encoding="utf-8") as file, pytest.raises(AudioError, match="binary mode"):
        load_audio(file)  # type: ignore[arg-type]
    with pytest.raises(AudioError, match="binary mode, got str"):
        load_audio(io.StringIO("words"))  # type: ignore[arg-type]


def test_a_closed_file_is_an_audio_error() -> None:
    file = io.BytesIO(encoded())
    file.close()
    with pytest.raises(AudioError, match="cannot read the file object"):
        load_audio(file)


@pytest.mark.parametrize("source", [None, 3, [0.1, 0.2], object()])
def test_what_is_no_source_is_refused_by_its_type(source: object) -> None:
    with pytest.raises(AudioError, match=f"cannot read audio from {type(source).__name__}"):
        load_audio(source)  # type: ignore[arg-type]


def test_a_name_with_a_nul_character_is_an_audio_error() -> None:
    with pytest.raises(AudioError):
        load_audio("a\0b.wav")


# Rates


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 16_000, 44_100, 48_000, 96_000, 192_000])
def test_rates_from_8_to_192_khz_are_kept(rate_hz: int) -> None:
    assert load_audio(WAVE, rate_hz).rate_hz == rate_hz
    assert load_audio(encoded(rate_hz=rate_hz)).rate_hz == rate_hz


@pytest.mark.parametrize("rate_hz", [7_999, 192_001, 0, -16_000, 16_000.0, "16000", float("nan"), True])
def test_other_rates_are_refused_with_the_value_and_the_range(rate_hz: object) -> None:
    with pytest.raises(AudioError, match=r"within 8000\.\.192000 Hz, got"):
        load_audio(WAVE, rate_hz)  # type: ignore[arg-type]


@pytest.mark.parametrize("rate_hz", [4_000, 384_000])
def test_a_file_of_another_rate_is_refused(rate_hz: int) -> None:
    with pytest.raises(AudioError, match=rf"within 8000\.\.192000 Hz, got {rate_hz}"):
        load_audio(encoded(rate_hz=rate_hz))


def test_an_array_needs_its_rate_and_a_file_or_audio_takes_none() -> None:
    with pytest.raises(AudioError, match="give rate_hz"):
        load_audio(WAVE)
    for source in (encoded(), Audio(WAVE, RATE_HZ)):
        with pytest.raises(AudioError, match="says its own rate"):
            load_audio(source, 16_000)


# Samples


@pytest.mark.parametrize(
    ("array", "what"),
    [
        (np.zeros(0), "no samples"),
        (np.zeros((0, 2)), "no samples"),
        (np.array(0.5), r"shape \(\) is no sound"),
        (np.zeros((2, 3, 4)), r"shape \(2, 3, 4\) is no sound"),
        (np.zeros(10, bool), "type bool are no sound"),
        (np.zeros(10, complex), "type complex128 are no sound"),
        (np.zeros(10, object), "type object are no sound"),
        (np.array(["a", "b"]), "type <U1 are no sound"),
        (np.zeros((100, 100)), "100 channels; 1 to 8"),
    ],
)
def test_an_array_that_is_no_sound_says_why(array: np.ndarray, what: str) -> None:
    with pytest.raises(AudioError, match=what):
        load_audio(array, RATE_HZ)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_that_are_not_finite_are_located(value: float) -> None:
    samples = WAVE.copy()
    samples[[8000, 9000]] = value
    with pytest.raises(AudioError, match=r"2 samples that are NaN or infinite.*0\.500 s \(sample 8000\)"):
        load_audio(samples, RATE_HZ)
    with pytest.raises(AudioError, match="must be finite"):
        Audio(samples, RATE_HZ)


def test_a_float_that_no_float32_can_hold_counts_as_infinite() -> None:
    with pytest.raises(AudioError, match="infinite"):
        load_audio(np.array([0.0, 1e300]), RATE_HZ)


def test_a_float_wav_with_a_nan_is_refused() -> None:
    file = io.BytesIO()
    soundfile.write(file, np.array([0.0, np.nan, 0.0]), RATE_HZ, format="WAV", subtype="FLOAT")
    with pytest.raises(AudioError, match="has 1 sample that is NaN"):
        load_audio(file.getvalue())


def test_one_sample_is_sound() -> None:
    assert load_audio(np.array([0.5]), RATE_HZ).samples.tolist() == [0.5]


@pytest.mark.parametrize(
    "dtype", ["int8", "uint8", "int16", "uint16", "int32", "int64", ">i2", "f2", "f4", "f8", ">f8"]
)
def test_every_integer_and_float_type_gives_the_same_sound(dtype: str) -> None:
    kind = np.dtype(dtype)
    fractions = np.array([-1.0, -0.5, 0.0, 0.25, 0.5])
    if kind.kind == "f":
        array = fractions.astype(kind)
    else:
        half = 2 ** (8 * kind.itemsize - 1)
        array = np.array([int(f * half) + (half if kind.kind == "u" else 0) for f in fractions], kind)
    audio = load_audio(array, RATE_HZ)
    assert audio.samples.dtype == np.float32
    assert audio.samples.tolist() == fractions.tolist()


def test_the_array_given_is_neither_changed_nor_kept() -> None:
    given = WAVE.copy()
    audio = load_audio(given, RATE_HZ)
    given[:] = 1
    assert np.array_equal(audio.samples, WAVE)


def test_samples_at_full_scale_are_counted() -> None:
    samples = np.zeros(100)
    samples[:10] = 1.0
    assert load_audio(samples, RATE_HZ).clipped_ratio == 0.1
    assert load_audio(WAVE, RATE_HZ).clipped_ratio == 0


@pytest.mark.parametrize(
    ("peak", "advice"),
    [
        (32767.0, "divide 16-bit numbers by 32768"),
        (8388607.0, "divide 24-bit numbers by 8388608"),
        (2147483648.0, "divide 32-bit numbers by 2147483648"),
        (1e19, "no sound at all"),
        (3e38, "no sound at all"),
    ],
)
def test_floats_at_the_scale_of_integers_are_refused_with_the_divisor(peak: float, advice: str) -> None:
    samples = np.float32(peak) * (WAVE / WAVE.max())
    file = io.BytesIO()
    soundfile.write(file, samples, RATE_HZ, format="WAV", subtype="FLOAT")
    for source, rate_hz in ((samples, RATE_HZ), (file.getvalue(), None)):
        with pytest.raises(AudioError, match=f"floats have full scale 1.0.*{advice}"):
            load_audio(source, rate_hz)
    with pytest.raises(AudioError, match=advice):
        Audio(samples, RATE_HZ)
    with pytest.raises(AudioError, match=advice):
        VoiceEmotionDetector().analyze_streaming(samples, RATE_HZ)


def test_floats_some_decibels_above_full_scale_are_sound() -> None:
    assert load_audio(WAVE * 10, RATE_HZ).samples.max() == pytest.approx(3, abs=0.01)


# Channels


@pytest.mark.parametrize("channels", range(1, 9))
def test_up_to_8_channels_are_averaged_in_either_orientation(channels: int) -> None:
    spread = np.linspace(0.5, 1.5, channels) if channels > 1 else np.ones(1)
    array = WAVE[:, np.newaxis] * spread.astype(np.float32)
    for each in (array, array.T):
        assert np.allclose(load_audio(each, RATE_HZ).samples, WAVE, atol=1e-6)
    assert np.allclose(load_audio(encoded(array)).samples, WAVE, atol=1e-4)


def test_of_many_channels_only_one_stands_in_memory(tmp_path: Path) -> None:
    whole = np.zeros((2_000_000, 8), np.int16)
    soundfile.write(tmp_path / "long.wav", whole, RATE_HZ)
    tracemalloc.start()
    try:
        audio = load_audio(tmp_path / "long.wav")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert audio.source_channels == 8
    assert peak < 0.75 * 4 * whole.size  # bytes: blocks and one channel, not all of them


def test_9_channels_are_refused() -> None:
    array = np.zeros((RATE_HZ, 9), np.float32)
    with pytest.raises(AudioError, match="9 channels; 1 to 8"):
        load_audio(array, RATE_HZ)
    with pytest.raises(AudioError, match="9 channels; 1 to 8"):
        load_audio(encoded(array))


def test_stereo_in_opposite_phase_is_heard() -> None:
    array = np.stack([WAVE, -WAVE], axis=1)
    assert np.array_equal(load_audio(array, RATE_HZ).samples, WAVE)


def test_a_clipped_channel_counts_though_the_mean_is_not_clipped() -> None:
    array = np.stack([np.ones(100), np.zeros(100)], axis=1)
    assert load_audio(array, RATE_HZ).clipped_ratio == 1


# Audio as a value


@pytest.mark.parametrize("samples", [WAVE.astype(np.float64), WAVE[:, np.newaxis], [0.1, 0.2]])
def test_audio_takes_one_dimension_of_float32_only(samples: object) -> None:
    with pytest.raises(AudioError, match="one-dimensional float32, got"):
        Audio(samples, RATE_HZ)  # type: ignore[arg-type]


@pytest.mark.parametrize("rate_hz", [0, 16_000.5, "16000", None])
def test_audio_takes_a_whole_rate_within_the_range(rate_hz: object) -> None:
    with pytest.raises(AudioError, match="sampling rate"):
        Audio(WAVE, rate_hz)  # type: ignore[arg-type]


def test_audio_without_samples_is_refused() -> None:
    with pytest.raises(AudioError, match="no samples"):
        Audio(np.zeros(0, np.float32), RATE_HZ)


def test_duration_is_samples_over_rate() -> None:
    assert Audio(WAVE, 8_000).duration_s == 2.0


# Writing


@pytest.mark.parametrize("ending", ["wav", "flac", "aiff"])
def test_what_is_saved_loads_again_within_16_bits(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"clip.{ending}"
    save_audio(path, Audio(WAVE, 22_050))
    audio = load_audio(path)
    assert audio.rate_hz == 22_050
    assert np.abs(audio.samples - WAVE).max() <= 1 / 32768


@pytest.mark.parametrize(
    ("ending", "source", "written"),
    [
        ("wav", "PCM_24", "PCM_24"),
        ("wav", "FLOAT", "FLOAT"),
        ("flac", "PCM_24", "PCM_24"),
        ("flac", "FLOAT", "PCM_16"),  # which FLAC has not
        ("wav", "ULAW", "PCM_16"),
    ],
)
def test_what_is_saved_has_the_bits_of_its_source(
    tmp_path: Path, ending: str, source: str, written: str
) -> None:
    soundfile.write(tmp_path / "in.wav", WAVE, RATE_HZ, subtype=source)
    save_audio(tmp_path / f"out.{ending}", load_audio(tmp_path / "in.wav"))
    assert soundfile.info(tmp_path / f"out.{ending}").subtype == written


def test_saving_into_a_missing_folder_is_an_audio_error(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="cannot write"):
        save_audio(tmp_path / "no" / "clip.wav", Audio(WAVE, RATE_HZ))


def test_saving_where_there_is_no_room_says_so(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        with pytest.raises(AudioError, match="has the disk room"):
            save_audio(tmp_path / "clip.wav", Audio(WAVE, RATE_HZ))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("name", ["clip.xyz", "clip"])
def test_saving_to_an_unknown_ending_is_an_audio_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(AudioError, match="cannot write"):
        save_audio(tmp_path / name, Audio(WAVE, RATE_HZ))


def test_what_exceeds_full_scale_is_not_clipped_in_silence(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"1\.5 times full scale"):
        save_audio(tmp_path / "clip.wav", Audio(WAVE * 5, RATE_HZ))
    assert not list(tmp_path.iterdir())


# Resampling


@pytest.mark.parametrize("to_hz", [8_000, 11_025, 16_000, 44_100, 192_000])
@pytest.mark.parametrize("length", [1, 2, 5, 100, 16_000])
def test_resampling_keeps_the_duration(length: int, to_hz: int) -> None:
    resampled = resample(np.full(length, 0.5, np.float32), RATE_HZ, to_hz)
    assert resampled.dtype == np.float32
    assert len(resampled) >= 1
    assert abs(len(resampled) - length * to_hz / RATE_HZ) <= 0.5


def test_resampling_keeps_a_tone() -> None:
    def tone(rate_hz: int) -> np.ndarray:
        return np.sin(2 * np.pi * 440 * np.arange(rate_hz) / rate_hz).astype(np.float32)

    inner = slice(1000, -1000)
    assert np.allclose(resample(tone(48_000), 48_000, 16_000)[inner], tone(16_000)[inner], atol=1e-3)


def test_the_same_rate_gives_the_same_array() -> None:
    assert resample(WAVE, RATE_HZ, RATE_HZ) is WAVE
