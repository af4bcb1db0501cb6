"""A service's revisions, and moving its traffic between them by hand: a split, or back to what served before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from wizard.errors import TargetError
from wizard.targets.cloud_run.api_errors import retrying
from wizard.targets.cloud_run.moving import PREVIOUS, wait_until_served
from wizard.targets.cloud_run.service_state import (
    RevisionState,
    condition,
    main_revision,
    revision_state,
    serving,
    shares,
    short,
    tags,
)
from wizard.targets.cloud_run.traffic import allocation, checked, completed_to_hundred, from_text, to_text
from wizard.targets.cloud_run.work import Site
from wizard.targets.cloud_run.writing import TIMEOUT, change
from wizard.targets.status import Moved, Revision, split_in_words

if TYPE_CHECKING:
    from google.cloud import run_v2


def revisions(site: Site) -> tuple[Revision, ...]:
    """All of the service's, newest first. Raises TargetError where there is no such service, CloudError."""
    service = site.standing()
    now, urls = serving(service), {one.tag: one.uri for one in service.traffic_statuses if one.tag}
    by_tag = tags(service)
    return tuple(
        Revision(
            name=short(one.name),
            created=one.create_time.timestamp() if one.create_time else 0.0,
            percent=now.get(short(one.name), 0),
            tags={tag: urls.get(tag, "") for tag, name in by_tag.items() if name == short(one.name)},
            image=one.containers[0].image if one.containers else "",
            ready=revision_state(one) is RevisionState.READY,
            note=_note(one),
        )
        for one in _all(site)
    )


def _all(site: Site) -> list[run_v2.Revision]:
    parent = site.cloud.place.service(site.name)
    found = retrying(
        lambda: list(site.cloud.revisions.list_revisions(parent=parent, retry=None, timeout=TIMEOUT)),
        site.reporter,
        f"list the revisions of {site.name}",
        safe=True,
        member=site.cloud.member,
        project=site.cloud.place.project,
    )
    return sorted(
        found, key=lambda one: (one.create_time.timestamp() if one.create_time else 0.0, one.name), reverse=True
    )


def _note(revision: run_v2.Revision) -> str:
    ready = condition(revision.conditions, "Ready")
    if ready is None or revision_state(revision) is RevisionState.READY:
        return ""
    return ready.message.splitlines()[0] if ready.message else "It is on its way."


def split_by_hand(site: Site, wanted: Mapping[str, int]) -> Moved:
    """Give revisions their shares; names may be shortened. Less than 100 in all leaves the rest where it is, in proportion.

    Raises TargetError where a name or share is wrong, naming the nearest right one.
    """
    known = revisions(site)
    names = [one.name for one in known]
    split = checked(wanted, (one.name for one in known if one.ready), names, site.name)
    service = site.standing()
    return _move(site, shares(service), completed_to_hundred(split, shares(service)), "split")


def roll_back(site: Site) -> Moved:
    """Go the way back, and return when that serves. Raises TargetError where there is none, or somebody else moves it."""
    way = way_back(site)
    return _move(site, way.before, way.after, "roll back")


def way_back(site: Site) -> Moved:
    """Where a rollback goes; nothing is moved.

    It goes to the split before the last release or rollback: as it was noted down with the service or, where nobody did, to
    the ready revision made before the one that serves. Raises TargetError where there is none: a revision that was never
    proved is not guessed at.
    """
    service = site.standing()
    now = shares(service)
    if not now:
        raise TargetError(
            f"{site.name} cannot be rolled back.",
            "No revision of it has served yet.",
            "Put right what the last `sendoff up` said, and run it again.",
        )
    known = revisions(site)
    ready = [one.name for one in known if one.ready]
    note, serving_now = service.annotations.get(PREVIOUS), main_revision(now)
    noted = from_text(note or "")
    if noted and noted != now and set(noted) <= set(ready):
        return Moved(dict(now), noted)
    older: list[str] = []
    if noted and noted != now:
        why = f"{split_in_words(noted)}, which served before, is not ready or gone."
    elif note == "":
        why = f"{serving_now} serves, and what served before was never proved."
    else:
        why = f"{serving_now} serves, and there is no older revision that is ready."
        older = ready[ready.index(serving_now) + 1 :] if serving_now in ready else []
    if not older:
        raise TargetError(
            f"{site.name} has nothing to roll back to.",
            why,
            f"See `sendoff revisions {site.name}`; or release the version you want with `sendoff up`.",
        )
    return Moved(dict(now), {older[0]: 100})


def _move(site: Site, before: Mapping[str, int], after: Mapping[str, int], how: str) -> Moved:
    def edit(service: run_v2.Service) -> bool:
        standing = shares(service)
        if standing == dict(after) and not any(not one.revision and one.percent for one in service.traffic):
            return False
        if standing != dict(before):
            raise TargetError(
                f"The traffic of {site.name} was moved by somebody else just now.",
                f"{service.last_modifier or 'Somebody'} moved it to {split_in_words(standing)}.",
                f"Look with `sendoff revisions {site.name}`, then run the same command again.",
            )
        service.traffic = allocation(after, tags(service))
        if standing != dict(after):
            service.annotations[PREVIOUS] = to_text(standing)
        return True

    change(site.cloud, site.name, edit, site.reporter, f"{how} the traffic of {site.name}", ("traffic", "annotations"))
    wait_until_served(site, after, main_revision(after))
    return Moved(dict(before), dict(after))
