"""Putting text on the person's clipboard, from any terminal that takes OSC 52 (also through SSH)."""

from __future__ import annotations

from textual.app import App


def copy(app: App[object], text: str, what: str = "") -> None:
    """Copy, and say so; `what` names it: "the command"."""
    app.copy_to_clipboard(text)
    lines = text.count("\n") + 1
    app.notify(f"Copied {what or (f'{lines} lines' if lines > 1 else text)}.", timeout=3, markup=False)
