"""The plan as Cloud Run's own message: every setting of the target, pure, and the same each time.

What is Cloud Run's default is written out where the API reads an empty field as something else: CPU allocation, startup
boost and probes. Secrets are references to Secret Manager, never values.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from wizard.plan.cloud_run import CloudRunTarget, Probe
from wizard.plan.cloud_run_secrets import secret_reference
from wizard.plan.quantities import format_bytes
from wizard.targets.cloud_run.volumes import mounts, volumes

if TYPE_CHECKING:
    from google.cloud import run_v2

    from wizard.plan.plan import Plan

MANAGED_BY = {"managed-by": "sendoff"}
"""Label of every service, revision and secret made here; a service of others that is released to does not get it."""
CLIENT = "sendoff"
GPU_RESOURCE = "nvidia.com/gpu"


def cloud_run_target(plan: Plan) -> CloudRunTarget:
    """The plan's target section. Raises ValueError for a plan with another target."""
    if not isinstance(plan.target, CloudRunTarget):
        raise ValueError(f"the plan's target is {plan.target.kind}, not cloud_run")
    return plan.target


def desired_service(plan: Plan, image: str, revision: str = "") -> run_v2.Service:
    """The service that a plan and an image (NAME@sha256:…) ask for, with no traffic said and no name, as a create wants it.

    `revision`: full name of the revision; empty lets Cloud Run choose one.
    """
    from google.cloud import run_v2

    target = cloud_run_target(plan)
    return run_v2.Service(
        labels={**target.labels, **MANAGED_BY},
        client=CLIENT,
        ingress=ingress_of(target),
        binary_authorization=_binary_authorization(target),
        template=desired_template(plan, image, revision),
        invoker_iam_disabled=target.access == "public-without-check",
    )


def ingress_of(target: CloudRunTarget) -> run_v2.IngressTraffic:
    """From where the plan lets the service be reached."""
    from google.cloud import run_v2

    ingress: run_v2.IngressTraffic = getattr(run_v2.IngressTraffic, _INGRESS[target.ingress])
    return ingress


def desired_template(plan: Plan, image: str, revision: str = "") -> run_v2.RevisionTemplate:
    """What each instance of the new revision is."""
    from google.cloud import run_v2

    target = cloud_run_target(plan)
    template = run_v2.RevisionTemplate(
        revision=revision,
        labels={**target.labels, **MANAGED_BY},
        scaling=run_v2.RevisionScaling(
            min_instance_count=target.min_instances, max_instance_count=target.max_instances
        ),
        timeout=timedelta(seconds=plan.service.timeout),
        service_account=target.service_account,
        containers=[_container(plan, image)],
        volumes=volumes(target),
        execution_environment=_ENVIRONMENTS[target.execution_environment],
        encryption_key=target.encryption_key,
        max_instance_request_concurrency=plan.service.concurrency,
        session_affinity=target.session_affinity,
    )
    if target.vpc is not None:
        template.vpc_access = _vpc(target)
    if target.gpu != "none":
        template.node_selector = run_v2.NodeSelector(accelerator=target.gpu)
        template.gpu_zonal_redundancy_disabled = not target.gpu_zonal_redundancy
    return template


def _container(plan: Plan, image: str) -> run_v2.Container:
    from google.cloud import run_v2

    target = cloud_run_target(plan)
    container = run_v2.Container(
        image=image,
        ports=[run_v2.ContainerPort(name="http1", container_port=target.port)],
        env=_environment(plan),
        resources=_resources(plan),
        volume_mounts=mounts(target),
        startup_probe=_probe(target.startup_probe, target.port),
    )
    if target.liveness_probe is not None:
        container.liveness_probe = _probe(target.liveness_probe, target.port)
    return container


def _environment(plan: Plan) -> list[run_v2.EnvVar]:
    from google.cloud import run_v2

    plain = [run_v2.EnvVar(name=name, value=value) for name, value in sorted(plan.service.env.items())]
    secret = []
    for name, reference in sorted(cloud_run_target(plan).secrets.items()):
        named = secret_reference(reference)
        if named is None:
            raise ValueError(f"target.secrets.{name} is no reference to a secret")  # the plan's rules let none through
        selector = run_v2.SecretKeySelector(secret=named.name, version=named.version)
        secret.append(run_v2.EnvVar(name=name, value_source=run_v2.EnvVarSource(secret_key_ref=selector)))
    return plain + secret


def _resources(plan: Plan) -> run_v2.ResourceRequirements:
    from google.cloud import run_v2

    target = cloud_run_target(plan)
    limits = {"cpu": _cpu(plan.service.cpu), "memory": format_bytes(plan.service.memory)}
    if target.gpu != "none":
        limits[GPU_RESOURCE] = "1"
    # Both said always: limits without them mean CPU all the time, which is billed all the time.
    return run_v2.ResourceRequirements(
        limits=limits, cpu_idle=target.billing == "request", startup_cpu_boost=target.startup_boost
    )


def _cpu(cpu: float) -> str:
    return str(int(cpu)) if cpu == int(cpu) else f"{round(cpu * 1000)}m"


def _probe(probe: Probe, port: int) -> run_v2.Probe:
    from google.cloud import run_v2

    message = run_v2.Probe(
        initial_delay_seconds=probe.initial_delay,
        period_seconds=probe.period,
        timeout_seconds=probe.timeout,
        failure_threshold=probe.failures,
    )
    match probe.kind:
        case "http":
            message.http_get = run_v2.HTTPGetAction(path=probe.path, port=port)
        case "tcp":
            message.tcp_socket = run_v2.TCPSocketAction(port=port)
        case "grpc":
            message.grpc = run_v2.GRPCAction(port=port)
    return message


def _vpc(target: CloudRunTarget) -> run_v2.VpcAccess:
    from google.cloud import run_v2

    assert target.vpc is not None
    access = run_v2.VpcAccess(egress=_EGRESS[target.vpc.egress])
    if (connector := target.vpc.connector) and "/" not in connector:
        connector = f"projects/{target.project}/locations/{target.region}/connectors/{connector}"
    access.connector = connector
    if target.vpc.network or target.vpc.subnetwork:
        access.network_interfaces = [
            run_v2.VpcAccess.NetworkInterface(
                network=target.vpc.network, subnetwork=target.vpc.subnetwork, tags=list(target.vpc.network_tags)
            )
        ]
    return access


def _binary_authorization(target: CloudRunTarget) -> run_v2.BinaryAuthorization | None:
    from google.cloud import run_v2

    policy = target.binary_authorization
    if not policy:
        return None
    if policy == "default":
        return run_v2.BinaryAuthorization(use_default=True)
    if "/" not in policy:
        policy = f"projects/{target.project}/platforms/cloudRun/{policy}"
    return run_v2.BinaryAuthorization(policy=policy)


_INGRESS = {
    "all": "INGRESS_TRAFFIC_ALL",
    "internal": "INGRESS_TRAFFIC_INTERNAL_ONLY",
    "internal-and-load-balancer": "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
}
_ENVIRONMENTS = {
    "default": "EXECUTION_ENVIRONMENT_UNSPECIFIED",
    "gen1": "EXECUTION_ENVIRONMENT_GEN1",
    "gen2": "EXECUTION_ENVIRONMENT_GEN2",
}
_EGRESS = {"private-ranges": "PRIVATE_RANGES_ONLY", "all-traffic": "ALL_TRAFFIC"}
