"""Folders mounted into the container.

Sources: the Admin API's reference of volumes, Cloud Storage's and Cloud SQL's naming rules, November 2026. What is in a secret
volume is judged beside the other secrets.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from wizard.plan.cloud_run import BucketVolume, CloudRunTarget, CloudSqlVolume, MemoryVolume, NfsVolume
from wizard.plan.plan import MIB, Plan
from wizard.plan.problem import Problem
from wizard.plan.quantities import format_bytes

_SQL_FOLDER = "/cloudsql"
_INSTANCE = re.compile(r"(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]*:[a-z]+-[a-z]+\d+:[a-z][a-z0-9-]{0,97}")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
_TAKEN = ("/app", "/venv", "/proc", "/sys", "/dev", "/etc", "/bin", "/lib", "/lib64", "/usr", "/sbin")
"""Folders the service or the system in its image needs as they are."""


def volume_problems(plan: Plan, target: CloudRunTarget) -> Iterator[Problem]:
    """What is wrong with target.volumes."""
    paths: list[str] = []
    for number, volume in enumerate(target.volumes):
        where = f"target.volumes.{number}"
        yield from _folder(f"{where}.path", volume.path, volume.kind, paths)
        paths.append(posixpath.normpath(volume.path))
        if isinstance(volume, CloudSqlVolume):
            yield from _instances(where, volume, target)
        elif isinstance(volume, BucketVolume):
            yield from _bucket(where, volume)
        elif isinstance(volume, NfsVolume):
            yield from _nfs(where, volume)
    yield from _memory(plan, target)


def _folder(where: str, path: str, kind: str, others: list[str]) -> Iterator[Problem]:
    clean = posixpath.normpath("/" + re.sub(r"[:\x00-\x1f\x7f]+", "", path).lstrip("/"))
    free = f"/mnt/{re.sub(r'[^a-z0-9-]+', '-', posixpath.basename(clean).lower()).strip('-') or 'data'}"
    if kind == "cloud-sql":
        if path != _SQL_FOLDER:
            yield Problem(
                where,
                f"{where} cannot be {path[:80]!r}.",
                f"Cloud Run puts the sockets of Cloud SQL into {_SQL_FOLDER} and nowhere else.",
                f"Set it to {_SQL_FOLDER}, or remove the line.",
                _SQL_FOLDER,
            )
        elif path in others:
            yield Problem(
                where,
                "target.volumes has two volumes of Cloud SQL.",
                "All instances share one folder.",
                "Name both instances in the first, and remove the second.",
            )
    elif path != clean or path == "/":
        nearest = clean if clean != "/" else "/mnt/data"
        yield Problem(
            where,
            f"{where} cannot be {path[:80]!r}.",
            "It is a whole path from /, without a colon, .. or a slash at its end.",
            f"The nearest right value is {nearest[:200]}.",
            nearest,
        )
    elif any(path == taken or path.startswith(f"{taken}/") for taken in (*_TAKEN, _SQL_FOLDER)):
        yield Problem(
            where,
            f"{where} cannot be {path[:80]!r}.",
            "The service needs what the image has there, and a volume would hide it.",
            f"The nearest right value is {free}.",
            free,
        )
    elif any(path == other or path.startswith(f"{other}/") or other.startswith(f"{path}/") for other in others):
        yield Problem(
            where,
            f"{where} cannot be {path[:80]!r}: another volume is mounted there, below it or above it.",
            "One would hide the other.",
            f"Choose another folder, for example {free}.",
        )


def _instances(where: str, volume: CloudSqlVolume, target: CloudRunTarget) -> Iterator[Problem]:
    form = f"{target.project}:{target.region}:INSTANCE"
    if not volume.instances:
        yield Problem(
            f"{where}.instances", f"{where}.instances is empty.", "It names the databases.", f"For example {form}."
        )
    for number, instance in enumerate(volume.instances):
        if not _INSTANCE.fullmatch(instance):
            name = re.sub(r"[^a-z0-9-]+", "-", instance.rpartition(":")[2].lower()).strip("-")
            nearest = form.replace("INSTANCE", name or "INSTANCE")
            yield Problem(
                f"{where}.instances.{number}",
                f"{where}.instances.{number} cannot be {instance[:100]!r}.",
                "It is written PROJECT:REGION:INSTANCE; `gcloud sql instances list` shows the parts.",
                f"The nearest right value is {nearest}.",
                nearest,
            )


def _bucket(where: str, volume: BucketVolume) -> Iterator[Problem]:
    if not _BUCKET.fullmatch(volume.bucket):
        name = volume.bucket.lower().removeprefix("gs://").partition("/")[0]
        nearest = re.sub(r"[^a-z0-9._-]+", "-", name).strip("-._")[:63]
        yield Problem(
            f"{where}.bucket",
            f"{where}.bucket cannot be {volume.bucket[:100]!r}.",
            "It is the bucket's name alone, without gs:// and folders; target.volumes' options take only-dir=FOLDER.",
            f"The nearest right value is {nearest}." if len(nearest) > 2 else "`gcloud storage ls` shows yours.",
            nearest if len(nearest) > 2 else None,
        )
    for number, option in enumerate(volume.options):
        right = option.strip().lstrip("-")
        if option != right or not right or any(char.isspace() for char in right):
            nearest = re.sub(r"\s+", "=", right)
            yield Problem(
                f"{where}.options.{number}",
                f"{where}.options.{number} cannot be {option[:80]!r}.",
                "It is an option of gcsfuse without its dashes, with = before its value.",
                f"The nearest right value is {nearest}." if nearest else "For example implicit-dirs.",
                nearest or None,
            )


def _nfs(where: str, volume: NfsVolume) -> Iterator[Problem]:
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", volume.server):
        nearest = re.sub(r"[^A-Za-z0-9.-]+.*", "", volume.server.partition("://")[2] or volume.server).strip(".-")
        yield Problem(
            f"{where}.server",
            f"{where}.server cannot be {volume.server[:100]!r}.",
            "It is a host's name or address alone; the path on it is the field export.",
            f"The nearest right value is {nearest}." if nearest else "For example 10.0.0.2.",
            nearest or None,
        )
    if not volume.export.startswith("/"):
        yield Problem(
            f"{where}.export",
            f"{where}.export cannot be {volume.export[:100]!r}.",
            "It is a whole path on the server, from /.",
            f"The nearest right value is /{volume.export[:200]}.",
            f"/{volume.export}",
        )


def _memory(plan: Plan, target: CloudRunTarget) -> Iterator[Problem]:
    volumes = [
        (number, volume.size) for number, volume in enumerate(target.volumes) if isinstance(volume, MemoryVolume)
    ]
    taken, memory = sum(size for _, size in volumes), plan.service.memory
    if not volumes or taken < memory:
        return
    number, size = max(volumes, key=lambda one: one[1])
    left = (memory - (taken - size)) // 2 // MIB * MIB
    nearest = left if left >= MIB else None
    yield Problem(
        f"target.volumes.{number}.size",
        f"target.volumes take {format_bytes(taken)} of memory, and the service has {format_bytes(memory)}.",
        "What lies in a volume of memory counts against service.memory, and the server needs some too.",
        f"Lower target.volumes.{number}.size to {format_bytes(nearest)}, or raise service.memory."
        if nearest
        else "Raise service.memory, or remove a volume.",
        nearest,
    )
