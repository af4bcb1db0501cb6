"""`sendoff serve`: the screens in a browser, on this machine alone, ended with all behind them when it is stopped."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("textual_serve")
from aiohttp import ClientSession, CookieJar

from wizard.cli.serve import serve
from wizard.errors import SendoffError
from wizard.runtimes.process_table import started

SERVE = "from wizard.cli.serve import serve; serve(0)"


class Serving:
    """The command at work, and what it printed."""

    def __init__(self, folder: Path) -> None:
        environment = {**os.environ, "SENDOFF_HOME": str(folder / "home"), "COLUMNS": "100"}
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-c", SERVE],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout is not None
        self.printed = self.process.stdout.readline()
        found = re.search(r"(http://127\.0\.0\.1:\d+)/\?token=(\S+)", self.printed)
        assert found is not None, self.printed + self.process.stdout.read()
        self.address, self.token = found[1], found[2]

    def children(self) -> list[int]:
        task = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in task.read_text().split()]


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    serving = Serving(tmp_path)
    try:
        yield serving
    finally:
        serving.process.kill()
        serving.process.communicate()


async def page(serving: Serving, during: str) -> tuple[list[int], str]:
    """Open a page, wait for `during` on it, and tell which processes were behind it then."""
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as browser, asyncio.timeout(60):
        async with browser.get(f"{serving.address}/?token={serving.token}") as answer:
            assert answer.status == 200
        async with browser.ws_connect(
            f"{serving.address}/ws?width=100&height=30", headers={"Origin": serving.address}
        ) as socket:
            seen = ""
            while during not in seen:
                seen += (await socket.receive_bytes()).decode(errors="replace")
            return serving.children(), seen


def wait_for(what: str, condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def test_a_page_shows_the_wizard_and_its_process_ends_with_it(serving: Serving) -> None:
    children, _ = asyncio.run(page(serving, "Sendoff"))
    assert len(children) == 1
    wait_for("the page's process has ended", lambda: not started(children[0]))


def test_a_page_takes_up_what_was_left_in_the_folder(serving: Serving, tmp_path: Path) -> None:
    model = Path(shutil.copy(Path(__file__).parents[2] / "examples" / "housing" / "model.pkl", tmp_path))
    draft = tmp_path / ".sendoff" / "draft.json"
    draft.parent.mkdir()
    answers = {"step": "settings", "left": [], "values": {"model.path": str(model), "service.name": "left-behind"}}
    draft.write_text(json.dumps({"folder": str(tmp_path), "plan": None, "session": answers}))
    asyncio.run(page(serving, "left-behind"))
    assert draft.exists()


def test_the_token_is_not_in_the_command_or_environment_of_a_page(serving: Serving) -> None:
    async def looked() -> str:
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as browser, asyncio.timeout(60):
            await (await browser.get(f"{serving.address}/?token={serving.token}")).read()
            async with browser.ws_connect(f"{serving.address}/ws", headers={"Origin": serving.address}) as socket:
                await socket.receive_bytes()
                (pid,) = serving.children()
                process = Path(f"/proc/{pid}")
                return (process / "environ").read_text() + (process / "cmdline").read_text()

    assert serving.token not in asyncio.run(looked())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_and_all_its_pages(serving: Serving, number: signal.Signals) -> None:
    async def stopped_while_open() -> int:
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as browser, asyncio.timeout(60):
            await (await browser.get(f"{serving.address}/?token={serving.token}")).read()
            async with browser.ws_connect(f"{serving.address}/ws", headers={"Origin": serving.address}) as socket:
                await socket.receive_bytes()
                (pid,) = serving.children()
                serving.process.send_signal(number)
                while not socket.closed:
                    await socket.receive()
                return pid

    pid = asyncio.run(stopped_while_open())
    out, _ = serving.process.communicate(timeout=30)
    assert serving.process.returncode == 0
    assert not started(pid)
    assert "Traceback" not in out
    assert serving.token not in out, "the token is in the printed address and in no other line"


def test_the_pages_of_a_killed_server_end_too(serving: Serving) -> None:
    async def killed_while_open() -> int:
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as browser, asyncio.timeout(60):
            await (await browser.get(f"{serving.address}/?token={serving.token}")).read()
            async with browser.ws_connect(f"{serving.address}/ws", headers={"Origin": serving.address}) as socket:
                await socket.receive_bytes()
                (pid,) = serving.children()
                serving.process.kill()
                return pid

    pid = asyncio.run(killed_while_open())
    wait_for("the page's process has ended", lambda: not started(pid))


def test_only_this_machine_reaches_it(serving: Serving) -> None:
    port = serving.address.rpartition(":")[2]
    listening = subprocess.run(["ss", "-Hltn", f"sport = :{port}"], capture_output=True, text=True, check=True)
    assert [line.split()[3] for line in listening.stdout.splitlines()] == [f"127.0.0.1:{port}"]


def test_a_port_that_is_taken_is_an_error_with_a_fix() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SendoffError) as caught:
            serve(port)
    assert str(port) in caught.value.what
    assert caught.value.why
    assert "--port" in caught.value.fix


def test_without_textual_serve_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "textual_serve", None)
    with pytest.raises(SendoffError) as caught:
        serve(0)
    assert caught.value.fix == "pip install 'sendoff[workshop]'"
