"""The columns of a request as fields; what the service says against one is shown beside it until it is changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import ipywidgets

from jupyter_ext.after.service_tab import ServiceTab, show
from jupyter_ext.form.field_row import FieldRow
from jupyter_ext.looks import text_html
from wizard.plan.problem import Problem
from wizard.steps.reply_words import refused_field
from wizard.steps.session import Session
from wizard.steps.views import FieldView
from wizard.targets import Reply

_MORE = 50
"""Columns added at a press: a page with a thousand rows is slow, and few have a use for it."""


class RequestForm:
    """Draws the one step of a `TryIt` session. Rows are made once, and stay."""

    def __init__(self, tab: ServiceTab) -> None:
        self._tab = tab
        self._session: Session | None = None
        self._unsubscribe: Callable[[], None] = lambda: None
        self._stir = tab.on(self._draw)
        self._refused: dict[str, tuple[Any, Problem]] = {}
        """Field → (the raw value that was refused, what was said)."""
        self.rows: list[FieldRow] = []
        self._why = ipywidgets.HTML()
        self._rows_box = ipywidgets.VBox()
        self.more = ipywidgets.Button()
        self.more.add_class("sendoff-link")
        self.more.on_click(tab.on(lambda: self._show_more(_MORE)))
        self.box = ipywidgets.VBox([self._why, self._rows_box, self.more])

    def take(self, session: Session) -> None:
        """Draw this session's fields in place of those there are."""
        self.close()
        self._session = session
        self._refused.clear()
        for row in self.rows:
            row.close()
        self.rows = []
        self._why.value = text_html(session.view().step.why, "quiet")
        self._show_more(sum(not view.field.advanced for view in session.view().fields))
        self._unsubscribe = session.subscribe(self._stir)

    def close(self) -> None:
        """Hear of no more changes."""
        self._unsubscribe()

    def refuse(self, reply: Reply) -> None:
        """Show what the service says against the request beside the field it names."""
        self._refused.clear()
        views = self._session.view().fields if self._session is not None else ()
        if found := refused_field(reply, views):
            number, problem = found
            self._refused[problem.field] = (views[number].raw, problem)
            self._show_more(number + 1 - len(self.rows))
        self._draw()

    def put_sample_back(self) -> None:
        if self._session is not None:
            for view in self._session.view().fields:
                self._session.clear(view.field.name)

    def _show_more(self, count: int) -> None:
        if self._session is None:
            return
        views = self._session.view().fields
        first = len(self.rows)
        self.rows += [FieldRow(_with_range(view), self._set) for view in views[first : first + max(0, count)]]
        self._rows_box.children = tuple(self.rows)
        left = len(views) - len(self.rows)
        self.more.description = f"{min(left, _MORE)} more of {left:,} further columns"
        show(self.more, left > 0)

    def _set(self, name: str, raw: Any) -> None:
        """The person has changed a value; called in the thread that handles the page's messages."""
        session = self._session
        if session is not None:
            self._tab.on(partial(session.set, name, raw))(None)

    def _draw(self) -> None:
        if self._session is None:
            return
        for row, view in zip(self.rows, self._session.view().fields, strict=False):
            row.show(_with_range(self._with_refusal(view)))

    def _with_refusal(self, view: FieldView) -> FieldView:
        raw, problem = self._refused.get(view.field.name, (None, None))
        if problem is None or view.error is not None:
            return view
        if raw != view.raw:
            del self._refused[view.field.name]
            return view
        return replace(view, error=problem)


def _with_range(view: FieldView) -> FieldView:
    """With what the column may hold below it: that the value is the sample's, of every column, is said once above them."""
    return replace(view, source="", note="")
