"""What of a box a page would show as text, and waiting for it: no browser is needed for that."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable, Iterator

import ipywidgets

from jupyter_ext.after.service_box import ServiceBox

_TAG = re.compile(r"<style>.*?</style>|<[^>]*>", re.DOTALL)


def page_text(box: ipywidgets.Widget) -> str:
    """Every text in sight, with each run of spaces and line ends as one space."""
    return " ".join(" ".join(_texts(box)).split())


def _texts(widget: ipywidgets.Widget) -> Iterator[str]:
    if widget.layout.display == "none":
        return
    if isinstance(widget, ipywidgets.ToggleButtons):
        yield from widget.options
    elif isinstance(widget, ipywidgets.Box):
        for child in widget.children:
            yield from _texts(child)
    elif isinstance(widget, ipywidgets.HTML):
        yield html.unescape(_TAG.sub(" ", widget.value))
    else:
        yield widget.description
        if hasattr(widget, "value"):
            yield str(widget.value)


def until(box: ServiceBox, true: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until something is true once what is being drawn is drawn; fails with the page's text where it never is in time."""
    deadline = time.monotonic() + seconds
    while True:
        with box._lock:
            if true():
                return
        assert time.monotonic() < deadline, f"it did not come to be within {seconds} s; the page:\n{page_text(box)}"
        time.sleep(0.005)
