"""`voxaffect plugins`: what is installed, what each plugin offers, and what was left out, and why."""

from __future__ import annotations

from typing import Any

import attrs
from rich import box
from rich.table import Table

from voxaffect.cli.app import TRACEBACK_VARIABLE
from voxaffect.cli.options import Format, ListingFormat
from voxaffect.cli.terminal import print_json, print_labelled, terminal
from voxaffect.host import DISABLED_VARIABLE, STRICT_VARIABLE, PluginHost, PluginReport


def plugins(output_format: ListingFormat = Format.TEXT) -> None:
    """List the plugins: distribution, version, what each offers, and what was left out and why."""
    reports = PluginHost().plugins
    if output_format is Format.JSON:
        print_json([_to_dict(report) for report in reports])
        return
    table = Table("Plugin", "Distribution", "Version", "Offers", box=box.SIMPLE)
    for report in reports:
        offers = ", ".join(f"{offer.stage.word} {offer.component.name}" for offer in report.offers)
        table.add_row(report.name, report.distribution, report.version, offers or f"({_status(report)})")
    terminal().print(table)
    for report in reports:
        if report.error is not None:
            said = f"left out: {report.error}: update or uninstall {report.distribution}"
            print_labelled(report.name, said, style="yellow")
        if report.disabled:
            print_labelled(report.name, f"disabled by {DISABLED_VARIABLE}", style="yellow")
    if any(report.error is not None for report in reports):
        print_labelled("note", f"{STRICT_VARIABLE}=1 {TRACEBACK_VARIABLE}=1 voxaffect plugins shows where")


def _status(report: PluginReport) -> str:
    if report.disabled:
        return "disabled"
    return "loaded" if report.error is None else "failed"


def _to_dict(report: PluginReport) -> dict[str, Any]:
    return {
        "name": report.name,
        "distribution": report.distribution,
        "version": report.version,
        "status": _status(report),
        "error": report.error,
        "offers": [
            {
                "stage": offer.stage.word,
                "name": offer.component.name,
                "full_name": offer.full_name,
                "summary": offer.component.summary,
                "card": None if offer.component.card is None else attrs.asdict(offer.component.card),
            }
            for offer in report.offers
        ],
    }
