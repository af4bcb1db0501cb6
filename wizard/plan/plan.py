"""The plan: everything the person chose or agreed to, enough to repeat the whole road with no questions.

Each field's description is the one-sentence *why* that every face shows beside it. Bounds here hold for every target; what
one target allows beyond them is in its own rules.
"""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from wizard.plan.cloud_run import CloudRunTarget
from wizard.plan.section import Bytes, Section

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


class Server(StrEnum):
    FASTAPI = "fastapi"
    FLASK = "flask"


class ModelSection(Section):
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
    recorded: str | None = Field(
        default=None,
        description="Rows with the live model's answers, recorded when it was saved: the rehearsal compares with them.",
    )
    trusted: bool = Field(
        default=False, description="You have looked at the dangerous findings and insist on serving this file."
    )


class ServingSection(Section):
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
    max_body: Bytes = Field(
        default=8 * MIB, ge=1024, le=32 * MIB, description="Largest request in bytes; Cloud Run itself stops at 32 MiB."
    )


class ImageSection(Section):
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


class ServiceSection(Section):
    """How the service runs."""

    name: str = Field(
        pattern=f"^{SERVICE_NAME}$",
        description="Names the service, its image and its address: small letters, digits and dashes, at most 49.",
    )
    cpu: float = Field(
        default=1, ge=0.08, le=44, description="One CPU serves one batch at a time; more only helps many callers."
    )
    memory: Bytes = Field(
        default=512 * MIB,
        ge=128 * MIB,
        le=176 * GIB,
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


class LocalTarget(Section):
    """A service on this machine."""

    kind: Literal["local"] = Field(default="local", description="Runs on this machine, reachable from it only.")
    port: int = Field(default=0, ge=0, le=65535, description="Port on 127.0.0.1; 0 takes a free one.")
    runtime: Literal["auto", "container", "process"] = Field(
        default="auto", description="A container as in production; a plain process where no engine is."
    )


def _local_unless_said(target: object) -> object:
    return {"kind": "local", **target} if isinstance(target, dict) else target


Target = Annotated[LocalTarget | CloudRunTarget, Field(discriminator="kind"), BeforeValidator(_local_unless_said)]


class Origin(Section):
    """Where one value came from, and why it is what it is."""

    source: Source
    why: str
    value: object = None
    """The value this origin speaks of: a plan edited by hand no longer matches, and its source becomes `person`."""


class Plan(Section):
    """Everything the road needs to know."""

    sendoff: Literal[1] = Field(default=1, description="Version of this file's layout.")
    model: ModelSection
    serving: ServingSection = ServingSection()
    image: ImageSection
    service: ServiceSection
    target: Target = LocalTarget()
    sources: dict[str, Origin] = Field(default_factory=dict)
    """Dotted field path → where its value came from."""

    def origin(self, path: str) -> Origin | None:
        """Where the value at a dotted path came from; None where nobody recorded it."""
        return self.sources.get(path)

    def values(self) -> dict[str, Any]:
        """Every value as plain data under its dotted path, in the plan's order; a section within a section is one value."""
        data = self.model_dump(mode="json", exclude={"sources"})
        return {
            f"{name}.{field}": value
            for name, section in data.items()
            if isinstance(section, dict)
            for field, value in section.items()
        }

    @property
    def sha256(self) -> str:
        """Digest of the values; where they came from does not count."""
        return hashlib.sha256(json.dumps(self.values(), sort_keys=True).encode()).hexdigest()
