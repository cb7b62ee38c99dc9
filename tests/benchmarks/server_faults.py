"""10,000 hostile requests, frames and disconnects against `voxaffect serve`, with a good client beside them.

    python tests/benchmarks/server_faults.py [--attacks 10000] [--seed 0]

Attacks are drawn from `ATTACKS`: broken and huge headers, wrong lengths, fuzzed JSON, damaged and lying
sound files, streams with bad starts, frames and sizes, clients that leave in the middle, are slow, or never
read. Meanwhile one client streams speech at real time and another has a recording analysed every second;
both must get exactly what they get from a server at peace. Afterwards the server must hold no more streams,
requests, descriptors, threads or memory than after a first round of the same attacks.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import time
from pathlib import Path

import numpy as np
from server_attacks import AT_ONCE, ATTACKS, Attacker, attack
from server_process import RATE_HZ, ServerProcess, server, speech
from voxaffect.examples import clips
from websockets.asyncio.client import connect

WARM_UP = 1500
GROWTH_MIB = 16
"""Of resident memory; what Python's allocator keeps differs by a few MiB from moment to moment."""


async def heard_in_stream(address: str, samples: np.ndarray, seconds: float) -> tuple[list[str], list[float]]:
    """The events of a stream at real time without their timestamps, and the delay of each window."""
    events: list[str] = []
    sent: list[float] = []
    delays: list[float] = []
    step_s = 0.1
    n = round(step_s * RATE_HZ)
    url = f"ws://{address}/v1/stream?rate_hz={RATE_HZ}"
    async with connect(url, compression=None, open_timeout=60, proxy=None) as socket:
        await socket.recv()

        async def read() -> None:
            async for text in socket:
                event = json.loads(text)
                if event["type"] == "window":
                    chunks = round(event["end_s"] / step_s)
                    delays.append(time.perf_counter() - sent[min(len(sent), chunks) - 1])
                if "result" in event:
                    del event["result"]["timestamp"]
                events.append(json.dumps(event))

        reader = asyncio.create_task(read())
        begun = time.perf_counter()
        for number in range(round(seconds / step_s)):
            await asyncio.sleep(max(0.0, begun + number * step_s - time.perf_counter()))
            sent.append(time.perf_counter())
            await socket.send(samples[number * n : (number + 1) * n].tobytes())
        await socket.send('{"type": "finish"}')
        await reader
    return events, delays


async def heard_in_requests(address: str, over: asyncio.Event) -> list[str]:
    """What a recording sounds like, each second until it is over."""
    host, _, port = address.partition(":")
    sound = Path(clips()[0].path).read_bytes()
    head = f"POST /v1/analyze HTTP/1.1\r\nHost: {address}\r\nContent-Type: audio/flac\r\n"
    request = f"{head}Content-Length: {len(sound)}\r\nConnection: close\r\n\r\n".encode() + sound
    answers = []
    while not over.is_set():
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(request)
        answer = json.loads((await reader.read()).partition(b"\r\n\r\n")[2])
        writer.close()
        answer.pop("timestamp", None)
        answers.append(json.dumps(answer))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), 1)
    return answers


async def main_async(arguments: argparse.Namespace) -> bool:
    """Print the tables; whether all is as it should be."""
    limits = ("requests_per_minute=1000000", "streams=64", "streams_per_client=64", "header_s=2")
    limits += ("requests_at_once=64", "requests_at_once_per_client=64", "send_s=2")
    with server(*limits) as process:
        samples = speech()
        alone = await heard_in_stream(process.address, samples, 8)
        attacker = Attacker(process.address, arguments.seed)
        await attack(attacker, WARM_UP)
        before = await at_rest(process)
        begun = time.perf_counter()
        under_attack = asyncio.Event()
        requests = asyncio.create_task(heard_in_requests(process.address, under_attack))
        streams: list[asyncio.Task[tuple[list[str], list[float]]]] = []

        async def listen() -> None:
            while not under_attack.is_set():
                streams.append(asyncio.create_task(heard_in_stream(process.address, samples, 8)))
                await streams[-1]

        listening = asyncio.create_task(listen())
        await attack(attacker, arguments.attacks // 2)
        half_mib = await asyncio.to_thread(process.memory_mib)
        await attack(attacker, arguments.attacks - arguments.attacks // 2)
        wall_s = time.perf_counter() - begun
        under_attack.set()
        await listening
        answers = await requests
        after = await at_rest(process, most_sockets=before["sockets"])
        alive = process.running
        code = process.stop()
    print(f"{arguments.attacks} attacks of {len(ATTACKS)} kinds in {wall_s:.0f} s, {AT_ONCE} at a time")
    print("answers: " + ", ".join(f"{status} {n}" for status, n in sorted(attacker.answers.items())))
    disturbed = sum(stream.result()[0] != alone[0] for stream in streams)
    late = sorted(delay for stream in streams for delay in stream.result()[1])
    print(
        f"beside them: {len(streams)} streams of 8 s, {disturbed} with other events than at peace; ", end=""
    )
    print(
        f"delay ms: median {1e3 * late[len(late) // 2]:.0f}, 99 % {1e3 * late[int(0.99 * len(late))]:.0f}; ",
        end="",
    )
    print(f"{len(answers)} recordings analysed, {sum(answer != answers[0] for answer in answers)} otherwise")
    print(f"{'':32}  before   after")
    for name in before:
        print(f"{name:32} {before[name]:7.1f} {after[name]:7.1f}")
    print(f"{'memory MiB after half of them':32} {half_mib:7.1f}")
    kept = all(after[name] <= before[name] for name in before if name != "memory MiB")
    grown = after["memory MiB"] - before["memory MiB"]
    print(f"server alive: {alive}; exit code {code}; unexpected lines of its log: {process.lines}")
    return (
        alive and code in (0, -signal.SIGTERM) and not process.lines
        and not disturbed and len(set(answers)) == 1 and kept and grown < GROWTH_MIB
    )  # fmt: skip


async def at_rest(process: ServerProcess, most_sockets: float = 6) -> dict[str, float]:
    """What the server holds once every deadline has passed.

    Args:
        most_sockets: with which it is at rest; the connection of the question itself takes a moment to close.
    """
    deadline = time.perf_counter() + 60
    while True:
        await asyncio.sleep(1)
        metrics = await asyncio.to_thread(process.metrics)
        # One connection is that of this question.
        held = {
            "streams": metrics["voxaffect_streams"],
            "requests": metrics["voxaffect_requests"],
            "descriptors": metrics["process_open_fds"],
            "threads": metrics["voxaffect_threads"],
        }
        sockets = sum("socket:" in os.readlink(f) for f in _descriptors(process.pid))
        if (not held["streams"] and sockets <= most_sockets) or time.perf_counter() > deadline:
            return {**held, "sockets": sockets, "memory MiB": process.memory_mib()}


def _descriptors(pid: int) -> list[str]:
    return [str(path) for path in Path(f"/proc/{pid}/fd").iterdir() if path.is_symlink()]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--attacks", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    print("bar: " + ("met" if asyncio.run(main_async(parser.parse_args())) else "missed"))


if __name__ == "__main__":
    main()
