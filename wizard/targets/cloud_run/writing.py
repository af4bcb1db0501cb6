"""Reading a service and changing it: read, change, write with the etag read, and again where somebody was faster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from wizard.errors import TargetError
from wizard.events import Reporter
from wizard.targets.cloud_run.api_errors import CloudError, explain, retrying
from wizard.targets.cloud_run.api_trouble import Trouble, is_api_error
from wizard.targets.cloud_run.cloud import Cloud

if TYPE_CHECKING:
    from google.cloud import run_v2

T = TypeVar("T")

ATTEMPTS = 6
_PAUSE = 0.25
TIMEOUT = 15.0
"""Seconds for one answer; a call that takes longer is made again."""
_MAYBE_DONE = frozenset({Trouble.UNAVAILABLE, Trouble.DEADLINE, Trouble.CANCELLED})
"""The answer was lost: the change may be in force or not, and only another look tells."""


def read_service(cloud: Cloud, name: str, reporter: Reporter) -> run_v2.Service | None:
    """The service of that short name; None where there is none. Raises CloudError, CancelledError."""
    full = cloud.place.service(name)
    return _found(cloud, reporter, f"read the service {name}", partial(cloud.services.get_service, name=full))


def read_revision(cloud: Cloud, service: str, name: str, reporter: Reporter) -> run_v2.Revision | None:
    """A revision by its short name; None where there is none. Raises CloudError, CancelledError."""
    full = cloud.place.revision(service, name)
    return _found(cloud, reporter, f"read the revision {name}", partial(cloud.revisions.get_revision, name=full))


def _found(cloud: Cloud, reporter: Reporter, doing: str, get: Callable[..., T]) -> T | None:
    try:
        return retrying(
            lambda: get(retry=None, timeout=TIMEOUT),
            reporter,
            doing,
            safe=True,
            member=cloud.member,
            project=cloud.place.project,
        )
    except CloudError as error:
        if error.kind is Trouble.MISSING:
            return None
        raise


def create(cloud: Cloud, name: str, service: run_v2.Service, reporter: Reporter) -> None:
    """Create it, unless somebody just did. Whether it is there is seen by reading it, also after a lost answer.

    Raises CloudError where Cloud Run refuses, or gives no answer however often it is asked; CancelledError.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            cloud.services.create_service(
                parent=cloud.place.parent, service=service, service_id=name, retry=None, timeout=TIMEOUT
            )
            return
        except Exception as error:
            if not is_api_error(error):
                raise
            trouble = explain(error, f"create the service {name}", member=cloud.member, project=cloud.place.project)
            if trouble.kind not in _MAYBE_DONE | {Trouble.EXISTS, Trouble.CONFLICT, Trouble.RATE}:
                raise trouble from error
            if read_service(cloud, name, reporter) is not None:
                return
            if attempt == ATTEMPTS:
                raise trouble from error
            _say(reporter, trouble)
            reporter.cancel.wait(_pause(attempt, trouble))
            reporter.check()


def change(
    cloud: Cloud,
    name: str,
    edit: Callable[[run_v2.Service], bool],
    reporter: Reporter,
    doing: str,
    paths: Sequence[str] = (),
) -> run_v2.Service:
    """Change a service that exists, and return what was written, or what stands where nothing had to be.

    `edit` changes the message it is given and says whether there was anything to change; it is called anew with what stands
    when somebody else wrote in between, or an answer was lost. It may raise. `paths` limits the write to these fields.
    Raises TargetError, CloudError, CancelledError.
    """
    for attempt in range(1, ATTEMPTS + 1):
        service = read_service(cloud, name, reporter)
        if service is None:
            raise TargetError(
                f"The service {name} is gone.",
                "Somebody deleted it while it was being released.",
                "Run `sendoff up` again to create it anew.",
            )
        if not edit(service):
            return service
        request = {"service": service, "update_mask": {"paths": list(paths)} if paths else None}
        try:
            cloud.services.update_service(request=request, retry=None, timeout=TIMEOUT)
        except Exception as error:
            if not is_api_error(error):
                raise
            trouble = explain(error, doing, member=cloud.member, project=cloud.place.project)
            if trouble.kind not in _MAYBE_DONE | {Trouble.CONFLICT, Trouble.RATE}:
                raise trouble from error
            if attempt == ATTEMPTS:
                raise _given_up(cloud, name, trouble, reporter) from error
            _say(reporter, trouble)
            reporter.cancel.wait(_pause(attempt, trouble))
            reporter.check()
        else:
            return service
    raise AssertionError("the last attempt returns or raises")


def _pause(attempt: int, trouble: CloudError) -> float:
    """Seconds to wait after an attempt: longer each time, and long where too many calls were made."""
    return _PAUSE * 2**attempt if trouble.kind is Trouble.RATE else _PAUSE * attempt


def _say(reporter: Reporter, trouble: CloudError) -> None:
    if trouble.kind is Trouble.CONFLICT:
        reporter.log("Somebody else changed the service in between: reading it again.")
    else:
        reporter.log(
            f"No clear answer came ({trouble.evidence[0] if trouble.evidence else trouble.why}): looking again."
        )


def _given_up(cloud: Cloud, name: str, trouble: CloudError, reporter: Reporter) -> TargetError:
    if trouble.kind is not Trouble.CONFLICT:
        return trouble
    service = read_service(cloud, name, reporter)
    by = f" by {service.last_modifier}" if service is not None and service.last_modifier else ""
    return TargetError(
        f"The service {name} is being changed by somebody else at the same time.",
        f"It was changed{by} each of the {ATTEMPTS} times it was about to be written here.",
        "Agree on who releases, then run `sendoff up` again.",
        evidence=trouble.evidence,
    )
