"""A real IPython shell in this process: cells are run, and what they put out is kept."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config


@dataclass(frozen=True)
class Ran:
    """What came of a cell."""

    result: Any
    text: str
    """Everything that was written or displayed, as text."""
    html: str
    error: BaseException | None


class Shell:
    """The one `get_ipython()` finds, until the end of the `with` statement. Its wizards are closed then."""

    def __enter__(self) -> Shell:
        self._main = sys.modules["__main__"]
        config = Config()
        config.HistoryManager.enabled = False
        self.ipython = InteractiveShell.instance(config=config)
        self._wizards: list[Any] = []
        return self

    def __exit__(self, *_: object) -> None:
        for wizard in self._wizards:
            wizard.close()
        self.ipython.restore_sys_module_state()
        InteractiveShell.clear_instance()
        sys.modules["__main__"] = self._main

    def run(self, cell: str) -> Ran:
        with capture_output() as captured:
            done: ExecutionResult = self.ipython.run_cell(cell, store_history=True)
        for value in (done.result, *self.ipython.user_ns.values()):
            if type(value).__name__ == "Wizard" and all(value is not one for one in self._wizards):
                self._wizards.append(value)
        displayed = [output.data for output in captured.outputs]
        text = "\n".join([captured.stdout, *(data.get("text/plain", "") for data in displayed), captured.stderr])
        html = "\n".join(data.get("text/html", "") for data in displayed)
        return Ran(done.result, text, html, done.error_in_exec or done.error_before_exec)

    def __getitem__(self, name: str) -> Any:
        return self.ipython.user_ns[name]

    def completed(self, line: str) -> list[str]:
        """The line with each thing that Tab offers at its end."""
        with provisionalcompleter():
            found = list(self.ipython.Completer.completions(line, len(line)))
        return [line[: one.start] + one.text + line[one.end :] for one in found]
