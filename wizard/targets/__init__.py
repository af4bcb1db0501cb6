"""Where a service can be released to: this machine, Google Cloud Run, and a local Cloud Run to practise on.

`local.release` and `cloud_run.release` bring a service up; `services` lists what was released from here, and `find` gets one
to look at, log, call, roll back and take down, wherever it runs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

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

_MODULES = {
    "calling": ("Reply",),
    "local_services": ("Service",),
    "release": ("Release",),
    "released": ("ReleasedService", "find", "names", "services"),
    "status": ("Moved", "Revision", "ServiceStatus"),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    # What a service is can be said without what releases one.
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
