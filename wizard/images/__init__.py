"""Bundle in, image out: the container engine and the builder that uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.late_names import late_names

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

# Whoever reads what was built need not import what building takes.
__getattr__ = late_names(
    __name__,
    {
        "builder": ("Builder", "DockerBuilder"),
        "engine": ("Engine", "EngineFacts", "connect", "probe"),
        "image": ("Image", "Layer"),
        "store": ("base_reference", "exists", "image_id", "remove"),
    },
)
