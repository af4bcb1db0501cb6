"""Walks a plan's road and shows it: live with Rich on a terminal, plain lines elsewhere, JSON lines for machines."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import typer

from wizard.cli.asking import in_a_cell, may_ask
from wizard.cli.outcome import STOPPED, STOPPING, ask, fold, print_json, say
from wizard.errors import SendoffError
from wizard.events import Notice, RunFinished, StageState, Status

if TYPE_CHECKING:
    from wizard.run import Run
    from wizard.targets import Release

_INTERVAL = 0.1
"""Seconds between two looks at the feed."""


def walk(plan_path: Path, until: str, redo: frozenset[str], as_json: bool, *, consent: bool = False) -> None:
    """Do the road up to a stage. With `consent`, what the cloud lacks for it is made without asking.

    Raises the run's SendoffError where it failed.
    """
    from wizard.steps.run_questions import begin_run

    run = begin_run(plan_path, consent, until=until, redo=redo)
    finished = _watched(run, as_json)
    asks = not run.road.consent and not as_json and may_ask()
    if asks and (lacking := only_lacks_repository(run.error)) and ask(f"{lacking} Make it, and go on?", False, ""):
        run = begin_run(plan_path, True, until=until, redo=redo)
        finished = _watched(run, as_json)
    if run.error is not None:
        raise run.error
    if as_json:
        print_json({"type": "result", "ok": True, "stage": until, "result": finished.result})
    else:
        show_result(run, until)


def _watched(run: Run, as_json: bool) -> RunFinished:
    live = not as_json and _rich_terminal()
    with _stopping_on_signals(run, quiet=as_json or live):  # the live rows say themselves that it stops
        if as_json:
            return _as_json(run)
        if live:
            from wizard.cli.live import show_live

            return show_live(run, _INTERVAL)
        return _as_lines(run)


def only_lacks_repository(error: SendoffError | None) -> str:
    """What the preflight says of the missing repository, where nothing else stands in the way; empty otherwise."""
    from wizard.targets.cloud_run.preflight_finding import REPOSITORY, Finding, Verdict

    findings: tuple[Finding, ...] = getattr(error, "findings", ())
    blocking = [one for one in findings if one.blocking]
    if [(one.name, one.verdict) for one in blocking] != [(REPOSITORY, Verdict.MISSING)]:
        return ""
    return blocking[0].found


def _rich_terminal() -> bool:
    dumb = os.environ.get("TERM", "") in {"", "dumb"} or "CI" in os.environ or in_a_cell()
    return sys.stdout.isatty() and not dumb


@contextmanager
def _stopping_on_signals(run: Run, quiet: bool) -> Iterator[None]:
    """Ctrl-C or SIGTERM stops the run cleanly; a second one leaves at once (the journal takes it up next time)."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        if run.cancelling:
            os._exit(STOPPED)
        if not quiet:
            typer.echo(f"\n{STOPPING}", err=True)
        run.cancel()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Watch:
    """Turns the feed's state into what is new since the last look."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._seen: dict[str, Status] = {}
        self._notices = 0
        self._line = 0

    def look(self) -> Iterator[StageState | Notice | tuple[str, str]]:
        """Stages whose status changed, new notices, and new log lines as (stage, text)."""
        self._line, lines, missed = self._run.feed.read(self._line)
        state = self._run.feed.snapshot()  # after the lines: it knows every stage they are of
        if missed:
            yield "", f"… {missed} lines are only in the journal"
        notices = state.notices[self._notices :]
        self._notices = len(state.notices)
        stages = {stage.stage for stage in state.stages}
        yield from (notice for notice in notices if notice.stage not in stages)
        for stage in state.stages:
            if stage.stage not in self._seen:
                self._seen[stage.stage] = Status.RUNNING
                yield replace(stage, status=Status.RUNNING, seconds=None, note="")
            yield from ((line.stage, line.text) for line in lines if line.stage == stage.stage)
            yield from (notice for notice in notices if notice.stage == stage.stage)
            if self._seen[stage.stage] is not stage.status:
                self._seen[stage.stage] = stage.status
                yield stage


def _follow(run: Run, show: Callable[[StageState | Notice | tuple[str, str]], None]) -> RunFinished:
    watch = _Watch(run)
    while True:
        finished = run.wait(_INTERVAL)
        for item in watch.look():
            show(item)
        if finished is not None:
            return finished


def _as_json(run: Run) -> RunFinished:
    def show(item: StageState | Notice | tuple[str, str]) -> None:
        match item:
            case StageState():
                record: dict[str, Any] = {
                    "type": "stage",
                    "stage": item.stage,
                    "status": item.status.value,
                    "title": item.title,
                    "seconds": item.seconds,
                    "note": item.note,
                }
            case Notice():
                record = {"type": "notice", "stage": item.stage, "text": item.text}
            case (stage, text):
                record = {"type": "log", "stage": stage, "text": text}
        print_json(record)
        sys.stdout.flush()

    return _follow(run, show)


def _as_lines(run: Run) -> RunFinished:
    def show(item: StageState | Notice | tuple[str, str]) -> None:
        match item:
            case StageState(status=Status.RUNNING):
                say(f"==> {item.title}")
            case StageState():
                say(f"    {stage_line(item)}")
            case Notice():
                say(fold(item.text, "    note: ", "    "))
            case (_, text):
                say(f"    | {text}")
        sys.stdout.flush()

    return _follow(run, show)


def stage_line(stage: StageState) -> str:
    """How a stage ended, in one line: "done in 1.2 s: 21 packages"."""
    word = {Status.DONE: "done", Status.SKIPPED: "unchanged", Status.FAILED: "failed"}.get(stage.status, "running")
    took = f" in {stage.seconds:.1f} s" if stage.seconds is not None and stage.status is not Status.SKIPPED else ""
    return f"{word}{took}{f': {stage.note}' if stage.note else ''}"


def show_result(run: Run, until: str) -> None:
    """What there is now, and what to do next."""
    road = run.road
    plan = run.project.plan_path
    shown = shlex.quote(os.path.relpath(plan))
    match until:
        case "lock":
            say(f"{len(road.lock.packages)} packages are pinned. Next: sendoff bundle {shown}")
        case "bundle":
            folder = os.path.relpath(road.bundle.folder)
            say(f"The bundle is in {folder}: read it, edit handler.py if you need to.")
            say(
                f"Next: sendoff build {shown}, or by hand: docker build -t {road.plan.service.name} {shlex.quote(folder)}"
            )
        case "build":
            image = road.image
            say(f"The image is {image.reference}." if image else "The locked environment is ready.")
            say(f"Next: sendoff rehearse {shown}")
        case "rehearse":
            show_report(road.report)
            say(f"Next: sendoff release {shown}")
        case "preflight":
            for finding in road.preflight.findings if _rich_terminal() else ():  # plain lines have said them already
                say(fold(f"{finding.name}: {finding.found}", "  ", "    "))
            say(f"The cloud is ready. Next: sendoff up {shown}")
        case "push":
            say(f"The image is {road.pushed.reference}.")
            say(f"Next: sendoff release {shown}")
        case "release":
            _show_release(road.release)


def _show_release(release: Release) -> None:
    say()
    say(f"{release.service} answers at {release.url}")
    for line in (release.place, release.proof):
        if line:
            say(fold(line, "  ", "  "))
    say(f"  call it    {release.call}")
    asking = f"sendoff predict {release.service}"
    if release.call != asking:  # a private one lets in no browser and no bare curl
        say(f"  try it     {asking}")
        say(f"  its docs   {release.url}/docs")
    say(f"  its logs   sendoff logs -f {release.service}")
    if release.undo != (down := f"sendoff down {release.service}"):
        say(f"  go back    {release.undo}")
    say(f"  stop it    {down}")


def show_report(report: Any) -> None:
    """The rehearsal's checks, one line each."""
    from wizard.rehearsal.report import Outcome

    marks = {Outcome.PASSED: "✓", Outcome.FAILED: "✗", Outcome.NOT_COVERED: "–"}
    for check in report.checks:
        say(fold(f"{check.title} {check.evidence}", f"  {marks[check.outcome]} ", "    "))
    for latency in report.latency:
        say(
            f"  ⏱ {latency.concurrency} at a time: {latency.p50:.1f} ms in the middle, {latency.p99:.1f} ms at worst of a "
            f"hundred, {latency.per_second:.0f} answers a second"
        )
    if report.parity is not None:
        parity = report.parity
        say(fold(f"{parity.agreed} of {parity.rows} rows agree with {parity.reference}.", "  = ", "    "))
