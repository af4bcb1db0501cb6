"""Names on Cloud Run: of the service, its tags, labels and repository; and the steps of its traffic.

Sources: the Admin API's reference; Artifact Registry's naming rules; the limit of tag and service name together as Cloud Run
itself states it when it refuses ("cannot exceed 46 characters"). November 2026.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.plan.cloud_run import CloudRunTarget
from wizard.plan.names import dashed, service_name
from wizard.plan.plan import Plan
from wizard.plan.problem import Problem

TAG_AND_SERVICE = 46
"""Most characters of a tag and the service's name together: both are in the tag's address."""
CANDIDATE_TAG = re.compile(r"c-[0-9a-f]{8}")
"""Tags under which a new revision is proved before it gets traffic."""
LONGEST_NAME = TAG_AND_SERVICE - len("c-01234567")
_TAG = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")
_REPOSITORY = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
GCR = ("gcr.io", "us.gcr.io", "eu.gcr.io", "asia.gcr.io")
"""The older names of registries, which Artifact Registry serves now."""
_MOST_LABELS = 63
"""Cloud Run takes 64; one is Sendoff's own."""
_OWN_LABEL = "managed-by"
_RESERVED_LABELS = ("run.googleapis.com", "cloud.googleapis.com", "serving.knative.dev", "autoscaling.knative.dev")


def naming_problems(plan: Plan, target: CloudRunTarget) -> Iterator[Problem]:
    """What is wrong with names, labels and traffic."""
    name = plan.service.name
    if len(name) > LONGEST_NAME:
        nearest = service_name(name[:LONGEST_NAME])
        yield Problem(
            "service.name",
            f"service.name has {len(name)} characters, too many for Cloud Run.",
            f"A revision is proved under a tag of {TAG_AND_SERVICE - LONGEST_NAME} characters before it gets traffic, and "
            f"Cloud Run allows a tag and the service's name {TAG_AND_SERVICE} together.",
            f"The nearest right value is {nearest}.",
            nearest,
        )
    yield from _repository(target)
    yield from _tags(name, target)
    yield from _labels(target)
    yield from _traffic(target)
    if target.endpoint and int(target.endpoint.rpartition(":")[2]) > 65535:
        yield Problem(
            "target.endpoint",
            f"target.endpoint cannot be {target.endpoint}.",
            "Ports end at 65535.",
            "`sendoff workshop up` names the right one.",
            "",
        )


def _repository(target: CloudRunTarget) -> Iterator[Problem]:
    name = target.repository
    if _REPOSITORY.fullmatch(name) or name in GCR:
        return
    nearest = dashed(name.rpartition("/")[2], 63) or "sendoff"
    yield Problem(
        "target.repository",
        f"target.repository cannot be {name[:80]!r}.",
        "It is the name alone: small letters, digits and dashes, starting with a letter, at most 63; or gcr.io.",
        f"The nearest right value is {nearest}.",
        nearest,
    )


def _tags(service: str, target: CloudRunTarget) -> Iterator[Problem]:
    room = TAG_AND_SERVICE - len(service)
    for number, tag in enumerate(target.tags):
        path = f"target.tags.{number}"
        if not _TAG.fullmatch(tag):
            nearest = dashed(tag, max(1, room)) or dashed(f"v{tag}", max(1, room)) or "new"
            why = "Small letters, digits and dashes, starting with a letter: a tag is part of an address."
        elif len(tag) > room:
            nearest = tag[: max(1, room)].rstrip("-")
            why = f"Cloud Run allows a tag and the service's name {TAG_AND_SERVICE} characters together; {service} leaves {room}."
        elif CANDIDATE_TAG.fullmatch(tag):
            nearest = f"v{tag[1:]}"
            why = "Sendoff gives such tags to revisions it is about to prove, and removes them afterwards."
        elif tag in target.tags[:number]:
            yield Problem(path, f"target.tags names {tag} twice.", "A tag is one address.", "Remove one of the two.")
            continue
        else:
            continue
        yield Problem(path, f"{path} cannot be {tag[:60]!r}.", why, f"The nearest right value is {nearest}.", nearest)


def _labels(target: CloudRunTarget) -> Iterator[Problem]:
    if len(target.labels) > _MOST_LABELS:
        yield Problem(
            "target.labels",
            f"target.labels has {len(target.labels)} entries.",
            f"Cloud Run takes {_MOST_LABELS + 1}, and one is Sendoff's own.",
            f"Remove {len(target.labels) - _MOST_LABELS} of them.",
        )
    for key, value in target.labels.items():
        if key.partition("/")[0].lower().endswith(_RESERVED_LABELS):
            yield Problem(
                "target.labels",
                f"target.labels cannot have {key[:80]!r}.",
                f"Names of {', '.join(_RESERVED_LABELS)} are Cloud Run's own.",
                "Remove it; what such labels say has settings of its own here.",
            )
        elif key == _OWN_LABEL:
            yield Problem(
                "target.labels",
                f"target.labels cannot have {key}.",
                "Sendoff sets it, to know its services again.",
                "Give it another name, for example owner.",
            )
        elif not (_label(key) and key[0].isalpha()):
            nearest = re.sub(r"^[^a-z]+", "", re.sub(r"[^a-z0-9_-]+", "_", key.lower()))[:63] or "label"
            yield Problem(
                "target.labels",
                f"target.labels cannot have the name {key[:80]!r}.",
                "Small letters, digits, _ and -, starting with a letter, at most 63.",
                f"The nearest right name is {nearest}.",
            )
        elif value and not _label(value):
            nearest = re.sub(r"[^a-z0-9_-]+", "-", value.lower())[:63]
            yield Problem(
                "target.labels",
                f"target.labels.{key} cannot be {value[:80]!r}.",
                "Small letters, digits, _ and -, at most 63.",
                f"The nearest right value is {nearest}.",
            )


def _label(text: str) -> bool:
    """Whether Google takes the text for a label: letters may be of any language, if they are not capitals."""
    return 0 < len(text) <= 63 and all(
        char in "_-" or (char.isalnum() and char == char.lower() and (char.isascii() or char.isalpha()))
        for char in text
    )


def _traffic(target: CloudRunTarget) -> Iterator[Problem]:
    steps = target.traffic
    right = (*sorted({step for step in steps if 0 < step < 100}), 100)
    if steps != right:
        written = ", ".join(str(step) for step in right)
        yield Problem(
            "target.traffic",
            f"target.traffic cannot be [{', '.join(str(step) for step in steps[:20])}].",
            "The steps are per cent of the traffic, each more than the one before, and the last is 100.",
            f"The nearest right value is [{written}].",
            list(right),
        )
