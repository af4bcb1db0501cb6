"""What the engine keeps: whether an image is there, what it is made of, which digest its name stands for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from wizard.errors import EngineError
from wizard.images.engine import Engine
from wizard.images.image import Image, Layer

_LOOKUP_TIMEOUT = 5.0
_NO_OPERATION = re.compile(r"^/bin/sh -c #\(nop\)\s*")
_SHELL = re.compile(r"^(?:\|\d+ .*?)?(?:RUN )?/bin/sh -c ")


def exists(engine: Engine, reference: str) -> bool:
    """The engine has an image of that id or name."""
    return inspect(engine, reference) is not None


def image_id(engine: Engine, reference: str) -> str | None:
    """The engine's id of an image; None where it has none of that name."""
    description = inspect(engine, reference)
    return None if description is None else str(description["Id"])


def remove(engine: Engine, reference: str) -> None:
    """Remove that name, and the image where it was its last one. Raises EngineError where a container uses it."""
    from docker.errors import APIError

    with engine.guarding("removing an image"):
        try:
            engine.api.remove_image(reference)
        except APIError as error:
            if error.status_code == 404:
                return
            if error.status_code != 409:
                raise
            raise EngineError(
                f"The image {reference} is in use.",
                "A container was made from it.",
                "Take the service down first with `sendoff down`; `docker ps -a` shows all containers.",
                evidence=[str(error.explanation or error)],
            ) from error


def inspect(engine: Engine, reference: str) -> Mapping[str, Any] | None:
    """The engine's description of an image; None where it has none of that id or name."""
    from docker.errors import ImageNotFound

    if not reference:
        return None
    with engine.guarding("looking at an image"):
        try:
            description: Mapping[str, Any] = engine.api.inspect_image(reference)
        except ImageNotFound:
            return None
        return description


def describe(engine: Engine, reference: str, image: str, base: str) -> Image:
    """The value for an image in the engine. `base` is the name of what it was built from; "" where that is unknown."""
    with engine.guarding("looking at the image"):
        description = engine.api.inspect_image(image)
        history = engine.api.history(image)
    foundation = inspect(engine, base)
    known = foundation is not None and stands_on(description, foundation)
    return Image(
        reference=reference,
        id=description["Id"],
        digest=None,
        platform=f"{description.get('Os', 'linux')}/{description.get('Architecture', 'unknown')}",
        size=int(description["Size"]),
        base=_pinned(base, foundation) or base if known and foundation else base,
        base_size=int(foundation["Size"]) if known and foundation else 0,
        layers=tuple(Layer(_command(entry), int(entry["Size"])) for entry in reversed(history) if entry["Size"]),
        labels=dict(description["Config"].get("Labels") or {}),
    )


def stands_on(image: Mapping[str, Any], base: Mapping[str, Any]) -> bool:
    """The image's layers begin with all of the base's."""
    below, above = base["RootFS"].get("Layers") or [], image["RootFS"].get("Layers") or []
    return bool(below) and above[: len(below)] == below


def base_reference(base: str, engine: Engine) -> str | None:
    """The base image's name with the digest it stands for now, e.g. "python:3.11-slim@sha256:…".

    Read from the engine where it has the image, else asked of the registry (a few seconds at most). None where neither
    knows: an image that was imported or built here has no digest.
    """
    if "@sha256:" in base:
        return base
    if (local := inspect(engine, base)) is not None:
        return _pinned(base, local)
    from docker.errors import DockerException
    from requests.exceptions import RequestException

    api = engine.new_client()
    api.timeout = _LOOKUP_TIMEOUT
    try:
        digest = api.inspect_distribution(base)["Descriptor"]["digest"]
    except (DockerException, RequestException, KeyError, TypeError, OSError):
        return None  # the build will say why, should it still be so
    finally:
        api.close()
    return f"{base}@{digest}"


def _pinned(base: str, description: Mapping[str, Any]) -> str | None:
    if "@" in base:
        return base
    for entry in description.get("RepoDigests") or ():
        repository, _, digest = entry.partition("@")
        if _repository(repository) == _repository(base):
            return f"{base}@{digest}"
    return None


def _repository(name: str) -> str:
    """The name without its tag, in the short form docker shows."""
    folder, slash, last = name.rpartition("/")
    short = f"{folder}{slash}{last.partition(':')[0]}"
    return short.removeprefix("index.").removeprefix("docker.io/").removeprefix("library/")


def _command(entry: Mapping[str, Any]) -> str:
    """What made a layer, as one would write it in a Dockerfile."""
    made = str(entry.get("CreatedBy") or entry.get("Comment") or "").removesuffix(" # buildkit")
    if _NO_OPERATION.match(made):
        return " ".join(_NO_OPERATION.sub("", made).split())
    return " ".join(_SHELL.sub("RUN ", made).split())
