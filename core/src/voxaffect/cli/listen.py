"""`voxaffect listen`: hear a voice while it speaks."""

from __future__ import annotations

import contextlib
import enum
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, cast

import typer

from voxaffect.cli.errors import UsageError, print_note, work
from voxaffect.cli.live_view import LiveView
from voxaffect.cli.options import BackendOption, ConfigOption, NoAdaptOption, SpeakerOption
from voxaffect.cli.selection import backend_words, select_pipeline, speaker_baseline
from voxaffect.cli.terminal import print_json, stdout_is_terminal, terminal
from voxaffect.detector import VoiceEmotionDetector
from voxaffect.host import PluginHost
from voxaffect.narration import Narrator
from voxaffect.pcm import ENCODINGS
from voxaffect.sound_input import Chunk, file_chunks, microphone_chunks, raw_chunks
from voxaffect.streaming import Event
from voxaffect.voice_activity import Activity

MICROPHONE = "microphone"


class View(enum.StrEnum):
    """How events are shown."""

    AUTO = "auto"
    LIVE = "live"
    JSONL = "jsonl"


def listen(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="microphone; - for raw PCM on standard input; or a recording, at the pace of its speech.",
        ),
    ] = MICROPHONE,
    backend: BackendOption = None,
    config: ConfigOption = None,
    speaker: SpeakerOption = None,
    no_adapt: NoAdaptOption = False,
    output_format: Annotated[
        View,
        typer.Option("--format", help="live: a screen. jsonl: a line an event. auto: live on a terminal."),
    ] = View.AUTO,
    device: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Which microphone, by number or part of its name."),
    ] = None,
    rate: Annotated[int, typer.Option(metavar="HZ", help="Sampling rate of raw PCM.")] = 16_000,
    channels: Annotated[int, typer.Option(metavar="N", help="Channels of raw PCM, interleaved.")] = 1,
    encoding: Annotated[str, typer.Option(help=f"Of raw PCM: {', '.join(ENCODINGS)}.")] = "s16le",
    fast: Annotated[bool, typer.Option("--fast", help="A recording as fast as it can be heard.")] = False,
    activity: Annotated[
        str,
        typer.Option(help="What finds speech: builtin, or off to hear everything."),
    ] = "builtin",
) -> None:
    """Hear a voice while it speaks: a microphone, a pipe or a recording.

    Shows emotion, dimensions, F0, level and where the mood is going.

    arecord -q -t raw -f S16_LE -r 16000 | voxaffect listen -

    In a pipe, each event is a line of JSON: speech_start, speech_end, window, utterance.
    """
    host = PluginHost()
    pipeline, automatic = select_pipeline(host, backend, config)
    baseline = speaker_baseline(pipeline, speaker)
    rate_hz, chunks = _open(source, device, rate, channels, encoding, fast=fast)
    detector = VoiceEmotionDetector(
        pipeline=pipeline, activity=cast(Activity, activity), adapt=False if no_adapt else None
    )
    detector.baseline = baseline
    live = output_format is View.LIVE or (output_format is View.AUTO and stdout_is_terminal())
    shown = source if source in ("-", MICROPHONE) else Path(source).name
    words = f"{shown}, {backend_words(pipeline, automatic=automatic)}"
    with work(), _screen(detector, words) if live else _lines(words) as show:
        with _until_interrupted():
            for chunk in chunks:
                for event in detector.stream_events(chunk, rate_hz):
                    show(event)
        for event in detector.finish_stream():
            show(event)


def _open(
    source: str, device: str | None, rate: int, channels: int, encoding: str, *, fast: bool
) -> tuple[int, Iterator[Chunk]]:
    if source == MICROPHONE:
        return microphone_chunks(int(device) if device is not None and device.isdecimal() else device)
    if source != "-":
        return file_chunks(source, real_time=not fast)
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError("- reads raw PCM from standard input: pipe some in, e.g. from arecord -t raw")
    return rate, raw_chunks(sys.stdin.buffer, rate_hz=rate, channels=channels, encoding=encoding)


@contextlib.contextmanager
def _until_interrupted() -> Iterator[None]:
    """Ctrl-C is how listening ends; so is the signal that a supervisor sends."""

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def _screen(detector: VoiceEmotionDetector, words: str) -> Iterator[Callable[[Event], None]]:
    from rich.live import Live

    view = LiveView(words)
    with Live(view, console=terminal(), refresh_per_second=10, transient=False) as live:

        def show(event: Event) -> None:
            view.update(event, detector.get_trajectory())
            live.refresh()

        yield show


@contextlib.contextmanager
def _lines(words: str) -> Iterator[Callable[[Event], None]]:
    print_note(words)
    narrator = Narrator()

    def show(event: Event) -> None:
        for message in narrator.messages([event]):
            print_json(message, indent=None)

    yield show
