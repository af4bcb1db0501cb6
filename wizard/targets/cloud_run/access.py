"""Who may call a service: its IAM policy, and whether Cloud Run looks at it at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.errors import TargetError
from wizard.events import Reporter
from wizard.targets.cloud_run.api_errors import CloudError, explain, retrying
from wizard.targets.cloud_run.api_trouble import Trouble, is_api_error
from wizard.targets.cloud_run.cloud import Cloud
from wizard.targets.cloud_run.desired import ingress_of
from wizard.targets.cloud_run.permissions import SOMEBODY, command
from wizard.targets.cloud_run.writing import ATTEMPTS, TIMEOUT, change, read_service

if TYPE_CHECKING:
    from google.cloud import run_v2
    from google.iam.v1.policy_pb2 import Policy

    from wizard.plan.cloud_run import CloudRunTarget

INVOKER = "roles/run.invoker"
EVERYBODY = "allUsers"
_ANYBODY = frozenset({EVERYBODY, "allAuthenticatedUsers"})
_PAUSE = 0.25
_OUR_INVOKERS = "dev.sendoff.invokers"
"""Annotation that names the callers who came from a plan: of those, one that left the plan may not call any more."""
_POLICY_VERSION = 3
"""The version that shows conditions: a policy read without them would lose them when written."""


def grant(cloud: Cloud, name: str, target: CloudRunTarget, reporter: Reporter) -> None:
    """Make the service callable by whom the plan says, and then from where it says.

    Callers that others have let in stay, except everybody where the plan is private; those whom an earlier plan let in, and this
    one does not, go. Raises CloudError, TargetError.
    """
    standing = read_service(cloud, name, reporter)
    _write_policy(cloud, name, target, _ours(standing) if standing is not None else frozenset(), reporter)
    paths = ("invoker_iam_disabled", "ingress", "annotations")
    change(cloud, name, lambda service: _open(service, target), reporter, f"say who may call {name}", paths)


def _open(service: run_v2.Service, target: CloudRunTarget) -> bool:
    """What of the service itself says who may call it, as the plan has it; whether that changes anything."""
    before = type(service)(service)
    service.invoker_iam_disabled = target.access == "public-without-check"
    service.ingress = ingress_of(target)
    if target.invokers or _OUR_INVOKERS in service.annotations:
        service.annotations[_OUR_INVOKERS] = ",".join(sorted(target.invokers))
    return bool(before != service)


def _ours(service: run_v2.Service) -> frozenset[str]:
    return frozenset(filter(None, service.annotations.get(_OUR_INVOKERS, "").split(",")))


_OPENNESS = (
    "INGRESS_TRAFFIC_NONE",
    "INGRESS_TRAFFIC_INTERNAL_ONLY",
    "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
    "INGRESS_TRAFFIC_UNSPECIFIED",
    "INGRESS_TRAFFIC_ALL",
)


def is_narrower(one: run_v2.IngressTraffic, other: run_v2.IngressTraffic) -> bool:
    """Whether `one` lets less of the world reach a service than `other`."""
    return _OPENNESS.index(one.name) < _OPENNESS.index(other.name)


def lets_anybody_in(cloud: Cloud, service: run_v2.Service, reporter: Reporter) -> bool:
    """Whoever reaches the service may call it; also where its policy may not be read, so that nobody knows. Raises CloudError."""
    if service.invoker_iam_disabled:
        return True
    try:
        policy = _policy(cloud, service.name.rpartition("/")[2], reporter)
    except CloudError as error:
        if error.kind is not Trouble.PERMISSION:
            raise
        return True
    return any(one.role == INVOKER and _ANYBODY & set(one.members) for one in policy.bindings)


def _write_policy(cloud: Cloud, name: str, target: CloudRunTarget, ours: frozenset[str], reporter: Reporter) -> None:
    full = cloud.place.service(name)
    doing = f"let {'everybody' if target.access == 'public' else 'the plan’s callers'} call {name}"
    for attempt in range(1, ATTEMPTS + 1):
        policy = _read(cloud, name, target, reporter)
        removed = adjust(policy, target, ours) if policy is not None else None
        if policy is None or removed is None:
            return
        if anybody := removed & _ANYBODY:
            reporter.notice(f"{name} is private from now on: {' and '.join(sorted(anybody))} may not call it any more.")
        if others := removed - _ANYBODY:
            reporter.notice(f"{', '.join(sorted(others))} may not call {name} any more: the plan names them no longer.")
        try:
            cloud.services.set_iam_policy(request={"resource": full, "policy": policy}, retry=None, timeout=TIMEOUT)
            return
        except Exception as error:
            if not is_api_error(error):
                raise
            trouble = explain(error, doing, member=cloud.member, project=cloud.place.project)
            again = trouble.kind in {Trouble.CONFLICT, Trouble.UNAVAILABLE, Trouble.DEADLINE, Trouble.RATE}
            if not again or attempt == ATTEMPTS:
                raise _refused(trouble, name, target) from error
            reporter.log(f"Setting who may call {name} again: {trouble.why}")
            reporter.cancel.wait(_PAUSE * attempt)
            reporter.check()
    raise AssertionError("the last attempt returns or raises")


def grant_command(cloud: Cloud, name: str) -> str:
    """The command that lets the account in use here call the service."""
    return command(
        "gcloud run services add-iam-policy-binding",
        name,
        region=cloud.place.region,
        project=cloud.place.project,
        member=cloud.member or SOMEBODY,
        role=INVOKER,
    )


def adjust(policy: Policy, target: CloudRunTarget, ours: frozenset[str] = frozenset()) -> frozenset[str] | None:
    """Change the policy into what the plan asks for; `ours` are the members that earlier plans let in. Returns who loses access
    by it; None where nothing changes."""
    members = set(target.invokers) | ({EVERYBODY} if target.access == "public" else set())
    removed: frozenset[str] = frozenset()
    changed = False
    unwanted = (ours - members) | (_ANYBODY if target.access == "private" else frozenset())
    for binding in policy.bindings:
        gone = unwanted & set(binding.members)
        if binding.role == INVOKER and gone:
            removed |= gone
            kept = [member for member in binding.members if member not in gone]
            del binding.members[:]
            binding.members.extend(kept)
            changed = True
    have = {
        member
        for binding in policy.bindings
        if binding.role == INVOKER and not binding.HasField("condition")
        for member in binding.members
    }
    if missing := sorted(members - have):
        plain = [one for one in policy.bindings if one.role == INVOKER and not one.HasField("condition")]
        binding = plain[0] if plain else policy.bindings.add(role=INVOKER)
        binding.members.extend(missing)
        changed = True
    if not changed:
        return None
    kept_bindings = [binding for binding in policy.bindings if binding.members]
    if len(kept_bindings) != len(policy.bindings):
        copies = [type(binding).FromString(binding.SerializeToString()) for binding in kept_bindings]
        del policy.bindings[:]
        policy.bindings.extend(copies)
    return removed


def _read(cloud: Cloud, name: str, target: CloudRunTarget, reporter: Reporter) -> Policy | None:
    """The policy; None where it may not be read, and the plan lets nobody in anyway. Raises CloudError."""
    try:
        return _policy(cloud, name, reporter)
    except CloudError as error:
        if error.kind is not Trouble.PERMISSION or target.access == "public" or target.invokers:
            raise
        reporter.notice(f"Who may call {name} could not be read: {error.why} It stays as it is.")
        return None


def _policy(cloud: Cloud, name: str, reporter: Reporter) -> Policy:
    request = {"resource": cloud.place.service(name), "options": {"requested_policy_version": _POLICY_VERSION}}
    policy: Policy = retrying(
        lambda: cloud.services.get_iam_policy(request=request, retry=None, timeout=TIMEOUT),
        reporter,
        f"read who may call {name}",
        safe=True,
        member=cloud.member,
        project=cloud.place.project,
    )
    return policy


def _refused(trouble: CloudError, name: str, target: CloudRunTarget) -> TargetError:
    if target.access != "public" or trouble.kind not in {Trouble.POLICY, Trouble.PRECONDITION}:
        return trouble
    return TargetError(
        f"The organisation does not let everybody call {name}.",
        "A policy of the organisation (domain restricted sharing) refuses allUsers in the service's IAM policy.",
        "Set target.access to public-without-check, which needs no such entry; or to private, with target.invokers. Then "
        "`sendoff up` goes on from the stage release.",
        evidence=trouble.evidence,
    )


def is_granted(cloud: Cloud, service: run_v2.Service, name: str, target: CloudRunTarget, reporter: Reporter) -> bool:
    """The service is callable by exactly whom the plan says, or by more of others' choosing."""
    ours = _ours(service)
    if _open(type(service)(service), target):
        return False
    policy = _read(cloud, name, target, reporter)
    return policy is None or adjust(policy, target, ours) is None
