"""`gcloud run deploy` with every setting of a plan, as flags.

Flags as gcloud 528 has them (`gcloud run deploy --help`). A folder with a secret and Cloud SQL have flags of their own there,
the other volumes are added by kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.plan.quantities import format_bytes
from wizard.steps.by_hand.command import Typed, gcloud_list, plain, private
from wizard.steps.by_hand.image import TAG

if TYPE_CHECKING:
    from wizard.plan.cloud_run import CloudRunTarget, Probe
    from wizard.plan.plan import Plan

_INGRESS = {"internal-and-load-balancer": "internal-and-cloud-load-balancing"}
_EGRESS = {"private-ranges": "private-ranges-only"}


def remote_image(plan: Plan, target: CloudRunTarget) -> str:
    """Name of the image in the plan's repository."""
    from wizard.targets.cloud_run.repository import RepositoryName

    return f"{RepositoryName.of(target).uri}/{plan.service.name}:{TAG}"


def where(target: CloudRunTarget) -> tuple[str, str]:
    """The flags that say which service of the name."""
    return f"--region={target.region}", f"--project={target.project}"


def deploy(plan: Plan, target: CloudRunTarget) -> tuple[str | tuple[str, ...], ...]:
    """The words of the command. What gcloud takes by itself is said too: it keeps what an earlier deploy has set."""
    service = plan.service
    words: list[str | tuple[str, ...]] = [
        *_tool(target), "run", "deploy", service.name,
        (f"--image={remote_image(plan, target)}",),
        where(target),
        (f"--port={target.port}", f"--cpu={_cpu(service.cpu)}", f"--memory={format_bytes(service.memory)}"),
        (f"--concurrency={service.concurrency}", f"--timeout={service.timeout}"),
        (f"--min-instances={target.min_instances}", f"--max-instances={target.max_instances}"),
        (
            "--cpu-throttling" if target.billing == "request" else "--no-cpu-throttling",
            "--cpu-boost" if target.startup_boost else "--no-cpu-boost",
        ),
        (f"--startup-probe={_probe(target.startup_probe, target.port)}",),
    ]  # fmt: skip
    if target.liveness_probe is not None:
        words.append((f"--liveness-probe={_probe(target.liveness_probe, target.port)}",))
    words += [*_access(target), *_nature(target), *_surroundings(plan, target), *_network(target), *_volumes(target)]
    return tuple(words)


def _tool(target: CloudRunTarget) -> tuple[str, ...]:
    """Options of a bucket's mount were known to `gcloud beta` first, and all of its versions know them."""
    has_options = any(volume.kind == "bucket" and volume.options for volume in target.volumes)
    return ("gcloud", "beta") if has_options else ("gcloud",)


def _access(target: CloudRunTarget) -> list[tuple[str, ...]]:
    match target.access:
        case "private":
            who: tuple[str, ...] = ("--no-allow-unauthenticated",)
        case "public":
            who = ("--allow-unauthenticated",)
        case "public-without-check":
            who = ("--no-invoker-iam-check",)
    return [(*who, f"--ingress={_INGRESS.get(target.ingress, target.ingress)}")]


def _nature(target: CloudRunTarget) -> list[tuple[str, ...]]:
    """What a revision is, beside its size."""
    words: list[tuple[str, ...]] = []
    if target.execution_environment != "default":
        words.append((f"--execution-environment={target.execution_environment}",))
    if target.session_affinity:
        words.append(("--session-affinity",))
    if target.gpu != "none":
        zonal = "--gpu-zonal-redundancy" if target.gpu_zonal_redundancy else "--no-gpu-zonal-redundancy"
        words.append(("--gpu=1", f"--gpu-type={target.gpu}", zonal))
    if target.service_account:
        words.append((f"--service-account={target.service_account}",))
    if target.binary_authorization:
        words.append((f"--binary-authorization={target.binary_authorization}",))
    if target.encryption_key:
        words.append((f"--key={target.encryption_key}",))
    if target.labels:
        words.append((f"--labels={gcloud_list(f'{key}={value}' for key, value in sorted(target.labels.items()))}",))
    return words


def _surroundings(plan: Plan, target: CloudRunTarget) -> list[tuple[str, ...]]:
    """Variables and secrets. A value that may be secret is filled in by the shell."""
    env = plan.service.env
    words: list[tuple[str, ...]] = []
    if shown := plain(env):
        words.append((f"--set-env-vars={gcloud_list(f'{name}={value}' for name, value in shown.items())}",))
    # A delimiter of its own: what the shell fills in may hold a comma.
    words += [(Typed(f"'--set-env-vars=^@-@^{name}='\"${name}\""),) for name in private(env)]
    secrets = [f"{name}={_secret(reference)}" for name, reference in sorted(target.secrets.items())]
    secrets += [
        f"{volume.path}/{volume.file}={volume.secret}:{volume.version}"
        for volume in target.volumes
        if volume.kind == "secret"
    ]
    if secrets:
        words.append((f"--set-secrets={gcloud_list(secrets)}",))
    return words


def _secret(reference: str) -> str:
    return reference if ":" in reference else f"{reference}:latest"


def _network(target: CloudRunTarget) -> list[tuple[str, ...]]:
    if (vpc := target.vpc) is None:
        return []
    words = [
        *([f"--vpc-connector={vpc.connector}"] if vpc.connector else []),
        *([f"--network={vpc.network}"] if vpc.network else []),
        *([f"--subnet={vpc.subnetwork}"] if vpc.subnetwork else []),
        *([f"--network-tags={gcloud_list(vpc.network_tags)}"] if vpc.network_tags else []),
        f"--vpc-egress={_EGRESS.get(vpc.egress, vpc.egress)}",
    ]
    return [tuple(words)]


def _volumes(target: CloudRunTarget) -> list[tuple[str, ...]]:
    words: list[tuple[str, ...]] = []
    instances = [instance for volume in target.volumes if volume.kind == "cloud-sql" for instance in volume.instances]
    if instances:
        words.append((f"--set-cloudsql-instances={gcloud_list(instances)}",))
    for number, volume in enumerate(target.volumes, 1):
        name = f"volume-{number}"
        match volume.kind:
            case "bucket":
                options = ";".join(volume.options)
                parts = ["type=cloud-storage", f"bucket={volume.bucket}", f"readonly={str(volume.read_only).lower()}"]
                parts += [f"mount-options={options}"] if options else []
            case "nfs":
                parts = ["type=nfs", f"location={volume.server}:{volume.export}"]
                parts += [f"readonly={str(volume.read_only).lower()}"]
            case "memory":
                parts = ["type=in-memory", f"size-limit={format_bytes(volume.size)}"]
            case _:
                continue  # a secret's folder and Cloud SQL have flags of their own
        words.append(
            (
                f"--add-volume={gcloud_list([f'name={name}', *parts])}",
                f"--add-volume-mount={gcloud_list([f'volume={name}', f'mount-path={volume.path}'])}",
            )
        )
    return words


def _cpu(cpu: float) -> str:
    return str(int(cpu)) if cpu == int(cpu) else f"{round(cpu * 1000)}m"


def _probe(probe: Probe, port: int) -> str:
    asked = {"http": "httpGet", "tcp": "tcpSocket", "grpc": "grpc"}[probe.kind]
    return gcloud_list(
        [
            *([f"httpGet.path={probe.path}"] if probe.kind == "http" else []),
            f"{asked}.port={port}",
            f"initialDelaySeconds={probe.initial_delay}",
            f"periodSeconds={probe.period}",
            f"timeoutSeconds={probe.timeout}",
            f"failureThreshold={probe.failures}",
        ]
    )
