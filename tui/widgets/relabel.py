"""Other words on a button."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Button


def relabel(button: Button, words: str | Content) -> None:
    """The framework keeps a button's width when its label changes, so the screen is laid out anew; not for the same words."""
    label = Content(words) if isinstance(words, str) else words
    if label != button.label:
        button.label = label
        button.refresh(layout=True)
