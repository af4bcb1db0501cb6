"""Starting what was built, in a container or as a process, behind one interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.late_names import late_names

if TYPE_CHECKING:
    from wizard.runtimes.container import ContainerInstance, ContainerRuntime
    from wizard.runtimes.log_lines import LogLines
    from wizard.runtimes.process import ProcessInstance, ProcessRuntime
    from wizard.runtimes.runtime import Instance, Limits, MemoryUse, Runtime, RuntimeName, Spec, StopResult

__all__ = [
    "ContainerInstance",
    "ContainerRuntime",
    "Instance",
    "Limits",
    "LogLines",
    "MemoryUse",
    "ProcessInstance",
    "ProcessRuntime",
    "Runtime",
    "RuntimeName",
    "Spec",
    "StopResult",
]

# What an instance is can be said without the engine's client.
__getattr__ = late_names(
    __name__,
    {
        "container": ("ContainerInstance", "ContainerRuntime"),
        "log_lines": ("LogLines",),
        "process": ("ProcessInstance", "ProcessRuntime"),
        "runtime": ("Instance", "Limits", "MemoryUse", "Runtime", "RuntimeName", "Spec", "StopResult"),
    },
)
