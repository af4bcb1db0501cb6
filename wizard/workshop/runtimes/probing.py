"""Asking an instance whether it is up, as Cloud Run's startup probe does."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Callable
from contextlib import closing

from wizard.workshop.runtime import StartupProbe

_FIRST_PAUSE = 0.02
_LONGEST_PAUSE = 0.2
_ENDS_AT_ONCE = 1.0
"""Seconds within which an engine's forwarder hangs up where nothing listens behind it, on a busy machine too."""


def wait_until_up(
    probe: StartupProbe, address: tuple[str, int], going_on: Callable[[], bool], *, forwarded: bool = False
) -> bool:
    """Ask until the probe passes: True. False where its time is up, or where `going_on` says no.

    The time is Cloud Run's (initial delay, then `failures` questions a period apart); the questions come closer together,
    as a person waits here. `forwarded`: whoever listens at the address forwards to the instance, and takes connections
    before the instance does.
    """
    deadline = time.monotonic() + probe.initial_delay + probe.failures * max(probe.period, probe.timeout)
    ask = _http if probe.kind == "http" else _tcp
    pause = _FIRST_PAUSE
    while True:
        if ask(address, probe, forwarded):
            return True
        if time.monotonic() >= deadline or not going_on():
            return False
        time.sleep(pause)
        pause = min(pause * 1.2, _LONGEST_PAUSE)


def _tcp(address: tuple[str, int], probe: StartupProbe, forwarded: bool) -> bool:
    try:
        with socket.create_connection(address, timeout=max(0.1, probe.timeout)) as connection:
            if is_with_itself(connection):
                return False
            if not forwarded:
                return True
            connection.settimeout(_ENDS_AT_ONCE)
            try:
                return connection.recv(1) != b""
            except TimeoutError:
                return True  # it waits for what we have to say
    except OSError:
        return False


def is_with_itself(connection: socket.socket) -> bool:
    """Nobody listens, and the system gave the asking end the very port that was asked: TCP lets the two ends be one."""
    return bool(connection.getsockname() == connection.getpeername())


def _http(address: tuple[str, int], probe: StartupProbe, forwarded: bool) -> bool:
    del forwarded  # an answer is an answer
    with closing(http.client.HTTPConnection(*address, timeout=max(0.1, probe.timeout))) as connection:
        try:
            connection.request("GET", probe.path or "/", headers={"User-Agent": "GoogleHC/1.0"})
            return 200 <= connection.getresponse().status < 400
        except (OSError, http.client.HTTPException):
            return False
