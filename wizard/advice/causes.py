"""Why a service did not come up: the causes behind "the container failed to start and listen on PORT".

One message stands for a dozen different mistakes. What tells them apart is in the last log lines, the exit code, whether
the kernel killed the process for its memory, and what the process listens on. Everything here is pure: a rehearsal, a
local service and a cloud's log reader hand in what they saw.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wizard.advice import ending_causes, listening_causes, loading_causes, system_causes
from wizard.advice.cause import Cause, CauseKind, Evidence, Facts, Listener
from wizard.advice.scene import Scene

__all__ = ["Cause", "CauseKind", "Evidence", "Facts", "Listener", "recognise"]

_Rule = Callable[[Scene], Cause | None]
_BEFORE_ALL: tuple[_Rule, ...] = (system_causes.wrong_architecture, system_causes.out_of_memory)
_BY_SOCKET: tuple[_Rule, ...] = (listening_causes.wrong_address, listening_causes.wrong_port)
_BY_LOG: tuple[_Rule, ...] = (
    loading_causes.notebook_class,
    loading_causes.version_mismatch,
    loading_causes.missing_module,
    loading_causes.missing_library,
    system_causes.read_only,
    system_causes.port_taken,
    system_causes.permission_denied,
    system_causes.no_command,
    ending_causes.crash,
)
_BY_END: tuple[_Rule, ...] = (ending_causes.exited,)
_BY_WAITING: tuple[_Rule, ...] = (listening_causes.slow_load, listening_causes.not_listening)
"""Most specific first, within each group and from group to group."""


def recognise(logs: Sequence[str], exit_code: int | None, oom: bool, facts: Facts | None = None) -> Cause | None:
    """The most specific cause that explains what was seen, or None where nothing is known.

    `logs` are the service's lines, oldest first, or a cloud's messages about it. `exit_code` is None while it runs; a
    process ended by a signal may give 128 + the signal or minus the signal. `oom` says that the kernel killed it for its memory.
    """
    scene = Scene.of(logs, exit_code, oom, facts or Facts())
    running = exit_code is None
    # A process that is up and listens somewhere tells the truth by its sockets; its old log lines may be about anything.
    rules = _BEFORE_ALL + (_BY_SOCKET + _BY_LOG if running else _BY_LOG + _BY_END)
    for rule in (*rules, *(_BY_WAITING if running else ())):
        if (cause := rule(scene)) is not None:
            return cause
    return None
