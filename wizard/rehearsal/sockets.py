"""What a process or container listens on, read from the kernel's own table."""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

from wizard.advice.causes import Listener

_LISTENING = "0A"


def parse_table(text: str) -> Iterator[tuple[Listener, str]]:
    """Listening sockets of a /proc/net/tcp or tcp6 table, each with its inode."""
    for line in text.splitlines():
        fields = line.split()
        if len(fields) < 10 or fields[3] != _LISTENING:
            continue
        address, _, port = fields[1].rpartition(":")
        with contextlib.suppress(ValueError, OSError):
            yield Listener(_address(address), int(port, 16)), fields[9]


def _address(text: str) -> str:
    # The table holds the address as the host's 32-bit words: little-endian wherever containers for models run.
    raw = b"".join(struct.pack("<I", int(text[at : at + 8], 16)) for at in range(0, len(text), 8))
    if len(raw) == 4:
        return socket.inet_ntop(socket.AF_INET, raw)
    if raw.startswith(b"\0" * 10 + b"\xff\xff"):
        return socket.inet_ntop(socket.AF_INET, raw[12:])
    return socket.inet_ntop(socket.AF_INET6, raw)


def listeners_of_network(pid: int) -> tuple[Listener, ...] | None:
    """Everything listened on in the network of a process (a container's, where it has its own); None where it cannot be read."""
    tables = [Path(f"/proc/{pid}/net/{name}") for name in ("tcp", "tcp6")]
    try:
        return _unique(listener for table in tables for listener, _ in parse_table(table.read_text()))
    except OSError:
        return None


def listeners_of_processes(pid: int) -> tuple[Listener, ...] | None:
    """What a process of this machine and its descendants listen on; None where it cannot be read."""
    try:
        inodes = {inode for one in (pid, *_descendants(pid)) for inode in _sockets(one)}
        tables = [Path(f"/proc/{pid}/net/{name}").read_text() for name in ("tcp", "tcp6")]
    except OSError:
        return None
    return _unique(listener for table in tables for listener, inode in parse_table(table) if inode in inodes)


def _unique(listeners: Iterable[Listener]) -> tuple[Listener, ...]:
    return tuple(dict.fromkeys(listeners))


def _sockets(pid: int) -> Iterator[str]:
    with contextlib.suppress(OSError):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                target = str(descriptor.readlink())
                if target.startswith("socket:["):
                    yield target[8:-1]


def _descendants(pid: int) -> Iterator[int]:
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):
                for child in (task / "children").read_text().split():
                    yield int(child)
                    yield from _descendants(int(child))
