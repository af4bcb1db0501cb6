"""One person's way from a model to a written plan: the steps put together, and what they come to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.errors import PlanError
from wizard.plan.problem import Problem
from wizard.steps.deploy.all_steps import deploy_facts, deploy_steps, field_names
from wizard.steps.deploy.draft_file import DraftFile, draft_path_of, read_draft_file
from wizard.steps.deploy.ground import LOCAL, Ground, Kept, Workshop
from wizard.steps.deploy.opened_plan import PlanFile, answers_of, kept_of
from wizard.steps.deploy.proposals import Proposals
from wizard.steps.fields import Step
from wizard.steps.session import Session
from wizard.steps.views import FieldView

if TYPE_CHECKING:
    from wizard.inspection.inspection import Inspection
    from wizard.plan.plan import Plan
    from wizard.steps.deploy.proposal import Proposal

__all__ = ["Deploy", "Workshop"]


class Deploy:
    """The conversation, what it comes to, and its draft. Thread-safe, as its session is.

    Nothing is written before a model is chosen that can be read; from then on what the person gives is kept as a draft in the
    plan's folder, until the plan is written.
    """

    def __init__(
        self,
        ground: Ground,
        *,
        opened: PlanFile | None = None,
        answers: dict[str, Any] | None = None,
        pool: Executor | None = None,
        debounce: float = 0.3,
    ) -> None:
        """`opened` is the plan file that is gone on with, `answers` the draft of the session to begin with."""
        self._ground = ground
        self._proposals = Proposals(ground)
        self._opened = opened
        self.steps: tuple[Step, ...] = deploy_steps(self._proposals)
        self.session = Session(self.steps, deploy_facts(self._proposals), debounce=debounce, pool=pool)
        if answers is not None:
            self.session.restore(answers)
        self._saved = self.session.draft()["values"] if opened is not None else {}
        self._draft = DraftFile()
        self._draft_for: Path | None = None
        self._draft_whose: tuple[object, ...] | None = None
        """The answers that decide where the draft lies, as they were when that was last looked for."""
        self._keeping = threading.Lock()
        self._unsubscribe = self.session.subscribe(lambda _event: self._keep())

    # -- beginnings ---------------------------------------------------------------------------------------------------

    @classmethod
    def new(
        cls,
        folder: Path,
        *,
        model: Path | None = None,
        workshop: Workshop | None = None,
        pool: Executor | None = None,
        debounce: float = 0.3,
    ) -> Deploy:
        """From the start, perhaps with the model chosen. Paths that are typed are relative to `folder`."""
        deploy = cls(Ground(folder.absolute(), workshop), pool=pool, debounce=debounce)
        if model is not None:
            deploy.session.set("model.path", str(model))
        return deploy

    @classmethod
    def of_plan(
        cls,
        plan_path: Path,
        *,
        workshop: Workshop | None = None,
        pool: Executor | None = None,
        debounce: float = 0.3,
    ) -> Deploy:
        """With a written plan, at the review. What the person chose in it stays; the rest is proposed anew.

        Raises PlanError where the plan cannot be read, or is wrong.
        """
        plan_path = plan_path.absolute()
        opened, plan = PlanFile.of(plan_path), _load(plan_path)
        ground = Ground(plan_path.parent, workshop, kept_of(plan, field_names()))
        *before, last = (step.name for step in deploy_steps(Proposals(ground)))
        answers = {"step": last, "left": before, "values": answers_of(plan, plan_path, field_names())}
        return cls(ground, opened=opened, answers=answers, pool=pool, debounce=debounce)

    @classmethod
    def of_draft(
        cls,
        draft_path: Path,
        *,
        workshop: Workshop | None = None,
        pool: Executor | None = None,
        debounce: float = 0.3,
    ) -> Deploy:
        """Where it was left. Raises PlanError where the draft cannot be read; what has become wrong in it is said at its field."""
        draft = read_draft_file(draft_path)
        folder, plan_path = draft.get("folder"), draft.get("plan")
        kept, opened = Kept(), None
        if isinstance(plan_path, str):
            try:
                kept = kept_of(_load(Path(plan_path)), field_names())
                opened = PlanFile(Path(plan_path), str(draft.get("plan_sha256")))
            except PlanError:
                pass  # it has gone, or is wrong now: the answers are there all the same
        ground = Ground(
            Path(folder) if isinstance(folder, str) else draft_path.absolute().parent.parent, workshop, kept
        )
        deploy = cls(ground, opened=opened, answers=draft["session"], pool=pool, debounce=debounce)
        deploy._saved = None
        return deploy

    # -- what it comes to ---------------------------------------------------------------------------------------------

    @property
    def inspection(self) -> Inspection | None:
        """What the model file says; None where it is not known yet, or cannot be read."""
        inspection: Inspection | None = self.session.fact("inspection").value
        return inspection

    @property
    def plan_path(self) -> Path:
        """Where the plan will be written."""
        from wizard.run.project import PLAN_NAME

        value = self.session.field("plan_path").value
        return self._ground.path(value) if value else self._ground.folder / PLAN_NAME

    @property
    def plan(self) -> Plan | None:
        """The whole plan for the answers as they are; None while something is wrong, missing, or not known yet.

        A plan is right whether or not the cloud would take it today: what a probe finds holds up the steps, not the plan.
        """
        proposal = self._proposal()
        if proposal is None or any(_problems_in(view) for view in self._views() if view.field.probe is None):
            return None
        return proposal.right

    def problems(self) -> tuple[Problem, ...]:
        """All that is wrong, as far as it is known, in the order of the steps; what no step asks comes last."""
        found = [problem for view in self._views() for problem in _problems_in(view)]
        proposal = self._proposal()
        said = {problem.field for problem in found}
        if proposal is not None:
            found += [
                problem
                for problem in proposal.problems
                if not any(problem.field == field or problem.field.startswith(f"{field}.") for field in said)
            ]
        return tuple(found)

    def _views(self) -> Iterator[FieldView]:
        for step in self.steps:
            yield from self.session.view(step.name).fields

    def _proposal(self) -> Proposal | None:
        inspection, around = self.session.fact("inspection").value, self.session.fact("surroundings").value
        if inspection is None or around is None:
            return None
        where = self.session.field("where").value or LOCAL
        try:
            return self._proposals.make(inspection, around, where, self.session.given())
        except PlanError:
            return None

    # -- the plan's file ----------------------------------------------------------------------------------------------

    @property
    def overwrites(self) -> Path | None:
        """The plan that lies where this one will be written and is none of its own: another model's, one that was not opened, or
        one that was changed since. None where there is none."""
        path = self.plan_path
        own = self._opened is not None and self._opened.path == path and self._opened.is_as_it_was
        return path if path.exists() and not own else None

    def write(self) -> Path:
        """Write the plan; the draft is gone then. Raises PlanError where something is wrong, or the file cannot be written."""
        plan, inspection, path = self.plan, self.inspection, self.plan_path
        if plan is None or inspection is None:
            raise self._not_yet()
        from wizard.plan import save_plan

        kind = inspection.root.rpartition(".")[2]
        save_plan(
            plan,
            path,
            f"Plan for {Path(inspection.path).name}: {kind}, {inspection.framework} {inspection.framework_version}, "
            f"{inspection.task}.",
        )
        with self._keeping:
            self._opened = PlanFile.of(path)
            self._saved = self.session.draft()["values"]
            self._draft.drop(path)
            if self._draft_for is not None and self._draft_for.parent != path.parent:
                self._draft.drop(self._draft_for)
        return path

    def _not_yet(self) -> PlanError:
        for problem in self.problems():
            return PlanError(problem.what, problem.why, problem.fix, field=problem.field, nearest=problem.nearest)
        return PlanError(
            "The plan is not whole yet.", "Something is still being found out.", "Wait a moment, then try again."
        )

    # -- the draft ----------------------------------------------------------------------------------------------------

    @property
    def draft_path(self) -> Path | None:
        """Where the draft lies, or would; None before a model is chosen."""
        return draft_path_of(self.plan_path) if self.inspection is not None else None

    def _keep(self) -> None:
        with self._keeping:
            self._keep_draft()

    def _keep_draft(self) -> None:
        draft = self.session.draft()
        if draft["values"] == self._saved or self.inspection is None:
            return
        self._saved = None  # from the first change on
        whose = tuple(draft["values"].get(name) for name in ("model.path", "plan_path"))
        if whose != self._draft_whose and self.session.field("plan_path").error is None:
            self._draft_for, self._draft_whose = self.plan_path, whose
        if self._draft_for is None:
            return
        self._draft.keep(
            self._draft_for,
            {
                "folder": str(self._ground.folder),
                "plan": str(self._opened.path) if self._opened is not None else None,
                "plan_sha256": self._opened.sha256 if self._opened is not None else None,
                "session": draft,
            },
        )

    def close(self) -> None:
        """The end of it. The draft stays, the newest answers in it."""
        self._unsubscribe()
        self._keep()  # what was answered last may not have been told yet
        self.session.close()
        self._draft.close()


def _load(plan_path: Path) -> Plan:
    from wizard.plan import load_plan

    return load_plan(plan_path)


def _problems_in(view: FieldView) -> list[Problem]:
    if not view.visible:
        return []
    return [*([view.error] if view.error is not None else []), *view.rows]
