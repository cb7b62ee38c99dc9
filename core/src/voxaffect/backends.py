"""Which backends are installed, and which can run here."""

from __future__ import annotations

from typing import Any

import attrs

from voxaffect.components import Component, Stage, Unavailable
from voxaffect.host import PluginHost, asked
from voxaffect.pipeline import Pipeline
from voxaffect.voice_activity import Activity


@attrs.frozen
class Backend:
    """A classifier as a listing shows it.

    Attributes:
        reason: why it cannot run here, or what it must be given; None if its name is enough.
        missing: members that it would run without.
    """

    name: str
    plugin: str
    component: Component
    reason: str | None
    missing: tuple[Unavailable, ...] = ()

    @property
    def available(self) -> bool:
        """Whether it can run here."""
        return self.reason is None


def get_available_backends(*, host: PluginHost | None = None) -> list[Backend]:
    """Every installed backend, the best that can run here first, those that cannot last."""
    host = host or PluginHost()
    backends = [
        Backend(
            offer.component.name,
            offer.plugin,
            offer.component,
            host.why_unavailable(offer) or asked(offer.component),
            host.missing_members(offer),
        )
        for offer in host.offers(Stage.CLASSIFIER)
    ]
    return sorted(
        backends,
        key=lambda each: (not each.available, bool(each.missing), each.component.rank, each.name),
    )


def create_backend(
    name: str = "auto", *, host: PluginHost | None = None, activity: Activity = "builtin", **options: Any
) -> Pipeline:
    """A pipeline that hears with one backend.

    Args:
        name: of the classifier; "auto" takes the best that can run here.
        activity: what decides where speech is; see `Pipeline`.
        options: of the classifier, as in a TOML file.

    Raises:
        VoxaffectError: see `Pipeline.from_config`.
    """
    return Pipeline.from_config({"classifier": {"use": name, **options}, "activity": activity}, host=host)
