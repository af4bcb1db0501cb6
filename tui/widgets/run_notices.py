"""What a run wants the person to read, under the stages."""

from __future__ import annotations

from collections.abc import Sequence

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from wizard.events import Notice


class RunNotices(VerticalScroll, can_focus=False):
    """The newest in sight. Out of sight while there are none."""

    def __init__(self) -> None:
        super().__init__(id="run-notices")
        self._shown = 0

    def show(self, notices: Sequence[Notice]) -> None:
        """All there are; those not yet drawn are added."""
        new, self._shown = notices[self._shown :], len(notices)
        if new:
            self.display = True
            self.mount(*(Static(notice_content(notice)) for notice in new))
            self.scroll_end(animate=False)

    def clear(self) -> None:
        self._shown = 0
        self.display = False
        self.remove_children()


def notice_content(notice: Notice) -> Content:
    """Its text with a mark."""
    return Content.assemble(("! ", "bold $text-warning"), notice.text)
