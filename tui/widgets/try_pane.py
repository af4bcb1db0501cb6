"""A form made from the service's bundle: fill it, send it, and see the answer with its time. JSON of one's own, too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, HorizontalGroup, VerticalScroll
from textual.widgets import Button, Checkbox, Input, Static, TextArea

from tui.widgets.answer_panel import AnswerPanel
from tui.widgets.request_form import RequestForm
from tui.widgets.service_pane import ServicePane
from tui.widgets.tick import Tick
from wizard.errors import BundleError, TargetError
from wizard.steps.try_it import EMPTY, TryIt, form_of, request_of
from wizard.targets import Reply


class TryPane(ServicePane):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f9,alt+s", "send", "Send", tooltip="Send the request and show the answer"),
        Binding("f8,alt+j", "json", "As JSON", tooltip="Write the request as JSON, or as a form again"),
        Binding("f7,alt+x", "sample", "Sample again", tooltip="Put the sample request back"),
    ]
    SCROLLS = False

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's name for it)
        super().__init__(id=id)
        self._form: TryIt | None = None
        self._as_json = False

    def content(self) -> ComposeResult:
        with Horizontal(id="try-panes"):
            with VerticalScroll(id="try-asked", can_focus=False):
                yield RequestForm()
                yield TextArea(id="try-json", show_line_numbers=False)
                yield Static("", id="try-wrong", markup=False)
            yield AnswerPanel()
        with HorizontalGroup(id="try-buttons"):
            yield Button("Send", id="send", variant="primary")
            yield Button("As JSON", id="json")
            yield Button("Sample", id="sample")
            yield Tick("proba", id="proba")

    def load(self) -> None:
        self.ask("form", "Reading what it takes", partial(form_of, self.service.bundle))

    def on_unmount(self) -> None:
        """The form's threads do not outlive the screen."""
        if self._form is not None:
            self._form.close()

    def body(self) -> Mapping[str, Any]:
        """The request as it stands. Raises TargetError where it is no JSON, or no object."""
        if not self._as_json:
            return self._form.body() if self._form is not None else EMPTY
        return request_of(self.query_one("#try-json", TextArea).text)

    async def answered(self, question: str, value: Any) -> None:
        if question == "form":
            await self._take(value)
        else:
            self._show(value)

    async def _take(self, form: TryIt | BundleError) -> None:
        if self._form is not None:
            self._form.close()
        self._form = form if isinstance(form, TryIt) else None
        self.query_one("#proba").display = self._form is None or len(self._form.paths) > 1
        if isinstance(form, BundleError):
            self.fail(form, self.load)
        else:
            await self.query_one(RequestForm).take(form.session)
        self._switch(as_json=self._form is None)

    def _switch(self, as_json: bool) -> None:
        """Form or JSON; what was filled into the form goes along."""
        area = self.query_one("#try-json", TextArea)
        if as_json:
            area.text = json.dumps(self._form.body() if self._form is not None else EMPTY, indent=2, ensure_ascii=False)
        self._as_json = as_json
        area.display = as_json
        self.query_one(RequestForm).display = not as_json
        button = self.query_one("#json", Button)
        button.label = "As a form" if as_json else "As JSON"
        button.disabled = self._form is None
        button.refresh(layout=True)
        self._say_wrong(None)

    def _show(self, reply: Reply) -> None:
        self.query_one(AnswerPanel).show(reply)
        if not self._as_json:
            self.query_one(RequestForm).refuse(reply)

    def _say_wrong(self, error: TargetError | None) -> None:
        wrong = self.query_one("#try-wrong", Static)
        wrong.display = error is not None
        wrong.update(
            "" if error is None else "\n".join(part for part in (f"✗ {error.what}", error.why, error.fix) if part)
        )

    # What can be done

    @on(Button.Pressed, "#send, #json, #sample")
    async def _pressed(self, message: Button.Pressed) -> None:
        message.stop()
        await self.run_action(str(message.button.id))

    @on(Input.Submitted)
    def _entered(self, message: Input.Submitted) -> None:
        message.stop()
        self.action_send()

    @on(TextArea.Changed)
    @on(Checkbox.Changed)
    def _changed(self, message: TextArea.Changed | Checkbox.Changed) -> None:
        message.stop()
        self._say_wrong(None)

    def action_send(self) -> None:
        """Whatever is in the form is sent: the service says what is wrong with it."""
        if self.busy or not self.started:
            return
        try:
            body = self.body()
        except TargetError as error:
            self._say_wrong(error)
            return
        path = "/predict_proba" if self.query_one("#proba", Tick).value else "/predict"
        self.ask("answer", "Waiting for the answer", partial(self.service.predict, body, path))

    def action_json(self) -> None:
        if self._form is not None:
            self._switch(as_json=not self._as_json)
            self.call_after_refresh(self.focus_first)

    def action_sample(self) -> None:
        self.query_one(RequestForm).put_sample_back()
        self._switch(self._as_json)
