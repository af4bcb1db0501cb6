"""The wizard of a notebook: one object for the form, the run and what comes after it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_ext.hosts import Host, host
from jupyter_ext.record.interrupted import interrupted, stopped_before
from jupyter_ext.record.pump import pump
from jupyter_ext.record.record import Record, error_text, record_of
from jupyter_ext.record.shown import Shown
from jupyter_ext.result import NotDeployedError, Result, result_of
from jupyter_ext.run_again import Cells
from wizard.errors import CancelledError, error_of

if TYPE_CHECKING:
    from jupyter_ext.wizard_box import WizardBox
    from wizard.events import RunFinished
    from wizard.run import Run
    from wizard.run.left import Left
    from wizard.steps.deploy import Deploy
    from wizard.steps.deploy.review import Review

_LOOKS = 1.0
"""Seconds between two looks of who keeps the records up to date while no cell waits."""

_PATIENCE = 30.0
"""Seconds that a record of the form may take to know what the plan will be."""

_CELLS = Cells()


class Wizard:
    """A way from a model to a service that answers, in a notebook.

    >>> w = Wizard(model, sample=X_test)     # doctest: +SKIP
    >>> w                                    # the form, in this cell; or without a person: w.wait()   # doctest: +SKIP
    >>> w.result.url                         # doctest: +SKIP
    >>> w.predict(X_test[:3])                # doctest: +SKIP

    No widget is made before it is shown. All of it may be used from any thread, but for `wait`.
    """

    def __init__(
        self,
        model: Any = None,
        *,
        sample: Any = None,
        target: str | None = None,
        folder: str | Path | None = None,
        name: str | None = None,
        settings: Mapping[str, Any] | None = None,
        overwrites: bool = False,
    ) -> None:
        """`model`: a fitted model, a model file, a plan, a folder with one of them; without it, what lies in `folder`.

        `sample` are rows to ask a live model with, `target` is "local", "cloud_run" or "workshop" (a local Cloud Run), `settings`
        are dotted names of the plan with their values. See `jupyter_ext.opening.way.open_way` for what is taken up and what is
        raised. With `overwrites` a model file or plan that lies in the way is replaced without asking.
        """
        from jupyter_ext.opening.saving_line import saving_shown
        from jupyter_ext.opening.way import open_way

        try:
            with saving_shown(_here()) as reporter:
                self._way = open_way(
                    model,
                    sample=sample,
                    target=target,
                    folder=folder,
                    name=name,
                    settings=settings,
                    overwrites=overwrites,
                    reporter=reporter,
                )
        except KeyboardInterrupt:
            raise stopped_before() from None
        self.overwrites = overwrites
        self._run: Run | None = None
        self._titles: Mapping[str, str] = {}
        self._review: Review | None = None
        self._problems: tuple[str, ...] = ()
        self._box: WizardBox | None = None
        self._shown = Shown(self.record)
        self.waited_for = False
        """A cell waits for the run, or is about to."""
        self._lock = threading.RLock()
        self._starting = threading.Lock()

    # --- what there is --------------------------------------------------------------------------------------

    @property
    def deploy(self) -> Deploy:
        """The questions and their answers."""
        return self._way.deploy

    @property
    def notices(self) -> tuple[str, ...]:
        """What the person should know before they begin, a sentence or two each."""
        return self._way.notices

    @property
    def left(self) -> Left | None:
        """A run of this project that did not come to its end, or is at work elsewhere; None where all is well."""
        return self._way.left

    @property
    def run(self) -> Run | None:
        """The newest run; None before one was begun."""
        return self._run

    @property
    def box(self) -> WizardBox:
        """The live form, run and service: an ipywidgets box, made when first asked for."""
        from jupyter_ext.wizard_box import WizardBox

        with self._lock:
            if self._box is None:
                self._box = WizardBox(self)
            return self._box

    @property
    def result(self) -> Result:
        """The service that the run came to. Raises NotDeployedError where there is none (yet)."""
        run = self._run
        if run is None:
            raise NotDeployedError(
                "Nothing has been deployed yet.",
                "The run has not been started.",
                "Press Start on the review, or run w.wait() to do it without the form.",
            )
        finished = run.feed.snapshot().result
        if finished is None:
            raise NotDeployedError("Nothing has been deployed yet.", "The run is at work.", "w.wait() waits for it.")
        self._shown.update()
        if finished.ok:
            return self._result(run, finished)
        error = error_of(finished.error or {})
        raise NotDeployedError(
            "This run has deployed nothing.",
            f"{error.what} {error.why}".rstrip(),
            error.fix if error.fix and not isinstance(error, CancelledError) else "w.wait() goes on from here.",
            evidence=error.evidence,
        )

    def _result(self, run: Run, finished: RunFinished) -> Result:
        stages = run.feed.snapshot().stages
        seconds = finished.at - stages[0].started if stages else 0.0
        return result_of(finished.result or {}, seconds, run.road.written_plan)

    def predict(self, rows: Any) -> list[Any]:
        """The service's answers to these rows; see `Result.predict`."""
        return self.result.predict(rows)

    def record(self) -> Record:
        """What stays of it in the notebook, as it stands now."""
        run = self._run
        if run is not None:
            return record_of(
                run.feed, run.project.plan_path, titles=self._titles, review=self._review, stopping=run.cancelling
            )
        way_on = "" if self.waited_for or self._review is None else "To have it done without the form: %sendoff --wait"
        return Record(
            self.deploy.plan_path, review=self._review, problems=self._problems, said=self.notices, way_on=way_on
        )

    # --- what is done ---------------------------------------------------------------------------------------

    def start(self) -> None:
        """Write the plan and begin the run, with what is proposed wherever nobody answered. Does nothing while one is at work.

        Raises PlanError for what is wrong or would be lost, ProjectBusyError where another run is at work on the project.
        """
        from jupyter_ext.opening.unattended import write_plan

        with self._starting:
            if not self._at_work:
                self.run_plan(write_plan(self.deploy, overwrites=self.overwrites))

    def run_plan(self, plan_path: Path, consent: bool = False) -> Run:
        """Begin a run of a written plan. Raises SendoffError where it cannot begin."""
        from wizard.steps.run_questions import begin_run

        run = begin_run(plan_path, consent)
        self._run = run  # before anything is made of it: an interrupted cell has to find a run that is at work
        self.watch(run)
        return run

    def watch(self, run: Run) -> None:
        """Take a run that was begun as the newest one."""
        from wizard.steps.deploy.review import review
        from wizard.steps.run_questions import stages_ahead

        plan_path = run.project.plan_path
        self._titles = dict(stages_ahead(plan_path))
        self._review = review(run.road.written_plan, plan_path, steps=self.deploy.steps)
        with self._lock:
            self._run = run
            box = self._box
        if box is not None:
            box.show_run(run)
        threading.Thread(target=self._keep_records, args=(run,), name="sendoff-records", daemon=True).start()

    @property
    def _at_work(self) -> bool:
        run = self._run
        return run is not None and run.feed.snapshot().result is None

    def _keep_records(self, run: Run) -> None:
        """The records in the notebook follow the run while no cell waits for it, as far as the page takes it."""
        ended = False
        while not ended and run is self._run:
            ended = run.feed.wait(_LOOKS) is not None
            if not self.waited_for:
                # A kernel that goes down closes its sockets under us, each kernel with an error of its own.
                with contextlib.suppress(Exception):
                    self._shown.update_beside()

    def wait(self, timeout: float | None = None) -> Result:
        """Wait in this cell until the run has ended; start it, if it is not at work. The result is the service.

        Raises the run's SendoffError where it failed, and NotDeployedError after `timeout` seconds. An interrupted cell asks
        whether the run is to stop, too.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        begun = False
        self.waited_for = True
        try:
            while True:
                try:
                    if not begun:
                        self._begin_if_due()
                    begun = True
                    if not self._shown.anywhere:
                        self._shown.show(_here(), None)
                    return self._ended(deadline)
                except KeyboardInterrupt:
                    run, begun = self._run, True
                    if run is None or not self._at_work:
                        raise stopped_before() from None
                    interrupted(run, _shell())
        finally:
            self.waited_for = False

    def _begin_if_due(self) -> None:
        run = self._run
        if run is None or (not self._at_work and self._failed(run)):
            self.start()

    def _ended(self, deadline: float | None) -> Result:
        while True:
            run = self._run
            assert run is not None
            if not pump(run, self._shown.update, None if deadline is None else deadline - time.monotonic()):
                raise NotDeployedError(
                    "The run has not ended yet.",
                    "It is at work, and goes on in the background.",
                    "w.wait() waits for it again; w.cancel() stops it.",
                )
            if run is not self._run:
                continue  # another one was begun from the panel meanwhile
            finished = run.feed.snapshot().result
            assert finished is not None
            if not finished.ok:
                raise run.error or error_of(finished.error or {})
            return self._result(run, finished)

    @staticmethod
    def _failed(run: Run) -> bool:
        finished = run.feed.snapshot().result
        return finished is not None and not finished.ok

    def cancel(self) -> None:
        """Ask the run to stop; what is half done is undone. Returns at once."""
        if (run := self._run) is not None:
            run.cancel()

    def close(self) -> None:
        """The end of it: nothing is drawn any more. A run at work goes on; the answers stay as a draft."""
        self._put_away()
        self.deploy.close()

    def _put_away(self) -> None:
        """Take the live box off the page; another is made when it is shown again."""
        with self._lock:
            box, self._box = self._box, None
        if box is not None:
            box.close()

    # --- how it is shown ------------------------------------------------------------------------------------

    def _ipython_display_(self) -> None:
        here = _here()
        if not here.widgets and self._run is None:
            self._look_ahead()
        self._shown.show(here, lambda: self.box)
        _CELLS.show(self._put_away, _shell())

    def _look_ahead(self) -> None:
        """What a record can tell of a form that nobody sees: what will be done, or what is still wrong."""
        from wizard.steps.deploy.review import review

        deploy = self.deploy
        deploy.problems()  # asking is what has it found out
        deploy.session.settled(_PATIENCE)
        plan = deploy.plan
        self._review = review(plan, deploy.plan_path, deploy.inspection, deploy.steps) if plan is not None else None
        said = (f"{problem.what} {problem.fix}".rstrip() for problem in deploy.problems())
        self._problems = tuple(dict.fromkeys(said))  # a model file that is gone is what is wrong with many a field

    def __repr__(self) -> str:
        run = self._run
        where = f"{self.deploy.plan_path.parent.name}/{self.deploy.plan_path.name}"
        if run is None:
            return f"<Wizard {where}: at the step {self.deploy.session.view().step.title!r}>"
        finished = run.feed.snapshot().result
        if finished is None:
            stages = run.feed.snapshot().stages
            doing = stages[-1].title if stages else "beginning"
            return f"<Wizard {where}: {'stopping' if run.cancelling else 'running'}, {doing!r}>"
        if finished.ok:
            return f"<Wizard {where}: answers at {self._result(run, finished).url}>"
        return f"<Wizard {where}: {error_text(error_of(finished.error or {}))[0]}>"


def _shell() -> Any:
    """IPython's shell, where there is one; None in a script."""
    import sys

    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None


def _here() -> Host:
    return host(_shell())
