"""Whether somebody is there to answer; nothing heavy is imported to know."""

from __future__ import annotations

import os
import sys


def in_a_cell() -> bool:
    """Whether the command runs in a notebook's cell (`!sendoff …`): it has a terminal there that nobody sees or types at."""
    return "JPY_PARENT_PID" in os.environ  # of kernels, not of the terminals that a Jupyter server opens


def may_ask() -> bool:
    """Whether a question on the terminal can be answered."""
    return sys.stdin.isatty() and not in_a_cell()
