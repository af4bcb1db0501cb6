"""Threads that write to widgets."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import copy_context


def beside(work: Callable[[], None], name: str) -> None:
    """Do something in a thread of its own, in the context of who asks for it.

    A thread without a context writes to widgets in the name of whatever the kernel was asked last. A kernel with subshells
    (ipykernel from 7.4 on) then expects the page's answers on the shell of that request, which may be gone: nobody would hear
    them.
    """
    threading.Thread(target=copy_context().run, args=(work,), name=name, daemon=True).start()
