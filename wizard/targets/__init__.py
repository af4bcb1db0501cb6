"""Where a service can be released to: this machine, Google Cloud Run, and a local Cloud Run to practise on.

`local.release` and `cloud_run.release` bring a service up; `services` lists what was released from here, and `find` gets one
to look at, log, call, roll back and take down, wherever it runs.
"""

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
