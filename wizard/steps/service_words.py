"""How a released service stands, in a mark and a few words."""

from __future__ import annotations

import time
from enum import StrEnum

from wizard.in_words import ago_in_words, bytes_in_words
from wizard.targets import ServiceStatus


class Tone(StrEnum):
    """What a colour says; each face has colours of its own for it."""

    SUCCESS = "success"
    WARNING = "warning"
    MUTED = "muted"


def state_of(status: ServiceStatus) -> tuple[str, str, Tone]:
    """(mark, word, tone of both). The marks differ by shape."""
    if status.running and status.healthy:
        return "●", "healthy", Tone.SUCCESS
    if status.running:
        return "◐", "unhealthy", Tone.WARNING
    if status.target == "cloud_run" and status.started:
        return "◌", "not ready", Tone.WARNING  # it was looked at, and no revision of it takes requests yet
    return ("?", "not seen", Tone.WARNING) if status.note else ("○", "stopped", Tone.MUTED)


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


def exact_target(status: ServiceStatus) -> str:
    """What `wizard.targets.find` takes to mean this one: the address of a local Cloud Run, PROJECT/REGION, or "local"."""
    if status.target == "local":
        return "local"
    where, _, endpoint = status.place.partition(", local Cloud Run at ")
    return endpoint or where.replace(", ", "/")
