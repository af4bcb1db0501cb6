"""What Cloud Run says of a service and its revisions, read into plain values. Pure.

Revisions are named by their short names throughout: "housing-3f2a9c41".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from google.cloud import run_v2

Shares = Mapping[str, int]
"""Revision → per cent of the requests."""


class RevisionState(Enum):
    """How far a revision has come."""

    MISSING = auto()
    PENDING = auto()
    READY = auto()
    FAILED = auto()


def short(name: str) -> str:
    """The last part of a resource name."""
    return name.rpartition("/")[2]


def revision_state(revision: run_v2.Revision | None) -> RevisionState:
    """By its condition Ready alone: a revision that is retired for want of traffic is still a good one."""
    from google.cloud import run_v2

    if revision is None:
        return RevisionState.MISSING
    ready = condition(revision.conditions, "Ready")
    if ready is not None and ready.state == run_v2.Condition.State.CONDITION_SUCCEEDED:
        return RevisionState.READY
    if ready is not None and ready.state == run_v2.Condition.State.CONDITION_FAILED:
        return RevisionState.FAILED
    return RevisionState.PENDING


def condition(conditions: Iterable[run_v2.Condition], kind: str) -> run_v2.Condition | None:
    """The condition of that type; None where it is not told yet."""
    return next((one for one in conditions if one.type_ == kind), None)


def reason(one: run_v2.Condition) -> str:
    """The condition's machine-readable reason, whichever of its kinds it is of; empty where there is none."""
    if one.revision_reason:
        return str(one.revision_reason.name)
    return str(one.reason.name) if one.reason else ""


def finished(service: run_v2.Service) -> bool:
    """Cloud Run works on it no more, whether it succeeded or failed."""
    from google.cloud import run_v2

    state = run_v2.Condition.State
    return not service.reconciling and service.terminal_condition.state in (
        state.CONDITION_SUCCEEDED,
        state.CONDITION_FAILED,
    )


def failed(service: run_v2.Service) -> bool:
    """Its last change was given up."""
    from google.cloud import run_v2

    return finished(service) and service.terminal_condition.state == run_v2.Condition.State.CONDITION_FAILED


def serving(service: run_v2.Service) -> dict[str, int]:
    """Which revisions answer now; {} where none does."""
    return _split(service, service.traffic_statuses)


def shares(service: run_v2.Service) -> dict[str, int]:
    """How requests are split: what answers or, while a change is under way, what soon will; {} where nothing does.

    LATEST, which follows every new revision, is read as the one that serves.
    """
    now = serving(service)
    return (_split(service, service.traffic) or now) if now and service.reconciling else now


def follows_latest(service: run_v2.Service) -> bool:
    """Traffic goes to whatever revision comes next: sticky, and never wanted here."""
    return any(not one.revision and one.percent for one in service.traffic) or not service.traffic


def tags(service: run_v2.Service) -> dict[str, str]:
    """Tag → revision, as last set; "" stands for the latest one."""
    return {one.tag: short(one.revision) for one in service.traffic if one.tag}


def tag_urls(service: run_v2.Service) -> dict[str, str]:
    """Tag → its own address, for those that answer."""
    return {one.tag: one.uri for one in service.traffic_statuses if one.tag and one.uri}


def main_revision(split: Shares) -> str:
    """The one that most requests go to; empty where there is none."""
    return max(split, key=lambda name: (split[name], name), default="")


def _split(
    service: run_v2.Service, parts: Iterable[run_v2.TrafficTarget] | Iterable[run_v2.TrafficTargetStatus]
) -> dict[str, int]:
    latest = short(service.latest_ready_revision)
    total: dict[str, int] = {}
    for part in parts:
        name = short(part.revision) or latest
        if part.percent and name:
            total[name] = total.get(name, 0) + part.percent
    return total
