"""Bundle in, image out: the container engine and the builder that uses it."""

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
