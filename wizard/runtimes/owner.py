"""Who started something for the length of its own life: so that what a killed program left is known as left."""

from __future__ import annotations

import os
import platform

from wizard.runtimes.process_table import started

LABEL = "sendoff.owner"
"""Label of containers (and key of records) that must not outlive the program named in it."""


def me() -> str:
    """This program, told apart from any other one here, earlier or later."""
    pid = os.getpid()
    return f"{platform.node()}/{pid}/{started(pid)}"


def is_gone(owner: str) -> bool:
    """That program ran on this machine and runs no more. Of another machine's program nothing is known: False."""
    node, _, rest = owner.rpartition("/")[0].rpartition("/")
    start = owner.rpartition("/")[2]
    if node != platform.node() or not rest.isdigit():
        return False
    return started(int(rest)) != start
