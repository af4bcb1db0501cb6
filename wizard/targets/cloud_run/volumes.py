"""The plan's volumes as Cloud Run's messages: what they are, and where the container sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.plan.cloud_run import BucketVolume, CloudRunTarget, CloudSqlVolume, MemoryVolume, NfsVolume, SecretVolume
from wizard.plan.quantities import format_bytes

if TYPE_CHECKING:
    from google.cloud import run_v2


def volumes(target: CloudRunTarget) -> list[run_v2.Volume]:
    """One for each of the plan's, in its order."""
    return [_volume(_name(at), one) for at, one in enumerate(target.volumes, 1)]


def mounts(target: CloudRunTarget) -> list[run_v2.VolumeMount]:
    """Where the container sees each of `volumes`."""
    from google.cloud import run_v2

    return [run_v2.VolumeMount(name=_name(at), mount_path=one.path) for at, one in enumerate(target.volumes, 1)]


def _name(number: int) -> str:
    """Of our own making: Cloud Run keeps the name "cloudsql" to itself."""
    return f"volume-{number}"


def _volume(
    name: str, volume: SecretVolume | CloudSqlVolume | BucketVolume | NfsVolume | MemoryVolume
) -> run_v2.Volume:
    from google.cloud import run_v2

    match volume:
        case SecretVolume():
            item = run_v2.VersionToPath(path=volume.file, version=volume.version)
            return run_v2.Volume(name=name, secret=run_v2.SecretVolumeSource(secret=volume.secret, items=[item]))
        case CloudSqlVolume():
            return run_v2.Volume(
                name=name, cloud_sql_instance=run_v2.CloudSqlInstance(instances=list(volume.instances))
            )
        case BucketVolume():
            bucket = run_v2.GCSVolumeSource(
                bucket=volume.bucket, read_only=volume.read_only, mount_options=list(volume.options)
            )
            return run_v2.Volume(name=name, gcs=bucket)
        case NfsVolume():
            share = run_v2.NFSVolumeSource(server=volume.server, path=volume.export, read_only=volume.read_only)
            return run_v2.Volume(name=name, nfs=share)
        case MemoryVolume():
            memory = run_v2.EmptyDirVolumeSource(
                medium=run_v2.EmptyDirVolumeSource.Medium.MEMORY, size_limit=format_bytes(volume.size)
            )
            return run_v2.Volume(name=name, empty_dir=memory)
