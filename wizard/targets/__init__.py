"""Where a service can be released to. So far: this machine.

`local.release` brings a service up, `services` lists what was released here, `find` gets one to log, call and take down.
"""

from wizard.targets.calling import Reply
from wizard.targets.local_services import Service, ServiceStatus, find, services
from wizard.targets.release import Release

__all__ = ["Release", "Reply", "Service", "ServiceStatus", "find", "services"]
