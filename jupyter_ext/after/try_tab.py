"""A form made from the service's bundle: fill it, send it, and see the answer with its time. JSON of one's own, too."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import ipywidgets

from jupyter_ext.after.answer_box import AnswerBox
from jupyter_ext.after.request_form import RequestForm
from jupyter_ext.after.service_tab import ServiceTab, show
from jupyter_ext.looks import error_html
from wizard.errors import BundleError, SendoffError, TargetError
from wizard.steps.try_it import EMPTY, TryIt, form_of, request_of


class TryTab(ServiceTab):
    TITLE = "Try it"
    REFRESHES = False  # what is filled in would be lost

    def content(self) -> Sequence[ipywidgets.Widget]:
        self._try_it: TryIt | None = None
        self._as_json = False
        self._sent_as_json = False
        self.form = RequestForm(self)
        self.json = ipywidgets.Textarea(description="JSON", continuous_update=False, rows=12)
        self.json.add_class("sendoff-json")
        self.json.observe(self.on(lambda: self._say_wrong(None)), "value")
        self.wrong = ipywidgets.HTML()
        self.answer = AnswerBox()
        self.send = ipywidgets.Button(description="Send", tooltip="Send the request and show the answer")
        self.send.add_class("sendoff-primary")
        self.switch = ipywidgets.Button(tooltip="Write the request as JSON, or as a form again")
        self.sample = ipywidgets.Button(description="Sample again", tooltip="Put the sample request back")
        self.proba = ipywidgets.Checkbox(False, description="Probabilities", indent=False, layout={"width": "auto"})
        self.send.on_click(self.on(self._send))
        self.switch.on_click(self.on(lambda: self._switch(not self._as_json)))
        self.sample.on_click(self.on(self._sample))
        buttons = ipywidgets.HBox([self.send, self.switch, self.sample, self.proba])
        buttons.add_class("sendoff-buttons")
        asked = ipywidgets.VBox([self.form.box, self.json, self.wrong, buttons])
        asked.add_class("sendoff-request")
        both = ipywidgets.HBox([asked, self.answer.box])
        both.add_class("sendoff-try")
        self._switch(False)
        return [both]

    def load(self) -> None:
        self.ask("form", "Reading what it takes", partial(form_of, self.service.bundle))

    def answered(self, question: str, value: Any) -> None:
        if question == "form":
            self._take_form(value)
            return
        self.answer.show(value)
        if not self._sent_as_json:
            self.form.refuse(value)

    def close(self) -> None:
        super().close()
        self.form.close()
        if self._try_it is not None:
            self._try_it.close()

    def body(self) -> Mapping[str, Any]:
        """The request as it stands. Raises TargetError where it is no JSON, or no object."""
        if not self._as_json:
            return self._try_it.body() if self._try_it is not None else EMPTY
        return request_of(self.json.value)

    def _take_form(self, form: TryIt | BundleError) -> None:
        if self._try_it is not None:
            self._try_it.close()
        self._try_it = form if isinstance(form, TryIt) else None
        show(self.proba, self._try_it is None or len(self._try_it.paths) > 1)
        if isinstance(form, BundleError):
            self.fail(form, self.load)
        else:
            self.form.take(form.session)
        self._switch(self._try_it is None)

    def _switch(self, as_json: bool) -> None:
        """Form or JSON; what was filled into the form goes along."""
        if as_json:
            body = self._try_it.body() if self._try_it is not None else EMPTY
            self.json.value = json.dumps(body, indent=2, ensure_ascii=False)
        self._as_json = as_json
        show(self.json, as_json)
        show(self.form.box, not as_json)
        self.switch.description = "As a form" if as_json else "As JSON"
        self.switch.disabled = self.sample.disabled = self._try_it is None
        self._say_wrong(None)

    def _sample(self) -> None:
        self.form.put_sample_back()
        self._switch(self._as_json)

    def _send(self) -> None:
        """Whatever is in the form is sent: the service says what is wrong with it."""
        if self.busy or not self.started:
            return
        try:
            body = self.body()
        except TargetError as error:
            self._say_wrong(error)
            return
        self._sent_as_json = self._as_json
        path = "/predict_proba" if self.proba.value else "/predict"
        self.ask("answer", "Waiting for the answer", partial(self.service.predict, body, path))

    def _say_wrong(self, error: SendoffError | None) -> None:
        self.wrong.value = error_html(error) if error is not None else ""
        show(self.wrong, error is not None)
