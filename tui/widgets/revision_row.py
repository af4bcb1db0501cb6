"""One revision: its share of the requests, as a number that can be edited and as a bar, and how it is."""

from __future__ import annotations

import time
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import HorizontalGroup, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from tui.widgets.file_list import shortened
from tui.widgets.traffic_bar import TrafficBar
from wizard.in_words import ago_in_words
from wizard.targets import Revision


class ShareInput(Input):
    """A whole per cent; up and down go to the row above and below."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "app.focus_previous", "Row above", show=False),
        Binding("down", "app.focus_next", "Row below", show=False),
    ]


class RevisionRow(Vertical):
    """Holds what the person typed apart from what the service said: a refresh leaves it as it is."""

    class Edited(Message):
        """The share in this row is another now."""

    def __init__(self, revision: Revision, *, editable: bool) -> None:
        super().__init__()
        self.revision = revision
        self._editable = editable

    def compose(self) -> ComposeResult:
        with HorizontalGroup(classes="revision-line"):
            yield Static(classes="revision-name", markup=False)
            yield ShareInput(
                str(self.revision.percent),
                restrict=r"\d{0,3}",
                max_length=3,
                classes="revision-share",
                disabled=not self._editable,
            )
            yield Static("%", classes="revision-percent")
            yield TrafficBar()
            yield Static(classes="revision-facts", markup=False)
        yield Static(classes="revision-note", markup=False)

    def on_mount(self) -> None:
        self.show(self.revision)

    def on_resize(self) -> None:
        self._draw_name()

    @property
    def share(self) -> int:
        """As it stands in the row; nothing typed is 0."""
        return int(self.query_one(ShareInput).value or 0)

    @share.setter
    def share(self, percent: int) -> None:
        self.query_one(ShareInput).value = str(percent)

    @property
    def edited(self) -> bool:
        return self.share != self.revision.percent

    def show(self, revision: Revision) -> None:
        """The revision as it is now. What was typed stays, unless it was what is so now."""
        untouched = not self.edited
        self.revision = revision
        if untouched:
            self.share = revision.percent
        self._draw_name()
        self.query_one(TrafficBar).percent = self.share
        state = "ready" if revision.ready else "not ready"
        facts = f"{state:<9}  {ago_in_words(revision.created, time.time())}" if revision.created else state
        self.query_one(".revision-facts", Static).update(facts)
        note = self.query_one(".revision-note", Static)
        note.update("\n".join((revision.note, *(f"{tag}: {url}" for tag, url in revision.tags.items()))).strip())
        note.display = bool(revision.note or revision.tags)
        self.set_class(not revision.ready, "-broken")

    def _draw_name(self) -> None:
        name = self.query_one(".revision-name", Static)
        mark = "✗" if not self.revision.ready else "●" if self.revision.percent else "○"
        room = max(8, name.content_size.width - 2) if name.content_size.width else len(self.revision.name)
        name.update(f"{mark} {shortened(self.revision.name, room)}")

    @on(Input.Changed)
    def _changed(self, message: Input.Changed) -> None:
        message.stop()
        self.query_one(TrafficBar).percent = min(self.share, 100)
        self.set_class(self.edited, "-edited")
        self.post_message(self.Edited())
