"""Text that is told often and changes seldom."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


class TextBlock(Static):
    """`say` draws what is not drawn yet, and has the screen laid out anew only where the text's height is another."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes, markup=False)
        self._said = Content()

    def say(self, text: Content) -> None:
        if text.is_same(self._said):
            return
        self._said = text
        width = self.size.width
        self.update(text, layout=not width or self._height_of(text, width) != self.size.height)

    def _height_of(self, text: Content, width: int) -> int:
        """As the framework finds it when it lays out."""
        return text.get_height(self.styles, width)  # type: ignore[arg-type]  # it hands in styles for rules as well
