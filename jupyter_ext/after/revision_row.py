"""One revision: its share of the requests, as a number that can be edited and as a bar, and how it is."""

from __future__ import annotations

import time
from collections.abc import Callable

import ipywidgets

from jupyter_ext.after.service_tab import ServiceTab, show
from jupyter_ext.looks import escaped, text_html
from wizard.in_words import ago_in_words
from wizard.targets import Revision


class RevisionRow:
    """Holds what the person typed apart from what the service said: a refresh leaves it as it is."""

    def __init__(
        self,
        tab: ServiceTab,
        revision: Revision,
        *,
        editable: bool,
        edited: Callable[[], None],
        all_here: Callable[[RevisionRow], None],
    ) -> None:
        self.revision = revision
        self._edited = edited
        self.input = ipywidgets.BoundedIntText(revision.percent, min=0, max=100, disabled=not editable)
        self.input.add_class("sendoff-share")
        self._bar = ipywidgets.HTML(layout={"flex": "1 1 120px"})
        self._facts = ipywidgets.HTML()
        self.all_here = ipywidgets.Button(
            description="All to this one", tooltip=f"Give all requests to {revision.name}", disabled=not editable
        )
        show(self.all_here, editable)
        self._note = ipywidgets.HTML()
        self.input.observe(tab.on(self._typed), "value")
        self.all_here.on_click(tab.on(lambda: all_here(self)))
        line = ipywidgets.HBox([self.input, self._bar, self._facts, self.all_here])
        line.add_class("sendoff-revision")
        self.box = ipywidgets.VBox([line, self._note])
        self.show(revision)

    @property
    def share(self) -> int:
        """Per cent, as it stands in the row."""
        return int(self.input.value)

    @share.setter
    def share(self, percent: int) -> None:
        self.input.value = percent

    @property
    def edited(self) -> bool:
        return self.share != self.revision.percent

    def show(self, revision: Revision) -> None:
        """The revision as it is now. What was typed stays, unless it was what is so now."""
        untouched = not self.edited
        self.revision = revision
        if untouched:
            self.share = revision.percent
        mark = "✗" if not revision.ready else "●" if revision.percent else "○"
        self.input.description = f"{mark} {revision.name}"
        self.input.tooltip = revision.name
        state = "ready" if revision.ready else "not ready"
        age = f", {ago_in_words(revision.created, time.time())}" if revision.created else ""
        self._facts.value = text_html(f"{state}{age}", "quiet" if revision.ready else "wrong")
        tags = (text_html(f"{tag}: {url}", "quiet") for tag, url in revision.tags.items())
        self._note.value = "".join((text_html(revision.note, "wrong"), *tags))
        show(self._note, bool(self._note.value))
        self._draw_bar()

    def _typed(self) -> None:
        self._draw_bar()
        self._edited()

    def _draw_bar(self) -> None:
        share, said = self.share, escaped(f"{self.share} %")
        bar = f'<div class="sendoff-bar" aria-hidden="true"><div style="width:{share}%"></div></div>'
        self._bar.value = f'<div class="sendoff-percent"><span>{said}</span>{bar}</div>'
