"""How traffic is told and what it comes to: the rules for targets, and the revisions they mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from wizard.workshop.api_error import Violation
from wizard.workshop.messages import BY_REVISION, LATEST, NewTrafficStatus
from wizard.workshop.resource_names import TAG, TAG_AND_SERVICE


def check_traffic(service_id: str, traffic: Iterable[Any]) -> Iterator[Violation]:
    """What of these TrafficTargets is wrong by itself. Whether a revision exists is found out by the deploy."""
    targets = list(traffic)
    if not targets:
        return
    for number, target in enumerate(targets):
        path = f"service.traffic[{number}]"
        if not 0 <= target.percent <= 100:
            yield Violation(f"{path}.percent", "must be between 0 and 100")
        if target.type_ == BY_REVISION and not target.revision:
            yield Violation(f"{path}.revision", "must be set when the type is REVISION")
        if target.type_ == LATEST and target.revision:
            yield Violation(f"{path}.revision", "must not be set when the type is LATEST")
        if "/" in target.revision:
            yield Violation(f"{path}.revision", "must be the revision's name alone, without its path")
        if target.tag and TAG.fullmatch(target.tag) is None:
            yield Violation(
                f"{path}.tag",
                "must be a lower-case letter or digit followed by lower-case letters, digits and hyphens, "
                "must not end with a hyphen, and must have at most 46 characters",
            )
        elif target.tag and len(target.tag) + len(service_id) > TAG_AND_SERVICE:
            yield Violation(
                f"{path}.tag",
                f"traffic tag '{target.tag}' and service name '{service_id}' together are too long. "
                f"Combined traffic tag and service name cannot exceed {TAG_AND_SERVICE} characters.",
            )
    twice = sorted(tag for tag, count in Counter(each.tag for each in targets if each.tag).items() if count > 1)
    if twice:
        yield Violation("service.traffic", f"Tags must be unique; given more than once: {', '.join(twice)}.")
    total = sum(target.percent for target in targets)
    if total != 100:
        yield Violation("service.traffic", f"Traffic percentages must sum to 100, but sum to {total}.")


def statuses(traffic: Iterable[Any], latest_ready: str) -> list[Any]:
    """The TrafficTargetStatus for each target, without addresses; `latest_ready` is a revision's short name."""
    return [
        NewTrafficStatus(
            type_=BY_REVISION if target.revision else LATEST,
            revision=target.revision or latest_ready,
            percent=target.percent,
            tag=target.tag,
        )
        for target in traffic
    ]


def reachable(traffic_statuses: Iterable[Any]) -> set[str]:
    """Short names of the revisions a request can come to: by a share of the traffic, or by a tag."""
    return {each.revision for each in traffic_statuses if each.percent > 0 or each.tag}
