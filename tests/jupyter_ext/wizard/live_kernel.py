"""A real kernel with nobody's page before it: cells are run, their outputs kept as a notebook would keep them."""

from __future__ import annotations

import os
import queue
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager

ROOT = Path(__file__).parents[3]
PATIENCE = 120.0
"""Seconds that anything may take: a deadline, not a pace."""


class LiveKernel:
    """Ends with the `with` statement."""

    def __init__(self, folder: Path, home: Path) -> None:
        """`folder` is where it works, `home` where Sendoff notes things down for the account."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("JPY_", "VSCODE"))}
        paths = os.pathsep.join(filter(None, (str(ROOT), environment.get("PYTHONPATH"))))
        home.mkdir(parents=True, exist_ok=True)
        environment |= {"SENDOFF_HOME": str(home), "IPYTHONDIR": str(home / "ipython"), "PYTHONPATH": paths}
        self.outputs: list[dict[str, Any]] = []
        """Of all cells, as they stand in the notebook now."""
        self._manager = KernelManager(kernel_name="python3")
        self._manager.start_kernel(env=environment, cwd=str(folder))
        self.client = self._connected()

    def __enter__(self) -> LiveKernel:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.stop_channels()
        self._manager.shutdown_kernel(now=True)

    def run(
        self,
        code: str,
        *,
        answers: list[str] | None = None,
        meanwhile: Callable[[list[dict[str, Any]]], None] = lambda outputs: None,
    ) -> list[dict[str, Any]]:
        """Run a cell to its end, and give its outputs. Those of earlier cells may change meanwhile, too.

        `answers` are typed one after the other where the cell asks; without them nobody can be asked. `meanwhile` is called
        whenever something has come from the cell, and now and then.
        """
        request = self.client.execute(code, allow_stdin=answers is not None)
        outputs: list[dict[str, Any]] = []
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self._answer(answers)
            try:
                message = self.client.get_iopub_msg(timeout=0.1)
            except queue.Empty:
                meanwhile(outputs)
                continue
            if message["parent_header"].get("msg_id") != request:
                continue
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                return outputs
            self._keep(outputs, message)
            meanwhile(outputs)
        raise AssertionError(f"the cell did not end within {PATIENCE:.0f} s: {code}")

    def _answer(self, answers: list[str] | None) -> None:
        if answers:
            try:
                self.client.get_stdin_msg(timeout=0.01)
            except queue.Empty:
                return
            self.client.input(answers.pop(0))

    def _keep(self, outputs: list[dict[str, Any]], message: dict[str, Any]) -> None:
        """Take an output over as a notebook does: one that is updated changes in its place."""
        content, kind = message["content"], message["msg_type"]
        name = content.get("transient", {}).get("display_id")
        match kind:
            case "update_display_data":
                for output in self.outputs:
                    if output.get("display_id") == name:
                        output["data"] = content["data"]
                return
            case "display_data" | "execute_result":
                output = {"kind": kind, "data": content["data"], "display_id": name}
            case "stream":
                output = {"kind": kind, "text": content["text"]}
            case "error":
                output = {"kind": kind, "name": content["ename"], "lines": content["traceback"]}
            case _:
                return
        outputs.append(output)
        self.outputs.append(output)

    def interrupt(self) -> None:
        self._manager.interrupt_kernel()

    def restart(self) -> None:
        self.client.stop_channels()
        self._manager.restart_kernel(now=True)
        self.client = self._connected()

    def _connected(self) -> Any:
        client = self._manager.client()
        client.start_channels()
        client.wait_for_ready(timeout=PATIENCE)
        return client


def said(outputs: list[dict[str, Any]]) -> str:
    """All of the outputs in plain text."""
    texts = []
    for output in outputs:
        texts.append(
            output.get("text") or "\n".join(output.get("lines", ())) or output.get("data", {}).get("text/plain", "")
        )
    return "\n".join(texts)
