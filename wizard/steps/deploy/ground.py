"""What a way through the wizard starts from: the folder, a local Cloud Run, and what an opened plan holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.plan.plan import Origin

LOCAL, CLOUD_RUN, WORKSHOP = "local", "cloud_run", "workshop"
"""The answers to "where to". A workshop is Cloud Run for the plan, at the address of the local one."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """A local Cloud Run on this machine, as whoever starts the wizard has found it."""

    endpoint: str
    """http://127.0.0.1:PORT"""
    project: str
    region: str
    is_up: bool = True


@dataclass(frozen=True, slots=True)
class Kept:
    """What stays of a plan that was opened, with where it came from, though the person did not choose it.

    What was found out about the machine or measured would otherwise have to be found out anew, and might come out otherwise;
    and another model gives the service no other name.
    """

    where: str = LOCAL
    sha256: str | None = None
    """Of the model the plan was made for: some of it holds for that file only."""
    origins: Mapping[str, Origin] = field(default_factory=dict)
    """Dotted path → the value and where it came from."""
    recorded: bool = False
    """It names answers recorded with the live model, wherever they lie."""

    def knows_the_day(self, sha256: str) -> bool:
        """Whether it says as of which day the packages of a model of this digest are taken."""
        return "model.as_of" in self.holding(sha256, self.where)

    def holding(self, sha256: str, where: str) -> dict[str, Origin]:
        """What holds for a model of this digest, led to this place."""
        return {
            path: origin
            for path, origin in self.origins.items()
            if (not path.startswith("model.") or sha256 == self.sha256)
            and (not path.startswith("target.") or where == self.where)
        }


@dataclass(frozen=True, slots=True)
class Ground:
    """What does not change on one way through the wizard."""

    folder: Path
    """Relative paths that the person types are relative to it."""
    workshop: Workshop | None = None
    kept: Kept = Kept()

    def path(self, text: str) -> Path:
        """A path as the person wrote it, absolute; nothing is looked up."""
        try:
            path = Path(text).expanduser()
        except RuntimeError:  # ~somebody who is unknown here
            path = Path(text)
        return (self.folder / path).absolute()
