"""The screens in a browser: an HTTP application that gives each page a process of its own, to those who have the token.

Only `wizard.cli.serve` imports this, for it needs textual-serve, an optional extra.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import re
import secrets
import signal
from collections.abc import Awaitable, Callable
from html import escape
from pathlib import Path
from typing import Any

import textual_serve
from aiohttp import WSCloseCode, WSMsgType, web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

_STATIC = Path(textual_serve.__file__).parent / "static"
_PATIENCE = 3.0
"""Seconds a page's process has to end by itself before it is ended."""
_MOST_CELLS = 1_000
_HOSTS = ("127.0.0.1", "localhost")

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"><title>Sendoff</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/css/xterm.css">
<script nonce="{nonce}">history.replaceState(null, "", "/");</script>
<script src="/static/js/textual.js"></script>
<style>
@font-face {{ font-family: "Roboto Mono"; src: url("/static/fonts/RobotoMono-VariableFont_wght.ttf"); }}
html, body {{ margin: 0; height: 100%; overflow: hidden; background: #0c181f; color: #eee; font: 16px sans-serif; }}
#terminal {{ width: 100vw; height: 100vh; }}
.word {{ position: absolute; inset: 0; display: flex; align-items: center; justify-content: center; z-index: 20; }}
.word a {{ color: inherit; margin-left: .5em; }}
#ended {{ display: none; background: #0c181f; }}
body.-first-byte #starting {{ display: none; }}
body.-closed #starting {{ display: none; }}
body.-closed #ended {{ display: flex; }}
</style>
</head>
<body>
<div id="starting" class="word" role="status">Starting …</div>
<div id="ended" class="word" role="status">This page has ended; what you answered is kept. <a href="/">Open it again</a></div>
<div id="terminal" class="textual-terminal" data-session-websocket-url="ws://{host}/ws" data-font-size="{font}"></div>
</body>
</html>
"""
_REFUSED = "This address needs the token that `sendoff serve` printed: open the whole address, as it stands there.\n"


class Door:
    """Who may come in: only what was opened with the token, at this very address, and not from another page."""

    def __init__(self, port: int) -> None:
        self.token = secrets.token_urlsafe(32)
        """Comes in the address that is printed, once; what the browser keeps is a secret of its own."""
        self._ticket = secrets.token_urlsafe(32)
        self._cookie = f"sendoff-{port}"  # cookies are shared by all ports of a host
        self._authorities = frozenset(f"{host}:{port}" for host in _HOSTS)

    def lets_in(self, request: web.Request) -> bool:
        """Whether the request has the token or the cookie, and comes from where it should."""
        if request.headers.get("Host", "").lower() not in self._authorities:
            return False  # another name that leads to this address: DNS rebinding
        origin = request.headers.get("Origin")
        if origin is None and request.headers.get("Upgrade", "").lower() == "websocket":
            return False  # browsers always send one
        if origin is not None and origin.lower().removeprefix("http://") not in self._authorities:
            return False
        return self.has_token(request) or _same(request.cookies.get(self._cookie, ""), self._ticket)

    def has_token(self, request: web.Request) -> bool:
        """Whether it is the opening of the printed address itself."""
        return request.path == "/" and _same(request.query.get("token", ""), self.token)

    def hand_ticket(self, response: web.StreamResponse) -> None:
        """What lets the browser's next requests in."""
        response.set_cookie(self._cookie, self._ticket, httponly=True, samesite="Strict", path="/")


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), wanted.encode())


class _Process(AppService):
    """The process behind one page."""

    async def run(self) -> None:
        """Pass on what it draws, until it has ended: the page ends with it, one that never came up too."""
        await super().run()
        with contextlib.suppress(ConnectionError):
            await self.remote_close()

    async def stop(self) -> None:
        """Ask it to end, then make it end."""
        task, self._task = self._task, None
        if task is None or self._process is None:
            return
        await self._download_manager.cancel_app_downloads(app_service_id=self.app_service_id)
        await self.send_meta({"type": "quit"})
        for number in (signal.SIGTERM, signal.SIGKILL, None):
            done, _ = await asyncio.wait({task}, timeout=_PATIENCE)
            if done or number is None:
                break
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)
        await self._process.wait()


class Pages:
    """The pages that are open, each with its process."""

    def __init__(self, door: Door, command: str) -> None:
        self._door = door
        self._command = command
        self._downloads = DownloadManager()
        self._open: dict[web.WebSocketResponse, _Process] = {}

    def application(self) -> web.Application:
        """To be served on 127.0.0.1."""
        app = web.Application(middlewares=[self._guard])
        app.add_routes(
            [
                web.get("/", self._page),
                web.get("/ws", self._socket),
                web.get("/download/{key}", self._download),
                web.static("/static", _STATIC),
            ]
        )
        app.on_shutdown.append(self._close)
        return app

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if not self._door.lets_in(request):
            return web.Response(status=403, text=_REFUSED, headers={"Cache-Control": "no-store"})
        return await handler(request)

    async def _page(self, request: web.Request) -> web.Response:
        nonce = secrets.token_urlsafe(16)
        font = request.query.get("fontsize", "16")
        font = font if re.fullmatch(r"[1-9][0-9]", font) else "16"
        response = web.Response(
            text=_PAGE.format(nonce=nonce, host=escape(request.host), font=font),
            content_type="text/html",
            headers={
                "Content-Security-Policy": f"default-src 'self'; script-src 'self' 'nonce-{nonce}'; "
                "style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
                f"connect-src ws://{request.host}; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
                "Referrer-Policy": "no-referrer",
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "no-store",
            },
        )
        if self._door.has_token(request):
            self._door.hand_ticket(response)
        return response

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(heartbeat=15)
        await socket.prepare(request)
        process = _Process(
            self._command,
            write_bytes=socket.send_bytes,
            write_str=socket.send_str,
            close=_closing(socket),
            download_manager=self._downloads,
        )
        self._open[socket] = process
        try:
            await process.start(_cells(request.query.get("width"), 80), _cells(request.query.get("height"), 24))
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    with contextlib.suppress(ValueError, TypeError, KeyError, IndexError):  # what is no message of ours
                        await _pass_on(message.json(), socket, process)
        finally:
            await asyncio.shield(process.stop())
            self._open.pop(socket, None)
        return socket

    async def _download(self, request: web.Request) -> web.StreamResponse:
        key = request.match_info["key"]
        try:
            download = await self._downloads.get_download_metadata(key)
        except KeyError:
            raise web.HTTPNotFound(text="There is no such download any more.\n") from None
        response = web.StreamResponse()
        response.content_type = "application/octet-stream"
        response.headers["X-Content-Type-Options"] = "nosniff"
        name = re.sub(r"[^\w.-]", "_", download.file_name, flags=re.ASCII)
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        await response.prepare(request)
        async for chunk in self._downloads.download(key):
            await response.write(chunk)
        await response.write_eof()
        return response

    async def _close(self, _app: web.Application) -> None:
        open_pages = list(self._open.items())
        await asyncio.gather(*(process.stop() for _, process in open_pages), return_exceptions=True)
        for socket, _ in open_pages:
            with contextlib.suppress(ConnectionError):
                await socket.close(code=WSCloseCode.GOING_AWAY)


def _closing(socket: web.WebSocketResponse) -> Callable[[], Awaitable[None]]:
    async def close() -> None:
        await socket.close()

    return close


async def _pass_on(message: Any, socket: web.WebSocketResponse, process: AppService) -> None:
    """One message of the page's script: what was typed, the size, whether it is looked at."""
    match message:
        case ["stdin", str(typed)]:
            await process.send_bytes(typed.encode("utf-8", "replace"))
        case ["resize", {"width": width, "height": height}]:
            await process.set_terminal_size(_cells(width, 80), _cells(height, 24))
        case ["ping", sent]:
            await socket.send_json(["pong", sent])
        case ["blur", *_]:
            await process.blur()
        case ["focus", *_]:
            await process.focus()


def _cells(given: Any, otherwise: int) -> int:
    try:
        return max(1, min(_MOST_CELLS, int(given)))
    except (TypeError, ValueError):
        return otherwise
