"""From a plan and a lock to a plain folder that builds into the image, and that a person can read in five minutes."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wizard.bundle.bundle import Bundle, BundleFile
    from wizard.bundle.sample import sample_request
    from wizard.bundle.schema import input_schema
    from wizard.bundle.sources import server_requirements
    from wizard.bundle.write import write_bundle

__all__ = [
    "Bundle",
    "BundleFile",
    "input_schema",
    "sample_request",
    "server_requirements",
    "write_bundle",
]

_MODULES = {
    "bundle": ("Bundle", "BundleFile"),
    "sample": ("sample_request",),
    "schema": ("input_schema",),
    "sources": ("server_requirements",),
    "write": ("write_bundle",),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    # Whoever reads what was bundled need not import what bundling takes.
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
