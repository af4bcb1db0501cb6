"""Widgets taken away: each, and how each looks, is a line to the page that stays open until it is closed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def close_within(box: Any, *spare: Any) -> None:
    """Close all that is in `box` and in `spare`, which it does not show at the moment. The box itself it leaves to the box."""
    for widget in {one for part in (box, *spare) for one in _all_within(part)} - {box}:
        widget.close()


def _all_within(widget: Any) -> Iterator[Any]:
    """A widget, what it looks like, and all that is in it or was."""
    yield widget
    yield from (part for part in (widget.layout, getattr(widget, "style", None)) if part is not None)
    for child in (*getattr(widget, "children", ()), *getattr(widget, "spare", ())):
        yield from _all_within(child)
