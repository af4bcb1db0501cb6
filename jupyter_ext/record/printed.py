"""A run where nothing that is printed can be taken back: each line once, as soon as it is known."""

from __future__ import annotations

import sys

from jupyter_ext.record.record import Record, record_text, stage_text


class Printed:
    """Prints what is new of a record."""

    def __init__(self) -> None:
        self._stages: set[str] = set()
        self._notices = 0
        self._ended = False

    def show(self, record: Record) -> None:
        """Before the run the whole of it, then each stage that has ended, then how all ended."""
        state = record.state
        if state is None:
            _say(record_text(record))
            return
        for line in record.stages:
            if line.state is not None and line.state.seconds is not None and line.stage not in self._stages:
                self._stages.add(line.stage)
                _say(stage_text(line))
        for notice in state.notices[self._notices :]:
            _say(f"  ! {notice.text}")
        self._notices = len(state.notices)
        if state.result is not None and not self._ended:
            self._ended = True
            _say(record_text(record, stages=False))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
