"""The model formats Sendoff knows: each one module here named `format_*`, found by that name.

A further format is one further module with a `FORMATS` tuple; nothing else changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

from wizard.events import Reporter
from wizard.inspection.inspection import Inspection


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of model file or folder, told by its content, never by its name's ending."""

    name: str
    """As people call it, e.g. "PyTorch archive"."""
    recognise: Callable[[Path, bytes], bool]
    """Whether a path with these first bytes (none for a folder) is of this format. Cheap; must not raise."""
    read: Callable[[Path, Reporter], Inspection]
    """Inspect it, or raise `InspectionError`."""
    order: int = 50
    """Formats are asked in this order; those recognised by less certain marks come later."""


@cache
def formats() -> tuple[Format, ...]:
    """All formats, in the order they are asked."""
    package = __package__ or ""
    names = sorted(module.stem for module in Path(__file__).parent.glob("format_*.py"))
    found = [one for name in names for one in import_module(f"{package}.{name}").FORMATS]
    return tuple(sorted(found, key=lambda one: one.order))


def recognised(path: Path, head: bytes) -> Format | None:
    """The format of a path with these first bytes."""
    return next((one for one in formats() if one.recognise(path, head)), None)
