"""What the system under a service refuses: its processor, memory, files, port or command."""

from __future__ import annotations

import re

from wizard.advice.cause import Cause, CauseKind
from wizard.advice.scene import Scene

_EXEC_FORMAT = re.compile(r"exec format error", re.I)
_MANIFEST = re.compile(r"(manifest|image).*(must support|does not (?:match|provide)).*(amd64|platform)", re.I)


def wrong_architecture(scene: Scene) -> Cause | None:
    """The image is for another kind of processor."""
    found = scene.find(_EXEC_FORMAT) or scene.find(_MANIFEST)
    image, host = scene.facts.image_platform, scene.facts.host_platform
    differs = bool(image and host and image.split("/")[:2] != host.split("/")[:2])
    if found is None and not (differs and scene.exit_code is not None):
        return None
    built = f"The image is built for {image}" if image else "The image is built for another kind of processor"
    needed = host or "linux/amd64"
    return Cause(
        CauseKind.WRONG_ARCHITECTURE,
        f"The image is for another processor than {needed}.",
        f"{built}, and {needed} cannot run its programs. Images built on an ARM machine are for ARM unless told otherwise.",
        (found[0],) if found else (),
        f"Build it for the target: docker build --platform {needed} …",
    )


_MEMORY_LIMIT = re.compile(r"Memory limit of (\S+ ?[KMG]i?B?) exceeded", re.I)
_MEMORY_ERROR = re.compile(
    r"^(?:\w+\.)*(_ArrayMemoryError|MemoryError)\b|Unable to allocate .* for an array|std::bad_alloc"
)


def out_of_memory(scene: Scene) -> Cause | None:
    """It needed more memory than it may have."""
    found = scene.find(_MEMORY_LIMIT) or scene.find(_MEMORY_ERROR)
    killed = scene.exit_code in (137, -9)
    if not (scene.oom or killed or found):
        return None
    limit = scene.facts.memory_limit
    said = f"its limit of {mib(limit)}" if limit else "its memory limit"
    if scene.oom:
        why = f"It needed more than {said} and the kernel killed it."
    elif found:
        why = f"It needed more than {said}."
    else:
        why = f"It was killed by signal 9, which is what happens to a process that needs more than {said}."
    more = (
        f"service.memory in the plan: {mib(limit * 2)} instead of {mib(limit)}"
        if limit
        else "service.memory in the plan"
    )
    return Cause(
        CauseKind.OUT_OF_MEMORY,
        "It ran out of memory.",
        why,
        (found[0],) if found else (),
        f"Raise {more}.",
    )


_READ_ONLY = re.compile(r"Read-only file system(?::? '([^']+)')?")
_DENIED = re.compile(r"[Pp]ermission denied(?::? '?([^'\s]+)'?)?")
_TAKEN = re.compile(r"[Aa]ddress already in use")


def read_only(scene: Scene) -> Cause | None:
    """It writes where nothing may be written."""
    if (found := scene.find(_READ_ONLY)) is None:
        return None
    path = found[1][1] or "a place outside /tmp"
    return Cause(
        CauseKind.READ_ONLY,
        f"The service writes to {path}.",
        "It runs with a read-only file system; only /tmp may be written. On Cloud Run the rest would be memory, and lost.",
        (found[0],),
        "Write to /tmp, or not at all.",
    )


def permission_denied(scene: Scene) -> Cause | None:
    """Its user may not use a file, folder or port."""
    found = scene.find(_DENIED)
    if found is None and scene.exit_code != 126:
        return None
    path = (found[1][1] if found else None) or "a file it needs"
    return Cause(
        CauseKind.PERMISSION_DENIED,
        f"The service may not use {path}.",
        "It does not run as root, and the file, folder or port belongs to another user or is not executable.",
        (found[0],) if found else (),
        "Give the service's user the right in the Dockerfile (COPY --chown, chmod), write to /tmp only, and listen on a port "
        "above 1023.",
    )


def port_taken(scene: Scene) -> Cause | None:
    """Something else listens on its port."""
    if (found := scene.find(_TAKEN)) is None:
        return None
    port = scene.facts.port
    return Cause(
        CauseKind.PORT_TAKEN,
        f"Port {port} is already in use." if port else "The port is already in use.",
        "Something else listens there.",
        (found[0],),
        "Stop the other program, or choose another port.",
    )


_NO_COMMAND = re.compile(
    r'executable file not found in \$PATH|exec: "[^"]+":|(?:sh|bash): .*: (?:command )?not found', re.I
)


def no_command(scene: Scene) -> Cause | None:
    """The program to start does not exist."""
    found = scene.find(_NO_COMMAND)
    if found is None and scene.exit_code != 127:
        return None
    return Cause(
        CauseKind.NO_COMMAND,
        "The program the image starts does not exist in it.",
        "CMD or ENTRYPOINT names a program that is not on the image's PATH.",
        (found[0],) if found else (),
        'Correct CMD in the Dockerfile; the exec form needs the program\'s full name: CMD ["python", "server.py"]',
    )


def mib(size: int) -> str:
    return f"{size / 1024**2:.0f} MiB"
