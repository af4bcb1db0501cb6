"""Whether a caller on this machine is of this account: on a machine that people share, 127.0.0.1 is open to them all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_LOOPBACK = "0100007F"
"""127.0.0.1 as the tables have it; in the second one, at the end of an IPv6 address."""
_ROOT = 0


def is_same_account(caller_port: int, own_port: int) -> bool:
    """The connection from 127.0.0.1:`caller_port` to 127.0.0.1:`own_port` was made by this account, or by root.

    Read from the system's table of connections. Where there is none (macOS, Windows, some sandboxes) nobody can tell, and
    everybody counts as the same.
    """
    if not hasattr(os, "getuid"):
        return True
    told = False
    for local, remote, account in _connections():
        if local == (_LOOPBACK, caller_port) and remote == (_LOOPBACK, own_port):
            return account in (os.getuid(), _ROOT)
        told = told or local == (_LOOPBACK, own_port)
    return not told


def _connections() -> Iterator[tuple[tuple[str, int], tuple[str, int], int]]:
    for table in _TABLES:
        try:
            lines = table.read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            yield _address(fields[1]), _address(fields[2]), int(fields[7])


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host[-8:], int(port, 16)
