"""The wizard at plain prompts: the same steps as the screens draw, one list of answers after the other, in text alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from wizard.cli.lines import LeftError, read_line, say_indented
from wizard.cli.outcome import STOPPED, say
from wizard.cli.prompt_by_hand import say_commands
from wizard.cli.prompt_field import LISTS, ask_field, problems_of, say_origin, say_problem, value_text, wait
from wizard.printable import one_line
from wizard.steps.fields import Kind

if TYPE_CHECKING:
    from wizard.plan.plan import Plan
    from wizard.steps.deploy import Deploy
    from wizard.steps.views import FieldView, StepView

_HOW = (
    "At a list of answers: Enter goes on, a number changes that answer, ? explains, b goes back, q leaves. At a question: "
    "Enter takes what is in brackets, ? explains, < goes back to the list. Ctrl-D leaves from anywhere; nothing is lost."
)
REVIEW = "review"


def prompt(deploy: Deploy) -> None:
    """Walk from where `deploy` stands to a written plan, and on to a running service. Closes `deploy`.

    Who leaves before the plan is written keeps the answers as a draft. Raises the run's SendoffError where it fails.
    """
    from wizard.cli.walk import walk

    try:
        say_indented(_HOW, "")
        start = _Prompts(deploy).walk()
    except (LeftError, KeyboardInterrupt) as left:
        say()
        _leave(deploy)
        raise typer.Exit(STOPPED if isinstance(left, KeyboardInterrupt) else 0) from None
    finally:
        deploy.close()
    if start:
        walk(deploy.plan_path, "release", frozenset(), as_json=False)


def _leave(deploy: Deploy) -> None:
    draft, plan_path, plan = deploy.draft_path, deploy.plan_path, deploy.plan
    deploy.close()  # what was answered last is on the disk then
    if draft is None or not draft.exists():
        say("Nothing was answered that could be kept.")
        return
    from wizard.run.recent import note

    note(plan_path, plan)
    say("What you answered is kept: sendoff resume goes on here.")


class _Prompts:
    """Where in the walk somebody is."""

    def __init__(self, deploy: Deploy) -> None:
        self._deploy = deploy
        self._session = deploy.session
        self._all = False
        """All settings are shown, those too that are rarely changed."""
        self._seen: set[str] = set()
        self._inspected = ""
        """Digest of the model whose inspection was printed."""

    def walk(self) -> bool:
        """To a written plan. Whether it is to be walked now; raises LeftError."""
        from wizard.cli.prompt_review import review_plan

        while True:
            wait(self._session)
            view = self._session.view()
            self._head(view)
            if view.step.name == REVIEW:
                started = review_plan(self._deploy)
                if started is not None:
                    return started
                continue
            if view.step.name not in self._seen:
                self._seen.add(view.step.name)
                self._ask_what_is_missing(view.step.name)
            self._step(view.step.name)

    def _head(self, view: StepView) -> None:
        say()
        say(one_line(f"== {view.step.title} ({view.index + 1} of {view.count})"))
        say_indented(view.step.why)

    def _ask_what_is_missing(self, step: str) -> None:
        """What has to be answered and has no proposal is asked without being chosen from the list."""
        asked: set[str] = set()
        while missing := [
            field.field.name
            for field in self._visible(self._session.view(step))
            if field.field.name not in asked and field.field.required and _empty(field) and not field.field.advanced
        ]:
            asked.add(missing[0])
            ask_field(self._session, missing[0])
            wait(self._session)

    def _step(self, step: str) -> None:
        """The list of a step's answers, until the person goes to another step. Printed again only where it has changed."""
        printed: object = None
        shown: list[FieldView] = []
        while self._session.view().step.name == step:
            wait(self._session)
            view = self._session.view()
            if printed != (view, self._all):
                self._say_inspection()
                shown = self._list(view)
                printed = view, self._all
            answer = read_line("> ").lower()
            match answer:
                case "":
                    printed = None
                    self._go_on(step)
                case "b" | "<" if view.can_back:
                    self._session.back()
                case "?":
                    _explain(view, shown)
                case "a":
                    self._all = not self._all
                case "h":
                    self._by_hand(step)
                case "q":
                    raise LeftError
                case _ if answer.isdecimal() and 1 <= int(answer) <= len(shown):
                    printed = None
                    ask_field(self._session, shown[int(answer) - 1].field.name)
                case _:
                    say_indented(
                        f"Type a number from 1 to {len(shown)}, Enter to go on, or one of the letters."
                        if shown
                        else "Press Enter to go on, or type one of the letters."
                    )

    def _go_on(self, step: str) -> None:
        self._session.next()
        wait(self._session)
        view = self._session.view()
        if view.step.name == step and not self._session.finished and view.errors:
            ask_field(self._session, view.errors[0].field.name)

    def _visible(self, view: StepView) -> list[FieldView]:
        return [field for field in view.fields if field.visible]

    def _list(self, view: StepView) -> list[FieldView]:
        """Print the answers; those with a number to choose them by, in that order."""
        visible = self._visible(view)
        shown = [one for one in visible if self._all or not one.field.advanced or problems_of(one)]
        hidden = len(visible) - len(shown)
        wide = min(28, max((len(one.field.label) for one in shown), default=0))
        said: set[tuple[str, str]] = set()
        say()
        for number, field in enumerate(shown, 1):
            text = value_text(field) or ("none" if not field.field.required or field.field.kind in LISTS else "?")
            say_indented(text, "  ", f"{number:>2}  {one_line(field.field.label):<{wide}}  ")
            say_origin(field, " " * (wide + 8))
            for problem in problems_of(field):
                if (problem.what, problem.why) not in said:  # one cause may be told at several fields
                    said.add((problem.what, problem.why))
                    say_problem(problem, "      ")
        if hidden:
            say(f"      {hidden} more that rarely need{'s' if hidden == 1 else ''} changing: a shows all")
        choose = "" if not shown else "1 changes it · " if len(shown) == 1 else f"1-{len(shown)} changes one · "
        fewer = "a shows fewer · " if self._all else ""
        back = "b back · " if view.can_back else ""
        say(f"  Enter goes on · {choose}? explains · {back}{fewer}h by hand · q leaves")
        return shown

    def _say_inspection(self) -> None:
        """What the model file says about itself, once for each file."""
        inspection = self._deploy.inspection
        if inspection is None or inspection.sha256 == self._inspected:
            return
        from wizard.inspection.inspection import Severity
        from wizard.inspection.summary import summary

        self._inspected = inspection.sha256
        told = summary(inspection)
        say()
        for label, text in told.rows:
            say_indented(text, "  ", f"{label:<11}")
        for severity, text in told.findings:
            if severity is not Severity.NOTE:
                say_indented(text, "  ", "✗ " if severity is Severity.DANGEROUS else "? ")

    def _by_hand(self, step: str) -> None:
        from wizard.steps.by_hand import by_hand_step

        plan: Plan | None = self._deploy.plan
        commands = by_hand_step(step, plan, self._deploy.plan_path) if plan is not None else ()
        if not commands:
            say_indented(
                "Nothing is typed for this step: it decides what the others do."
                if plan is not None
                else "The commands are known once every answer is right."
            )
        say_commands(commands)


def _explain(view: StepView, shown: list[FieldView]) -> None:
    say()
    say_indented(view.step.why)
    for number, field in enumerate(shown, 1):
        say_indented(f"{field.field.label}: {field.field.why}", "  ", f"{number:>2}  ")


def _empty(view: FieldView) -> bool:
    return view.field.kind is not Kind.BOOL and view.field.kind not in LISTS and view.value is None and not view.busy
