"""How a service is, in a mark and a few words."""

from __future__ import annotations

import time

from textual.content import Content

from tui.widgets.quantities import ago_in_words, bytes_in_words
from wizard.targets import ServiceStatus


def state_of(status: ServiceStatus) -> tuple[str, str, str]:
    """(mark, word, the theme's colour for both). The marks differ by shape."""
    if status.running and status.healthy:
        return "●", "healthy", "$text-success"
    if status.running:
        return "◐", "unhealthy", "$text-warning"
    if status.target == "cloud_run" and status.started:
        return "◌", "not ready", "$text-warning"  # it was looked at, and no revision of it takes requests yet
    return ("?", "not seen", "$text-warning") if status.note else ("○", "stopped", "$text-muted")


def place_of(status: ServiceStatus) -> str:
    """Where it runs."""
    return status.place or ("this machine" if status.runtime == "process" else "this machine, in a container")


def facts_of(status: ServiceStatus) -> str:
    """Since when it is as it is, and what it uses."""
    facts = []
    if status.started:
        changed = "changed" if status.target == "cloud_run" else "released"
        facts.append(f"{changed} {ago_in_words(status.started, time.time())}")
    if status.memory:
        facts.append(bytes_in_words(status.memory))
    return ", ".join(facts)


def state_content(status: ServiceStatus) -> Content:
    """Mark and word in their colour."""
    mark, word, colour = state_of(status)
    return Content.styled(f"{mark} {word}", colour)
