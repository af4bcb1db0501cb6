"""Whether Cloud Run takes a service as it is written; each violation with its field and Cloud Run's words (facts A4, C1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from wizard.workshop.api_error import ApiError, Code, Violation, violated
from wizard.workshop.compute_rules import check_compute
from wizard.workshop.messages import ServiceMessage
from wizard.workshop.quotas import Quotas, check_quotas
from wizard.workshop.resource_names import REVISION_ID, SERVICE_ID
from wizard.workshop.traffic import check_traffic

RESERVED_ENV = frozenset({"PORT", "K_SERVICE", "K_REVISION", "K_CONFIGURATION", "K_SINK"})
_RESERVED_NAMESPACES = ("run.googleapis.com", "cloud.googleapis.com", "serving.knative.dev", "autoscaling.knative.dev")
_IMAGE = re.compile(
    r"(?:[a-zA-Z0-9.-]+(?::\d+)?/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?"
)
_LABEL_KEY = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_LABEL_VALUE = re.compile(r"[a-z0-9_-]{0,63}")
_ACCOUNT = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+|\d+|default")


def check_service_id(request: str, service_id: str) -> None:
    """Raises ApiError where a service may not be called so."""
    if SERVICE_ID.fullmatch(service_id) is None:
        raise violated(
            request,
            [
                Violation(
                    "service_id",
                    "must begin with a letter, contain only lower-case letters, digits and hyphens, "
                    "not end with a hyphen, and have fewer than 50 characters",
                )
            ],
        )


def check_service(request: str, service_id: str, service: ServiceMessage, quotas: Quotas) -> None:
    """Raises ApiError with every violation of the service. It may lack what defaults fill in."""
    violations = [
        *_about_service(service),
        *_about_template(service_id, service.template),
        *check_compute(service.template),
        *check_traffic(service_id, service.traffic),
    ]
    if not violations:
        violations = list(check_quotas(service.template, quotas))
    if violations:
        raise violated(request, violations)


def check_gpu_quota(service: ServiceMessage, quotas: Quotas) -> None:
    """Raises ApiError where the service asks for more GPUs at once than there is quota for."""
    template = service.template
    if template.node_selector.accelerator and template.scaling.max_instance_count > quotas.gpu:
        raise ApiError(
            Code.INVALID_ARGUMENT,
            "You do not have quota for using GPUs with this number of instances: max instances must be set to "
            f"{quotas.gpu} or fewer. See https://cloud.google.com/run/quotas to request more GPU quota.",
        )


def _about_service(service: ServiceMessage) -> Iterator[Violation]:
    if len(service.description) > 512:
        yield Violation("service.description", "must have at most 512 characters")
    yield from _about_labels("service", service.labels, service.annotations)


def _about_labels(path: str, labels: Any, annotations: Any) -> Iterator[Violation]:
    for field, keys in (("labels", labels), ("annotations", annotations)):
        for key in keys:
            namespace, slash, _ = key.partition("/")
            if slash and namespace.endswith(_RESERVED_NAMESPACES):
                yield Violation(f"{path}.{field}", f"must not be in the system namespace of '{key}'")
    if len(labels) > 64:
        yield Violation(f"{path}.labels", "must be at most 64")
    for key, value in labels.items():
        if "/" not in key and (_LABEL_KEY.fullmatch(key) is None or _LABEL_VALUE.fullmatch(value) is None):
            yield Violation(
                f"{path}.labels",
                f"'{key}: {value}' must be lower-case letters, digits, hyphens and underscores, "
                "at most 63 characters, and the key must begin with a letter",
            )


def _about_template(service_id: str, template: Any) -> Iterator[Violation]:
    path = "service.template"
    name = template.revision
    if name and not name.startswith(f"{service_id}-"):
        yield Violation(f"{path}.revision", f"must be prefixed by the service name: '{service_id}-'")
    elif name and REVISION_ID.fullmatch(name) is None:
        yield Violation(
            f"{path}.revision", "must be lower-case letters, digits and hyphens, at most 63 characters, no hyphen last"
        )
    yield from _about_labels(path, template.labels, template.annotations)
    if not template.containers:
        yield Violation(path, "required field not present.")
    if not 0 <= template.max_instance_request_concurrency <= 1000:
        yield Violation(f"{path}.max_instance_request_concurrency", "must be between 1 and 1000")
    if template.HasField("timeout") and not 0 < template.timeout.seconds <= 3600:
        yield Violation(f"{path}.timeout", "must be greater than 0 and at most 3600 seconds")
    least, most = template.scaling.min_instance_count, template.scaling.max_instance_count
    if least < 0 or most < 0:
        yield Violation(f"{path}.scaling", "instance counts must not be negative")
    elif most and least > most:
        yield Violation(f"{path}.scaling.min_instance_count", "must be less than or equal to max_instance_count")
    if template.service_account and _ACCOUNT.fullmatch(template.service_account) is None:
        yield Violation(f"{path}.service_account", "must be the email address of a service account")
    if template.vpc_access.connector and template.vpc_access.network_interfaces:
        yield Violation(f"{path}.vpc_access", "connector and network_interfaces cannot both be set")
    if len([each for each in template.containers if each.ports]) > 1 or (
        len(template.containers) > 1 and not any(each.ports for each in template.containers)
    ):
        yield Violation(f"{path}.containers", "exactly one container must have a port")
    if len(template.containers) > 10:
        yield Violation(f"{path}.containers", "must be at most 10")
    volumes = {volume.name for volume in template.volumes}
    for number, container in enumerate(template.containers):
        yield from _about_container(f"{path}.containers[{number}]", container, volumes)


def _about_container(path: str, container: Any, volumes: set[str]) -> Iterator[Violation]:
    if _IMAGE.fullmatch(container.image) is None:
        yield Violation(
            f"{path}.image",
            "must be a container image path in the form [hostname/]repo-path[:tag and/or @digest]",
        )
    reserved = [each.name for each in container.env if each.name in RESERVED_ENV]
    if reserved:
        yield Violation(
            f"{path}.env",
            f"The following reserved env names were provided: {', '.join(reserved)}. "
            "These values are automatically set by the system.",
        )
    if len(container.env) > 1000:
        yield Violation(f"{path}.env", "must be at most 1000")
    for number, variable in enumerate(container.env):
        if not variable.name:
            yield Violation(f"{path}.env[{number}].name", "required field not present.")
        if len(variable.name) > 32768 or len(variable.value) > 32768:
            yield Violation(f"{path}.env[{number}]", "must have at most 32768 characters")
        secret = variable.value_source.secret_key_ref
        if variable.HasField("value_source") and not (secret.secret and secret.version):
            yield Violation(f"{path}.env[{number}].value_source", "secret and version must be set")
    if len(container.ports) > 1:
        yield Violation(f"{path}.ports", "must be at most one")
    for port in container.ports:
        if not 1 <= port.container_port <= 65535:
            yield Violation(f"{path}.ports[0].container_port", "must be between 1 and 65535")
        if port.name not in ("", "http1", "h2c"):
            yield Violation(f"{path}.ports[0].name", "must be http1 or h2c")
    for number, mount in enumerate(container.volume_mounts):
        if mount.name not in volumes:
            yield Violation(f"{path}.volume_mounts[{number}].name", f"volume '{mount.name}' is not defined")
        if ":" in mount.mount_path or not mount.mount_path.startswith("/"):
            yield Violation(f"{path}.volume_mounts[{number}].mount_path", "must be absolute and must not contain ':'")
    if container.HasField("startup_probe"):
        yield from _about_probe(f"{path}.startup_probe", container.startup_probe, startup=True)
    if container.HasField("liveness_probe"):
        yield from _about_probe(f"{path}.liveness_probe", container.liveness_probe, startup=False)


def _about_probe(path: str, probe: Any, *, startup: bool) -> Iterator[Violation]:
    longest = 240 if startup else 3600
    period, timeout, failures = probe.period_seconds or 10, probe.timeout_seconds or 1, probe.failure_threshold or 3
    if not 0 <= probe.initial_delay_seconds <= longest:
        yield Violation(f"{path}.initial_delay_seconds", f"must be between 0 and {longest}")
    if not 1 <= period <= longest:
        yield Violation(f"{path}.period_seconds", f"must be between 1 and {longest}")
    if timeout < 1 or timeout > period:
        yield Violation(f"{path}.timeout_seconds", "must be at least 1 and must not exceed period_seconds")
    if failures < 1:
        yield Violation(f"{path}.failure_threshold", "must be at least 1")
    if startup and failures * period > 240:
        yield Violation(f"{path}.failure_threshold", "failure_threshold * period_seconds must not exceed 240 seconds")
    if not startup and probe.WhichOneof("probe_type") == "tcp_socket":
        yield Violation(path, "tcp_socket is not supported for a liveness probe")
