"""How late results come from `voxaffect serve` under real-time streams, and whether its memory stays flat.

    python tests/benchmarks/server_load.py [--streams 50] [--seconds 30] [--requests] [--chunk-ms 100]
    python tests/benchmarks/server_load.py --backend prosodic [--processes 1]
    python tests/benchmarks/server_load.py --hour [--streams 2]

The server runs as users run it, beside this client, which is a process of its own. A result's delay runs
from the moment at which the client sends the chunk with a window's last sample to the moment at which it has
the window's event. With `--requests`, another client has 60 s of speech analysed over and over meanwhile.
`--hour` sends an hour of speech through each stream as fast as the server takes it, and prints its memory.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import statistics
import time

import numpy as np
from server_process import RATE_HZ, server, speech
from voxaffect.audio import Audio, wav_bytes
from websockets.asyncio.client import ClientConnection, connect

BAR_S = 0.15
"""Of 99 windows in 100, with 50 streams of the default backend on two cores."""


async def real_time(address: str, samples: np.ndarray, seconds: float, chunk_s: float) -> list[float]:
    """One stream at real time; the delay of each window in seconds."""
    await asyncio.sleep(random.uniform(0, 1))
    delays: list[float] = []
    sent: list[float] = []
    url = f"ws://{address}/v1/stream?rate_hz={RATE_HZ}"
    async with connect(url, compression=None, open_timeout=60) as socket:
        assert json.loads(await socket.recv())["type"] == "session"
        begun = time.perf_counter()
        reader = asyncio.create_task(_read(socket, sent, delays, chunk_s))
        n = round(chunk_s * RATE_HZ)
        for number in range(round(seconds / chunk_s)):
            await asyncio.sleep(max(0.0, begun + (number + 1) * chunk_s - time.perf_counter()))
            chunk = samples[number * n : (number + 1) * n].tobytes()
            sent.append(time.perf_counter())
            await socket.send(chunk)
        await socket.send('{"type": "finish"}')
        await reader
    return delays


async def _read(socket: ClientConnection, sent: list[float], delays: list[float], chunk_s: float) -> None:
    async for text in socket:
        now = time.perf_counter()
        event = json.loads(text)
        if event["type"] == "window":
            delays.append(now - sent[min(len(sent), int(-(-event["end_s"] // chunk_s))) - 1])
        elif event["type"] == "error":
            raise RuntimeError(event["message"])


async def requests(address: str, body: bytes) -> int:
    """Have a recording analysed over and over, until cancelled; how often it was."""
    host, _, port = address.partition(":")
    head = (
        f"POST /v1/analyze HTTP/1.1\r\nHost: {address}\r\nContent-Type: audio/wav\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    ).encode()
    done = 0
    with contextlib.suppress(asyncio.CancelledError):
        while True:
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(head + body)
            answer = await reader.read()
            writer.close()
            assert b" 200 " in answer[:20], answer[:200]
            done += 1
    return done


async def load(arguments: argparse.Namespace) -> list[float]:
    """The delays of all windows."""
    samples = speech()
    chunk_s = arguments.chunk_ms / 1000
    n_streams = arguments.streams or 50
    limits = (f"streams={n_streams}", f"streams_per_client={n_streams}", "requests_per_minute=100000")
    with server(*limits, options=options(arguments)) as process:
        # The first window of a process pays for imports.
        await asyncio.gather(*(real_time(process.address, samples, 2, 0.1) for _ in range(4)))
        before_s, begun = process.processor_s(), time.perf_counter()
        own_s = time.process_time()
        hog = asyncio.create_task(requests(process.address, minute(samples))) if arguments.requests else None
        streams = [
            real_time(
                process.address,
                np.resize(
                    np.roll(samples, -random.randrange(len(samples))), round(arguments.seconds * RATE_HZ)
                ),
                arguments.seconds,
                chunk_s,
            )
            for _ in range(n_streams)
        ]
        delays = [delay for stream in await asyncio.gather(*streams) for delay in stream]
        wall_s = time.perf_counter() - begun
        own, hearing = (
            (now_s - then_s) / wall_s for now_s, then_s in zip(process.processor_s(), before_s, strict=True)
        )
        if hog is not None:
            hog.cancel()
            print(f"meanwhile 60 s of speech were analysed {await hog} times")
        print(
            f"{n_streams} streams of {arguments.seconds:g} s in chunks of {arguments.chunk_ms:g} ms; "
            f"{len(delays)} windows; of one core: the server's workers {hearing:.0%} "
            f"({hearing / n_streams:.2%} a stream), the server itself {own:.0%}, "
            f"this client {(time.process_time() - own_s) / wall_s:.0%}; "
            f"the server's memory {process.memory_mib():.0f} MiB"
        )
    return delays


def minute(samples: np.ndarray) -> bytes:
    """60 s of speech as a WAV file."""
    return wav_bytes(Audio((np.resize(samples, 60 * RATE_HZ) / 32768).astype(np.float32), RATE_HZ))


async def hour(arguments: argparse.Namespace) -> None:
    """An hour through each stream, as fast as it goes."""
    samples, n_streams = speech(), arguments.streams or 2
    limits = ("stream_pace=1000000", "requests_per_minute=100000", "stream_idle_s=600")
    with server(*limits, options=options(arguments)) as process:
        marks: list[tuple[float, float]] = []

        async def one(first: bool) -> None:
            url = f"ws://{process.address}/v1/stream?rate_hz={RATE_HZ}"
            async with connect(url, compression=None, ping_interval=None) as socket:

                async def drain() -> None:
                    async for text in socket:
                        if '"type":"error"' in text[:40]:
                            raise RuntimeError(text)

                reader = asyncio.create_task(drain())
                second = np.resize(samples, len(samples) // RATE_HZ * RATE_HZ).reshape(-1, RATE_HZ)
                for number in range(3600):
                    await socket.send(second[number % len(second)].tobytes())
                    if first and number % 300 == 299:
                        marks.append(((number + 1) / 60, await asyncio.to_thread(process.memory_mib)))
                await socket.send('{"type": "finish"}')
                await reader

        begun = time.perf_counter()
        await asyncio.gather(*(one(number == 0) for number in range(n_streams)))
        wall_s = time.perf_counter() - begun
        print(
            f"{n_streams} streams of an hour each in {wall_s:.0f} s, "
            f"processor {sum(process.processor_s()):.0f} s"
        )
        print("simulated minutes   memory MiB")
        for minutes, memory_mib in marks:
            print(f"{minutes:17.0f}   {memory_mib:10.1f}")
        half = [memory_mib for minutes, memory_mib in marks if minutes >= 30]
        print(f"growth over the second half: {half[-1] - half[0]:+.1f} MiB")


def options(arguments: argparse.Namespace) -> list[str]:
    """Of `voxaffect serve`."""
    processes = [] if arguments.processes is None else ["--processes", str(arguments.processes)]
    return ["--backend", arguments.backend, *processes]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--streams", type=int, help="50 at real time, 2 for the hour")
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--chunk-ms", type=float, default=100)
    parser.add_argument("--backend", default="auto")
    parser.add_argument("--processes", type=int, help="as voxaffect serve has them unless given")
    parser.add_argument("--requests", action="store_true")
    parser.add_argument("--hour", action="store_true")
    arguments = parser.parse_args()
    if arguments.hour:
        asyncio.run(hour(arguments))
        return
    delays = asyncio.run(load(arguments))
    percentiles = statistics.quantiles(delays, n=1000)
    print("delay ms   " + "   ".join(f"{name} {1e3 * value:.1f}" for name, value in (
        ("median", percentiles[499]), ("95 %", percentiles[949]), ("99 %", percentiles[989]),
        ("largest", max(delays)),
    )))  # fmt: skip
    met = "met" if percentiles[989] <= BAR_S else "missed"
    print(f"bar: {1e3 * BAR_S:.0f} ms at the 99th percentile: {met}")


if __name__ == "__main__":
    main()
