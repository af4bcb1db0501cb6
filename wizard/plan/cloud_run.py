"""The target section for Google Cloud Run: every setting of the service with its default and its reason.

Bounds here are those of one field. What a text must look like, and what two fields together allow (CPU and memory, billing
and GPU …), is in the rules beside this module.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from wizard.plan.section import Bytes, Section

Billing = Literal["request", "instance"]
Access = Literal["private", "public", "public-without-check"]
Ingress = Literal["all", "internal", "internal-and-load-balancer"]
Gpu = Literal["none", "nvidia-l4", "nvidia-rtx-pro-6000"]


class Probe(Section):
    """How Cloud Run asks whether an instance is up."""

    kind: Literal["http", "tcp", "grpc"] = Field(
        default="http", description="HTTP asks the server itself, TCP only its port."
    )
    path: str = Field(default="/health", description="Asked with GET; 2xx and 3xx pass.")
    initial_delay: int = Field(default=0, ge=0, le=3600, description="Seconds before the first question.")
    period: int = Field(default=10, ge=1, le=3600, description="Seconds between questions.")
    timeout: int = Field(default=1, ge=1, le=3600, description="Seconds an answer may take; at most the period.")
    failures: int = Field(
        default=3, ge=1, description="Failed questions in a row after which the instance is given up."
    )


class SecretVolume(Section):
    kind: Literal["secret"] = "secret"
    path: str = Field(description="Folder it is mounted at.")
    secret: str = Field(description="Name in Secret Manager; never the value.")
    version: str = Field(default="latest", description="Version number, or latest.")
    file: str = Field(default="value", description="File name inside the folder.")


class CloudSqlVolume(Section):
    kind: Literal["cloud-sql"] = "cloud-sql"
    path: str = Field(default="/cloudsql", description="Folder the sockets are in.")
    instances: tuple[str, ...] = Field(description="PROJECT:REGION:INSTANCE.")


class BucketVolume(Section):
    kind: Literal["bucket"] = "bucket"
    path: str = Field(description="Folder it is mounted at.")
    bucket: str = Field(description="Cloud Storage bucket.")
    read_only: bool = Field(default=True, description="A model only reads.")
    options: tuple[str, ...] = Field(default=(), description="gcsfuse options without their dashes.")


class NfsVolume(Section):
    kind: Literal["nfs"] = "nfs"
    path: str = Field(description="Folder it is mounted at.")
    server: str = Field(description="Host or address.")
    export: str = Field(description="Path on the server.")
    read_only: bool = Field(default=True, description="A model only reads.")


class MemoryVolume(Section):
    kind: Literal["memory"] = "memory"
    path: str = Field(description="Folder it is mounted at.")
    size: Bytes = Field(ge=1024**2, description="Bytes; they count against the service's memory.")


Volume = Annotated[SecretVolume | CloudSqlVolume | BucketVolume | NfsVolume | MemoryVolume, Field(discriminator="kind")]


class Vpc(Section):
    """The way into a private network: a connector, or a network with its subnetwork."""

    connector: str = Field(default="", description="Serverless VPC Access connector; the older way.")
    network: str = Field(default="", description="Direct VPC egress: the network.")
    subnetwork: str = Field(default="", description="Its subnetwork, in the service's region.")
    network_tags: tuple[str, ...] = Field(default=(), description="For firewall rules.")
    egress: Literal["private-ranges", "all-traffic"] = Field(
        default="private-ranges", description="What leaves through it: private addresses only, or everything."
    )


class CloudRunTarget(Section):
    """A service on Google Cloud Run."""

    kind: Literal["cloud_run"] = Field(
        description="Runs on Google Cloud Run, scaled with the requests, to none when there are none."
    )
    project: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$")] = Field(
        description="The Google Cloud project that owns the service and pays for it: its id, not its title or number."
    )
    region: str = Field(
        default="us-central1", description="Where it runs: near its callers, in a region of the cheaper tier."
    )
    endpoint: str = Field(
        default="",
        pattern=r"^(http://127\.0\.0\.1:\d{2,5})?$",
        description="Empty is Google. `sendoff workshop up` names the address of a local Cloud Run to practise on.",
    )
    repository: str = Field(
        default="sendoff", description="Artifact Registry repository in that region, or gcr.io for the older names."
    )
    port: int = Field(default=8080, ge=1, le=65535, description="Port the container is told to listen on, as PORT.")
    min_instances: int = Field(
        default=0, ge=0, le=1000, description="Instances kept warm. Each costs, with or without requests."
    )
    max_instances: int = Field(
        default=4, ge=1, le=1000, description="A limit on the bill, and on what one mistake can cost."
    )
    billing: Billing = Field(
        default="request", description="Pay while requests run, or for as long as the instance lives."
    )
    startup_boost: bool = Field(default=True, description="More CPU while it starts: loading a model is the slow part.")
    execution_environment: Literal["default", "gen1", "gen2"] = Field(
        default="default", description="gen2 is full Linux; gen1 starts a little faster. Default lets Cloud Run choose."
    )
    session_affinity: bool = Field(
        default=False, description="Sends a caller to the same instance again. A model needs none."
    )
    startup_probe: Probe = Field(
        default=Probe(period=5, timeout=5, failures=48),
        description="Asked until the model is loaded: 48 times at 5 s is the longest Cloud Run waits, 240 s.",
    )
    liveness_probe: Probe | None = Field(
        default=None, description="Restarts an instance that hangs. Each question is billed."
    )
    access: Access = Field(
        default="private",
        description="Private answers only callers with the invoker role. Public answers everybody.",
    )
    invokers: tuple[str, ...] = Field(
        default=(),
        description="Who may call it, e.g. user:ada@example.com or serviceAccount:app@PROJECT.iam.gserviceaccount.com.",
    )
    ingress: Ingress = Field(default="all", description="From where it can be reached at all.")
    service_account: str = Field(
        default="",
        description="Account it runs as. Empty is the project's default compute account, which may do too much.",
    )
    secrets: dict[str, str] = Field(
        default_factory=dict,
        description="Environment variable → SECRET or SECRET:VERSION in Secret Manager: its name there, never the value.",
    )
    volumes: tuple[Volume, ...] = Field(default=(), description="Folders mounted into the container.")
    vpc: Vpc | None = Field(default=None, description="A way into a private network.")
    labels: dict[str, str] = Field(default_factory=dict, description="For bills and searches.")
    gpu: Gpu = Field(default="none", description="scikit-learn does not use one.")
    gpu_zonal_redundancy: bool = Field(
        default=False, description="Survives the loss of a zone, at a higher price and quota."
    )
    binary_authorization: str = Field(
        default="", description="'default', or a policy's whole name: only images it approves are run."
    )
    encryption_key: str = Field(
        default="", description="Your own key (CMEK): projects/P/locations/L/keyRings/R/cryptoKeys/K."
    )
    tags: tuple[str, ...] = Field(default=(), description="Names that give the new revision addresses of its own.")
    traffic: tuple[int, ...] = Field(
        default=(100,),
        description="Per cent of the traffic moved to the new revision, step by step, once it has proved itself.",
    )
    traffic_wait: int = Field(default=30, ge=0, le=3600, description="Seconds between two of those steps.")
    requests_per_day: int = Field(default=1000, ge=0, description="Your guess; the estimate of the bill rests on it.")
