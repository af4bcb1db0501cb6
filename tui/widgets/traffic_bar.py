"""A share of the requests as a bar."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

_EIGHTHS = " ▏▎▍▌▋▊▉"


class TrafficBar(Widget):
    """As wide as there is room. A share above nothing is always seen."""

    percent: reactive[int] = reactive(0)

    def render(self) -> Content:
        width = self.size.width
        eighths = max(round(self.percent / 100 * width * 8), 1 if self.percent else 0)
        eighths = min(eighths, width * 8)
        full, part = divmod(eighths, 8)
        bar = "█" * full + (_EIGHTHS[part] if part else "")
        return Content.assemble((bar, "$primary"), ("·" * (width - len(bar)), "$rule"))
