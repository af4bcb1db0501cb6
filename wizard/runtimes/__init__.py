"""Starting what was built, in a container or as a process, behind one interface."""

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
