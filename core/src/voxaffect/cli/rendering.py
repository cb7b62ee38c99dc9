"""What `express` and `respond` share: what a renderer is given, and what becomes of its rendering."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from voxaffect.audio import save_audio, soundfile
from voxaffect.cli.errors import UsageError, WorkError, print_note
from voxaffect.cli.options import Format
from voxaffect.cli.terminal import json_default, print_content, print_json
from voxaffect.components import ProsodyRenderer, Stage
from voxaffect.emotion_account import emotion_account, expressed_by
from voxaffect.errors import reason_of
from voxaffect.expression import Chain, Delivery
from voxaffect.host import PluginHost
from voxaffect.long_audio import LongRenderer, LongRendering
from voxaffect.report import SCHEMA_VERSION, rendering_to_dict
from voxaffect.types import Audio, Carried, Rendering, Utterance
from voxaffect.whole_file import same_file

AUDIO = "audio"
NO_FILE = "the renderer {!r} makes audio: say where it goes with --output OUT.wav"


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
        raise UsageError(f"the renderer {name!r} needs {' and '.join(lacking)}")


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


def check_output(
    output: Path | None, *, sound_by: str | None = None, inputs: Iterable[str | Path | None] = ()
) -> None:
    """Fail before any work where what is made could not be written.

    Args:
        inputs: files that the command reads, and must not write over.
        sound_by: the renderer that makes audio; None where none does.

    Raises:
        UsageError: audio, and no file for it, or one with an ending that is no format; or the file is one of
            `inputs`, be it by another name.
        WorkError: there is no such folder, it may not be written to, or the name is a folder's.
    """
    if output is None:
        if sound_by is not None:
            raise UsageError(NO_FILE.format(sound_by))
        return
    if not os.path.isdir(output.parent):
        raise WorkError(f"cannot write {output}: there is no folder {output.parent}")
    if os.path.isdir(output):
        raise WorkError(f"cannot write {output}: it is a folder; name a file in it")
    check_no_input(output, inputs)
    if not os.access(output.parent, os.W_OK):
        raise WorkError(f"cannot write {output}: you may not write to the folder {output.parent}")
    if sound_by is not None:
        check_ending(output)


def check_no_input(output: Path, inputs: Iterable[str | Path | None]) -> None:
    """Fail before any work where what is written would take the place of what is read.

    Raises:
        UsageError: the output is one of these files, be it by another name or a link.
    """
    for each in inputs:
        if each is not None and same_file(each, output):
            raise UsageError(f"{output} is the file {each} that is read: write to another one")


def check_ending(output: Path) -> None:
    """Fail before any work where the ending is no format of 16-bit PCM.

    Raises:
        UsageError: says which are, and what to do for another.
    """
    if not soundfile.check_format(output.suffix[1:].upper(), "PCM_16"):
        raise UsageError(
            f"cannot write sound to {output}: the name must end in .wav, .flac or .aiff; "
            "anything else ffmpeg converts: ffmpeg -i IN.wav OUT.mp3"
        )


def check_no_sound(output: Path, *, made: str, instead: str) -> None:
    """Fail where a text would be written to a file that is named as sound.

    Args:
        made: what the text is, e.g. "what was heard is text".
        instead: what to do.

    Raises:
        UsageError: the ending is a format of sound.
    """
    if output.suffix and soundfile.check_format(output.suffix[1:].upper()):
        raise UsageError(f"{output} is a name for sound, and {made}: give another ending{instead}")


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
