"""A live model, written to a file: streamed, hashed on the way, never half done."""

from __future__ import annotations

import errno
import hashlib
import math
import pickle
import shutil
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_ext.capture.errors import CaptureError, Unsavable, UnsavableError
from jupyter_ext.capture.naming import checked_name
from jupyter_ext.capture.placing import in_the_way, made_aside, no_room, place, unwritable
from jupyter_ext.capture.unsavable import unsavable_parts
from wizard.errors import SendoffError
from wizard.events import Reporter
from wizard.printable import one_line

_TELL_EVERY = 1 << 22
"""Bytes between two words of progress."""
_HEADROOM = 1 << 20
"""Bytes a model may take beyond the estimate before the disk is called full."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A model in a file."""

    path: Path
    size: int
    """Bytes."""
    sha256: str
    """Of the file, in hexadecimal."""


def export(
    model: Any, folder: Path, name: str, reporter: Reporter, *, overwrites: bool = False, variable: str = "model"
) -> Exported:
    """Save the model with joblib as `folder/name`. A file with the same bytes is left as it is, its time too.

    `variable` is what the notebook calls the model. Raises UnsavableError where something in the model cannot be saved,
    InTheWayError where a file with other bytes is there and `overwrites` is not given, CaptureError where the disk refuses,
    CancelledError. Whatever is raised, the folder is as it was.
    """
    with made_aside(folder) as aside:
        if (folder / checked_name(name)).is_dir():
            raise in_the_way(folder / name)
        exported = save(model, aside / name, reporter, variable=variable)
        place(aside, folder, overwrites=frozenset({name} if overwrites else ()))
    return Exported(folder / name, exported.size, exported.sha256)


def save(model: Any, path: Path, reporter: Reporter, *, variable: str = "model") -> Exported:
    """Write the model to a path of one's own. What is written goes straight through: no second copy is held in memory.

    Raises UnsavableError, CaptureError, CancelledError; what was written until then stays, for the caller to remove.
    """
    import joblib

    expected = estimated_size(model)
    folder = path.parent.parent
    if expected is not None and _free(path.parent) < expected - _HEADROOM:
        raise no_room(folder, expected)
    counting: _Counting | None = None
    try:
        with path.open("wb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            counting = _Counting(file, reporter, expected)
            joblib.dump(model, counting)
    except OSError as error:
        if counting is None or counting.refused is error or error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise unwritable(folder, error) from None
        raise _unsavable(model, variable, error) from None
    except RecursionError:
        raise CaptureError(
            f"{variable} cannot be saved: its objects hold each other too deep.",
            "Python gives up on objects nested more than about a thousand deep.",
            "Look for a list or chain of objects in it that grows with the data.",
        ) from None
    except MemoryError:
        raise CaptureError(
            f"There is not enough memory to save {variable}.",
            "Some of its parts make a copy of themselves to be saved.",
            "Free some memory (del the training data, for one) and go on.",
        ) from None
    except SendoffError:
        raise
    except Exception as error:  # pickle's own, and whatever an object raises that is asked for its state
        raise _unsavable(model, variable, error) from None
    return Exported(path, counting.done, counting.digest.hexdigest())


def _free(folder: Path) -> float:
    """Bytes the disk has left; without end where it does not say."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return math.inf


def estimated_size(model: Any) -> int | None:
    """Bytes the saved model will take, near enough for a bar; None where something in it cannot be saved."""
    sizing = _Sizing()
    try:
        pickler = _SizingPickler(sizing, protocol=4)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pickler.dump(model)
    except Exception:
        return None
    return sizing.bytes


class _Counting:
    """A file that counts and hashes what goes into it, and stops when asked to."""

    def __init__(self, file: Any, reporter: Reporter, expected: int | None) -> None:
        self._file = file
        self._reporter = reporter
        self._expected = expected
        self._told = 0
        self.done = 0
        self.digest = hashlib.sha256()
        self.refused: OSError | None = None
        """What the disk said, where it was the disk: an object's own way of saving itself may fail with the same kind."""

    def write(self, data: Any) -> int:
        self._reporter.check()
        written = memoryview(data).nbytes
        try:
            self._file.write(data)
        except OSError as error:
            self.refused = error
            raise
        self.digest.update(data)
        self.done += written
        if self.done - self._told >= _TELL_EVERY:
            self._told = self.done
            total = None if self._expected is None else max(self._expected, self.done)
            self._reporter.progress(self.done, total, unit="bytes", what="saving")
        return written

    def tell(self) -> int:
        """Where the next byte goes: joblib aligns arrays by it."""
        return self.done


class _Sizing:
    """Counts bytes and keeps none."""

    def __init__(self) -> None:
        self.bytes = 0

    def write(self, data: Any) -> int:
        self.bytes += len(data)
        return len(data)


class _SizingPickler(pickle.Pickler):
    """Passes over the content of arrays, which is most of a large model, and adds its size."""

    def __init__(self, sizing: _Sizing, protocol: int) -> None:
        super().__init__(sizing, protocol=protocol)
        self._sizing = sizing

    def reducer_override(self, obj: Any) -> Any:
        if type(obj).__module__ == "numpy" and type(obj).__name__ in ("ndarray", "memmap") and not obj.dtype.hasobject:
            self._sizing.bytes += obj.nbytes
            return tuple, ()
        return NotImplemented


_INSTEAD: Mapping[str, str] = {
    "lambda": "Write it as a function with a name (def) at the top of a cell or of a .py file, and fit again.",
    "local": "Define it at the top of a cell or of a .py file, not inside a function, and fit again.",
    "file": "Let the model hold what it read, or the path, not the open file; open it inside predict.",
    "lock": "Leave it out of what is saved: a __getstate__ that drops it, and a __setstate__ that makes a new one.",
    "generator": "Let the model hold a list: list(...) of it.",
    "module": "Let the model import the module inside predict instead of holding it.",
    "stranger": "Take it out of the model, or drop it in a __getstate__ of the class that holds it.",
}


def _unsavable(model: Any, variable: str, error: BaseException) -> UnsavableError:
    """The error for a model with something in it that cannot be saved, with where it sits."""
    parts = unsavable_parts(model, variable)
    said = one_line(str(error) or type(error).__name__)[:300]
    if not parts:
        return UnsavableError(f"{variable} cannot be saved.", said, _INSTEAD["stranger"])
    first = parts[0]
    kind, name = _kind_of(first)
    more = f" {len(parts) - 1} more such parts are listed below." if len(parts) > 1 else ""
    return UnsavableError(
        f"{variable} cannot be saved: {first.where} is {name}.",
        f"Pickle, which joblib saves with, has no way to write that to a file: {one_line(first.reason)[:200]}.{more}",
        _INSTEAD[kind],
        parts=parts,
        evidence=[f"{part.where}: {_kind_of(part)[1]}" for part in parts],
    )


def _kind_of(part: Unsavable) -> tuple[str, str]:
    """Which sort of thing it is, and how to call it in a sentence."""
    value, kind = part.value, type(part.value)
    called = getattr(value, "__qualname__", "")
    if called.endswith("<lambda>"):
        return "lambda", "a lambda"
    if isinstance(value, type) or kind.__name__ == "function":
        sort = "an object of the class" if isinstance(value, type) else "the function"
        return "local", f"{sort} {called}"
    if kind.__module__ == "_io":
        return "file", "an open file"
    if kind.__module__ == "_thread" or kind.__name__ in ("Condition", "Event", "Semaphore"):
        return "lock", f"a thread lock ({kind.__name__})"
    if kind.__name__ in ("generator", "coroutine", "async_generator"):
        return "generator", f"a {kind.__name__}"
    if kind.__name__ == "module":
        return "module", f"the module {value.__name__}"
    return "stranger", f"an object of {kind.__module__}.{kind.__qualname__}"
