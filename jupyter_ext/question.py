"""A question with yes and no, asked in its place: nothing goes over the page, and what is asked about stays in sight."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import ipywidgets

from jupyter_ext.looks import escaped, text_html

On = Callable[[Callable[[], object]], Callable[[object], None]]
"""Makes the callback of a widget of something to do: under whatever lock its surroundings need."""


def _plainly(do: Callable[[], object]) -> Callable[[object], None]:
    def call(_told: object) -> None:
        do()

    return call


class Question(ipywidgets.VBox):
    """Out of sight until something is asked."""

    def __init__(self, on: On = _plainly) -> None:
        self._go: Callable[[], Any] | None = None
        self._text = ipywidgets.HTML()
        self.yes = ipywidgets.Button()
        self.no = ipywidgets.Button(description="No, leave it")
        self.yes.on_click(on(self._agreed))
        self.no.on_click(on(self.withdraw))
        super().__init__([self._text, ipywidgets.HBox([self.yes, self.no]).add_class("sendoff-buttons")])
        self.add_class("sendoff-question")
        self.withdraw()

    @property
    def text(self) -> str:
        """What is asked, as HTML; empty where nothing is."""
        return str(self._text.value)

    def ask(
        self, question: str, details: str | Iterable[str], yes: str, go: Callable[[], Any], *, danger: bool = False
    ) -> None:
        """`details`: a paragraph, or lines. `yes` stands on the button that agrees; `go` is called once, and only after that."""
        if isinstance(details, str):
            said = text_html(details)
        else:
            said = f"<ul>{''.join(f'<li>{escaped(line)}</li>' for line in details)}</ul>"
        self._text.value = f'<div role="alert">{text_html(question, "heading")}{said}</div>'
        self.yes.description = yes
        self.yes.remove_class("sendoff-primary").remove_class("sendoff-danger")
        self.yes.add_class("sendoff-danger" if danger else "sendoff-primary")
        self._go = go
        self.layout.display = None
        self.no.focus()

    def withdraw(self) -> None:
        """It is asked no more."""
        self._go = None
        self._text.value = ""
        self.layout.display = "none"

    def _agreed(self) -> None:
        go = self._go
        self.withdraw()
        if go is not None:  # a second press may come late, when a cell that was running has ended
            go()
