"""The logs of a run's stages, of which one is in sight."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tui.evidence import evidence_in
from tui.widgets.log_lines import LogLines
from tui.widgets.log_pane import LogPane
from wizard.errors import SendoffError
from wizard.events import LogLine


class StageLogs(LogPane):
    """`take` sorts lines by their stage; `show_stage` brings one log into sight."""

    def __init__(self, *, folder: Path) -> None:
        """`folder`: where a log is saved into."""
        super().__init__(folder=folder)
        self.here = ""
        """The stage whose log is in sight; empty before there is one."""
        self._logs: dict[str, LogLines] = {}

    def forget(self) -> None:
        """Another run begins. What is in sight stays until there is something to show of that."""
        self.here = ""
        self._logs = {}

    def take(self, lines: Iterable[LogLine], missed: int) -> None:
        """Lines of any stages, after `missed` that were not caught."""
        by_stage: dict[str, list[str]] = {}
        for line in lines:
            by_stage.setdefault(line.stage, []).append(line.text)
        for stage, texts in by_stage.items():
            gap, missed = missed, 0
            if stage == self.here:
                self.extend(texts, gap)
            else:
                self._log(stage).append(texts, gap)

    def show_stage(self, stage: str, title: str) -> None:
        self.here = stage
        self.show(self._log(stage), title, stage)

    def mark_evidence(self, error: SendoffError) -> bool:
        """Mark the lines in sight that show the cause, and go to the first; False where there are none."""
        found = evidence_in(self._log(self.here), error.evidence) if self.here else ()
        if found:
            self.tail.mark(found)
        return bool(found)

    def _log(self, stage: str) -> LogLines:
        return self._logs.setdefault(stage, LogLines())
