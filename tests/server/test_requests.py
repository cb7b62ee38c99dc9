"""What requests bring: the same as the commands of these names."""

from __future__ import annotations

import base64
import io
import json
import uuid
from collections.abc import Mapping

import numpy as np
import pytest
import soundfile
from voxaffect import Pipeline, load_audio
from voxaffect.audio import Audio, wav_bytes
from voxaffect.examples import clips
from voxaffect.report import to_dict

RATE_HZ = 16_000
FLAC = {"Content-Type": "audio/flac"}
JSON = {"Content-Type": "application/json"}
HEADERS = (
    *(
        "Accept",
        "Accept-Encoding",
        "Access-Control-Request-Method",
        "Authorization",
        "Connection",
        "Content-Type",
    ),
    *("Cookie", "Expect", "Origin", "Range", "Trailer", "Upgrade", "X-Forwarded-For"),
)


def form(fields: Mapping[str, str], files: Mapping[str, bytes]) -> tuple[bytes, dict[str, str]]:
    """A multipart body and its header."""
    boundary = uuid.uuid4().hex
    parts = [f'name="{name}"\r\n\r\n{value}'.encode() for name, value in fields.items()]
    parts += [
        f'name="{name}"; filename="{name}.flac"\r\n\r\n'.encode() + sound for name, sound in files.items()
    ]
    head = f"--{boundary}\r\nContent-Disposition: form-data; ".encode()
    body = b"".join(head + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()
    return body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}


@pytest.fixture
def expected(pipeline: Pipeline, recording: bytes) -> dict:
    return json.loads(json.dumps(to_dict(pipeline.hear(recording))))


def without_time(document: dict) -> dict:
    return {name: value for name, value in document.items() if name != "timestamp"}


def test_a_recording_as_the_body_is_heard_as_the_pipeline_hears_it(running, recording, expected):
    reply = running.post("/v1/analyze", recording, FLAC)
    assert reply.status == 200
    assert without_time(reply.json) == without_time(expected)


def test_a_recording_of_several_utterances_is_answered_with_its_course(running, pipeline):
    pause = np.zeros(RATE_HZ, np.float32)
    turns = [part for clip in clips() for part in (load_audio(clip.path).samples, pause)]
    talk = Audio(np.concatenate(turns), RATE_HZ)
    heard = running.post("/v1/analyze", wav_bytes(talk), {"Content-Type": "audio/wav"}).json
    assert len(heard["course"]["utterances"]) >= len(clips())
    assert heard["context"].startswith("[Voice over 2")


def test_a_form_names_its_file(running, recording, expected):
    reply = running.post("/v1/analyze", *form({"backend": "prosodic"}, {"audio": recording}))
    assert without_time(reply.json) == {**without_time(expected), "file": "audio.flac"}


@pytest.mark.parametrize("character", ["\x00", "\ud800"])
@pytest.mark.parametrize("option", ["voice", "lang", "dialect", "markup"])
def test_an_option_with_a_character_that_xml_forbids_is_refused(running, option, character):
    options = {"dialect": "azure", "voice": "en-US-AriaNeural", option: f"en{character}"}
    reply = running.post("/v1/express", {"emotion": "sad", "text": "I see.", "options": options})
    assert (reply.status, reply.code) == (400, "invalid")


def test_an_emotion_and_a_text_become_ssml(running):
    asked = {
        "emotion": "sad",
        "intensity": "strong",
        "text": "I see & hear.",
        "options": {"dialect": "azure", "voice": "en-US-AvaMultilingualNeural"},
    }
    reply = running.post("/v1/express", asked)
    assert reply.json["kind"] == "ssml"
    assert "I see &amp; hear." in reply.json["output"]
    assert 0.5 < reply.json["intensity"] < 1
    assert reply.json["emotion_account"]["carried"] == "arousal"
    assert reply.json["parts"] == []


def test_prosody_may_be_given_itself(running):
    reply = running.post("/v1/express", {"prosody": {"speech_rate": 0.8}, "text": "slowly"})
    assert reply.json["prosody"]["speech_rate"] == 0.8
    assert 'rate="80%"' in reply.json["output"]


def test_an_emotion_changes_a_recording(running, recording):
    reply = running.post("/v1/express?emotion=sad&renderer=psola", recording, {**FLAC, "Accept": "audio/wav"})
    assert reply.headers["content-type"] == "audio/wav"
    assert "voxaffect-not-expressed" in reply.headers
    assert reply.headers["voxaffect-emotion-carried"] == "prosody"
    samples, _ = soundfile.read(io.BytesIO(reply.body))
    assert len(samples) > 1.1 * len(load_audio(recording).samples)  # sad is slow


def test_changed_sound_comes_in_the_document_where_no_other_is_asked_for(running, recording):
    reply = running.post("/v1/express", *form({"emotion": "sad", "renderer": "psola"}, {"audio": recording}))
    sound = base64.b64decode(reply.json["audio"]["base64"])
    assert soundfile.info(io.BytesIO(sound)).duration > 1
    assert reply.json["renderer"] == "psola"


def test_an_answer_fits_what_was_heard(running, recording):
    reply = running.post("/v1/respond?text=I+understand.&strategy=complement", recording, FLAC)
    assert reply.json["heard"]["categorical"][0]["emotion"] == "angry"
    assert reply.json["answer"]["emotion"] == "calm"
    assert "I understand." in reply.json["answer"]["output"]


def test_the_answers_own_sound_may_be_changed(running, recording):
    fields = {"strategy": "complement", "renderer": "psola"}
    reply = running.post("/v1/respond", *form(fields, {"audio": recording, "answer_audio": recording}))
    assert reply.json["answer"]["audio"]["media_type"] == "audio/wav"


def test_backends_are_those_of_the_server(running):
    (backend,) = running.get("/v1/backends").json
    assert backend["name"] == "prosodic"
    assert backend["available"]


def test_health_answers(running):
    assert running.get("/health").json == {"status": "ok", "key": False}


def test_metrics_count_what_was_asked(serve, recording):
    running = serve()
    running.post("/v1/analyze", recording, FLAC)
    running.get("/nothing")
    reply = running.get("/metrics")
    assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = reply.body.decode().splitlines()
    assert 'voxaffect_requests_total{route="/v1/analyze",status="200"} 1' in lines
    assert 'voxaffect_requests_total{route="other",status="404"} 1' in lines
    assert "voxaffect_streams 0" in lines


def loud_wav(peak: float) -> bytes:
    content = io.BytesIO()
    soundfile.write(content, np.full(16_000, float(peak)), 16_000, format="WAV", subtype="FLOAT")
    return content.getvalue()


@pytest.mark.parametrize(
    ("path", "body", "headers", "words"),
    [
        ("/v1/analyze", b"no sound", FLAC, "not audio"),
        ("/v1/analyze", b"", FLAC, "needs sound"),
        ("/v1/analyze", loud_wav(1e19), FLAC, "no sound at all"),
        ("/v1/analyze", loud_wav(20_000), FLAC, "divide 16-bit numbers by 32768"),
        ("/v1/analyze?backend=nose", b"x", FLAC, "nose"),
        ("/v1/analyze?nonsense=1", b"x", FLAC, "nonsense"),
        ("/v1/express", b"{", {"Content-Type": "application/json"}, "no JSON"),
        ("/v1/express", b"[]", {"Content-Type": "application/json"}, "object"),
        ("/v1/express", b'{"emotion": NaN}', {"Content-Type": "application/json"}, "NaN"),
        ("/v1/express", {"emotion": "hungry", "text": "x"}, {}, "hungry"),
        ("/v1/express", {"text": "x"}, {}, "emotion"),
        ("/v1/express", {"emotion": "calm", "prosody": {"speech_rate": 1}, "text": "x"}, {}, "not both"),
        ("/v1/express", {"prosody": {"speech_rate": 9}, "text": "x"}, {}, "speech_rate"),
        ("/v1/express", {"emotion": "calm", "text": "x", "options": {"model": "/etc/passwd"}}, {}, "model"),
        ("/v1/express", {"emotion": "calm", "renderer": "psola"}, {}, "sound"),
        ("/v1/express", {"emotion": "calm", "text": "x", "renderer": "shell"}, {}, "shell"),
        ("/v1/express", {"emotion": "calm", "intensity": True, "text": "x"}, {}, "intensity"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_words(running, path, body, headers, words):
    reply = running.post(path, body, headers)
    assert (reply.status, reply.code) == (400, "invalid")
    assert words in reply.json["error"]["message"]


def test_a_form_that_is_none_is_refused(running, recording):
    body, header = form({"backend": "prosodic"}, {"audio": recording})
    parts = body[: body.index(b"\r\n--") + 2] * 20 + body
    for broken in (body[:-10], b"", parts, body.replace(b'name="audio"', b"name")):
        reply = running.post("/v1/analyze", broken, header)
        assert (reply.status, reply.code) == (400, "invalid")
    for kind in (
        "multipart/form-data",
        'multipart/form-data; boundary=""',
        "multipart/form-data; boundary=no",
    ):
        assert running.post("/v1/analyze", body, {"Content-Type": kind}).code == "invalid"


@pytest.mark.parametrize("text", ["idna''xn--a", "undefined''b", "punycode''%ff", "no-such-encoding''%ff"])
def test_names_in_a_form_that_cannot_be_decoded_are_refused_or_taken_as_they_are(running, recording, text):
    body, header = form({}, {"audio": recording})
    in_header = {"Content-Type": f"multipart/form-data; boundary*={text}"}
    in_name = body.replace(b'name="audio"', f"name*={text}".encode())
    for reply in (running.post("/v1/analyze", body, in_header), running.post("/v1/analyze", in_name, header)):
        assert (reply.status, reply.code) == (400, "invalid")
    named = running.post(
        "/v1/analyze", body.replace(b'filename="audio.flac"', f"filename*={text}".encode()), header
    )
    assert named.status in (200, 400)


def test_a_file_may_be_named_in_any_encoding(running, recording):
    body, header = form({}, {"audio": recording})
    named = body.replace(b'filename="audio.flac"', b"filename*=utf-8''%C3%A4rger.flac")
    assert running.post("/v1/analyze", named, header).json["file"] == "ärger.flac"


@pytest.mark.parametrize(
    "value", ["", "\xff", ";;=,", "x" * 8000, "a; b*=undefined''c", "gzip;q=nan", "-1", "\t"]
)
def test_odd_headers_are_never_the_servers_failure(running, value):
    asked = json.dumps({"emotion": "sad", "text": "I see."})
    for name in HEADERS:
        assert running.post("/v1/express", asked.encode(), {**JSON, name: value}).status < 500, name


def test_sound_in_a_form_may_have_any_bytes(running):
    samples = np.frombuffer(b"\r\n--\r\n\r\n" * 4000, "<i2").astype(np.float32) / 2**16
    sound = wav_bytes(Audio(samples, 16_000))
    whole = running.post("/v1/analyze", sound, {"Content-Type": "audio/wav"}).json
    in_form = running.post("/v1/analyze", *form({}, {"audio": sound})).json
    assert in_form["duration_s"] == whole["duration_s"] == len(samples) / 16_000


def test_no_such_path_or_method_is_refused_like_all_else(running):
    assert (running.get("/v2").status, running.get("/v2").code) == (404, "path")
    assert (running.get("/v1/analyze").status, running.get("/v1/analyze").code) == (405, "method")


def test_a_body_that_is_too_large_is_refused_before_it_is_read(serve):
    running = serve(body_bytes=1000)
    reply = running.post("/v1/analyze", bytes(1001), FLAC)
    assert (reply.status, reply.code) == (413, "too_large")


def test_a_body_of_unknown_length_is_read_no_further_than_it_may_be(serve):
    running = serve(body_bytes=1000)
    reply = running.ask("POST", "/v1/analyze", iter([bytes(600), bytes(600)]), FLAC)
    assert (reply.status, reply.code) == (413, "too_large")


def test_a_small_file_of_much_sound_is_refused(serve):
    content = io.BytesIO()
    soundfile.write(content, np.zeros(16_000 * 60, np.int16), 16_000, format="FLAC")
    bomb = content.getvalue()
    assert len(bomb) < 20_000
    reply = serve(audio_s=30).post("/v1/analyze", bomb, FLAC)
    assert (reply.status, reply.code) == (400, "invalid")
    assert "at most 30 s" in reply.json["error"]["message"]


@pytest.mark.parametrize("scale", [1e5, 1e19, 3e38])
@pytest.mark.parametrize(
    "path", ["/v1/analyze", "/v1/respond?text=x", "/v1/express?emotion=sad&renderer=psola"]
)
def test_finite_samples_that_are_no_sound_are_refused_in_words(running, recording, path, scale):
    content = io.BytesIO()
    samples = load_audio(recording).samples
    soundfile.write(content, samples / np.abs(samples).max() * scale, 16_000, format="WAV", subtype="FLOAT")
    reply = running.post(path, content.getvalue(), {"Content-Type": "audio/wav"})
    assert (reply.status, reply.code) == (400, "invalid")
    assert "full scale" in reply.json["error"]["message"]


def test_a_header_that_declares_days_is_refused_before_it_takes_memory(running, recording):
    declared = bytearray(recording)
    declared[21] |= 0x0F  # of STREAMINFO: the number of samples, 36 bits; RFC 9639 section 8.2
    declared[22:26] = b"\xff" * 4
    reply = running.post("/v1/analyze", bytes(declared), FLAC)
    assert (reply.status, reply.code) == (400, "invalid")


def test_a_text_that_is_too_long_is_refused(serve):
    reply = serve(text_characters=10).post("/v1/express", {"emotion": "calm", "text": "x" * 11})
    assert "10 characters" in reply.json["error"]["message"]


def test_one_address_asks_no_faster_than_it_may(serve):
    running = serve(requests_per_minute=5)
    replies = [running.get("/health") for _ in range(7)]
    assert [reply.status for reply in replies] == [200] * 5 + [429] * 2
    assert int(replies[-1].headers["retry-after"]) >= 1
