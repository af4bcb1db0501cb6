"""A service's box as a person sees it who looks at one of its tabs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from jupyter_ext.after.service_box import ServiceBox
from jupyter_ext.after.service_tab import ServiceTab
from tests.jupyter_ext.after.page_text import page_text, until

Kind = TypeVar("Kind", bound=ServiceTab)


@contextmanager
def looking_at(name: str, tab: str = "", target: str | None = None) -> Iterator[ServiceBox]:
    """The service's box, with this tab in sight and loaded."""
    box = ServiceBox(name, target)
    try:
        until(box, lambda: box.tabs or "Try again" in page_text(box))
        if tab:
            box.turn_to(tab)
        until(box, lambda: box.tab is None or not box.tab.busy)
        yield box
    finally:
        box.close()


def in_sight(box: ServiceBox, kind: type[Kind]) -> Kind:
    """The tab in sight, which is of this kind."""
    assert isinstance(box.tab, kind)
    return box.tab
