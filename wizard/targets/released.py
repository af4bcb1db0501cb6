"""Services wherever they run: listed and found, and the one set of things that can be done with them."""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from wizard.errors import TargetError
from wizard.targets import local_services, registry
from wizard.targets.calling import Reply
from wizard.targets.cloud_run import records
from wizard.targets.status import Moved, Revision, ServiceStatus, TargetName

_AT_ONCE = 8


class ReleasedService(Protocol):
    """A service that was released from here. What it is like is asked of its target each time.

    Every method may raise TargetError, and EngineError for a container on this machine.
    """

    @property
    def name(self) -> str: ...

    @property
    def target(self) -> TargetName: ...

    @property
    def url(self) -> str:
        """Where it is called; as last seen, where it runs in a cloud."""

    @property
    def bundle(self) -> str:
        """Folder of the bundle it was made of, with the sample request."""

    def close(self) -> None:
        """Let go of connections, if there are any; the next question opens new ones."""

    def status(self) -> ServiceStatus:
        """How it is now. A target that does not answer is a note, not an error."""

    def logs(self, follow: bool = False, tail: int | None = None) -> Iterator[str]:
        """Lines of its output, oldest first; the newest `tail` of them; with `follow` all that come."""

    def predict(self, body: Mapping[str, Any], path: str = "/predict") -> Reply:
        """POST `body` to it. An error status is an answer too."""

    def revisions(self) -> tuple[Revision, ...]:
        """Newest first."""

    def set_traffic(self, shares: Mapping[str, int]) -> Moved:
        """Give revisions, by name or the beginning of it, their per cent of the requests. Less than 100 in all leaves the
        rest with those that serve now, in their proportions."""

    def way_back(self) -> Moved:
        """What `rollback` would do; nothing is moved."""

    def rollback(self) -> Moved:
        """Go back to what served before."""

    def what_goes(self, images: bool = True) -> tuple[str, ...]:
        """What `down` takes away, a line each."""

    def down(self, images: bool = True) -> None:
        """Take away all that `what_goes` lists."""


def services(target: str | None = None) -> list[ServiceStatus]:
    """Every service released from here by this account, as it is now: this machine's by name, then the clouds'.

    `target` chooses as in `find`. The clouds are asked all at once.
    """
    known = [one for one in _known() if _is_at(one, target)]
    if not known:
        return []
    with ThreadPoolExecutor(min(_AT_ONCE, len(known))) as pool:
        return list(pool.map(_status, known))


def names(target: str | None = None) -> tuple[str, ...]:
    """The names of the services released from here, each once; nothing but this account's notes is asked."""
    return tuple(sorted({one.name for one in _known() if _is_at(one, target)}))


def find(name: str, target: str | None = None) -> ReleasedService:
    """The service of that name. `target` tells two of one name apart: "local", "cloud_run", "PROJECT/REGION", "workshop" for a
    local Cloud Run, or its address.

    Raises TargetError: naming the nearest one where there is none, or what to say where there are several.
    """
    found = [one for one in _known() if one.name == name]
    chosen = [one for one in found if _is_at(one, target)]
    if len(chosen) == 1:
        return chosen[0]
    if len(chosen) > 1:
        choices = [_names_of(one)[-1] for one in chosen]
        raise TargetError(
            f"There are {len(chosen)} services {name!r}.",
            f"They are at {', '.join(choices)}.",
            f"Say which one, e.g. --target {choices[0]}.",
        )
    if found:
        places = ", ".join(_names_of(one)[-1] for one in found)
        raise TargetError(
            f"There is no service {name!r} at {target}.",
            f"It is at {places}.",
            "See `sendoff status` for those there are.",
        )
    known = names()
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if near:
        fix = f"Did you mean {near[0]}?"
    elif known:
        fix = "See `sendoff status` for those there are."
    else:
        fix = "Release one with `sendoff up`."
    why = f"Released here: {', '.join(known)}." if known else "Nothing has been released on this machine yet."
    raise TargetError(f"There is no service {name!r}.", why, fix)


def _known() -> list[ReleasedService]:
    local: list[ReleasedService] = [local_services.Service(record) for record in registry.read_all()]
    return [*local, *map(_in_cloud, records.read_all())]


def _status(service: ReleasedService) -> ServiceStatus:
    with contextlib.closing(service):
        return service.status()


def _is_at(service: ReleasedService, target: str | None) -> bool:
    return target is None or target in _names_of(service)


def _in_cloud(record: records.CloudRecord) -> ReleasedService:
    from wizard.targets.cloud_run.service import CloudService

    return CloudService(record)


def _names_of(service: ReleasedService) -> tuple[str, ...]:
    """What `target` may say for it; the last is the most exact."""
    from wizard.targets.cloud_run.service import CloudService

    if not isinstance(service, CloudService):
        return ("local",)
    record = service.record
    exact = ("workshop", record.endpoint) if record.endpoint else ()
    return ("cloud_run", f"{record.project}/{record.region}", *exact)
