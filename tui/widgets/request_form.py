"""The columns of a request as fields; what the service says against one is shown beside it until it is changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Button

from tui.widgets.field_row import FieldRow
from wizard.plan.problem import Problem
from wizard.steps.reply_words import refused_field
from wizard.steps.session import Session
from wizard.steps.views import FieldView
from wizard.targets import Reply


class RequestForm(Vertical):
    """Draws the one step of a `TryIt` session."""

    class Stirred(Message):
        """Something in the session has changed; several of these are one."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, RequestForm.Stirred)

    def __init__(self) -> None:
        super().__init__(id="form")
        self._session: Session | None = None
        self._unsubscribe: Callable[[], None] = lambda: None
        self._refused: dict[str, tuple[Any, Problem]] = {}
        """Field → (the raw value that was refused, what was said)."""

    def compose(self) -> ComposeResult:
        yield Button("", id="all-columns")

    async def take(self, session: Session) -> None:
        """Draw this session's fields in place of those there are."""
        self._unsubscribe()
        self._session = session
        self._refused.clear()
        views = session.view().fields
        first = [view for view in views if not view.field.advanced]
        more = self.query_one("#all-columns", Button)
        more.display = len(first) < len(views)
        more.label = f"All {len(views):,} columns"
        async with self.batch():
            await self.query(FieldRow).remove()
            await self.mount(*(FieldRow(view, session.set) for view in first), before=more)
        self._unsubscribe = session.subscribe(self._stir)

    def _stir(self, _event: object) -> None:
        """Called from whatever thread changed something."""
        self.post_message(self.Stirred())

    def on_unmount(self) -> None:
        self._unsubscribe()

    @on(Button.Pressed, "#all-columns")
    async def _show_all(self, message: Button.Pressed) -> None:
        message.stop()
        if self._session is None:
            return
        shown = {row.field_name for row in self.query(FieldRow)}
        rest = [view for view in self._session.view().fields if view.field.name not in shown]
        rows = [FieldRow(view, self._session.set) for view in rest]
        await self.mount(*rows, before=message.button)
        rows[0].focus_control()
        message.button.display = False

    @on(Stirred)
    def _stirred(self, message: Stirred) -> None:
        message.stop()
        self._draw()

    def _draw(self) -> None:
        if self._session is None:
            return
        views = {view.field.name: self._with_refusal(view) for view in self._session.view().fields}
        for row in self.query(FieldRow):
            row.show(views[row.field_name])

    def _with_refusal(self, view: FieldView) -> FieldView:
        raw, problem = self._refused.get(view.field.name, (None, None))
        if problem is None or view.error is not None:
            return view
        if raw != view.raw:
            del self._refused[view.field.name]
            return view
        return replace(view, error=problem)

    def refuse(self, reply: Reply) -> None:
        """Show what the service says against the request beside the field it names."""
        self._refused.clear()
        views = self._session.view().fields if self._session is not None else ()
        if found := refused_field(reply, views):
            number, problem = found
            self._refused[problem.field] = (views[number].raw, problem)
        self.post_message(self.Stirred())

    def put_sample_back(self) -> None:
        if self._session is not None:
            for view in self._session.view().fields:
                self._session.clear(view.field.name)
