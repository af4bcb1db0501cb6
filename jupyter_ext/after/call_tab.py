"""How to call the service from elsewhere, ready to be copied."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import ipywidgets

from jupyter_ext.after.service_tab import ServiceTab
from jupyter_ext.looks import command_html, text_html
from wizard.steps.snippets import sample_snippets

if TYPE_CHECKING:
    from wizard.steps.snippets import Snippet


class CallTab(ServiceTab):
    TITLE = "Call it"
    REFRESHES = False

    def content(self) -> Sequence[ipywidgets.Widget]:
        self._snippets = ipywidgets.HTML()
        return [self._snippets]

    def load(self) -> None:
        self.ask("snippets", "Putting the calls together", partial(sample_snippets, self.service))

    def answered(self, question: str, value: Any) -> None:  # noqa: ARG002  (as every tab has it)
        calls: tuple[Snippet, ...] = value
        parts = [text_html("Each of them sends the sample request, and is whole: copy it and run it.", "quiet")]
        for call in calls:
            parts += [text_html(call.language, "heading"), command_html(call.text)]
        self._snippets.value = f'<div class="sendoff-calls">{"".join(parts)}</div>'
