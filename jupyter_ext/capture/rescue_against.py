"""Saving a live model against a module that holds a copy of its code."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any

from jupyter_ext.capture.rescue import Rescued

_NAMES = ("__module__", "__qualname__", "__name__")


@contextlib.contextmanager
def against(rescued: Rescued) -> Iterator[None]:
    """While it lasts, the rescued classes and functions are pickled by reference to the new module.

    They stay the notebook's own objects; their names and `sys.modules` are put back as they were, also after an error.
    """
    before = sys.modules.get(rescued.module_name)
    module = ModuleType(rescued.module_name)
    changed: list[tuple[Any, str, Any]] = []
    try:
        for name, value in rescued.objects.items():
            setattr(module, name, value)
            for part, qualname in _with_inner(value, name):
                said = {
                    "__module__": rescued.module_name,
                    "__qualname__": qualname,
                    "__name__": qualname.rpartition(".")[2],
                }
                for attribute in _NAMES:
                    was = getattr(part, attribute)
                    if was != said[attribute]:
                        setattr(part, attribute, said[attribute])
                        changed.append((part, attribute, was))
        sys.modules[rescued.module_name] = module
        yield
    finally:
        for part, attribute, was in reversed(changed):
            setattr(part, attribute, was)
        if before is not None:
            sys.modules[rescued.module_name] = before
        elif sys.modules.get(rescued.module_name) is module:
            del sys.modules[rescued.module_name]


def _with_inner(value: Any, name: str) -> Iterator[tuple[Any, str]]:
    """A class or function of the notebook with its name in the module, and the classes and functions in a class's body."""
    if getattr(value, "__module__", None) != "__main__" or not hasattr(value, "__qualname__"):
        return
    own = value.__qualname__
    yield value, name
    if isinstance(value, type):
        for inner in vars(value).values():
            plain = inner.__func__ if isinstance(inner, staticmethod | classmethod) else inner
            if isinstance(plain, type | FunctionType) and plain.__qualname__.startswith(f"{own}."):
                yield from _with_inner(plain, f"{name}{plain.__qualname__.removeprefix(own)}")
