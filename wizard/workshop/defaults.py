"""What Cloud Run fills in where a service does not say (facts A2)."""

from __future__ import annotations

from google.cloud import run_v2

from wizard.workshop.compute_rules import cpu_of
from wizard.workshop.messages import LATEST, Message, ServiceMessage, serving_container
from wizard.workshop.quotas import Quotas, default_max_instances


def fill_in(service: ServiceMessage, quotas: Quotas, account: str, previous: ServiceMessage | None = None) -> None:
    """Complete the service in place. `account`: what it runs as where it does not say. Where an update leaves the maximum
    of instances open, `previous`' one stays."""
    if not service.ingress:
        service.ingress = int(run_v2.IngressTraffic.INGRESS_TRAFFIC_ALL)
    if not service.launch_stage:
        service.launch_stage = 4  # google.api.LaunchStage.GA
    template = service.template
    template.service_account = template.service_account or account
    if not template.HasField("timeout"):
        template.timeout.seconds = 300
    for container in template.containers:
        # Limits given without cpu_idle mean CPU that is always there: false is what an unset boolean is.
        if not container.HasField("resources"):
            container.resources.cpu_idle = True
            container.resources.startup_cpu_boost = True
        if "cpu" not in container.resources.limits:
            container.resources.limits["cpu"] = "1000m"
        if "memory" not in container.resources.limits:
            container.resources.limits["memory"] = "512Mi"
    serving = serving_container(template)
    if serving is not None:
        if not serving.ports:
            serving.ports.add(name="http1", container_port=8080)
        elif not serving.ports[0].name:
            serving.ports[0].name = "http1"
        if not serving.HasField("startup_probe"):
            probe = serving.startup_probe
            probe.timeout_seconds = probe.period_seconds = 240
            probe.failure_threshold = 1
            probe.tcp_socket.port = serving.ports[0].container_port
        else:
            _fill_in_probe(serving.startup_probe, serving.ports[0].container_port)
        if serving.HasField("liveness_probe"):
            _fill_in_probe(serving.liveness_probe, serving.ports[0].container_port)
        if not template.max_instance_request_concurrency:
            template.max_instance_request_concurrency = 80 if cpu_of(serving) >= 1 else 1
    if not template.scaling.max_instance_count:
        before = previous.template.scaling.max_instance_count if previous is not None else 0
        template.scaling.max_instance_count = min(before or 100, default_max_instances(template, quotas))
    if not service.traffic:
        service.traffic.add(type_=int(LATEST), percent=100)
    for target in service.traffic:
        if not target.type_ and not target.revision:
            target.type_ = int(LATEST)


def _fill_in_probe(probe: Message, port: int) -> None:
    probe.timeout_seconds = probe.timeout_seconds or 1
    probe.period_seconds = probe.period_seconds or 10
    probe.failure_threshold = probe.failure_threshold or 3
    kind = probe.WhichOneof("probe_type")
    if kind is None:
        probe.tcp_socket.port = port
    elif kind == "http_get":
        probe.http_get.path = probe.http_get.path or "/"
        probe.http_get.port = probe.http_get.port or port
    else:
        asked = getattr(probe, kind)
        asked.port = asked.port or port
