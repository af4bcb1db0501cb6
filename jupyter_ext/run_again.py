"""A cell that is run again: what it showed before is out of the page, and what was drawing that has to end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from weakref import WeakMethod

PutAway = Callable[[], None]


class Cells:
    """Which cell shows what, of one kernel. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shown: dict[str, tuple[str, set[WeakMethod[PutAway]]]] = {}
        """Cell → (the request that ran it last, what that has shown)."""

    def show(self, put_away: PutAway, shell: Any) -> None:
        """Something is shown by the cell that runs: a bound method that puts it away. What an earlier run of this cell has shown,
        and no other cell shows, is put away now.
        """
        cell, request = _running(shell)
        if not cell:
            return  # nobody tells which cell it is: it may be another each time
        new = WeakMethod(put_away)
        with self._lock:
            before, shown = self._shown.get(cell, (request, set()))
            gone: set[WeakMethod[PutAway]] = set()
            if before != request:
                gone, shown = shown, set()
            self._shown[cell] = request, {*shown, new}
            elsewhere = {one for _, others in self._shown.values() for one in others}
        for one in gone - elsewhere:
            if (put := one()) is not None:
                put()


def _running(shell: Any) -> tuple[str, str]:
    """The cell that runs, as JupyterLab, Notebook 7 and VS Code tell it, and the number of the request to run it."""
    kernel = getattr(shell, "kernel", None)
    parent = (kernel.get_parent("shell") if kernel is not None else None) or {}
    cell = (parent.get("metadata") or {}).get("cellId")
    return str(cell or ""), str((parent.get("header") or {}).get("msg_id", ""))
