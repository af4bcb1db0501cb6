"""The raw protobuf messages the state is made of, and the few things that are done to any of them.

proto-plus wraps every message in a Python class; beneath is the plain protobuf message. The state keeps the plain ones: they
are what travels, they merge by field mask, and any door can turn them into what it speaks.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable
from typing import Any, TypeAlias

from google.cloud import run_v2
from google.protobuf import timestamp_pb2

ServiceMessage: TypeAlias = Any
"""google.cloud.run.v2.Service"""
RevisionMessage: TypeAlias = Any
"""google.cloud.run.v2.Revision"""
OperationMessage: TypeAlias = Any
"""google.longrunning.Operation"""
PolicyMessage: TypeAlias = Any
"""google.iam.v1.Policy"""
Message: TypeAlias = Any
"""Any protobuf message."""

NewService: Any = run_v2.Service.pb()
NewRevision: Any = run_v2.Revision.pb()
NewCondition: Any = run_v2.Condition.pb()
NewTrafficStatus: Any = run_v2.TrafficTargetStatus.pb()

ConditionState = run_v2.Condition.State
CommonReason = run_v2.Condition.CommonReason
RevisionReason = run_v2.Condition.RevisionReason
LATEST = run_v2.TrafficTargetAllocationType.TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST
BY_REVISION = run_v2.TrafficTargetAllocationType.TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION


def copied(message: Message) -> Message:
    """A copy, so that nobody outside holds what the state holds."""
    copy = type(message)()
    copy.CopyFrom(message)
    return copy


def fingerprint(message: Message) -> bytes:
    """Equal for equal messages, within one process."""
    made: bytes = message.SerializeToString(deterministic=True)
    return made


def now() -> Any:
    """The time as a Timestamp."""
    stamp = timestamp_pb2.Timestamp()
    stamp.GetCurrentTime()
    return stamp


def new_etag() -> str:
    """As Cloud Run writes them: quoted."""
    return f'"{base64.urlsafe_b64encode(os.urandom(12)).decode()}"'


def set_condition(
    conditions: Any,
    kind: str,
    state: int,
    message: str = "",
    *,
    reason: int | None = None,
    revision_reason: int | None = None,
    informs_only: bool = False,
) -> None:
    """Write one condition into a repeated field; its transition time changes only when its state does."""
    for condition in conditions:
        if condition.type_ == kind:
            break
    else:
        condition = conditions.add(type_=kind)
    write_condition(
        condition, kind, state, message, reason=reason, revision_reason=revision_reason, informs_only=informs_only
    )


def write_condition(
    condition: Any,
    kind: str,
    state: int,
    message: str = "",
    *,
    reason: int | None = None,
    revision_reason: int | None = None,
    informs_only: bool = False,
) -> None:
    """Fill one condition in place. One that `informs_only` does not keep its resource from being ready."""
    since = condition.last_transition_time if condition.state == int(state) else now()
    fresh = NewCondition(type_=kind, state=int(state), message=message, last_transition_time=since)
    if reason is not None:
        fresh.reason = int(reason)
    elif revision_reason is not None:
        fresh.revision_reason = int(revision_reason)
    if informs_only:
        fresh.severity = int(run_v2.Condition.Severity.INFO)
    condition.CopyFrom(fresh)


def condition_of(conditions: Iterable[Any], kind: str) -> Any | None:
    """The condition of that type, where there is one."""
    return next((condition for condition in conditions if condition.type_ == kind), None)


def is_ready(revision: RevisionMessage) -> bool:
    """Whether the revision has once come up."""
    condition = condition_of(revision.conditions, "Ready")
    return condition is not None and condition.state == ConditionState.CONDITION_SUCCEEDED


def has_failed(revision: RevisionMessage) -> bool:
    """Whether the revision was given up."""
    condition = condition_of(revision.conditions, "Ready")
    return condition is not None and condition.state == ConditionState.CONDITION_FAILED


def serving_container(holder: Any) -> Any | None:
    """Of a template's or a revision's containers the one that gets the requests: that with a port, else the first."""
    for container in holder.containers:
        if container.ports:
            return container
    return holder.containers[0] if holder.containers else None
