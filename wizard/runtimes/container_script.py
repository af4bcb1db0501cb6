"""Running a Python script inside an image: a throw-away container with no network and nowhere to write."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

from wizard.errors import TargetError
from wizard.events import Reporter
from wizard.images.engine import Engine
from wizard.runtimes import owner, script
from wizard.runtimes.script import LastWords

_STDOUT = 1


def run(engine: Engine, image: str, source: str, stdin: bytes, timeout: float, reporter: Reporter) -> bytes:
    """Stdout of the script; see `Runtime.run_script`."""
    reporter.check()
    api = engine.new_client()  # its connection is given to the container's streams, and closed with them
    words = LastWords(reporter)
    output = bytearray()
    late = threading.Event()
    container = ""
    try:
        with engine.guarding("running a script in a container"):
            container = _create(api, image, script.arguments(source, stdin))
            connection = api.attach_socket(container, {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1})

            def kill() -> None:
                # A client of its own: this runs in the thread that cancels, while `api` is in use.
                with contextlib.suppress(Exception):
                    engine.api.kill(container)

            def too_late() -> None:
                late.set()
                kill()

            clock = threading.Timer(timeout, too_late)
            writer = threading.Thread(target=_send, args=(connection, script.payload(source, stdin)), daemon=True)
            api.start(container)
            clock.start()
            writer.start()
            try:
                with reporter.cancel.interrupting(kill):
                    _receive(api, connection, output, words)
                    code = int(api.wait(container, timeout=30)["StatusCode"])
            finally:
                clock.cancel()
    finally:
        if container:
            with contextlib.suppress(Exception):
                engine.api.remove_container(container, force=True, v=True)
        api.close()
    words.feed(b"")
    reporter.check()
    if late.is_set():
        raise script.timed_out(timeout, words)
    if code != 0:
        raise script.failed(code, words)
    return bytes(output)


def _create(api: Any, image: str, arguments: list[str]) -> str:
    from docker.errors import ImageNotFound

    limits = api.create_host_config(
        network_mode="none",
        read_only=True,
        tmpfs={"/tmp": "rw,exec,nosuid,nodev,mode=1777"},
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
        pids_limit=1024,
    )
    try:
        return str(
            api.create_container(
                image,
                entrypoint=["python", *arguments],
                command=[],
                stdin_open=True,
                environment={"PYTHONDONTWRITEBYTECODE": "1", "HOME": "/tmp"},
                labels={owner.LABEL: owner.me()},
                host_config=limits,
            )["Id"]
        )
    except ImageNotFound as error:
        raise TargetError(
            "The image is not in the engine.",
            f"The engine knows no {image}: it was removed, or built in another engine.",
            "Build it again with `sendoff build`.",
        ) from error


def _send(connection: Any, data: bytes) -> None:
    # A script that ends early closes its side: what it printed and its exit code tell why, not this.
    with contextlib.suppress(OSError):
        getattr(connection, "_sock", connection).sendall(data)


def _receive(api: Any, connection: Any, output: bytearray, words: LastWords) -> None:
    from docker.utils.socket import frames_iter

    api._disable_socket_timeout(connection)
    for stream, piece in frames_iter(connection, tty=False):
        if stream == _STDOUT:
            output += piece
        else:
            words.feed(piece)
