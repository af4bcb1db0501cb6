"""What the home screen lists: services, plans, runs; each with a mark, a title, and how it stands."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tui.widgets.folder_contents import in_words
from wizard.in_words import ago_in_words
from wizard.run.recent import RecentPlan
from wizard.run.run_summary import Ended, RunSummary
from wizard.steps.service_words import exact_target, place_of, state_of
from wizard.targets import ServiceStatus

_ENDED = {
    Ended.OK: ("✓", "done", "$text-success"),
    Ended.FAILED: ("✗", "failed", "$text-error"),
    Ended.STOPPED: ("■", "stopped", "$text-warning"),
    Ended.CUT_OFF: ("!", "cut off", "$text-warning"),
    Ended.AT_WORK: ("▸", "at work", "$text-primary"),
}
_WHERE = {"local": "this machine", "cloud_run": "Cloud Run"}


@dataclass(frozen=True, slots=True)
class HomeEntry:
    """One line of the list. Marks differ by shape."""

    key: str
    """Tells it from all others, and stays the same while it is there."""
    mark: str
    title: str
    state: str
    colour: str
    """Of mark and state: a variable of the theme."""
    detail: str
    """Where it is: an address, a path."""
    of: ServiceStatus | RecentPlan | RunSummary
    target: str | None = None
    """What tells a service from another of its name (see `wizard.targets.find`)."""


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    entries: tuple[HomeEntry, ...]


def services_section(statuses: Sequence[ServiceStatus]) -> Section:
    names = [status.name for status in statuses]
    return Section("Services", tuple(_service(status, alone=names.count(status.name) == 1) for status in statuses))


def _service(status: ServiceStatus, *, alone: bool) -> HomeEntry:
    mark, word, tone = state_of(status)
    target = None if alone else exact_target(status)
    detail = " · ".join(part for part in (status.url, place_of(status)) if part)
    key = f"service {status.name} {exact_target(status)}"
    return HomeEntry(key, mark, status.name, word, f"$text-{tone}", detail, status, target)


def plans_section(plans: Sequence[RecentPlan]) -> Section:
    return Section("Plans", tuple(map(_plan, plans)))


def _plan(plan: RecentPlan) -> HomeEntry:
    title = plan.service or plan.plan_path.parent.name
    if plan.draft is not None:
        mark, state, colour = "…", "begun", "$text-warning"
    elif plan.last_run is not None:
        mark, word, colour = _ENDED[plan.last_run.ended]
        state = f"{word} {_when(plan.last_run)}"
    else:
        mark, state, colour = "·", "not run yet", "$text-muted"
    where = _WHERE.get(plan.target, plan.target)
    detail = " · ".join(part for part in (in_words(plan.plan_path), where) if part)
    return HomeEntry(f"plan {plan.plan_path}", mark, title, state, colour, detail, plan)


def runs_section(runs: Sequence[tuple[str, RunSummary]]) -> Section:
    """(service, run), newest first."""
    return Section("Last runs", tuple(_run(name, run) for name, run in runs))


def _run(name: str, run: RunSummary) -> HomeEntry:
    mark, word, colour = _ENDED[run.ended]
    detail = run.what if run.ended is Ended.OK else run.title or run.stage
    return HomeEntry(f"run {run.journal}", mark, name, f"{word} {_when(run)}", colour, detail, run)


def _when(run: RunSummary) -> str:
    return ago_in_words(run.began + run.seconds, time.time())


def plan_of(run: RunSummary) -> Path | None:
    """The plan a run was of: beside the folder its journal lies in. None where there is none any more."""
    from wizard.run import PLAN_NAME

    path = run.journal.parent.parent.parent / PLAN_NAME
    return path if path.exists() else None
