"""Who gets a page of `sendoff serve`, what the page holds, and what becomes of the process behind it."""

from __future__ import annotations

import asyncio
import re
import shlex
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("textual_serve")
from aiohttp import ClientSession, CookieJar, WSMsgType, WSServerHandshakeError, web

from wizard.cli.browser_pages import Door, Pages
from wizard.runtimes.process_table import started

APP = """
import os, sys
from textual.app import App
from textual.widgets import Static
class Small(App):
    def compose(self):
        yield Static(f"I am process {os.getpid()}.")
    def on_key(self, event):
        self.query_one(Static).update(f"You pressed {event.key}.")
Small().run()
"""
STUBBORN = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.write(1, b"__GANGLION__\\n" + b"D" + (40).to_bytes(4, "big") + f"I am process {os.getpid()}.".ljust(40).encode())
time.sleep(600)
"""


@dataclass
class Served:
    address: str
    door: Door
    browser: ClientSession

    async def open(self) -> str:
        """The page, as opened with the whole address; the browser keeps the cookie."""
        async with self.browser.get(f"{self.address}/?token={self.door.token}") as answer:
            assert answer.status == 200
            return await answer.text()

    def socket(self, **headers: str) -> Any:
        """A page's connection, as the browser would open it."""
        return self.browser.ws_connect(
            f"{self.address}/ws?width=60&height=10", headers={"Origin": self.address, **headers}
        )


@asynccontextmanager
async def serving(app: str = APP) -> AsyncIterator[Served]:
    import socket

    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    door = Door(port)
    command = f"exec {shlex.join([sys.executable, '-c', app])}"
    runner = web.AppRunner(Pages(door, command).application(), access_log=None)
    await runner.setup()
    try:
        await web.SockSite(runner, listening).start()
        async with ClientSession(
            cookie_jar=CookieJar(unsafe=True)
        ) as browser:  # unsafe: cookies of an address in numbers
            yield Served(f"http://127.0.0.1:{port}", door, browser)
    finally:
        await runner.cleanup()


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(60):
            await test()

    asyncio.run(bounded())


async def read_until(socket: Any, pattern: str) -> re.Match[str]:
    seen = ""
    while (found := re.search(pattern, seen)) is None:
        seen += (await socket.receive_bytes()).decode(errors="replace")
    return found


@pytest.mark.parametrize(
    "path", ["/", "/?token=", "/?token=wrong", "/ws", "/static/js/textual.js", "/static/", "/download/x", "/nothing"]
)
def test_without_the_token_every_path_is_refused(path: str) -> None:
    async def test() -> None:
        async with serving() as served, served.browser.get(served.address + path) as answer:
            assert answer.status == 403
            assert "needs the token" in await answer.text()
            assert not answer.cookies

    run(test)


def test_the_token_opens_no_other_path_than_the_page() -> None:
    async def test() -> None:
        async with serving() as served:
            for path in ("/ws", "/static/js/textual.js", "/download/x"):
                async with served.browser.get(f"{served.address}{path}?token={served.door.token}") as answer:
                    assert answer.status == 403

    run(test)


def test_without_the_cookie_there_is_no_socket() -> None:
    async def test() -> None:
        async with serving() as served:
            with pytest.raises(WSServerHandshakeError) as refused:
                await served.socket()
            assert refused.value.status == 403

    run(test)


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_pages() -> None:
    async def test() -> None:
        async with serving() as served:
            async with served.browser.get(f"{served.address}/?token={served.door.token}") as answer:
                cookie = answer.headers["Set-Cookie"]
                assert "HttpOnly" in cookie
                assert "SameSite=Strict" in cookie
                assert served.door.token not in cookie
            async with served.browser.get(served.address + "/") as again:
                assert again.status == 200
            async with served.browser.get(served.address + "/static/js/textual.js") as script:
                assert script.status == 200

    run(test)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "https://evil.example:80"},
        {"Host": "evil.example"},
        {"Host": "127.0.0.1"},
    ],
)
def test_another_page_or_another_name_gets_nothing_even_with_the_cookie(headers: dict[str, str]) -> None:
    async def test() -> None:
        async with serving() as served:
            await served.open()
            async with served.browser.get(served.address + "/", headers=headers) as answer:
                assert answer.status == 403
            with pytest.raises(WSServerHandshakeError):
                await served.socket(**headers)

    run(test)


def test_a_socket_without_origin_is_refused() -> None:
    async def test() -> None:
        async with serving() as served:
            await served.open()
            with pytest.raises(WSServerHandshakeError):
                await served.browser.ws_connect(f"{served.address}/ws")

    run(test)


def test_the_page_refers_to_nothing_outside_and_may_not() -> None:
    async def test() -> None:
        async with serving() as served:
            page = await served.open()
            outside = [link for link in re.findall(r"(?:https?:|ws:)?//[\w.:-]+", page) if "127.0.0.1" not in link]
            assert outside == []
            async with served.browser.get(served.address + "/") as answer:
                assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
                assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert served.door.token not in page
            for path in re.findall(r'(?:src|href)="(/static[^"]+)"|url\("([^"]+)"\)', page):
                async with served.browser.get(served.address + "".join(path)) as part:
                    assert part.status == 200, path

    run(test)


def test_a_page_is_drawn_and_takes_keys() -> None:
    async def test() -> None:
        async with serving() as served:
            await served.open()
            async with served.socket() as socket:
                await read_until(socket, r"process (\d+)")
                for nonsense in (
                    "no JSON",
                    "7",
                    "[]",
                    '["stdin"]',
                    '["stdin", 7]',
                    '["resize", {"width": "x"}]',
                    "[[]]",
                ):
                    await socket.send_str(nonsense)
                await socket.send_json(["resize", {"width": 40, "height": 8}])
                await socket.send_json(["stdin", "x"])
                await read_until(socket, "pressed x")

    run(test)


def test_two_pages_are_two_processes_and_each_ends_with_its_page() -> None:
    async def test() -> None:
        async with serving() as served:
            await served.open()
            async with served.socket() as one, served.socket() as other:
                first = int((await read_until(one, r"process (\d+)"))[1])
                second = int((await read_until(other, r"process (\d+)"))[1])
                assert first != second
                await one.close()
                await ended(first)
                assert started(second)
            await ended(second)

    run(test)


@pytest.mark.parametrize("app", [APP, STUBBORN])
def test_when_the_server_stops_no_process_is_left(app: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wizard.cli.browser_pages._PATIENCE", 0.5)

    async def test() -> None:
        async with serving(app) as served:
            await served.open()
            socket = await served.socket()
            pid = int((await read_until(socket, r"process (\d+)"))[1])
            assert started(pid)
        assert not started(pid)

    run(test)


@pytest.mark.parametrize("app", ["raise SystemExit(3)", "import time"])
def test_a_page_whose_process_does_not_come_up_is_ended(app: str) -> None:
    async def test() -> None:
        async with serving(app) as served:
            await served.open()
            async with served.socket() as socket:
                assert (await socket.receive()).type in {WSMsgType.CLOSE, WSMsgType.CLOSED}

    run(test)


async def ended(pid: int) -> None:
    while started(pid):
        await asyncio.sleep(0.02)


def test_each_server_has_a_token_of_its_own_that_cannot_be_guessed() -> None:
    tokens = {Door(1).token for _ in range(10)}
    assert len(tokens) == 10
    assert all(len(token) >= 32 for token in tokens)


def test_a_file_name_cannot_get_into_the_headers_of_a_download(tmp_path: Path) -> None:
    save = f"""
import io
from textual.app import App
class Small(App):
    def on_mount(self):
        self.deliver_text(io.StringIO("what was saved"), save_directory={str(tmp_path)!r}, save_filename='a"b;c\\u00e9.log')
Small().run()
"""

    async def test() -> None:
        async with serving(save) as served:
            await served.open()
            async with served.socket() as socket:
                while True:
                    message = await socket.receive()
                    if isinstance(message.data, str):
                        break
                key = message.json()[1]
                async with served.browser.get(f"{served.address}/download/{key}") as answer:
                    assert await answer.text() == "what was saved"
                    assert answer.headers["Content-Disposition"] == 'attachment; filename="a_b_c_.log"'

    run(test)
