"""The ways on from a run, which lead out of its panel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.run import Run


@dataclass(frozen=True, slots=True)
class RunActions:
    """Each is called in a thread of its own, never in the kernel's. Where one is None, its button is not there."""

    begun: Callable[[Run], None] | None = None
    """Another run was begun from the panel, which shows it already: the same once more, or with a remedy."""
    change: Callable[[str], None] | None = None
    """Back to the form, at this field; at its beginning where it is empty."""
    try_it: Callable[[], None] | None = None
    """To the service that was released."""
