"""Splits of the traffic: worked out, written as Cloud Run's message, kept as text, checked. Pure.

Traffic is always given by a revision's name: what follows LATEST would move with the next deploy, whoever makes it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from wizard.errors import TargetError
from wizard.targets.cloud_run.service_state import Shares

if TYPE_CHECKING:
    from google.cloud import run_v2


def allocation(split: Shares, tags: Mapping[str, str]) -> list[run_v2.TrafficTarget]:
    """The message for a split and tags (tag → revision; "" the latest), in an order that does not depend on history."""
    from google.cloud import run_v2

    by_name = run_v2.TrafficTargetAllocationType.TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION
    latest = run_v2.TrafficTargetAllocationType.TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST
    targets = [
        run_v2.TrafficTarget(type_=by_name, revision=name, percent=percent)
        for name, percent in sorted(split.items())
        if percent
    ]
    for tag, name in sorted(tags.items()):
        targets.append(run_v2.TrafficTarget(type_=by_name if name else latest, revision=name, tag=tag))
    return targets


def with_share(before: Shares, revision: str, percent: int) -> dict[str, int]:
    """The split in which `revision` gets `percent`, and the others what is left, in the proportions they had."""
    others = {name: share for name, share in before.items() if name != revision and share}
    left = 100 - percent
    if not others or left <= 0:
        return {revision: 100}
    whole = sum(others.values())
    split = {name: share * left // whole for name, share in others.items()}
    # The points lost to rounding go to those that lost most.
    by_loss = sorted(others, key=lambda name: (-(others[name] * left % whole), name))
    for name in by_loss[: left - sum(split.values())]:
        split[name] += 1
    return {name: share for name, share in {**split, revision: percent}.items() if share}


def to_text(split: Shares) -> str:
    """ "housing-3f2a9c41=90,housing-77aa0c12=10", to be kept with the service."""
    return ",".join(f"{name}={percent}" for name, percent in sorted(split.items()))


def from_text(text: str) -> dict[str, int]:
    """The split that `to_text` wrote; {} where it is none."""
    try:
        pairs = [part.split("=") for part in text.split(",") if part]
        split = {name: int(percent) for name, percent in pairs}
    except ValueError:
        return {}
    return split if sum(split.values()) == 100 and all(percent > 0 for percent in split.values()) else {}


def checked(shares: Mapping[str, int], ready: Iterable[str], known: Iterable[str], service: str) -> dict[str, int]:
    """A split that a person typed, its names completed. `ready` can have traffic, `known` are all there are.

    A name may be shortened to any unambiguous beginning, with or without the service's name. A share of 0 stays: it says that
    the revision is to have none. Raises TargetError.
    """
    known, ready = tuple(known), frozenset(ready)
    split: dict[str, int] = {}
    for given, percent in shares.items():
        name = _completed(given, known, service)
        if not 0 <= percent <= 100:
            raise TargetError(
                f"{percent} is no share of the traffic.",
                "A share is a whole number of per cent, 0 to 100.",
                f"Say for example {given}=10.",
            )
        if percent and name not in ready:
            raise TargetError(
                f"{name} cannot have traffic.",
                "It is not ready: Cloud Run would refuse it.",
                f"Choose one of {', '.join(sorted(ready)) or 'the ready ones: there is none'}.",
            )
        if name in split:
            raise TargetError(f"{name} is named twice.", "", "Give each revision one share.")
        split[name] = percent
    return split


def completed_to_hundred(split: Mapping[str, int], now: Shares) -> dict[str, int]:
    """What the person left unsaid stays with those that serve now, in their proportions. Raises TargetError over 100."""
    said = sum(split.values())
    if said > 100:
        raise TargetError(f"The shares add up to {said} %.", "", "Give shares that add up to 100 %, or to less.")
    named = {name: share for name, share in split.items() if share}
    if said == 100:
        return named
    others = {name: share for name, share in now.items() if name not in split}
    if not others:
        raise TargetError(
            f"The shares add up to {said} %.",
            "No other revision serves that could take the rest.",
            "Give shares that add up to 100 %.",
        )
    rest = with_share({**others, "": said}, "", said)
    rest.pop("", None)
    return {**named, **rest}


def _completed(given: str, known: tuple[str, ...], service: str) -> str:
    if given in known:
        return given
    found = [name for name in known if name.startswith((given, f"{service}-{given}"))] if given else []
    if len(found) == 1:
        return found[0]
    if found:
        raise TargetError(
            f"{given!r} could be {len(found)} revisions.", f"They are {', '.join(found)}.", "Give more of the name."
        )
    near = difflib.get_close_matches(given, known, n=1, cutoff=0.4)
    why = f"There are: {', '.join(known[:5])}." if known else "It has none yet."
    fix = f"Did you mean {near[0]}?" if near else f"See `sendoff revisions {service}`."
    raise TargetError(f"{service} has no revision {given!r}.", why, fix)
