"""Classes and functions that a model needs and that live in the notebook, written down as a module.

A pickle keeps only the names of classes and functions. `rescue` takes those of the notebook that the model holds: the source
of the live objects, and all that they need in turn: further classes and functions, imports, and constants with the value they have
now. `rescue_against.against` then saves the model against that module; asking the loaded model for its answers proves it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from jupyter_ext.capture.live_session import Session
from jupyter_ext.capture.rescue_collecting import Collector
from jupyter_ext.capture.rescue_error import RescueError, by_hand, is_secret, secret
from jupyter_ext.capture.rescue_imports import installed_packages
from jupyter_ext.capture.written_module import MODULE_NAME, stands_alone, written


@dataclass(frozen=True, slots=True)
class Rescued:
    """A module that holds what the model needs of the notebook. It is not written to a file yet."""

    source: str
    module_name: str
    objects: dict[str, object]
    """Name in the module → the notebook's own class or function."""
    packages: tuple[str, ...]
    """Outermost names of the installed packages that the module imports: "numpy", "sklearn"."""
    notices: tuple[str, ...]
    """What a person should know, one sentence each."""


def rescue(parts: Iterable[Any], session: Session, module_name: str = MODULE_NAME) -> Rescued:
    """The module for what a model holds of the notebook: see `rescue_parts.notebook_parts`.

    Raises RescueError where something cannot be carried over: it says what, by which line it is needed, and what to write instead.
    """
    collector = Collector(session)
    for part in parts:
        collector.take(part)
    source = written(collector.contents)
    if is_secret("", source):
        raise secret(", ".join(collector.objects))
    error = stands_alone(source, module_name)
    if error is not None:
        wanted = ", ".join(collector.objects)
        raise RescueError(
            f"The notebook's {wanted} was written down as a module, and the module cannot be imported.",
            "Some of it depends on the order in which the cells were run.",
            by_hand(next(iter(collector.objects), "it")),
            wanted=wanted,
            evidence=[f"{type(error).__name__}: {error}"],
        )
    return Rescued(
        source,
        module_name,
        collector.objects,
        installed_packages(collector.imported),
        tuple(dict.fromkeys(collector.notices)),
    )
