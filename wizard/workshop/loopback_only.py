"""Who may talk to a server on 127.0.0.1: programs on this machine, not the web pages open in its browser.

A page can make a browser call 127.0.0.1, straight away (Origin tells) or under a name that its owner lets resolve to
127.0.0.1 (Host tells).
"""

from __future__ import annotations

_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})


def is_loopback_host(host: str) -> bool:
    """A Host header that names this machine by itself, with any port."""
    name, colon, port = host.rpartition(":")
    if not colon or not port.isdigit():
        name = host
    return name.lower() in _NAMES or name.lower().endswith(".localhost")


def is_own_origin(origin: str, host: str) -> bool:
    """An Origin header of a page that came from the very server it calls."""
    return origin == f"http://{host}"
