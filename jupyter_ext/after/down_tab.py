"""Taking a service down: what goes with it is listed first, then asked."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import ipywidgets

from jupyter_ext.after.service_tab import ServiceTab, show
from jupyter_ext.looks import escaped, text_html
from jupyter_ext.question import Question


class DownTab(ServiceTab):
    TITLE = "Take down"

    def content(self) -> Sequence[ipywidgets.Widget]:
        self._going: tuple[str, ...] = ()
        self._list = ipywidgets.HTML()
        self.images = ipywidgets.Checkbox(True, description="Delete its images too", indent=False)
        self.images.observe(self.on(self._images), "value")
        self.down = ipywidgets.Button(description="Take down …", tooltip="Remove all that is listed, after asking")
        self.down.add_class("sendoff-danger")
        self.down.on_click(self.on(self._ask))
        self.question = Question(self.on)
        buttons = ipywidgets.HBox([self.down])
        buttons.add_class("sendoff-buttons")
        return [self._list, self.images, buttons, self.question]

    def load(self) -> None:
        self.question.withdraw()  # it was asked about what was listed then
        show(self.images, self.status.target != "local")
        self.ask("going", "Looking what would go", partial(self.service.what_goes, images=self.images.value))

    def answered(self, question: str, value: Any) -> None:
        if question == "down":
            self.gone()
            return
        self._going = value
        lines = "".join(f"<li>{escaped(each)}</li>" for each in self._going)
        self._list.value = f"{text_html('This would be removed for good:')}<ul>{lines}</ul>"

    def _images(self) -> None:
        if self.started:
            self.load()

    def _ask(self) -> None:
        """Not while what goes is being looked up: what is confirmed is what was listed."""
        if self.busy or not self._going:
            return
        go = partial(self.ask, "down", "Taking it down", partial(self.service.down, images=self.images.value))
        question = f"Take {self.service.name} down, for good?"
        self.question.ask(question, self._going, "Take down", go, danger=True)
