"""What stands in for the page: it gets what widgets send, and answers as a browser does, with the messages of a comm."""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import comm.base_comm
import ipywidgets

DEADLINE = 30.0
"""Seconds anything may take; far more than it does."""


class Pipe(comm.base_comm.BaseComm):
    """One widget's line to the page."""

    def __init__(self, page: Page, **given: Any) -> None:
        self._page = page
        super().__init__(**given)

    def publish_msg(
        self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **_rest: Any
    ) -> None:
        self._page.got(self.comm_id, msg_type, data or {})


class Page:
    def __init__(self) -> None:
        self._news = threading.Condition()
        self._names: dict[str, str] = {}
        self.messages: list[tuple[str, str, Any]] = []
        """(widget, kind, data), in order."""

    def got(self, widget: str, kind: str, data: Any) -> None:
        with self._news:
            self.messages.append((widget, kind, data))
            if "description" in data.get("state", {}):
                self._names[widget] = data["state"]["description"]
            self._news.notify_all()

    def until(self, true: Callable[[], object]) -> None:
        """Waits for what is drawn in another thread."""
        with self._news:
            assert self._news.wait_for(true, DEADLINE), "it never came to that"

    @property
    def focus(self) -> str:
        """Label of what the focus was sent to last; empty before it was sent anywhere."""
        with self._news:
            asked = [to for to, _, data in self.messages if (data.get("content") or {}).get("do") == "focus"]
            return self._names[asked[-1]] if asked else ""


def in_sight(widget: Any) -> Iterator[Any]:
    """A widget and all within it, from top to bottom, without what is not displayed."""
    if widget.layout.display == "none":
        return
    yield widget
    for child in getattr(widget, "children", ()):
        yield from in_sight(child)


def words(box: Any) -> str:
    """All that can be read, without its markup."""
    return " ".join(_read(widget) for widget in in_sight(box)).strip()


def _read(widget: Any) -> str:
    if isinstance(widget, ipywidgets.HTML):
        plain = re.sub(r"<style>.*?</style>", "", widget.value, flags=re.DOTALL)
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", plain)).split()).replace(" )", ")").replace("( ", "(")
    return str(getattr(widget, "description", ""))


def control(box: Any, label: str) -> Any:
    """The control in sight that has this label."""
    found = [one for one in in_sight(box) if getattr(one, "description", "") == label]
    found = [one for one in found if not isinstance(one, ipywidgets.Button)]
    assert len(found) == 1, f"{len(found)} controls are called {label!r}"
    return found[0]


def buttons(box: Any) -> list[str]:
    """What stands on the buttons in sight that can be pressed."""
    return [one.description for one in in_sight(box) if isinstance(one, ipywidgets.Button) and not one.disabled]


def press(box: Any, label: str) -> None:
    """The button whose text is or ends in this, pressed in the page."""
    found = [one for one in in_sight(box) if isinstance(one, ipywidgets.Button) and one.description.endswith(label)]
    assert len(found) == 1, f"{len(found)} buttons are called {label!r}, of {buttons(box)}"
    assert not found[0].disabled
    _send(found[0], {"method": "custom", "content": {"event": "click"}})


def give(widget: Any, value: Any) -> None:
    """A value put into a control in the page; of a choice, its label."""
    if isinstance(widget, ipywidgets.Dropdown):
        state = {"index": [label for label, _ in widget.options].index(value)}
    else:
        state = {"value": value}
    _send(widget, {"method": "update", "state": state, "buffer_paths": []})


def _send(widget: Any, data: dict[str, Any]) -> None:
    widget.comm.handle_msg({"content": {"comm_id": widget.model_id, "data": data}, "buffers": []})
