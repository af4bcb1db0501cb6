"""How to call the service from elsewhere, ready to be copied."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets

from jupyter_ext.after.service_tab import ServiceTab
from jupyter_ext.looks import command_html, text_html
from wizard.errors import TargetError

if TYPE_CHECKING:
    from wizard.steps.snippets import Snippet
    from wizard.targets import ReleasedService


class CallTab(ServiceTab):
    TITLE = "Call it"
    REFRESHES = False

    def content(self) -> Sequence[ipywidgets.Widget]:
        self._snippets = ipywidgets.HTML()
        return [self._snippets]

    def load(self) -> None:
        self.ask("snippets", "Putting the calls together", partial(_snippets, self.service))

    def answered(self, question: str, value: Any) -> None:  # noqa: ARG002  (as every tab has it)
        calls: tuple[Snippet, ...] = value
        parts = [text_html("Each of them sends the sample request, and is whole: copy it and run it.", "quiet")]
        for call in calls:
            parts += [text_html(call.language, "heading"), command_html(call.text)]
        self._snippets.value = f'<div class="sendoff-calls">{"".join(parts)}</div>'


def _snippets(service: ReleasedService) -> tuple[Snippet, ...]:
    """Called in a thread, for the sample request. Raises TargetError where the bundle is gone."""
    from wizard.steps.snippets import snippets

    return snippets(service, _sample(Path(service.bundle) / "sample.json"))


def _sample(path: Path) -> Mapping[str, Any]:
    try:
        sample = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        sample = None
    if not isinstance(sample, dict):
        raise TargetError(
            "There is no sample request for this service any more.",
            f"{path} cannot be read.",
            "Release it again, and the bundle with the sample is there again.",
        )
    return sample
