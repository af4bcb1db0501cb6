"""The fifth step: how the service runs. What is rarely changed is kept out of sight."""

from __future__ import annotations

from functools import partial

from wizard.steps.deploy.plan_fields import plan_field, within
from wizard.steps.deploy.proposals import Proposals
from wizard.steps.fields import Field, Step

_BILLING = {
    "request": ("By request", "Nothing is paid while nobody calls."),
    "instance": ("By instance", "Cheaper where requests come all the time; needed for a GPU."),
}
_GENERATIONS = {
    "default": ("Cloud Run's choice", "Right for almost every model."),
    "gen1": ("First generation", "Starts a little faster."),
    "gen2": ("Second generation", "Full Linux; needed for buckets, network file systems and GPUs."),
}
_INGRESS = {
    "all": ("Anywhere", "From the internet."),
    "internal": ("Inside the project's networks", "Not reachable from the internet."),
    "internal-and-load-balancer": ("Inside, and through a load balancer", "The load balancer faces the internet."),
}
_GPUS = {
    "none": ("None", "Right for scikit-learn."),
    "nvidia-l4": ("NVIDIA L4", "24 GB of its own memory; at least 4 CPUs and 16 GiB."),
    "nvidia-rtx-pro-6000": ("NVIDIA RTX PRO 6000", "96 GB of its own memory; at least 20 CPUs and 80 GiB."),
}
_EGRESS = {
    "private-ranges": ("Private addresses", "The rest goes straight to the internet."),
    "all-traffic": ("Everything", "The network decides what reaches the internet."),
}
_PROBES = {
    "http": ("HTTP", "Asks the server itself."),
    "tcp": ("TCP", "Asks only whether the port is open."),
    "grpc": ("gRPC", "For servers that speak it; Sendoff's speaks HTTP."),
}


def settings_step(proposals: Proposals) -> Step:
    return Step(
        "settings",
        "Settings",
        "How much the service may use, and how it is kept running. What is proposed fits your model; the rehearsal measures it.",
        (*_service(proposals), *_scaling(proposals), *_starting(proposals), *_surroundings(proposals)),
    )


def _service(proposals: Proposals) -> tuple[Field, ...]:
    field = partial(plan_field, proposals)
    return (
        field("service.name", "Name"),
        field("service.cpu", "CPUs"),
        field("service.memory", "Memory"),
        field("service.concurrency", "Requests at a time", unit="requests"),
        field("service.timeout", "Longest request", unit="s"),
        field("service.env", "Environment variables", placeholder="LOG_LEVEL=info"),
    )


def _scaling(proposals: Proposals) -> tuple[Field, ...]:
    field = partial(plan_field, proposals, target="cloud_run")
    return (
        field("target.min_instances", "Instances kept warm", unit="instances"),
        field("target.max_instances", "Most instances", unit="instances"),
        field("target.billing", "Billing", labels=_BILLING),
        field("target.requests_per_day", "Requests a day", unit="requests"),
        field("target.traffic", "Traffic in steps", unit="%", placeholder="100", advanced=True),
        field("target.traffic_wait", "Wait between steps", unit="s", advanced=True),
        field("target.tags", "Tags", placeholder="next", advanced=True),
        field("target.gpu", "GPU", labels=_GPUS, advanced=True),
        field("target.gpu_zonal_redundancy", "GPU in several zones", advanced=True),
        field("target.execution_environment", "Execution environment", labels=_GENERATIONS, advanced=True),
        field("target.session_affinity", "Same instance again", advanced=True),
    )


def _starting(proposals: Proposals) -> tuple[Field, ...]:
    field = partial(plan_field, proposals, target="cloud_run")
    alive = field("target.liveness_probe", "Ask whether it still lives", advanced=True)
    return (
        field("target.startup_boost", "More CPU at the start", advanced=True),
        *_probe(proposals, "target.startup_probe", "Start"),
        *within(alive, _probe(proposals, "target.liveness_probe", "Life")),
    )


def _probe(proposals: Proposals, path: str, what: str) -> tuple[Field, ...]:
    field = partial(plan_field, proposals, target="cloud_run", advanced=True)
    return (
        field(f"{path}.kind", f"{what}: asked by", labels=_PROBES),
        field(f"{path}.path", f"{what}: path"),
        field(f"{path}.initial_delay", f"{what}: first after", unit="s"),
        field(f"{path}.period", f"{what}: every", unit="s"),
        field(f"{path}.timeout", f"{what}: answer within", unit="s"),
        field(f"{path}.failures", f"{what}: failures allowed"),
    )


def _surroundings(proposals: Proposals) -> tuple[Field, ...]:
    field = partial(plan_field, proposals, target="cloud_run")
    network = field("target.vpc", "Enter a private network", advanced=True)
    return (
        field("target.service_account", "Runs as account", placeholder="name@project.iam.gserviceaccount.com"),
        field("target.secrets", "Secrets", placeholder="API_KEY=api-key:latest", refers=True),
        field("target.ingress", "Reachable from", labels=_INGRESS, advanced=True),
        field(
            "target.volumes",
            "Folders from elsewhere",
            placeholder="kind: bucket, path: /mnt/data, bucket: my-bucket",
            advanced=True,
        ),
        *within(
            network,
            (
                field("target.vpc.network", "Network", placeholder="default"),
                field("target.vpc.subnetwork", "Subnetwork", placeholder="default"),
                field("target.vpc.network_tags", "Network tags"),
                field("target.vpc.egress", "Leaves through it", labels=_EGRESS),
                field("target.vpc.connector", "Connector"),
            ),
        ),
        field("target.labels", "Labels", placeholder="team=prices", advanced=True),
        field("target.binary_authorization", "Image policy", placeholder="default", advanced=True),
        field("target.encryption_key", "Encryption key", advanced=True),
    )
