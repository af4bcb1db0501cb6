"""Bundle in, image out: the container engine and the builder that uses it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wizard.images.builder import Builder, DockerBuilder
    from wizard.images.engine import Engine, EngineFacts, connect, probe
    from wizard.images.image import Image, Layer
    from wizard.images.store import base_reference, exists, image_id, remove

__all__ = [
    "Builder",
    "DockerBuilder",
    "Engine",
    "EngineFacts",
    "Image",
    "Layer",
    "base_reference",
    "connect",
    "exists",
    "image_id",
    "probe",
    "remove",
]

_MODULES = {
    "builder": ("Builder", "DockerBuilder"),
    "engine": ("Engine", "EngineFacts", "connect", "probe"),
    "image": ("Image", "Layer"),
    "store": ("base_reference", "exists", "image_id", "remove"),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    # Whoever reads what was built need not import what building takes.
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
