"""The value this package yields: a built container image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: the command that made it (or its purpose) and its size in bytes, unpacked."""

    command: str
    size: int


@dataclass(frozen=True, slots=True)
class Image:
    """An image in an engine or a registry."""

    reference: str
    """Name and tag, e.g. "housing:3f2a9c41d0b7"."""
    id: str
    """The engine's image id, "sha256:…": names the content whatever the tag says."""
    digest: str | None
    """Registry digest, once pushed."""
    platform: str
    """"linux/amd64"."""
    size: int
    """Bytes unpacked."""
    base: str
    """The base image as the Dockerfile names it, with its digest where it could be read."""
    base_size: int
    """Bytes of the base image, unpacked; 0 where unknown."""
    layers: tuple[Layer, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
