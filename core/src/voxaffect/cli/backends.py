"""`voxaffect backends`: what can hear, how well, and whether it can run here."""

from __future__ import annotations

import collections
import functools

from rich import box
from rich.table import Table

from voxaffect.backends import get_available_backends
from voxaffect.cli.options import Format, ListingFormat
from voxaffect.cli.terminal import print_json, print_labelled, terminal
from voxaffect.components import Component
from voxaffect.report import backend_to_dict


def backends(output_format: ListingFormat = Format.TEXT) -> None:
    """List the backends: recall, speed, memory, requirements, and whether each can run here."""
    listed = get_available_backends()
    if output_format is Format.JSON:
        print_json([backend_to_dict(each) for each in listed])
        return
    console = terminal()
    if not listed:
        console.print("No backend is installed: pip install voxaffect-prosodic")
        return
    counts = collections.Counter(each.name for each in listed)
    names = [each.name if counts[each.name] == 1 else f"{each.plugin}/{each.name}" for each in listed]
    table = Table(box=box.SIMPLE)
    table.add_column("Name", no_wrap=True)
    for heading in ("Recall", "Speed", "Memory", "Requires", "Runs here"):
        table.add_column(heading, overflow="fold")
    for name, each in zip(names, listed, strict=True):
        described = each.component
        table.add_row(
            name,
            _recall(described),
            described.speed or "-",
            described.memory or "-",
            ", ".join(described.modules) or "-",
            ("partly" if each.missing else "yes") if each.available else "no",
        )
    console.print(table)
    console.print(
        "Recall: of four emotions in corpora that the backend was not trained on, one utterance of each "
        "speaker heard, and with three neutral ones known; chance is .25. Not measured where there is none."
    )
    say = functools.partial(print_labelled, width=max(map(len, names)))
    for name, each in zip(names, listed, strict=True):
        say(name, each.component.summary or "no description")
        if each.component.weights_licence is not None:
            say("", f"licence of the weights: {each.component.weights_licence}")
        if each.reason is not None:
            say("", f"cannot run here: {each.reason}", style="yellow")
        elif each.missing:
            left_out = "; ".join(f"{member.name} ({member.reason})" for member in each.missing)
            say("", f"would run without {left_out}", style="yellow")
        if each.component.card is not None:
            say("", f"recall: {each.component.card.how}")
    if listed[0].available:
        console.print()
        console.print(f"--backend auto, the default, takes {names[0]}.")


def _recall(component: Component) -> str:
    """`.61, .68`, the second with utterances known."""
    card = component.card
    figures = () if card is None else (card.unseen_recall, card.enrolled_recall)
    return ", ".join(f"{each:.2f}".lstrip("0") for each in figures if each is not None) or "-"
