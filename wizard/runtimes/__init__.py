"""Starting what was built, in a container or as a process, behind one interface."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

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

_MODULES = {
    "container": ("ContainerInstance", "ContainerRuntime"),
    "log_lines": ("LogLines",),
    "process": ("ProcessInstance", "ProcessRuntime"),
    "runtime": ("Instance", "Limits", "MemoryUse", "Runtime", "RuntimeName", "Spec", "StopResult"),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    # What an instance is can be said without the engine's client.
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
