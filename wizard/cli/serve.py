"""`sendoff serve`: the terminal wizard in a browser on this machine, for those who have the address with its token."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import signal
import socket
import sys

from wizard.cli.outcome import say
from wizard.errors import SendoffError

DEFAULT_PORT = 8791


def serve(port: int | None = None) -> None:
    """Serve until it is stopped with Ctrl-C, SIGTERM or by closing the terminal; every page's process ends with it.

    Without a port it takes 8791, or a free one where that is taken. Raises SendoffError where the port is taken, or
    textual-serve is not installed.
    """
    try:
        import textual_serve  # noqa: F401  # before a port is taken
    except ImportError:
        raise SendoffError(
            "The screens cannot be shown in a browser.",
            "The package textual-serve is not installed here.",
            "pip install 'sendoff[workshop]'",
        ) from None
    listening = _listen(port)
    with listening, contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(listening))


def _listen(port: int | None) -> socket.socket:
    """A socket on 127.0.0.1 and nowhere else."""
    for candidate in (DEFAULT_PORT, 0) if port is None else (port,):
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(("127.0.0.1", candidate))
        except OSError as error:
            listening.close()
            why = error.strerror or str(error)
            continue
        return listening
    raise SendoffError(
        f"Port {port} cannot be had.", f"{why}.", "Choose another with --port, or none: a free one is taken then."
    )


async def _serve(listening: socket.socket) -> None:
    from aiohttp import web

    from wizard.cli.browser_pages import Door, Pages

    port = listening.getsockname()[1]
    door = Door(port)
    # -P: a module of the person's own in this folder is not taken for one of ours.
    command = f"exec {shlex.join([sys.executable, '-P', '-m', 'wizard.cli.served_page'])}"
    runner = web.AppRunner(Pages(door, command).application(), access_log=None, shutdown_timeout=5)
    await runner.setup()
    stop = asyncio.Event()
    for number in ("SIGINT", "SIGTERM", "SIGHUP"):
        with contextlib.suppress(NotImplementedError, AttributeError):
            asyncio.get_running_loop().add_signal_handler(getattr(signal, number), stop.set)
    try:
        await web.SockSite(runner, listening).start()
        say(f"The wizard is at http://127.0.0.1:{port}/?token={door.token}")
        say("Only this machine reaches it. Who has the address can do there what you can do: keep it to yourself.")
        say("Every page is a wizard of its own, and takes up what was left in this folder. Ctrl-C ends them all.")
        sys.stdout.flush()
        await stop.wait()
    finally:
        await runner.cleanup()
