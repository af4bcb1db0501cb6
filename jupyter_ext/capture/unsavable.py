"""Where in a model the objects sit that pickle cannot save: a second, dry pickling that keeps count of the way down."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyter_ext.capture.errors import Unsavable

if TYPE_CHECKING:
    from joblib.numpy_pickle import NumpyPickler

_MOST = 10
"""As many are named; a model with more has them all for the same reason."""


def unsavable_parts(model: Any, name: str = "model") -> tuple[Unsavable, ...]:
    """The objects in the model that cannot be saved, deepest first, each with the way to it from `name`."""
    pickler = _surveyor(name)
    try:
        pickler.dump(model)
    except Exception:
        pass  # what was found until then is what is told
    found: tuple[Unsavable, ...] = tuple(pickler.found)
    return found


def way_to(trail: list[Any], name: str) -> str:
    """How a person writes the way along objects of which each was saved as part of the one before it.

    Between an object and its attributes pickle puts a tuple and a dict of its own making: those are no steps of the way.
    """
    way, inside = name, False  # inside: what comes next are attributes of the last object
    for parent, child in itertools.pairwise(trail):
        if isinstance(parent, Mapping):
            key = next((key for key, value in parent.items() if value is child), None)
            if key is None:
                continue
            way += f".{key}" if inside and isinstance(key, str) else f"[{key!r}]"
            inside = False
        elif _is_array(parent):
            way += f"[{next((at for at, one in enumerate(parent.flat) if one is child), 0)}]"
            inside = False
        elif isinstance(parent, list | tuple) and not inside:
            way += f"[{next((at for at, one in enumerate(parent) if one is child), 0)}]"
        elif not isinstance(parent, list | tuple):
            inside = isinstance(child, tuple | Mapping)
    return way


class _Nowhere:
    """Takes bytes and keeps none."""

    def write(self, data: bytes) -> int:
        return len(data)

    def tell(self) -> int:
        return 0


def _is_array(value: Any) -> bool:
    return type(value).__module__ == "numpy" and hasattr(value, "flat")


def _surveyor(name: str) -> Any:
    from joblib.numpy_pickle import NumpyPickler as Pickler

    parent: type[NumpyPickler] = Pickler

    class Surveyor(parent):  # type: ignore[misc]  # joblib is not typed, and imported only when a model is saved
        """Goes on where an object cannot be saved, so that one pass finds them all."""

        def __init__(self) -> None:
            super().__init__(_Nowhere())
            self.found: list[Unsavable] = []
            self._trail: list[Any] = []

        def save(self, obj: Any, *_: Any) -> None:
            if len(self.found) >= _MOST:
                return
            self._trail.append(obj)
            try:
                if not _is_array(obj):
                    super().save(obj)
                elif obj.dtype.hasobject:
                    for one in obj.flat:
                        self.save(one)
            except (RecursionError, MemoryError):
                raise
            except Exception as error:
                said = str(error).strip().splitlines()[:1] or [type(error).__name__]
                self.found.append(Unsavable(way_to(self._trail, name), obj, said[0]))
            finally:
                self._trail.pop()

    return Surveyor()
