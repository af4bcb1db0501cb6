"""Who started something for the length of its own life: so that what a killed program left is known as left."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from wizard.runtimes.process_table import started

LABEL = "sendoff.owner"
"""Label of containers (and key of records) that must not outlive the program named in it."""


def me() -> str:
    """This program, told apart from any other one here, earlier or later."""
    pid = os.getpid()
    return f"{platform.node()}/{_numbers()}/{pid}/{started(pid)}"


def is_gone(owner: str) -> bool:
    """That program ran here and runs no more. Of one on another machine, or in a container, nothing is known: False."""
    where, _, start = owner.rpartition("/")
    where, _, pid = where.rpartition("/")
    if where != f"{platform.node()}/{_numbers()}" or not pid.isdigit():
        return False
    return started(int(pid)) != start


def _numbers() -> str:
    """Which numbering of processes this program sees: containers of one host name have each their own."""
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""
