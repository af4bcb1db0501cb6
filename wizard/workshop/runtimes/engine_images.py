"""Finding a revision's image: in the engine, or in the workshop's own registry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from wizard.images import Engine
from wizard.images.store import inspect
from wizard.workshop.runtime import Failure, StartError

_PLATFORM: Final = ("linux", "amd64")
_DENIED: Final = ("denied", "unauthorized", "forbidden", "authentication required")


def resolve(engine: Engine, image: str, registry: str) -> str:
    """The image by digest where it is in `registry` ("HOST:PORT", or ""), which it is pulled from; else its name.

    Any other image has to be in the engine already: nothing is pulled from elsewhere. Raises StartError.
    """
    pinned = "@sha256:" in image
    own = bool(registry) and image.startswith(f"{registry}/")
    found = inspect(engine, image)
    if own and not (pinned and found):  # a tag may have moved since
        _pull(engine, image)
        found = inspect(engine, image)
    if found is None:
        raise StartError(
            Failure.IMAGE_MISSING, f"The engine has no {image}, and nothing is pulled from beyond this machine."
        )
    system = (str(found.get("Os", "linux")), str(found.get("Architecture", "")))
    if system != _PLATFORM:
        raise StartError(Failure.WRONG_ARCHITECTURE, f"The image is for {'/'.join(system)}.")
    return image if pinned else _by_digest(image, found)


def _pull(engine: Engine, image: str) -> None:
    from docker.errors import APIError

    name, tag = _parts(image)
    said = ""
    with engine.guarding("pulling an image"):
        try:
            # What goes wrong once the answer has begun is only a message in it.
            for message in engine.api.pull(name, tag=tag, platform="/".join(_PLATFORM), stream=True, decode=True):
                said = str(message.get("error") or said)
        except APIError as error:
            said = str(error.explanation or error)
    if not said:
        return
    if any(word in said.lower() for word in _DENIED):
        raise StartError(Failure.IMAGE_UNREADABLE, said)
    raise StartError(Failure.IMAGE_MISSING, said)


def _parts(image: str) -> tuple[str, str]:
    """(name, tag or digest)"""
    if "@" in image:
        name, _, digest = image.partition("@")
        return name, digest
    folder, slash, last = image.rpartition("/")
    short, _, tag = last.partition(":")
    return f"{folder}{slash}{short}", tag or "latest"


def _by_digest(image: str, found: Mapping[str, Any]) -> str:
    name, _ = _parts(image)
    for entry in found.get("RepoDigests") or ():
        if entry.partition("@")[0] == name:
            return str(entry)
    return image
