"""`voxaffect demo`: the whole line, from recordings that the package carries to SSML and changed audio."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from voxaffect.audio import load_audio, save_audio
from voxaffect.cli import describe
from voxaffect.cli.errors import WorkError, work
from voxaffect.cli.options import BackendOption
from voxaffect.cli.selection import backend_words, select_pipeline
from voxaffect.cli.terminal import ProgressBar, print_labelled, terminal
from voxaffect.components import ProsodyRenderer, Stage
from voxaffect.errors import PluginError, UnknownNameError, reason_of
from voxaffect.examples import Clip, clips
from voxaffect.expression import Delivery, choose_delivery, render_with
from voxaffect.host import PluginHost
from voxaffect.types import Audio, EmotionResult, Rendering, Utterance

ANSWER = "Thank you for telling me. Let us look at it together."
"""What is said in answer to each clip."""

STRATEGY = "complement"
SSML, AUDIO = "ssml", "audio"


def demo(
    output_dir: Annotated[
        Path, typer.Option(metavar="DIR", help="Where the changed recordings are written.")
    ] = Path("voxaffect-demo"),
    backend: BackendOption = None,
) -> None:
    """Hear recordings that come with voxaffect, and answer each of them.

    Actors of the Berlin Database of Emotional Speech (CC0-1.0) say German sentences with an emotion.
    """
    host = PluginHost()
    pipeline, automatic = select_pipeline(host, backend, None)
    folder = _made(output_dir)  # fails, if it must, before the work
    console = terminal()
    console.print(backend_words(pipeline, automatic=automatic), style="dim")
    examples = clips()
    bar = ProgressBar(2 * len(examples), things="steps")
    heard = []
    for clip in examples:
        with work(), bar.during(f"Hearing {clip.path.name}"):
            heard.append(pipeline.hear(clip.path))
    console.print()
    console.print(f"Hear: {len(examples)} recordings, each acted by another speaker", style="bold")
    console.print(_table(examples, heard))
    console.print("V: valence -1..1, A: arousal 0..1, D: dominance 0..1", style="dim")
    console.print()
    console.print("Express: a fitting answer to each", style="bold")
    console.print(f'Said in answer: "{ANSWER}" Strategy: {STRATEGY}.', style="dim", soft_wrap=True)
    renderers = {name: _renderer(host, name) for name in (SSML, AUDIO)}
    written = 0
    reasons: dict[tuple[str, str], str] = {}
    for clip, result in zip(examples, heard, strict=True):
        delivery = choose_delivery(result, STRATEGY)
        with work(), bar.during(f"Answering {clip.path.name}"):
            renderings = _render(clip, delivery, renderers)
        console.print()
        words = f'{clip.path.stem}  {clip.sex}, {clip.age}, acted {clip.acted}: "{clip.text}"'
        console.print(words, style="bold", soft_wrap=True)
        print_labelled("heard", result.to_context_string())
        if result.prosodic is not None:
            print_labelled("voice", describe.markers(result.prosodic))
        print_labelled("answer", describe.delivery(delivery))
        for rendering in renderings:
            made = rendering.output
            if isinstance(made, Audio):
                path = folder / f"{clip.path.stem}-{delivery.emotion}.wav"
                save_audio(path, made)
                written += 1
                print_labelled(rendering.kind, str(path))
            else:
                print_labelled(rendering.kind, str(made))
            lacking = [f"{parameter} approximated" for parameter in rendering.approximated]
            lacking += [f"{parameter} not expressed" for parameter in rendering.unexpressed]
            if lacking:
                print_labelled("", ", ".join(lacking), style="dim")
                reasons |= {key: why for key, why in _reasons(rendering) if key not in reasons}
    console.print()
    if reasons:
        console.print("Why a renderer did not express what was asked, or not quite", style="bold")
    for (kind, parameter), why in reasons.items():
        print_labelled(kind, f"{parameter}: {why}")
    if written:
        console.print()
        console.print(f"{written} recordings in the prosody of the answer are in {folder}", soft_wrap=True)
    console.print(
        "Recordings: Berlin Database of Emotional Speech, Burkhardt et al. 2005, CC0-1.0.", style="dim"
    )
    console.print(
        "Models are trained on this database too: this shows what voxaffect does, not how right it is; "
        "voxaffect evaluate measures that.",
        style="dim",
        soft_wrap=True,
    )


def _table(examples: list[Clip], heard: list[EmotionResult]) -> Table:
    table = Table("Clip", "Acted as", "Heard", box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    for initial in "VAD":
        table.add_column(initial, justify="right")
    for clip, result in zip(examples, heard, strict=True):
        at = result.primary
        table.add_row(
            clip.path.stem,
            clip.acted,
            describe.emotions(result) if result.speech else "no speech",
            f"{at.valence:+.2f}",
            f"{at.arousal:.2f}",
            f"{at.dominance:.2f}",
        )
    return table


def _renderer(host: PluginHost, name: str) -> ProsodyRenderer | None:
    """The best one for `AUDIO`; None, and a line that says why, where it cannot be had."""
    try:
        chosen = host.best(Stage.RENDERER, makes=AUDIO).full_name if name == AUDIO else name
        renderer: ProsodyRenderer = host.build(Stage.RENDERER, chosen)
    except UnknownNameError:
        install = f"pip install voxaffect-{name.replace('_', '-')}"
        terminal().print(f"The renderer {name} is not installed: {install}", soft_wrap=True)
    except PluginError as error:
        terminal().print(str(error), soft_wrap=True)
    else:
        return renderer
    return None


def _render(clip: Clip, delivery: Delivery, renderers: dict[str, ProsodyRenderer | None]) -> list[Rendering]:
    utterance = Utterance(ANSWER, load_audio(clip.path), delivery.emotion, delivery.intensity)
    return [
        render_with(renderer, delivery.prosody, utterance, name=name)
        for name, renderer in renderers.items()
        if renderer is not None
    ]


def _reasons(rendering: Rendering) -> Iterator[tuple[tuple[str, str], str]]:
    """((kind, parameter), why); they hardly differ from clip to clip, so the first of each will do."""
    for parameter, why in {**rendering.approximated, **rendering.unexpressed}.items():
        yield (rendering.kind, parameter), why


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkError(f"cannot write to the folder {folder}: {reason_of(error)}") from error
    return folder
