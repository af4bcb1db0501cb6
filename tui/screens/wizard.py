"""The steps on a screen: the trail above, the questions at the left, what explains them at the right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from tui.while_shown import while_shown
from tui.widgets.error_panel import ErrorPanel
from tui.widgets.field_row import FieldRow
from tui.widgets.inspection_panel import InspectionPanel
from tui.widgets.key_bar import KeyBar
from tui.widgets.relabel import relabel
from tui.widgets.review_pane import ReviewPane
from tui.widgets.step_form import StepForm
from tui.widgets.text_block import TextBlock
from tui.widgets.trail import Trail
from tui.widgets.why_panel import WhyPanel
from wizard.errors import SendoffError
from wizard.steps.by_hand import StageByHand, by_hand, by_hand_step
from wizard.steps.deploy.pinning import pinned
from wizard.steps.views import FieldsChanged, Finished, SessionEvent, StepView

if TYPE_CHECKING:
    from tui.app import SendoffApp
    from wizard.plan.plan import Plan
    from wizard.steps.deploy import Deploy
    from wizard.steps.deploy.review import Review


class SessionChanged(Message):
    """Something in the session has changed, perhaps in another thread. Several changes of fields in a row are one."""

    def __init__(self, event: SessionEvent) -> None:
        super().__init__()
        self.event = event

    def can_replace(self, message: Message) -> bool:
        return (
            isinstance(message, SessionChanged)
            and isinstance(message.event, FieldsChanged)
            and isinstance(self.event, FieldsChanged)
        )


class WizardScreen(Screen[None]):
    """Draws the session of one way from a model to a plan. All decisions are the session's."""

    app: SendoffApp

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """The framework paints the whole screen whenever the focus moves; the two widgets it moves between paint themselves."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2,ctrl+n,alt+right", "next", "Next", tooltip="Go on to the next step"),
        Binding("f2,ctrl+n,alt+right", "start", "Start", tooltip="Write the plan, and do what the review says"),
        Binding("f3,alt+left", "back", "Back", tooltip="Go back to the step before; what you gave stays"),
        Binding("f1,ctrl+y", "why", "Why", tooltip="What the field is for, and why its value is what it is"),
        Binding("f4,ctrl+g", "by_hand", "By hand", tooltip="The commands that do the same by hand"),
        Binding("f5,ctrl+l", "all_settings", "All settings", tooltip="Show the rarely used settings too, or no more"),
        Binding("f6,ctrl+r", "default", "Default", tooltip="Take the default again for the field in focus"),
        Binding("f7,ctrl+o", "browse", "Browse", tooltip="Look for the file"),
        *(
            Binding(
                f"alt+{number}", f"go_number({number})", f"Step {number}", show=False, tooltip=f"Go to step {number}"
            )
            for number in range(1, 8)
        ),
    ]

    def __init__(self, deploy: Deploy, field: str = "") -> None:
        """`field`: the name of the field, or of the step, to open at."""
        super().__init__()
        self.deploy = deploy
        self.session = deploy.session
        self._open_at = field
        self._drawn = ""
        self._view: StepView | None = None
        self._due = False
        self._next_at: int | None = None
        self._keys_for: tuple[object, ...] = ()
        self._review_of: Plan | None = None
        self._review: Review | None = None
        self._unsubscribe: Callable[[], None] = lambda: None

    def compose(self) -> ComposeResult:
        yield Trail(id="trail")
        with Horizontal(id="body"):
            yield StepForm(self.session, self._pinned, id="form")
            yield ReviewPane([mark.step for mark in self.session.trail()], id="review")
            with VerticalScroll(id="side", can_focus=False):
                yield WhyPanel(id="why")
                with Vertical(id="model"):
                    yield Static("The model", id="model-title")
                    yield TextBlock(id="model-busy")
                    yield InspectionPanel(id="inspection")
                    yield ErrorPanel(id="inspection-error")
        with Horizontal(id="buttons"):
            yield Button("Back", id="back")
            yield Button("Why", id="why-button")
            yield Button("By hand", id="by-hand")
            yield Static("", id="gap")
            yield Button("Next", id="next", variant="primary")
        yield KeyBar()

    async def on_mount(self) -> None:
        self._unsubscribe = self.session.subscribe(self._hear)
        if self._open_at:
            self._go_to(self._open_at)
        await self._draw()

    def _hear(self, event: SessionEvent) -> None:
        """Called in any thread."""
        self.post_message(SessionChanged(event))

    def on_unmount(self) -> None:
        self._unsubscribe()

    # Drawing

    async def on_session_changed(self, message: SessionChanged) -> None:
        if isinstance(message.event, FieldsChanged):
            self._draw_soon()
            return
        await self._draw()
        if isinstance(message.event, Finished) and self.session.finished:
            self._start()

    def _draw_soon(self) -> None:
        """What was typed is seen first, and then what follows from it: that is to be worked out, and may move everything."""
        if not self._due:
            self._due = True
            self.call_after_refresh(self._draw)

    @while_shown
    async def _draw(self) -> None:
        self._due = False
        view = self.session.view()
        moved = view.step.name != self._drawn
        self._drawn, self._view = view.step.name, view
        with self.app.batch_update():
            self.query_one(Trail).show(self.session.trail())
            reviewing = not view.step.fields
            self.set_class(reviewing, "-review")
            self.set_class(view.index == 0, "-first")
            form = self.query_one(StepForm)
            if reviewing:
                self._draw_review()
            else:
                await form.show(view)
            self._draw_buttons(view, reviewing)
            self._draw_side()
        if moved:
            self._next_at = None
            self._focus_new(reviewing)
        elif self._next_at is not None and not view.waiting:
            if self._next_at == form.edits:
                form.focus_first_wrong()
            self._next_at = None

    def _focus_new(self, reviewing: bool) -> None:
        form = self.query_one(StepForm)
        if reviewing:
            self.set_focus(self.query_one(ReviewPane))
        elif not (self._open_at and form.focus_field(self._open_at)) and not form.focus_first():
            self.set_focus(self.query_one("#next", Button))
        self._open_at = ""

    def _draw_buttons(self, view: StepView, reviewing: bool) -> None:
        relabel(self.query_one("#next", Button), "Checking …" if view.waiting else "Start" if reviewing else "Next")
        self.query_one("#back", Button).disabled = not view.can_back
        self.query_one("#why-button", Button).display = not reviewing
        keys_for = (view.step.name, *(self.check_action(action, ()) for action in ("back", "all_settings", "default")))
        if keys_for != self._keys_for:
            self._keys_for = keys_for
            self.refresh_bindings()

    def _draw_side(self) -> None:
        row = self.query_one(StepForm).row_in_focus()
        self.query_one(WhyPanel).show(row.view if row is not None else None)
        fact = self.session.fact("inspection")
        chosen = bool(self.session.field("model.path").value)
        self.query_one("#model").display = chosen
        busy = self.query_one("#model-busy", TextBlock)
        busy.display = fact.busy
        busy.say(Content(f"◌ {fact.fact.title} …"))
        panel = self.query_one(InspectionPanel)
        if fact.value is not panel.inspection:
            panel.show(fact.value)
        self.query_one("#inspection-error", ErrorPanel).show(fact.error if chosen else None)

    def _draw_review(self) -> None:
        from wizard.steps.deploy.review import review

        plan = self.deploy.plan
        if plan is None:
            facts = [self.session.fact(name) for name in ("inspection", "surroundings")]
            waiting = tuple(fact.fact.title for fact in facts if fact.busy)
            self._review_of = self._review = None
            self.query_one(ReviewPane).show(None, self.deploy.problems(), waiting)
        else:
            if plan is not self._review_of:
                self._review_of = plan
                self._review = review(plan, self.deploy.plan_path, self.deploy.inspection, self.deploy.steps)
            self.query_one(ReviewPane).show(self._review)

    def on_descendant_focus(self, _event: events.DescendantFocus) -> None:
        self.call_after_refresh(self._explain)

    @while_shown
    def _explain(self) -> None:
        row = self.query_one(StepForm).row_in_focus()
        if row is not None:
            self.query_one(WhyPanel).show(row.view)

    # What the person does

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        view = self._view
        if view is None:
            return True
        match action:
            case "next":
                return bool(view.step.fields)
            case "start":
                return not view.step.fields
            case "back":
                return view.can_back
            case "all_settings":
                return any(field.field.advanced and field.visible for field in view.fields)
            case "default":
                row = self.query_one(StepForm).row_in_focus()
                return row is not None and row.view.source == "person"
            case "browse":
                row = self.query_one(StepForm).row_in_focus()
                return row is not None and row.can_browse
            case "why":
                return bool(view.step.fields)
            case "go_number":
                return isinstance(parameters[0], int) and parameters[0] <= view.count
        return True

    @on(Button.Pressed, "#next")
    def action_next(self) -> None:
        self._next_at = self.query_one(StepForm).edits
        self.session.next()

    def action_start(self) -> None:
        self.action_next()

    @on(Button.Pressed, "#back")
    def action_back(self) -> None:
        self.session.back()

    @on(Input.Submitted)
    def _entered(self, message: Input.Submitted) -> None:
        """Enter goes on to the next field, and from the last one to the next step."""
        message.stop()
        form = self.query_one(StepForm)
        rows = form.in_order()
        row = form.row_in_focus()
        if row is None or row is rows[-1]:
            self.action_next()
        else:
            rows[rows.index(row) + 1].focus_control()

    @on(Trail.Clicked)
    def _station_clicked(self, message: Trail.Clicked) -> None:
        self._go(message.step)

    def action_go_number(self, number: int) -> None:
        marks = self.session.trail()
        if 1 <= number <= len(marks):
            self._go(marks[number - 1].step.name)

    def _go(self, step: str) -> None:
        self._next_at = self.query_one(StepForm).edits
        self.session.go(step)

    def _go_to(self, name: str) -> None:
        """To the field or step of this name."""
        for step in self.deploy.steps:
            names = [field.name for field in step.fields]
            near = next((one for one in names if name == one or name.startswith(f"{one}.")), "")
            if near or step.name == name:
                self._open_at = near
                form = self.query_one(StepForm)
                form.all_settings = form.all_settings or any(
                    field.name == near and field.advanced for field in step.fields
                )
                self.session.go(step.name)
                return
        self._open_at = ""

    @on(ReviewPane.Chosen)
    def _value_chosen(self, message: ReviewPane.Chosen) -> None:
        self._go_to(message.field)
        if not self._open_at and message.step:
            self._go_to(message.step)

    @on(Button.Pressed, "#why-button")
    def action_why(self) -> None:
        from tui.screens.help import HelpScreen

        assert self._view is not None
        row = self.query_one(StepForm).row_in_focus()
        self.app.push_screen(HelpScreen(self._view.step, row.view if row is not None else None))

    @on(Button.Pressed, "#by-hand")
    @on(ReviewPane.CommandsWanted)
    def action_by_hand(self) -> None:
        from tui.screens.by_hand import ByHandScreen

        assert self._view is not None
        step, plan = self._view.step, self.deploy.plan
        title = "By hand: the whole way" if not step.fields else f"By hand: {step.title}"
        if plan is None:
            self.app.push_screen(ByHandScreen(title, (), self._no_commands()))
            return
        stages = by_hand(plan, self.deploy.plan_path) if not step.fields else ()
        if commands := by_hand_step(step.name, plan, self.deploy.plan_path):
            stages = (*stages, StageByHand(step.name, "Or all of it at once", "", commands))
        self.app.push_screen(ByHandScreen(title, stages, "There is nothing to type for this step."))

    def _no_commands(self) -> str:
        problems = self.deploy.problems()
        first = f"{problems[0].what} {problems[0].fix}" if problems else "Something is still being found out."
        return f"The commands are known once the plan is right. {first}"

    @on(StepForm.AllSettings)
    async def action_all_settings(self) -> None:
        await self.query_one(StepForm).toggle_all()

    def action_default(self) -> None:
        row = self.query_one(StepForm).row_in_focus()
        if row is not None:
            self.session.clear(row.field_name)

    def action_browse(self) -> None:
        row = self.query_one(StepForm).row_in_focus()
        if row is not None:
            row.action_browse()

    @on(FieldRow.Browse)
    def _browse(self, message: FieldRow.Browse) -> None:
        from tui.screens.picker import PickerScreen

        start = self.app.folder / message.text if message.text else self.app.folder

        def chosen(path: Path | None) -> None:
            if path is not None:
                self.session.set(message.field, str(path))

        self.app.push_screen(PickerScreen(start), chosen)

    def _pinned(self, requirement: str) -> str:
        """The requirement at the version an installer would take; as it is where that is not known."""
        locked = self.session.fact("lock").value
        return requirement if locked is None or locked.lock is None else pinned(requirement, locked.lock)

    def _start(self) -> None:
        """Write the plan and walk its road; a plan file that would be lost is asked about first."""
        from tui.screens.confirm import ConfirmScreen

        lost = self.deploy.overwrites
        if lost is None:
            self._write_and_run(True)
            return
        question = ConfirmScreen(
            f"Replace the plan {lost.name}?",
            "Replace it",
            details=f"{lost} was not made here, or not from this model. What stands in it is lost.",
            danger=True,
        )
        self.app.push_screen(question, self._write_and_run)

    def _write_and_run(self, agreed: bool | None) -> None:
        if not agreed:
            return
        try:
            plan_path = self.deploy.write()
        except SendoffError as error:
            self.app.show_error(error)
            return
        self.app.start_run(plan_path)
