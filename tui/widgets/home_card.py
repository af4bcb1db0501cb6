"""All about the entry of the home screen that is under the cursor, and what can be done with it."""

from __future__ import annotations

import time
from collections.abc import Iterator

from textual.app import ComposeResult
from textual.containers import HorizontalGroup, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from tui.widgets.folder_contents import in_words
from tui.widgets.home_entries import HomeEntry, plan_of
from wizard.in_words import ago_in_words, milliseconds_in_words
from wizard.printable import one_line
from wizard.run.recent import RecentPlan
from wizard.run.run_summary import RunSummary
from wizard.steps.service_words import facts_of, place_of
from wizard.targets import ServiceStatus

_ACTIONS = (
    ("open", "Open"),
    ("go_on", "Go on where it was left"),
    ("open_plan", "Open the plan"),
    ("run", "Run it"),
    ("last_run", "See the last run"),
    ("copy", "Copy address"),
)


class HomeCard(VerticalScroll, can_focus=False):
    """Empty where nothing is under the cursor."""

    def __init__(self) -> None:
        super().__init__(id="home-card")

    def compose(self) -> ComposeResult:
        yield Static("", id="card-text")
        with HorizontalGroup(id="card-buttons"):
            for name, label in _ACTIONS:
                yield Button(label, id=name)

    def show(self, entry: HomeEntry | None) -> None:
        self.display = entry is not None
        if entry is None:
            return
        lines = [
            Content.styled(entry.title, "bold"),
            Content.styled(f"{entry.mark} {entry.state}", entry.colour),
            *(Content(one_line(text)) for text in _said(entry) if text),
        ]
        self.query_one("#card-text", Static).update(Content("\n").join(lines))
        offered = actions(entry)
        for name, _ in _ACTIONS:
            self.query_one(f"#{name}", Button).display = name in offered
        self.scroll_home(animate=False)


def actions(entry: HomeEntry) -> frozenset[str]:
    """What can be done with it."""
    match entry.of:
        case ServiceStatus() as status:
            return frozenset({"open", "copy"} if status.url else {"open"})
        case RecentPlan() as plan:
            found = {"last_run"} if plan.last_run is not None else set()
            found |= {"go_on"} if plan.draft is not None else set()
            return frozenset(found | ({"open_plan", "run"} if plan.written else set()))
        case RunSummary() as run:
            return frozenset({"last_run", "open_plan"} if plan_of(run) else {"last_run"})


def _said(entry: HomeEntry) -> Iterator[str]:
    match entry.of:
        case ServiceStatus() as status:
            yield ""
            yield status.url
            yield place_of(status)
            yield facts_of(status)
            yield f"revision {status.revision}" if status.revision else ""
            yield from (f"{name}: {percent} % of the requests" for name, percent in status.traffic.items())
            yield status.note
        case RecentPlan() as plan:
            yield in_words(plan.plan_path)
            yield entry.detail.rpartition(" · ")[2] if plan.target else ""
            yield f"used {ago_in_words(plan.used, time.time())}"
            yield "Some answers were given and not yet written." if plan.draft is not None else ""
            if plan.last_run is not None:
                yield from _run_said(plan.last_run)
        case RunSummary() as run:
            yield from _run_said(run)


def _run_said(run: RunSummary) -> Iterator[str]:
    yield run.what
    took = milliseconds_in_words(run.seconds * 1000) if run.seconds < 60 else f"{run.seconds / 60:.1f} minutes"
    yield f"took {took}, last stage: {run.title or run.stage}" if run.stage else f"took {took}"
