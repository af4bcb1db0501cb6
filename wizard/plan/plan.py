"""The plan: everything the person chose or agreed to, enough to repeat the whole road with no questions.

Each field's description is the one-sentence *why* that every face shows beside it. Bounds are the house's and Cloud
Run's, whichever is narrower.
"""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

SERVICE_NAME = r"[a-z]([a-z0-9-]{0,47}[a-z0-9])?"

MIB = 1024**2
GIB = 1024**3


class Source(StrEnum):
    """Where a value came from."""

    FILE = "file"
    """The model file says so."""
    ENVIRONMENT = "environment"
    """This machine says so."""
    MEASURED = "measured"
    """A rehearsal measured it."""
    HOUSE = "house"
    """Sendoff's default."""
    PERSON = "person"
    """You chose it."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class Server(StrEnum):
    FASTAPI = "fastapi"
    FLASK = "flask"


class ModelSection(_Section):
    """Which model."""

    path: str = Field(description="The model file, relative to this plan.")
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = Field(
        default=None, description="What the file held when it was inspected; a change is noticed."
    )
    framework: str = Field(description="What loads it.")
    version: str | None = Field(
        default=None,
        description="The exact framework version that saved it: another one may load it and answer wrongly.",
    )
    as_of: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = Field(
        default=None,
        description="Dependencies are resolved as they were on this day, so that an old model gets the packages of its time.",
    )
    trusted: bool = Field(
        default=False, description="You have looked at the dangerous findings and insist on serving this file."
    )


class ServingSection(_Section):
    """How requests are answered."""

    server: Server = Field(default=Server.FASTAPI, description="FastAPI answers fastest; Flask is the familiar one.")
    batching: bool = Field(
        default=True,
        description="Requests that arrive while one is predicted are predicted together: many times the throughput, no waiting.",
    )
    max_batch: int = Field(default=64, ge=1, le=4096, description="Most rows predicted together.")
    max_queue: int = Field(
        default=512,
        ge=1,
        le=100_000,
        description="Most rows waiting; beyond it a request gets 503 and Retry-After at once.",
    )
    max_rows: int = Field(default=10_000, ge=1, le=1_000_000, description="Most rows in one request.")
    max_body: int = Field(
        default=8 * MIB, ge=1024, le=32 * MIB, description="Largest request in bytes; Cloud Run itself stops at 32 MiB."
    )


class ImageSection(_Section):
    """What the image is made of."""

    base: str = Field(
        default="python:3.11-slim", min_length=1, description="Small, official, with a shell to look around in."
    )
    python: str = Field(
        default="3.11",
        pattern=r"^3\.\d{1,2}$",
        description="Must be the base image's Python, and one the pins have wheels for.",
    )
    requirements: tuple[str, ...] = Field(
        description="What the model needs; the server adds its own, and the lock pins the rest."
    )
    extra_requirements: tuple[str, ...] = Field(default=(), description="What your handler.py imports beyond that.")
    modules: tuple[str, ...] = Field(
        default=(), description="Your own Python files or packages the model needs, shipped beside it."
    )


class ServiceSection(_Section):
    """How the service runs."""

    name: str = Field(
        pattern=f"^{SERVICE_NAME}$",
        description="Names the service, its image and its address: small letters, digits and dashes, at most 49.",
    )
    cpu: float = Field(
        default=1, ge=0.08, le=8, description="One CPU serves one batch at a time; more only helps many callers."
    )
    memory: int = Field(
        default=512 * MIB,
        ge=128 * MIB,
        le=32 * GIB,
        description="Hard limit in bytes; beyond it the instance is killed.",
    )
    concurrency: int = Field(
        default=32, ge=1, le=1000, description="Requests one instance takes at a time; batching makes them cheap."
    )
    timeout: int = Field(default=60, ge=1, le=3600, description="Seconds after which a request is given up.")
    env: dict[str, str] = Field(
        default_factory=dict,
        description="Plain environment variables. Never secrets: they would be readable in the plan.",
    )


class LocalTarget(_Section):
    """A service on this machine."""

    kind: Literal["local"] = Field(default="local", description="Runs on this machine, reachable from it only.")
    port: int = Field(default=0, ge=0, le=65535, description="Port on 127.0.0.1; 0 takes a free one.")
    runtime: Literal["auto", "container", "process"] = Field(
        default="auto", description="A container as in production; a plain process where no engine is."
    )


class Origin(_Section):
    """Where one value came from, and why it is what it is."""

    source: Source
    why: str
    value: object = None
    """The value this origin speaks of: a plan edited by hand no longer matches, and its source becomes `person`."""


class Plan(_Section):
    """Everything the road needs to know."""

    sendoff: Literal[1] = Field(default=1, description="Version of this file's layout.")
    model: ModelSection
    serving: ServingSection = ServingSection()
    image: ImageSection
    service: ServiceSection
    target: LocalTarget = LocalTarget()
    sources: dict[str, Origin] = Field(default_factory=dict)
    """Dotted field path → where its value came from."""

    def origin(self, path: str) -> Origin | None:
        """Where the value at a dotted path came from; None where nobody recorded it."""
        return self.sources.get(path)

    def values(self) -> dict[str, Any]:
        """Every value as plain data under its dotted path, in the plan's order."""
        data = self.model_dump(mode="json", exclude={"sources"})
        return {path: data[path.partition(".")[0]][path.partition(".")[2]] for path in field_paths()}

    @property
    def sha256(self) -> str:
        """Digest of the values; where they came from does not count."""
        return hashlib.sha256(json.dumps(self.values(), sort_keys=True).encode()).hexdigest()


def field_defaults() -> dict[str, Any]:
    """Dotted path of every field that has a default → the default, as plain data."""
    defaults: dict[str, Any] = {}
    for section, field in Plan.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, _Section):
            for name, inner in field.annotation.model_fields.items():
                if not inner.is_required():
                    value = inner.get_default(call_default_factory=True)
                    defaults[f"{section}.{name}"] = list(value) if isinstance(value, tuple) else value
    return defaults


def field_paths() -> dict[str, str]:
    """Dotted path of every field → its one-sentence description, in the plan's order."""
    paths: dict[str, str] = {}
    for section, field in Plan.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, _Section):
            for name, inner in field.annotation.model_fields.items():
                paths[f"{section}.{name}"] = inner.description or ""
    return paths
