"""Which classes and functions a live model holds that live in the notebook: found by a dry pickling, nothing is written."""

from __future__ import annotations

import functools
import pickle
from types import FunctionType
from typing import Any

_LRU_CACHE = type(functools.lru_cache(len))


def notebook_parts(model: Any) -> tuple[Any, ...]:
    """The classes, functions and lambdas of `__main__` that a file of the model would name, in the order they are met.

    Pickling stops at what it cannot save (a lock, an open file); what was met before it is told.
    """
    pickler = _Surveyor()
    try:
        pickler.dump(model)
    except Exception:
        pass  # saving will meet the same, and says what it is
    return tuple(pickler.found.values())


class _Nowhere:
    def write(self, data: bytes) -> int:
        return len(data)


class _Surveyor(pickle.Pickler):
    """Arrays are handed out of band, so none is copied."""

    def __init__(self) -> None:
        super().__init__(_Nowhere(), protocol=5, buffer_callback=lambda _: None)
        self.found: dict[int, Any] = {}

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, type | FunctionType | _LRU_CACHE) and getattr(value, "__module__", None) == "__main__":
            self.found[id(value)] = value
            return _stand_in, ()
        return NotImplemented


def _stand_in() -> None:
    """Named in the pickle in place of what the notebook defines."""
