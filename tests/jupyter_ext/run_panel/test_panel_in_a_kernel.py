"""The panel in a kernel with subshells, where each question of a page has a shell of its own to be heard on."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.jupyter_ext.wizard.live_kernel import PATIENCE, LiveKernel

_UNHEARD = 20.0
"""Seconds without an answer after which nobody has heard: a deadline, not a pace."""

_RUN = """
from pathlib import Path
from tests.jupyter_ext.run_panel.staged import Bench
from jupyter_ext.run_panel import RunPanel

def write_on(road, reporter):
    number = 0
    while not bench.go.wait(0.02):
        reporter.log(f"line {number}")
        reporter.check()
        number += 1

bench = Bench(Path.cwd())
bench.work["build"] = write_on
panel = RunPanel(bench.run(), plan_path=bench.plan, begin=bench.begin, ahead=bench.ahead)
print(panel.comm.comm_id)
"""


class Page:
    """Speaks to one widget as JupyterLab does."""

    def __init__(self, kernel: LiveKernel, widget: str) -> None:
        self._client, self._widget = kernel.client, widget

    def ask_control(self, kind: str, content: dict[str, Any]) -> dict[str, Any]:
        """The content of the answer."""
        message = self._client.session.msg(kind, content)
        self._client.control_channel.send(message)
        end = time.monotonic() + PATIENCE
        while True:
            answer: dict[str, Any] = self._client.get_control_msg(timeout=max(0.01, end - time.monotonic()))
            if answer["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                return dict(answer["content"])

    def on_shell(self, kind: str, content: dict[str, Any], shell: str | None) -> str:
        """Say something on that shell (None: the main one). Returns the message's id."""
        message = self._client.session.msg(kind, content)
        message["header"]["subshell_id"] = shell
        self._client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def say_hello(self, shell: str | None = None) -> None:
        hello = {"method": "custom", "content": {"kind": "hello", "run": 0, "have": 0}}
        self.on_shell("comm_msg", {"comm_id": self._widget, "data": hello}, shell)

    def hear(self, *, whole: bool, shell: str = "") -> bool:
        """Whether the panel says something before a page gives up: all there is, or what is new; where a shell is given, in the
        name of something that was asked there."""
        end = time.monotonic() + _UNHEARD
        while time.monotonic() < end:
            try:
                message = self._client.get_iopub_msg(timeout=1)
            except queue.Empty:
                continue
            if message["msg_type"] != "comm_msg" or message["content"]["comm_id"] != self._widget:
                continue
            said = message["content"]["data"].get("content", {})
            if bool(said.get("whole")) == whole and shell in {"", message["parent_header"].get("subshell_id")}:
                return True
        return False


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[LiveKernel]:
    with LiveKernel(tmp_path / "work", tmp_path / "home") as kernel:
        yield kernel
        kernel.run("bench.go.set()")


def test_a_page_is_heard_though_the_shell_that_was_asked_last_is_gone(kernel: LiveKernel) -> None:
    page = Page(kernel, kernel.run(_RUN)[0]["text"].strip())
    page.say_hello()
    assert page.hear(whole=True)
    shell = page.ask_control("create_subshell_request", {})["subshell_id"]
    page.on_shell("comm_info_request", {}, shell)  # as a page does that has just come, for which it has a shell made
    assert page.hear(whole=False, shell=shell)
    assert page.ask_control("delete_subshell_request", {"subshell_id": shell})["status"] == "ok"
    page.say_hello()
    assert page.hear(whole=True)


def test_a_page_with_a_shell_of_its_own_is_heard_while_a_cell_runs(kernel: LiveKernel) -> None:
    page = Page(kernel, kernel.run(_RUN)[0]["text"].strip())
    shell = page.ask_control("create_subshell_request", {})["subshell_id"]
    heard: list[bool] = []

    def ask(_outputs: list[dict[str, Any]]) -> None:
        if not heard:
            page.say_hello(shell)
            heard.append(page.hear(whole=True))
            (kernel.folder / "over").touch()

    kernel.run("import time\nwhile not Path('over').exists():\n    time.sleep(0.02)", meanwhile=ask)
    assert heard == [True]
