"""The steps in a cell: the trail above, the questions, the buttons, and below them what explains the step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets

from jupyter_ext.closing import close_within
from jupyter_ext.form.explaining import Explaining
from jupyter_ext.form.review_box import ReviewBox
from jupyter_ext.form.step_form import StepForm
from jupyter_ext.form.strand import Strand
from jupyter_ext.form.suggestions import model_files
from jupyter_ext.form.trail import Trail
from jupyter_ext.looks import error_html, keys_html, notice_html, style_html, text_html
from jupyter_ext.question import Question
from wizard.errors import SendoffError, own_fault
from wizard.steps.deploy.pinning import pinned
from wizard.steps.views import Finished, SessionEvent, StepView

if TYPE_CHECKING:
    from wizard.plan.plan import Plan
    from wizard.steps.deploy import Deploy
    from wizard.steps.deploy.review import Review


class StepsBox(ipywidgets.VBox):
    """Draws the session of one way from a model to a plan. All decisions are the session's.

    All its methods may be called in any thread, and return at once: what takes long, and all drawing after the first, is done
    one thing after the other in a thread of its own (see `Strand`).
    """

    children: Any

    def __init__(
        self,
        deploy: Deploy,
        *,
        start: Callable[[], None],
        notices: Sequence[str] = (),
        overwrites: bool = False,
    ) -> None:
        """`start` is called, in a thread of this box, once Next was pressed on the review with everything right, whoever would
        lose a plan has agreed (`overwrites`: they have already), and the plan is written: it lies at `deploy.plan_path`, and
        `deploy.overwrites` is None. A SendoffError that it raises is shown above the buttons.
        """
        self.deploy = deploy
        self.session = deploy.session
        self._start, self._agreed = start, overwrites
        self._strand = Strand("sendoff-form", self._failed)
        self._due = False
        self._drawn = ""
        self._open_at = ""
        self._moved_by_person = False
        self._next_at: int | None = None
        self._said_busy = ""
        self._folder = deploy.plan_path.parent
        self._review_of: Plan | None = None
        self._review: Review | None = None
        self._forms: dict[str, StepForm | ReviewBox] = {}
        self._make_parts(notices)
        super().__init__([*self._above, self._body, self._question, self._error, self._busy, self._buttons, self._side])
        self.add_class("sendoff")
        self._draw()  # before anything is heard: from then on it is the strand that draws, and nobody else
        self._unsubscribe = self.session.subscribe(self._hear)
        self._draw_soon()  # what has come meanwhile, and what takes a moment longer

    # -- for whoever holds the box ------------------------------------------------------------------------------------

    def go_to(self, name: str) -> None:
        """To the field or step of this name, or the nearest field above it (`service.env.NAME` is in `service.env`)."""
        self._strand.do(partial(self._go_to, name))

    def fail(self, error: SendoffError | None) -> None:
        """Show an error above the buttons until the person goes on, or no more."""
        self._error.value = error_html(error) if error is not None else ""

    def busy(self, text: str) -> None:
        """What is being done, so that nothing can be started meanwhile: "Starting the run"; empty where nothing is."""
        self._said_busy = text
        self._busy.value = text_html(f"◌ {text} …", "busy") if text else ""
        self._draw_soon()

    def settled(self, timeout: float | None = None) -> bool:
        """Waits until nothing is being found out, and all is drawn; whether it came to that. Not in a callback."""
        return self.session.settled(timeout) and self._strand.idle(timeout)

    def close(self) -> None:
        """Ends: nothing is drawn any more, and the widgets are gone from the page. The way itself stays open."""
        self._unsubscribe()
        self._strand.close()
        close_within(self, self._trail, *self._forms.values())
        super().close()

    # -- parts --------------------------------------------------------------------------------------------------------

    def _make_parts(self, notices: Sequence[str]) -> None:
        self._trail = Trail(self._trail_pressed)
        self._body = ipywidgets.VBox()
        self._question = Question()
        self._error, self._busy = ipywidgets.HTML(), ipywidgets.HTML()
        self._back, self._next = ipywidgets.Button(description="Back"), ipywidgets.Button(description="Next")
        self._next.add_class("sendoff-primary")
        self._back.on_click(lambda _button: self._strand.do(self._go_back))
        self._next.on_click(lambda _button: self._strand.do(self._go_on))
        self._side = Explaining(self.deploy, self._draw_soon)
        self._buttons = ipywidgets.HBox([self._back, self._next, *self._side.buttons]).add_class("sendoff-buttons")
        said = [ipywidgets.HTML("".join(map(notice_html, notices)))] if notices else []
        self._above = [ipywidgets.HTML(style_html() + keys_html()), *said, self._trail]

    def _form(self, view: StepView) -> StepForm | ReviewBox:
        name = view.step.name
        if name not in self._forms:
            if view.step.fields:
                self._forms[name] = StepForm(
                    view.step,
                    edited=self._edit,
                    default=lambda field: self._strand.do(partial(self.session.clear, field)),
                    redraw=self._draw_soon,
                    suggest=self._suggest,
                    pin=self._pin,
                )
            else:
                steps = [mark.step for mark in self.session.trail()]
                self._forms[name] = ReviewBox(view.step, steps, self.go_to)
        return self._forms[name]

    # -- drawing ------------------------------------------------------------------------------------------------------

    def _hear(self, event: SessionEvent) -> None:
        """In any thread."""
        if isinstance(event, Finished):
            self._strand.do(self._finish)
        self._draw_soon()

    def _draw_soon(self) -> None:
        if not self._due:
            self._due = True
            self._strand.do(self._draw)

    def _draw(self) -> None:
        self._due = False
        view = self.session.view()
        moved = view.step.name != self._drawn
        self._drawn = view.step.name
        form = self._form(view)
        if isinstance(form, StepForm):
            form.show(view)
        else:
            self._draw_review(form)
        if self._body.children != (form,):
            self._body.children = (form,)
        self._trail.show(self.session.trail())
        self._draw_buttons(view)
        self._side.show(view, form.in_order() if isinstance(form, StepForm) else (), self._review)
        self._draw_focus(view, form, moved)

    def _draw_buttons(self, view: StepView) -> None:
        self._next.description = "Checking …" if view.waiting else "Start" if not view.step.fields else "Next"
        self._next.disabled = bool(self._said_busy)
        self._back.disabled = not view.can_back

    def _draw_review(self, box: ReviewBox) -> None:
        from wizard.steps.deploy.review import review

        plan = self.deploy.plan
        if plan is None:
            facts = [self.session.fact(name) for name in ("inspection", "surroundings")]
            self._review_of = self._review = None
            box.show(None, self.deploy.problems(), [fact.fact.title for fact in facts if fact.busy])
            return
        if plan is not self._review_of:
            self._review_of = plan
            self._review = review(plan, self.deploy.plan_path, self.deploy.inspection, self.deploy.steps)
        box.show(self._review)

    def _draw_focus(self, view: StepView, form: StepForm | ReviewBox, moved: bool) -> None:
        """The focus goes where the person wants to go on: only ever after they have pressed something."""
        if moved or self._open_at:
            wanted, self._open_at = self._open_at, ""
            if self._moved_by_person and not (isinstance(form, StepForm) and _focus(form, wanted)):
                self._next.focus()
            self._next_at, self._moved_by_person = None, False
            self._question.withdraw()
        elif self._next_at is not None and not view.waiting:
            if isinstance(form, StepForm) and self._next_at == form.edits:
                form.focus_first_wrong()
            self._next_at, self._moved_by_person = None, False

    # -- what the person does -----------------------------------------------------------------------------------------

    def _edit(self, name: str, raw: Any) -> None:
        """In the thread that handles the page's messages, and at once: whatever is pressed next is to know of it."""
        try:
            self.session.set(name, raw)
        except Exception as error:
            self._failed(error)

    def _trail_pressed(self, step: str) -> None:
        self._strand.do(lambda: self._by_person(lambda: self.session.go(step)))

    # the rest in the strand

    def _go_back(self) -> None:
        self._by_person(self.session.back)

    def _go_on(self) -> None:
        if not self._said_busy:
            self._by_person(self.session.next)

    def _by_person(self, act: Callable[[], Any]) -> None:
        form = self._forms.get(self._drawn)
        self.fail(None)
        self._question.withdraw()
        self._moved_by_person = True
        self._next_at = form.edits if isinstance(form, StepForm) else None
        act()
        self._draw()

    def _go_to(self, name: str) -> None:
        from wizard.steps.deploy.review import step_of

        if not self._opened(name):
            self._opened(step_of(name, self.deploy.steps))  # what no step asks, but one of them decides

    def _opened(self, name: str) -> bool:
        """Whether there is a field or step of this name; it is in sight now, if what lies before it is right."""
        for step in self.deploy.steps:
            near = next((one for one in step.fields if name == one.name or name.startswith(f"{one.name}.")), None)
            if near is not None or step.name == name:
                self._open_at = near.name if near is not None else ""
                form = self._form(self.session.view(step.name))
                if isinstance(form, StepForm) and near is not None and near.advanced:
                    form.all_settings = True
                self._by_person(partial(self.session.go, step.name))
                return True
        return False

    def _finish(self) -> None:
        """Write the plan and have its road walked; a plan file that would be lost is asked about first."""
        if not self.session.finished or self._said_busy:
            return
        lost = self.deploy.overwrites
        if lost is None or self._agreed:
            self._write_and_start()
            return
        self._question.ask(
            f"Replace the plan {lost.name}?",
            f"{lost} was not made here, or not from this model. What stands in it is lost.",
            "Replace it",
            lambda: self._strand.do(self._write_and_start),
            danger=True,
        )

    def _write_and_start(self) -> None:
        self.busy("Writing the plan")
        try:
            self.deploy.write()
            self._start()
        except SendoffError as error:
            self.fail(error)
        finally:
            self.busy("")

    def _failed(self, error: Exception) -> None:
        self.fail(error if isinstance(error, SendoffError) else own_fault(error))

    # -- what rows ask ------------------------------------------------------------------------------------------------

    def _suggest(self, typed: str) -> tuple[str, ...]:
        """Model files, written as the path that was typed: beside the model once there is one."""
        inspection = self.deploy.inspection
        if typed and inspection is not None:
            return model_files(Path(inspection.path).parent, typed[: len(typed) - len(Path(typed).name)])
        return model_files(self._folder)

    def _pin(self, requirement: str) -> str:
        """The requirement at the version an installer would take; as it is where that is not known."""
        locked = self.session.fact("lock").value
        return requirement if locked is None or locked.lock is None else pinned(requirement, locked.lock)


def _focus(form: StepForm, wanted: str) -> bool:
    return bool(wanted and form.focus_field(wanted)) or form.focus_first()
