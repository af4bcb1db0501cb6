"""Whether a caller on this machine is of this account: on a machine that people share, 127.0.0.1 is open to them all."""

from __future__ import annotations

import os
import re
import socket
import struct
from pathlib import Path
from typing import Final

_TABLES: Final = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_LOOPBACK: Final = "[0-9A-F]*0100007F"
"""127.0.0.1 as the tables have it; in the second one, at the end of an IPv6 address."""
_FIELDS: Final = r" [0-9A-F]{2} \S+ \S+ \S+ +(\d+) +\d+ (\d+) "
"""State, queues, timer and retransmissions; then account and, after the time-outs, inode."""
_SOCK_DIAG: Final = 4
_BY_FAMILY: Final = 20
"""See linux/netlink.h and linux/sock_diag.h."""
_ROOT: Final = 0


def is_same_account(caller_port: int, own_port: int) -> bool:
    """The connection from 127.0.0.1:`caller_port` to 127.0.0.1:`own_port` was made by this account, or by root.

    The system is asked for that one connection, or its table of all of them is read. Where it tells nothing (macOS,
    Windows, some sandboxes) nobody can know, and everybody counts as the same.
    """
    if not hasattr(os, "getuid"):
        return True
    found = _asked(caller_port, own_port) or _looked_up(caller_port, own_port)
    if found is None:
        return not any(table.exists() for table in _TABLES)
    account, inode = found
    # A caller that has closed its end belongs to nobody any more: the system says root then, and no inode.
    return account in (os.getuid(), _ROOT) and inode != 0


def loopback_port(peer: str) -> int | None:
    """The caller's port in what gRPC calls a peer, "ipv4:127.0.0.1:PORT"; None for anything else."""
    before, address, port = peer.rpartition("ipv4:127.0.0.1:")
    return int(port) if address and not before and port.isdecimal() else None


def _asked(caller_port: int, own_port: int) -> tuple[int, int] | None:
    """(account, inode) of the caller's end, of the system itself; None where it does not say."""
    family = getattr(socket, "AF_NETLINK", None)
    if family is None:
        return None
    host = socket.inet_aton("127.0.0.1") + bytes(12)
    wanted = struct.pack("=BBBBI", socket.AF_INET, socket.IPPROTO_TCP, 0, 0, 0xFFFFFFFF)
    wanted += struct.pack("!HH", caller_port, own_port) + host + host + struct.pack("=III", 0, 0xFFFFFFFF, 0xFFFFFFFF)
    try:
        with socket.socket(family, socket.SOCK_DGRAM, _SOCK_DIAG) as system:
            system.settimeout(1.0)
            system.sendto(struct.pack("=IHHII", 16 + len(wanted), _BY_FAMILY, 1, 1, 0) + wanted, (0, 0))
            told = system.recv(4096)
    except OSError:
        return None
    if struct.unpack_from("=H", told, 4)[0] != _BY_FAMILY:
        return None  # there is no such connection, or nobody here knows
    account, inode = struct.unpack_from("=II", told, 16 + 4 + 48 + 12)
    return account, inode


def _looked_up(caller_port: int, own_port: int) -> tuple[int, int] | None:
    """The same from the tables of all connections; None where it is not in them."""
    row = re.compile(f" {_LOOPBACK}:{caller_port:04X} {_LOOPBACK}:{own_port:04X}{_FIELDS}")
    for table in _TABLES:
        try:
            found = row.search(table.read_text())
        except OSError:
            continue
        if found is not None:
            return int(found[1]), int(found[2])
    return None
