"""What `express` and `respond` share: what a renderer is given, and what becomes of its rendering."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from voxaffect.audio import save_audio
from voxaffect.cli.errors import UsageError, WorkError, print_note
from voxaffect.cli.options import Format
from voxaffect.cli.outputs import NO_FILE, check_no_sound
from voxaffect.cli.terminal import json_default, print_content, print_json
from voxaffect.components import ProsodyRenderer, Stage
from voxaffect.emotion_account import emotion_account, expressed_by
from voxaffect.errors import reason_of
from voxaffect.expression import Chain, Delivery
from voxaffect.host import PluginHost
from voxaffect.long_audio import LongRenderer, LongRendering
from voxaffect.report import SCHEMA_VERSION, rendering_to_dict
from voxaffect.types import Audio, Carried, Rendering, Utterance

AUDIO = "audio"


CARRIED = {
    Carried.NAME: "carried by name",
    Carried.PROSODY: "carried by prosody",
    Carried.AROUSAL: "carried by its arousal only",
    Carried.LOST: "lost",
}


def check_needs(
    renderer: ProsodyRenderer, name: str, *, text: str | None, audio: str | None, text_how: str
) -> None:
    """Fail before any work where the renderer would lack something.

    Args:
        text_how: how this command is given a text.

    Raises:
        UsageError: names the missing argument.
    """
    given = {"text": text, "audio": audio}
    how = {"text": f"a text: {text_how}", "audio": "a recording to change: --audio IN.wav --output OUT.wav"}
    lacking = [how[need] for need in renderer.needs if given[need] is None]
    if lacking:
        instead = "" if audio is None or "audio" in renderer.needs else "; --to psola changes a recording"
        raise UsageError(f"the renderer {name!r} needs {' and '.join(lacking)}{instead}")


def note_unused(names: Sequence[str], renderers: Sequence[ProsodyRenderer], audio: str | None) -> None:
    """Say so where a recording is given and no renderer asks for one: it may be taken for a change of it."""
    if audio is not None and not any("audio" in renderer.needs for renderer in renderers):
        print_note(
            f"note: --audio: {' and '.join(names)} asked for no recording and changed none; --to psola does"
        )


def sound_maker(host: PluginHost, names: Sequence[str]) -> str | None:
    """The first of these renderers that makes audio; None where none says that it does."""
    makes = ((name, host.find(Stage.RENDERER, name).component.makes) for name in names)
    return next((name for name, kind in makes if kind == AUDIO), None)


def shortcomings(rendering: Rendering) -> Iterator[str]:
    """A line for what became of the emotion, and one for each parameter not, or not quite, expressed."""
    if rendering.emotion_account is not None:
        carried = rendering.emotion_account.carried
        yield f"emotion: {CARRIED[carried]}: {rendering.emotion_account.reason}"
    if rendering.parts:
        yield f"in {len(rendering.parts)} parts, one for each request: the engine takes no more at once"
    for parameter, how in rendering.approximated.items():
        yield f"approximated: {parameter}: {how}"
    for parameter, why in rendering.unexpressed.items():
        yield f"not expressed: {parameter}: {why}"


def _note_channels(source: int) -> None:
    if source > 1:
        print_note(f"note: the recording's {source} channels became one: only one voice is changed")


def deliver(
    rendering: Rendering, renderer: str, delivery: Delivery, output: Path | None, output_format: Format
) -> dict[str, Any]:
    """Write the rendering; what it lacks goes to standard error.

    Returns:
        Everything about it for JSON, as docs/json.md documents it.

    Raises:
        UsageError: audio, and no file to write it to; or none, and a file that is named as sound.
        AudioError, WorkError: the file cannot be written.
    """
    made = rendering.output
    if isinstance(made, Audio):
        if output is None:
            raise UsageError(NO_FILE.format(renderer))
        save_audio(output, made)
    else:
        if output is not None:
            check_no_sound(
                output,
                made=f"the renderer {renderer!r} made {rendering.kind}",
                instead="; voxaffect say speaks a text, "
                "and --to psola with --audio IN.wav changes a recording",
            )
            _write(_all_parts(rendering), output)
        elif output_format is Format.TEXT:
            print_content(_all_parts(rendering))
    if output is not None:
        print_note(f"wrote {output}")
    if isinstance(made, Audio):
        _note_channels(made.source_channels)
    for line in shortcomings(rendering):
        print_note(line)
    return rendering_to_dict(rendering, renderer, delivery, file=None if output is None else str(output))


def deliver_file(
    made: LongRendering, renderer: LongRenderer, name: str, delivery: Delivery, output: Path
) -> dict[str, Any]:
    """Say that it was written, and what it lacks.

    Returns:
        As `deliver` does.
    """
    print_note(f"wrote {output}")
    _note_channels(made.source_channels)
    account = emotion_account(
        Utterance(emotion=delivery.emotion, intensity=delivery.intensity),
        delivery.prosody,
        made.unexpressed,
        made.residual,
        expresses=expressed_by([renderer]),
    )
    whole = Rendering("parameters", {}, made.approximated, made.unexpressed, made.residual, account)
    for line in shortcomings(whole):
        print_note(line)
    return rendering_to_dict(whole, name, delivery, file=str(output)) | {
        "kind": "audio",
        "output": None,
        "source_channels": made.source_channels,
    }


def deliver_chain(
    chain: Chain, renderers: Sequence[str], delivery: Delivery, output: Path | None, output_format: Format
) -> dict[str, Any]:
    """Write what the last renderer made, or the audio where there is any, and print what the others made.

    Args:
        renderers: names, one a rendering.

    Returns:
        As `deliver` does; `others` where there are others.

    Raises:
        UsageError, AudioError, WorkError: see `deliver`.
    """
    made = list(zip(renderers, chain.renderings, strict=True))
    name, main = next(((n, r) for n, r in reversed(made) if isinstance(r.output, Audio)), made[-1])
    others = [(n, r) for n, r in made if r is not main and not isinstance(r.output, Audio)]
    if output_format is Format.TEXT:
        for _, rendering in others:
            assert not isinstance(rendering.output, Audio)
            print_content(_all_parts(rendering))
    whole = attrs.evolve(
        main,
        approximated=chain.approximated,
        unexpressed=chain.unexpressed,
        residual=chain.residual,
        emotion_account=chain.emotion_account,
    )
    content = deliver(whole, name, delivery, output, output_format)
    if len(made) > 1:
        content["others"] = [{"renderer": n, "kind": r.kind, "output": r.output} for n, r in others]
    return content


def print_document(**content: Any) -> None:
    """A JSON object with the version of its schema first."""
    print_json({"schema_version": SCHEMA_VERSION, **content})


def _all_parts(rendering: Rendering) -> str:
    """What goes to the engine, request after request."""
    assert not isinstance(rendering.output, Audio)
    return "\n".join(_readable(part) for part in rendering.parts or (rendering.output,))


def _readable(made: str | Mapping[str, Any]) -> str:
    return made if isinstance(made, str) else json.dumps(dict(made), indent=2, default=json_default)


def _write(text: str, output: Path) -> None:
    try:
        output.write_text(f"{text}\n", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise WorkError(f"cannot write {output}: {reason_of(error)}") from error
