"""Where a service can be released to: this machine, Google Cloud Run, and a local Cloud Run to practise on.

`local.release` and `cloud_run.release` bring a service up; `services` lists what was released from here, and `find` gets one
to look at, log, call, roll back and take down, wherever it runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.late_names import late_names

if TYPE_CHECKING:
    from wizard.targets.calling import Reply
    from wizard.targets.local_services import Service
    from wizard.targets.release import Release
    from wizard.targets.released import ReleasedService, find, names, services
    from wizard.targets.status import Moved, Revision, ServiceStatus

__all__ = [
    "Moved",
    "Release",
    "ReleasedService",
    "Reply",
    "Revision",
    "Service",
    "ServiceStatus",
    "find",
    "names",
    "services",
]

# What a service is can be said without what releases one.
__getattr__ = late_names(
    __name__,
    {
        "calling": ("Reply",),
        "local_services": ("Service",),
        "release": ("Release",),
        "released": ("ReleasedService", "find", "names", "services"),
        "status": ("Moved", "Revision", "ServiceStatus"),
    },
)
