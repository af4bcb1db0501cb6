"""One go along the road: stages in order, events to whoever watches, the journal on disk, resume and cancel."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.errors import CancelledError, PlanError, SendoffError, own_fault
from wizard.events import Cancel, Event, Feed, Notice, Reporter, RunFinished, StageFinished, StageStarted
from wizard.run.journal import Journal, Ledger, interrupted
from wizard.run.project import Project
from wizard.run.recent import note
from wizard.run.road import Road, Stage
from wizard.run.stages import STAGES
from wizard.run.values import from_data, to_data

if TYPE_CHECKING:
    from wizard.plan.plan import Plan


class Run:
    """Walks a plan's road up to a stage, in a thread of its own.

    >>> run = Run(Path("sendoff.yaml"))        # doctest: +SKIP
    >>> run.start().wait()                     # doctest: +SKIP
    """

    def __init__(
        self,
        plan_path: Path,
        *,
        until: str = "release",
        redo: frozenset[str] = frozenset(),
        consent: bool = False,
        plan: Plan | None = None,
        stages: Sequence[Stage[Any]] = STAGES,
    ) -> None:
        """`until` is the last stage to do; the stages in `redo` are done even where their result is known. With `consent`
        what the target lacks, e.g. a repository for images, is made without asking. `plan`: the plan, where it was read already.
        """
        if until not in {stage.name for stage in stages}:
            raise ValueError(f"no stage {until!r}")
        self.project = Project.of_plan(plan_path)
        self.until = until
        self.feed = Feed()
        self.road = Road(self.project, consent, given_plan=plan)
        self.error: SendoffError | None = None
        """Why the run failed, once it has."""
        self._stages = tuple(stages)
        self._redo = redo
        self._cancel = Cancel()
        self._thread: threading.Thread | None = None

    def start(self) -> Run:
        """Begin. Raises ProjectBusyError at once if another run is at work on the project."""
        started = threading.Event()
        refused: list[SendoffError] = []
        self._thread = threading.Thread(
            target=self._hold_and_walk, args=(started, refused), name=f"sendoff-{self.until}", daemon=True
        )
        self._thread.start()
        started.wait()
        if refused:
            raise refused[0]
        return self

    def cancel(self) -> None:
        """Ask the run to stop; what is half done is undone. Returns at once."""
        self._cancel.set()

    @property
    def cancelling(self) -> bool:
        """Whether the run was asked to stop."""
        return self._cancel.is_set()

    def wait(self, timeout: float | None = None) -> RunFinished | None:
        """Block until the run has ended, at most `timeout` seconds; None if it has not."""
        finished = self.feed.wait(timeout)
        if finished is not None and self._thread is not None:
            self._thread.join()
        return finished

    def _hold_and_walk(self, started: threading.Event, refused: list[SendoffError]) -> None:
        end: RunFinished | None = None
        try:
            with self.project.held(self.until):
                cut_off = interrupted(self.project)
                journal = Journal(self.project, self.until)
                note(self.project.plan_path, self.road.given_plan)
                started.set()
                try:
                    end = self._walk(journal, cut_off)
                    self._note_down(end, journal)
                finally:
                    journal.close()
        except SendoffError as error:
            refused.append(error)
        except Exception as error:
            refused.append(own_fault(error, stage=self.until))
        finally:
            if end is None and refused:
                end = self._failed(refused[0])  # whatever happens, who waits for the end is told of it
            if end is not None:
                self.feed.put(end)  # once the project is left: who hears of the end may begin the next run at once
            started.set()

    def _failed(self, error: SendoffError) -> RunFinished:
        self.error = error
        return RunFinished(ok=False, error=error.as_dict())

    def _note_down(self, event: Event, journal: Journal) -> None:
        if (trouble := journal.put(event)) is not None:
            self.feed.put(
                Notice("run", f"The journal cannot be written any more ({trouble}): a run that is cut off starts anew.")
            )

    def _walk(self, journal: Journal, cut_off: str | None) -> RunFinished:
        """Stage after stage; gives how it ended."""

        def sink(event: Event) -> None:
            self.feed.put(event)
            self._note_down(event, journal)

        ledger = Ledger(self.project)
        if cut_off is not None:
            Reporter("run", sink).notice(
                f"The last run was cut off in the stage {cut_off!r}; this one goes on from there."
            )
        value: Any = None
        try:
            for stage in self._stages_of_target():
                value = self._do(stage, ledger, journal, sink)
                if stage.name == self.until:
                    break
        except SendoffError as error:
            return self._failed(error)
        finally:
            self.road.close()
        return RunFinished(ok=True, result=to_data(value))

    def _stages_of_target(self) -> tuple[Stage[Any], ...]:
        """The stages this plan's road has. Raises PlanError where there is no plan, or its road has not the last one."""
        if all(stage.targets is None for stage in self._stages):
            return self._stages
        kind = self.road.written_plan.target.kind
        stages = tuple(stage for stage in self._stages if stage.belongs_to(kind))
        if self.until not in {stage.name for stage in stages}:
            raise PlanError(
                f"The road of this plan has no stage {self.until!r}.",
                f"Its target is {kind}; the stages are {', '.join(stage.name for stage in stages)}.",
                "Choose one of these, or another target.kind in the plan.",
                field="target.kind",
            )
        return stages

    def _do(self, stage: Stage[Any], ledger: Ledger, journal: Journal, sink: Any) -> Any:
        reporter = Reporter(stage.name, sink, self._cancel)
        began = time.monotonic()
        sink(StageStarted(stage.name, stage.title))

        def finished(ok: bool, note: str, skipped: bool = False) -> None:
            sink(StageFinished(stage.name, ok, time.monotonic() - began, note, skipped))

        try:
            reporter.check()
            key = stage.key(self.road) if stage.key is not None else None
            value = None if key is None or stage.name in self._redo else self._known(stage, ledger, key)
            skipped = value is not None
            if value is None:
                value = stage.work(self.road, reporter)
                if key is not None:
                    self._record(stage.name, key, value, ledger, journal, reporter)
            self.road.put(stage.name, value)
        except SendoffError as error:
            error.stage = stage.name
            finished(False, "stopped" if isinstance(error, CancelledError) else error.what)
            raise
        except Exception as error:
            finished(False, "an error of Sendoff's own")
            raise own_fault(error, self.project.journal, stage.name) from error
        finished(True, stage.note(value), skipped)
        return value

    def _record(self, stage: str, key: str, value: Any, ledger: Ledger, journal: Journal, reporter: Reporter) -> None:
        try:
            ledger.record(stage, key, to_data(value), journal.run)
        except OSError as error:
            reporter.notice(f"That this is done could not be noted ({error.strerror}): the next run does it again.")

    def _known(self, stage: Stage[Any], ledger: Ledger, key: str) -> Any | None:
        data = ledger.result(stage.name, key)
        if data is None:
            return None
        for kind in stage.kinds:
            try:
                value = from_data(kind, data)
            except ValueError:
                continue
            return value if stage.holds(self.road, value) else None
        return None
