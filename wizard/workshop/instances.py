"""From a revision to what a runtime starts."""

from __future__ import annotations

from collections.abc import Callable

from wizard.workshop.compute_rules import cpu_of, memory_of
from wizard.workshop.deploy_errors import DeployError
from wizard.workshop.messages import CommonReason, Message, RevisionMessage, serving_container
from wizard.workshop.resource_names import last
from wizard.workshop.runtime import Instance, StartupProbe
from wizard.workshop.secret_store import SecretMissingError


def instance_of(revision: RevisionMessage, secret: Callable[[str, str], str]) -> Instance:
    """`secret` gives the value of (name, version). Raises DeployError where one cannot be had."""
    container = serving_container(revision)
    assert container is not None, "a revision without a container was never accepted"
    environment = {}
    for variable in container.env:
        reference = variable.value_source.secret_key_ref
        if not reference.secret:
            environment[variable.name] = variable.value
            continue
        try:
            environment[variable.name] = secret(reference.secret, reference.version)
        except SecretMissingError as error:
            raise DeployError(
                str(error),
                condition="ResourcesAvailable",
                reason=CommonReason.SECRETS_ACCESS_CHECK_FAILED,
            ) from error
    port = container.ports[0].container_port
    environment |= {
        "PORT": str(port),
        "K_SERVICE": revision.service,
        "K_REVISION": last(revision.name),
        "K_CONFIGURATION": revision.service,
    }
    return Instance(
        revision=revision.name,
        image=container.image,
        port=port,
        cpu=cpu_of(container),
        memory=memory_of(container),
        env=environment,
        command=tuple(container.command),
        args=tuple(container.args),
        probe=_probe(container.startup_probe, port),
    )


def _probe(probe: Message, port: int) -> StartupProbe:
    kind = probe.WhichOneof("probe_type") or "tcp_socket"
    asked = getattr(probe, kind)
    return StartupProbe(
        kind={"tcp_socket": "tcp", "http_get": "http", "grpc": "grpc"}[kind],
        path=asked.path if kind == "http_get" else "/",
        port=asked.port or port,
        initial_delay=probe.initial_delay_seconds,
        period=probe.period_seconds,
        timeout=probe.timeout_seconds,
        failures=probe.failure_threshold,
    )
