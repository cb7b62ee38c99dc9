"""What a hostile client sends to `voxaffect serve`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import struct
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
from voxaffect.audio import Audio, wav_bytes
from voxaffect.examples import clips

RATE_HZ = 16_000
AT_ONCE = 24
PATIENCE_S = 20

STREAM_HEAD = (
    "GET /v1/stream{query} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Attacker:
    """Draws what it does from one generator; each attack opens a connection of its own."""

    def __init__(self, address: str, seed: int) -> None:
        self.host, _, port = address.partition(":")
        self.address, self.port = address, int(port)
        self.random = random.Random(seed)
        self.flac = Path(clips()[0].path).read_bytes()
        self.wav = wav_bytes(Audio(np.zeros(RATE_HZ, np.float32), RATE_HZ))
        self.answers: Counter[str] = Counter()

    def bytes(self, most: int) -> bytes:
        """Up to so many."""
        return self.random.randbytes(self.random.randrange(most))

    async def exchange(self, *parts: bytes, read: bool = True, pause_s: float = 0.0) -> bytes:
        """Send the parts, read up to 64 KiB of what comes within a second; leave without a word."""
        reader, writer = await asyncio.open_connection(self.host, self.port)
        answer = b""
        with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
            for part in parts:
                writer.write(part)
                await asyncio.wait_for(writer.drain(), 1)
                if pause_s:
                    await asyncio.sleep(pause_s)
            if read:
                answer = await asyncio.wait_for(reader.read(1 << 16), 1)
        if self.random.random() < 0.3:
            writer.transport.abort()
        else:
            writer.close()
        self.answers[answer[9:12].decode("latin-1") if answer.startswith(b"HTTP/") else "none"] += 1
        return answer

    def head(self, path: str, length: object, content_type: str = "audio/wav", more: str = "") -> bytes:
        """Of a POST."""
        return (
            f"POST {path} HTTP/1.1\r\nHost: {self.address}\r\nContent-Type: {content_type}\r\n"
            f"Content-Length: {length}\r\nConnection: close\r\n{more}\r\n"
        ).encode("latin-1")

    def frame(
        self, opcode: int, content: bytes, *, masked: bool = True, declared: int | None = None
    ) -> bytes:
        """A client's WebSocket frame, whose length may lie."""
        length = len(content) if declared is None else declared
        head = bytes([0x80 | opcode])
        bit = 0x80 if masked else 0
        if length < 126:
            head += bytes([bit | length])
        elif length < 1 << 16:
            head += bytes([bit | 126]) + struct.pack(">H", length)
        else:
            head += bytes([bit | 127]) + struct.pack(">Q", length)
        return head + (bytes(4) if masked else b"") + content  # a mask of zeros changes nothing

    async def stream(self, *frames: bytes, query: str = "?rate_hz=16000", read: bool = True) -> None:
        """A WebSocket with these frames."""
        head = STREAM_HEAD.format(host=self.address, query=query).encode()
        await self.exchange(head, *frames, read=read)


async def garbage(a: Attacker) -> None:
    """No HTTP at all."""
    await a.exchange(a.bytes(4000))


async def broken_request(a: Attacker) -> None:
    """A request line or header with bytes changed."""
    whole = bytearray(a.head("/v1/analyze", len(a.wav)))
    for _ in range(a.random.randrange(1, 8)):
        whole[a.random.randrange(len(whole))] = a.random.randrange(256)
    await a.exchange(bytes(whole), a.wav[: a.random.randrange(len(a.wav))])


async def huge_header(a: Attacker) -> None:
    """Headers without end."""
    more = "".join(f"X-{n}: {'y' * 2000}\r\n" for n in range(a.random.randrange(1, 60)))
    await a.exchange(a.head("/v1/analyze", 3, more=more), b"abc")


async def half_header(a: Attacker) -> None:
    """A header that breaks off."""
    head = a.head("/v1/analyze", 3)
    await a.exchange(head[: a.random.randrange(len(head) - 1)], read=False)


async def wrong_place(a: Attacker) -> None:
    """Another's name, another's page, no such path, no such method."""
    head = a.random.choice(
        [
            "GET / HTTP/1.1\r\nHost: evil.example\r\n",
            f"POST /v1/analyze HTTP/1.1\r\nHost: {a.address}\r\nOrigin: https://evil.example\r\n",
            f"GET /{'../' * 9}etc/passwd HTTP/1.1\r\nHost: {a.address}\r\n",
            f"GET /%00%ff/..;/page.js HTTP/1.1\r\nHost: {a.address}\r\n",
            f"BREW /v1/analyze HTTP/1.1\r\nHost: {a.address}\r\n",
            "GET / HTTP/1.0\r\n",
            f"GET / HTTP/1.1\r\nHost: {a.address}\r\nHost: evil.example\r\n",
            f"OPTIONS * HTTP/1.1\r\nHost: {a.address}\r\n",
        ]
    )
    await a.exchange(f"{head}Connection: close\r\n\r\n".encode())


async def wrong_length(a: Attacker) -> None:
    """More or less than declared, or a length that is none."""
    length = a.random.choice([0, 1, 10**7, 10**12, 10**30, -1, "x", "1, 2", len(a.wav) // 2])
    await a.exchange(a.head("/v1/analyze", length), a.wav)


async def chunked(a: Attacker) -> None:
    """Chunks with lengths that lie."""
    head = f"POST /v1/analyze HTTP/1.1\r\nHost: {a.address}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    size = a.random.choice([b"5", b"fffffffffffffffff", b"-1", b"zz", b"0"])
    await a.exchange(head, size + b"\r\n" + a.bytes(500) + b"\r\n0\r\n\r\n")


async def leaving_in_the_body(a: Attacker) -> None:
    """The client is gone before its sound is."""
    await a.exchange(
        a.head("/v1/analyze", len(a.flac)), a.flac[: a.random.randrange(len(a.flac))], read=False
    )


async def damaged_sound(a: Attacker) -> None:
    """A sound file with bytes changed."""
    sound = bytearray(a.random.choice([a.flac, a.wav]))
    for _ in range(a.random.randrange(1, 60)):
        sound[a.random.randrange(len(sound) if a.random.random() < 0.5 else 200)] = a.random.randrange(256)
    await a.exchange(a.head("/v1/analyze", len(sound)), bytes(sound))


async def no_sound(a: Attacker) -> None:
    """Noise as a file."""
    noise = a.random.choice([b"", b"RIFF", b"fLaC", b"OggS", b"ID3"]) + a.bytes(3000)
    await a.exchange(a.head("/v1/analyze", len(noise)), noise)


async def lying_sound(a: Attacker) -> None:
    """A WAV that declares other than it has."""
    sound = bytearray(a.wav)
    struct.pack_into("<I", sound, a.random.choice([4, 16, 24, 28, 40]), a.random.randrange(1 << 32))
    struct.pack_into("<H", sound, a.random.choice([20, 22, 32, 34]), a.random.randrange(1 << 16))
    await a.exchange(a.head("/v1/analyze", len(sound)), bytes(sound))


VALUES = (
    None, True, -1, 1e308, 10**400, "", "calm", "x" * 9000, [], {}, [[[]]], {"use": "ssml"}, "<a&b>",
    "\x00", "\ud800", "../../etc/passwd", {"pitch_shift_semitones": "1"}, {"rate": 1}, 0.5,
)  # fmt: skip
NAMES = (
    "emotion", "intensity", "prosody", "text", "renderer", "options", "backend", "strategy", "audio",
    "__class__",
)  # fmt: skip


async def fuzzed_json(a: Attacker) -> None:
    """Values that no field takes; JSON that is none; JSON of depths."""
    table = {a.random.choice(NAMES): a.random.choice(VALUES) for _ in range(a.random.randrange(6))}
    body = a.random.choice(
        [json.dumps(table).encode(), json.dumps({"emotion": "calm", "text": "x", **table}).encode(),
         b"[" * 100_000, b'{"emotion": NaN}', b'{"emotion": "calm", "emotion": "sad"}', a.bytes(400)]
    )  # fmt: skip
    path = a.random.choice(["/v1/express", "/v1/respond", "/v1/analyze"])
    await a.exchange(a.head(path, len(body), "application/json"), body)


async def fuzzed_form(a: Attacker) -> None:
    """Forms that break off, nest, or have a hundred files."""
    part = 'Content-Disposition: form-data; name="{}"; filename="{}"\r\n\r\n'
    parts = [
        b"--b\r\n" + part.format(a.random.choice(NAMES), "../x\x00" * 3).encode() + a.bytes(300) + b"\r\n"
        for _ in range(a.random.choice([0, 1, 2, 100]))
    ]
    body = b"".join(parts) + a.random.choice([b"", b"--b--\r\n", a.bytes(90)])
    boundary = a.random.choice(["b", "", "x" * 500, "\xff"])
    await a.exchange(a.head("/v1/analyze", len(body), f"multipart/form-data; boundary={boundary}"), body)


async def fuzzed_query(a: Attacker) -> None:
    """Queries that nothing asks for."""
    query = "&".join(f"{a.random.choice(NAMES)}=%{a.random.randrange(256):02x}" for _ in range(5))
    await a.exchange(a.head(f"/v1/express?{query}", 0))


async def bad_handshake(a: Attacker) -> None:
    """A WebSocket that is none."""
    head = STREAM_HEAD.format(host=a.address, query="")
    head = a.random.choice(
        [head.replace("13", "12"), head.replace("dGhl", ""), head.replace("GET", "POST"),
         head.replace("/v1/stream", "/v1/nothing"), head.replace("Upgrade: websocket", "Upgrade: h2c"),
         head.replace("\r\n\r\n", "\r\nOrigin: https://evil.example\r\n\r\n")]
    )  # fmt: skip
    await a.exchange(head.encode())


async def bad_start(a: Attacker) -> None:
    """A stream that begins with what is no start."""
    said = a.random.choice(
        [{"type": "start"}, {"type": "start", "rate_hz": a.random.choice(VALUES)}, {"type": "finish"},
         {"type": "start", "rate_hz": 16000, "channels": a.random.choice(VALUES)}, [], "start",
         {"type": "start", "rate_hz": 16000, a.random.choice(NAMES): a.random.choice(VALUES)}]
    )  # fmt: skip
    await a.stream(a.frame(1, json.dumps(said).encode()), query="")


async def bad_query(a: Attacker) -> None:
    """A stream whose address asks for what cannot be."""
    query = a.random.choice(["?rate_hz=0", "?rate_hz=16000&channels=99", "?rate_hz=x", "?rate_hz=16000&x=1"])
    await a.stream(a.frame(2, bytes(3200)), query=query)


async def fuzzed_pcm(a: Attacker) -> None:
    """Noise as sound, odd numbers of bytes, empty messages."""
    frames = [a.frame(2, a.bytes(a.random.choice([2, 50, 40_000]))) for _ in range(a.random.randrange(1, 8))]
    await a.stream(*frames, a.frame(1, b'{"type": "finish"}'))


async def bad_frames(a: Attacker) -> None:
    """Frames that break the protocol: no mask, no such opcode, lengths that lie, text that is none."""
    frame = a.random.choice(
        [a.frame(2, bytes(64), masked=False), a.frame(a.random.randrange(3, 8), b"x"), a.bytes(2000),
         a.frame(2, b"", declared=1 << 62), a.frame(2, bytes(300_000)), a.frame(1, b"\xff\xfe"),
         a.frame(9, bytes(200)), a.frame(0, b"x"), a.frame(1, b"{}"), a.frame(8, b"\x00")]
    )  # fmt: skip
    await a.stream(a.frame(2, bytes(3200)), frame)


async def leaving_in_a_stream(a: Attacker) -> None:
    """Gone in the middle of speech, or in the middle of a frame."""
    sound = a.frame(2, a.random.randbytes(RATE_HZ))
    await a.stream(*[sound] * a.random.randrange(1, 4), sound[: a.random.randrange(len(sound))], read=False)


async def never_reading(a: Attacker) -> None:
    """Sends far ahead of the pace, and pings, and reads nothing of what is answered."""
    frames = [a.frame(2, bytes(64_000)), a.frame(9, b"x" * 120) * 50] * 3
    await a.stream(*frames, read=False)


async def slow(a: Attacker) -> None:
    """A header that comes byte by byte for a while."""
    head = a.head("/v1/analyze", 3)
    await a.exchange(*(bytes([byte]) for byte in head[:20]), read=False, pause_s=0.02)


ATTACKS: tuple[Callable[[Attacker], Awaitable[None]], ...] = (
    garbage, broken_request, huge_header, half_header, wrong_place, wrong_length, chunked, damaged_sound,
    leaving_in_the_body, no_sound, lying_sound, fuzzed_json, fuzzed_form, fuzzed_query, bad_handshake,
    bad_start, bad_query, fuzzed_pcm, bad_frames, leaving_in_a_stream, never_reading, slow,
)  # fmt: skip


async def attack(attacker: Attacker, number: int) -> None:
    """So many attacks, `AT_ONCE` at a time, of every kind in turn."""
    waiting = iter(range(number))

    async def one_after_another() -> None:
        for n in waiting:
            with contextlib.suppress(OSError):  # refused: there are too many connections
                await asyncio.wait_for(ATTACKS[n % len(ATTACKS)](attacker), PATIENCE_S)

    await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))
