"""Where the notebook is looked at: what can be drawn there, and who has to draw it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

_PYTHON_CLIENT = re.compile(r"_\d+_\d+$")
"""How jupyter_client numbers its messages: SESSION_PID_COUNT. Pages number theirs with a UUID."""


class Host(StrEnum):
    """What is on the other side of the kernel."""

    JUPYTER = "jupyter"
    """JupyterLab or Notebook 7, on this machine or behind a hub: to the kernel they are one and the same."""
    VSCODE = "vscode"
    COLAB = "colab"
    HEADLESS = "headless"
    """nbconvert, papermill, a console: nobody who could draw a widget."""
    TERMINAL = "terminal"
    """No kernel: plain IPython, or a script."""

    @property
    def widgets(self) -> bool:
        """Widgets are drawn there."""
        return self in {Host.JUPYTER, Host.VSCODE, Host.COLAB}

    @property
    def one_page(self) -> bool:
        """All outputs of a cell are parts of one page, so that one can see whether its neighbour is there."""
        return self is Host.JUPYTER

    @property
    def pumped(self) -> bool:
        """Only what the running cell itself sends is sure to arrive."""
        return self in {Host.COLAB, Host.HEADLESS}


def host(shell: Any = None, environment: Mapping[str, str] = os.environ) -> Host:
    """Where the cell that runs is looked at. `shell` is what `get_ipython()` gives: None outside IPython.

    Kernels are not told who looks. What speaks for itself is asked first: names that VS Code and Colab leave in every kernel,
    the notebook's path in the environment of kernels that a Jupyter server started, and who numbered the cell's request.
    """
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        return Host.TERMINAL
    if "COLAB_RELEASE_TAG" in environment or type(shell).__module__.startswith("google.colab"):
        return Host.COLAB
    if "__vsc_ipynb_file__" in shell.user_ns or ("VSCODE_PID" in environment and "JPY_SESSION_NAME" not in environment):
        return Host.VSCODE
    if "JPY_SESSION_NAME" in environment or not _PYTHON_CLIENT.search(_request_of(kernel)):
        return Host.JUPYTER
    return Host.HEADLESS


def _request_of(kernel: Any) -> str:
    """The number of the request that is worked on; empty where there is none yet."""
    parent = kernel.get_parent("shell") or {}
    return str(parent.get("header", {}).get("msg_id", ""))


def may_ask(shell: Any) -> bool:
    """Whether `input` can reach a person."""
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        import sys

        return sys.stdin is not None and sys.stdin.isatty()
    return bool(getattr(kernel, "_allow_stdin", False))
