"""What an engine's failure means, in words a person can act on, on their system."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator

from wizard.errors import EngineError
from wizard.images.endpoint import Endpoint

_WITHOUT = "Without an engine, Sendoff can still run the service as a plain process on this machine."
_DISK_FULL = ("no space left on device", "disk quota exceeded", "not enough space on the disk")


def is_disk_full(text: str) -> bool:
    """The message says that a disk is full."""
    return any(words in text.lower() for words in _DISK_FULL)


def disk_full(evidence: str) -> EngineError:
    """The engine's disk (which is not always this machine's) has no room left."""
    fix = "Free some with `docker system prune` (unused containers, networks, dangling images and build cache)."
    if sys.platform in ("darwin", "win32"):
        fix += " Or give Docker Desktop a larger disk under Settings, Resources."
    else:
        fix += " `docker system df` shows what takes the room."
    return EngineError(
        "The container engine's disk is full.", "It could not write what was asked of it.", fix, evidence=[evidence]
    )


def missing(endpoint: Endpoint, evidence: str) -> EngineError:
    """No engine listens where one was looked for."""
    if sys.platform == "darwin":
        fix = "Start Docker Desktop, OrbStack or Colima (`colima start`), or install one."
    elif sys.platform == "win32":
        fix = "Start Docker Desktop, or install it with `winget install Docker.DockerDesktop`."
    else:
        fix = "Start it with `sudo systemctl start docker`, or install it: https://docs.docker.com/engine/install/"
    if endpoint.source == "DOCKER_HOST":
        fix = f"Correct or unset DOCKER_HOST. {fix}"
    elif "context" in endpoint.source:
        fix = f"Start that engine, or choose another one with `docker context use NAME`. {fix}"
    return EngineError(
        "No container engine answers.",
        f"Looked for it at {endpoint.url} ({endpoint.source}).",
        f"{fix} {_WITHOUT}",
        evidence=[evidence],
    )


def forbidden(endpoint: Endpoint, evidence: str) -> EngineError:
    """The engine is there, and this account may not speak to it."""
    if sys.platform == "linux":
        fix = "Join its group with `sudo usermod -aG docker $USER`, then log out and in (or run `newgrp docker`)."
    else:
        fix = "Restart Docker Desktop from this account, so that the socket belongs to it."
    return EngineError(
        "This account may not use the container engine.",
        f"The engine's socket {endpoint.url} ({endpoint.source}) refuses it.",
        f"{fix} {_WITHOUT}",
        evidence=[evidence],
    )


def not_an_engine(endpoint: Endpoint, evidence: str) -> EngineError:
    """Something answers, and it does not speak the Docker API."""
    return EngineError(
        "What answers is not a container engine.",
        f"The answer at {endpoint.url} ({endpoint.source}) is not that of a Docker API.",
        "Correct the address: `docker context ls` shows what is configured. An engine that wants TLS also needs"
        " DOCKER_TLS_VERIFY and DOCKER_CERT_PATH.",
        evidence=[evidence],
    )


def silent(endpoint: Endpoint, seconds: float) -> EngineError:
    """The engine takes the connection and says nothing."""
    restart = "sudo systemctl restart docker" if sys.platform == "linux" else "Restart Docker Desktop"
    return EngineError(
        "The container engine does not answer.",
        f"No answer from {endpoint.url} ({endpoint.source}) within {seconds:.1f} s.",
        f"It may be starting or stuck: look with `docker info`; to restart it: {restart}.",
    )


def gone(endpoint: Endpoint, doing: str, evidence: str) -> EngineError:
    """The engine went away in the middle of something."""
    look = "`journalctl -u docker -n 50`" if sys.platform == "linux" else "Docker Desktop's Troubleshoot page"
    return EngineError(
        f"The container engine went away while {doing}.",
        f"The connection to {endpoint.url} broke: the engine was stopped or restarted, or it crashed.",
        f"Start it again and run the same command; what was finished is kept. Why it ended: see {look}.",
        evidence=[evidence],
    )


def explain(
    error: BaseException, endpoint: Endpoint, *, doing: str, seconds: float, connecting: bool = False
) -> EngineError:
    """The EngineError behind an exception of the Docker SDK or of what it stands on.

    `doing` completes "while …"; `seconds` is the time-out that was set; `connecting`: nothing had been heard from this
    engine yet.
    """
    chain = tuple(_chain(error))
    words = _last_words(chain)
    numbers = {part.errno for part in chain if isinstance(part, OSError)}
    names = {type(part).__name__ for part in chain}
    if is_disk_full(words):
        return disk_full(words)
    if numbers & {errno.EACCES, errno.EPERM}:
        return forbidden(endpoint, words)
    if numbers & {errno.ENOENT, errno.ECONNREFUSED, errno.ENOTSOCK, errno.EHOSTUNREACH, errno.ENETUNREACH} or (
        names & {"gaierror", "NameResolutionError"}
    ):
        return missing(endpoint, words)
    if names & {"ReadTimeout", "ConnectTimeout", "ReadTimeoutError", "ConnectTimeoutError", "TimeoutError"}:
        return silent(endpoint, seconds)
    if "APIError" in names or "ImageNotFound" in names or "NotFound" in names:
        if connecting:
            return not_an_engine(endpoint, words)
        return EngineError(
            f"The container engine refused while {doing}.",
            "Its answer is below.",
            "Correct what it names and try again.",
            evidence=[words],
        )
    if connecting:
        return not_an_engine(endpoint, words)
    return gone(endpoint, doing, words)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and all it was raised from, also where a library put one inside another's arguments."""
    todo: list[object] = [error]
    seen: set[int] = set()
    while todo:
        part = todo.pop()
        if isinstance(part, tuple):
            todo.extend(part)
        if not isinstance(part, BaseException) or id(part) in seen:
            continue
        seen.add(id(part))
        yield part
        todo.extend(part.args)
        todo.extend((part.__cause__, part.__context__, getattr(part, "reason", None)))


def _last_words(chain: tuple[BaseException, ...]) -> str:
    """The most telling message: the engine's own, else the operating system's."""
    for part in chain:
        if explanation := getattr(part, "explanation", None):
            return str(explanation)
    for part in chain:
        if isinstance(part, OSError) and part.strerror:
            return f"{part.strerror} ({type(part).__name__})"
    return str(chain[0])[:500]
