"""Where a wizard is shown: in each output the live box, and after it a record that stays when the kernel has gone.

The page itself shows one of the two: the box while it lives, else the record. Where a page cannot tell (each output in a frame of
its own), the record stays empty until there is a run.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from jupyter_ext.hosts import Host
from jupyter_ext.looks import escaped
from jupyter_ext.record.printed import Printed
from jupyter_ext.record.record import Record, record_html, record_text

_OUTPUT = ".jp-OutputArea-child"
_GONE = ".jupyter-widgets-disconnected"
_RECORD_NEXT = f":has(+{_OUTPUT} .sendoff-record)"
_ONE_OF_TWO = f"""<style>
{_OUTPUT}:has(.sendoff-live:not({_GONE}))~{_OUTPUT}:has(.sendoff-record){{display:none}}
{_OUTPUT}:has(.sendoff-live{_GONE}){_RECORD_NEXT}{{display:none}}
{_OUTPUT}:has(>.jp-OutputArea-output.jupyter-widgets){_RECORD_NEXT}{{display:none}}
</style>"""
"""In JupyterLab and Notebook 7 the outputs of a cell are siblings. While the box lives, the record is out of sight. The box is out
of sight once its kernel was restarted; and so is "model not found", which stands in its place after a reload: only that makes
`jupyter-widgets` a class of the output itself.
"""


class Shown:
    """The outputs a wizard is shown in. Thread-safe."""

    def __init__(self, record: Callable[[], Record]) -> None:
        """`record` tells how the wizard stands."""
        self._record = record
        self._slots: list[_Slot] = []
        self._printed: Printed | None = None
        self._lock = threading.Lock()

    @property
    def anywhere(self) -> bool:
        """It has been shown."""
        return bool(self._slots) or self._printed is not None

    def show(self, host: Host, box: Callable[[], Any] | None) -> None:
        """Show it in the output of the cell that runs: the live `box`, where there is one and it can be drawn, and the record."""
        if host is Host.TERMINAL:
            self._printed = self._printed or Printed()
            self._printed.show(self._record())
            return
        record = self._record()
        if host.widgets and box is not None:
            _display(_live_bundle(box(), record))
        slot = _Slot(host, beside_box=box is not None)
        with self._lock:
            self._slots.append(slot)  # before it is seen: an interrupted cell leaves no record that nothing draws anew
            slot.show(record)

    def update(self) -> None:
        """Draw the record anew in every output, where it has changed. To be called by a cell."""
        record = self._record()
        with self._lock:
            for slot in self._slots:
                slot.show(record)
            if self._printed is not None:
                self._printed.show(record)

    def update_beside(self) -> None:
        """The same in any thread, while other cells run or none: only where that is sure to come to the right output."""
        record = self._record()
        with self._lock:
            for slot in self._slots:
                if slot.seen and slot.host.widgets and not slot.host.pumped:
                    slot.show(record)


class _Slot:
    """The record in one output."""

    def __init__(self, host: Host, *, beside_box: bool) -> None:
        self.host = host
        self._beside_box = beside_box and host.widgets
        self._handle: Any = None
        self._told = ""

    @property
    def seen(self) -> bool:
        """It stands in its output."""
        return bool(self._told)

    def show(self, record: Record) -> None:
        bundle = self._bundle(record)
        if bundle["text/html"] == self._told:
            return
        begun = self._handle is not None
        self._handle = self._handle or _handle()
        if not self.seen:
            self._handle.display(bundle, raw=True)
        if begun:  # what stands there already, also where the cell was interrupted before that was known
            self._handle.update(bundle, raw=True)
        self._told = bundle["text/html"]

    def _bundle(self, record: Record) -> dict[str, str]:
        if self._beside_box and not self.host.one_page and record.state is None:
            return {"text/html": "<div></div>", "text/plain": ""}
        style = _ONE_OF_TWO if self._beside_box else ""
        return {"text/html": record_html(record, extra_style=style), "text/plain": record_text(record)}


def _live_bundle(box: Any, record: Record) -> dict[str, Any]:
    """The box, with a sentence for whoever cannot draw it."""
    said = f"Sendoff's wizard for {record.place} stood here. What became of it is told below."
    view = {"version_major": 2, "version_minor": 0, "model_id": box.model_id}
    return {
        "application/vnd.jupyter.widget-view+json": view,
        "text/html": f"<p>{escaped(said)}</p>",
        "text/plain": said,
    }


def _display(bundle: dict[str, Any]) -> None:
    from IPython import display

    show: Any = display.display
    show(bundle, raw=True)


def _handle() -> Any:
    """What an output can be drawn anew by."""
    from IPython import display

    handle: Any = display.DisplayHandle
    return handle()
