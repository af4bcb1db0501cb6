"""A checkbox that says without colour whether it is checked: the framework's own draws the same mark in another shade."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Checkbox


class Tick(Checkbox):
    """Draws `[x]` and `[ ]`."""

    @property
    def _button(self) -> Content:
        return Content.styled("[x]" if self.value else "[ ]", self.get_visual_style("toggle--button"))
