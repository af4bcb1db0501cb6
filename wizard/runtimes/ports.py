"""Ports of this machine: a free one, and who holds one that is not."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

LOOPBACK = "127.0.0.1"
_LISTENING = "0A"


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Nobody listens on this port of 127.0.0.1, and this account may listen on it."""
    with socket.socket() as probe:
        # Connections of a listener that has just ended must not count: servers set this option too.
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            return error.errno not in (errno.EADDRINUSE, errno.EACCES)
    return True


def holder(port: int) -> str:
    """Who listens on a port of this machine, e.g. "python3 (process 4711)"; "" where it cannot be learnt."""
    with contextlib.suppress(OSError, ValueError):
        if Path("/proc/net/tcp").exists():
            return _holder_in_proc(port)
        if shutil.which("lsof"):
            return _holder_from_lsof(port)
    return ""


def _holder_in_proc(port: int) -> str:
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    if not sockets:
        return ""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with contextlib.suppress(OSError):  # not ours to look at, or gone meanwhile
            for descriptor in (folder / "fd").iterdir():
                if str(descriptor.readlink()) in sockets:
                    command = (folder / "comm").read_text().strip()
                    return f"{command} (process {folder.name})"
    return ""


def _listening_inodes(port: int) -> Iterator[str]:
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                    yield fields[9]


def _holder_from_lsof(port: int) -> str:
    command = ["lsof", "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-Fpc"]
    with contextlib.suppress(subprocess.SubprocessError):
        lines = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False).stdout.splitlines()
        found = {line[:1]: line[1:] for line in lines}
        if "p" in found:
            return f"{found.get('c', 'a program')} (process {found['p']})"
    return ""
