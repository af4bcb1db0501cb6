"""Why a deploy ends: condition reasons and messages in Cloud Run's words (facts A3, A4)."""

from __future__ import annotations

from typing import Any

from wizard.workshop.api_error import Code
from wizard.workshop.compute_rules import MIB
from wizard.workshop.messages import CommonReason, RevisionReason
from wizard.workshop.place import Place
from wizard.workshop.runtime import Failure, Instance, StartError


class DeployError(Exception):
    """What goes into the failed conditions. `condition` is the revision's condition it shows in; empty where the revision is
    not to blame."""

    def __init__(
        self,
        message: str,
        *,
        condition: str = "",
        reason: int | None = None,
        revision_reason: int | None = None,
        code: Code = Code.FAILED_PRECONDITION,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.condition = condition
        self.reason = reason
        self.revision_reason = revision_reason
        self.code = code

    @property
    def reasons(self) -> dict[str, Any]:
        """As arguments for a condition."""
        return {"reason": self.reason, "revision_reason": self.revision_reason}


def image_error(error: StartError, image: str, place: Place) -> DeployError:
    """An image that could not be found, read or used."""
    match error.failure:
        case Failure.IMAGE_UNREADABLE:
            return DeployError(
                f"Google Cloud Run Service Agent {place.agent} must have permission to read the image, {image}. "
                "Ensure that the provided container image URL is correct and that the above account has permission to "
                "access the image. If you just enabled the Cloud Run API, the permissions might take a few minutes to "
                "propagate.",
                condition="ContainerReady",
                reason=CommonReason.CONTAINER_PERMISSION_DENIED,
                code=Code.PERMISSION_DENIED,
            )
        case Failure.WRONG_ARCHITECTURE:
            return DeployError(
                f"Cloud Run does not support image '{image}': Container manifest type "
                "'application/vnd.oci.image.manifest.v1+json' must support amd64/linux.",
                condition="ContainerReady",
                reason=CommonReason.CONTAINER_MISSING,
                code=Code.INVALID_ARGUMENT,
            )
        case _:
            return DeployError(
                f"Image '{image}' not found.",
                condition="ContainerReady",
                reason=CommonReason.CONTAINER_MISSING,
                code=Code.NOT_FOUND,
            )


def start_error(error: StartError, instance: Instance, place: Place) -> DeployError:
    """A container that did not come up."""
    if error.failure in (Failure.IMAGE_MISSING, Failure.IMAGE_UNREADABLE):
        return image_error(error, instance.image, place)
    return DeployError(
        _start_message(error, instance, place),
        condition="ContainerHealthy",
        revision_reason=RevisionReason.HEALTH_CHECK_CONTAINER_ERROR,
    )


def _start_message(error: StartError, instance: Instance, place: Place) -> str:
    guide = (
        f"Logs for this revision might contain more information.\n\nLogs URL: {place.logs_url(instance.revision)}\n"
        "For more troubleshooting guidance, see https://cloud.google.com/run/docs/troubleshooting#container-failed-to-start"
    )
    if error.failure is Failure.OUT_OF_MEMORY:
        return memory_exceeded(instance.memory)
    if error.failure is Failure.NO_COMMAND:
        return f"Application failed to start: {error.said or 'no command is given to run'}"
    if error.failure is Failure.WRONG_ARCHITECTURE:
        return f"Application exec likely failed. {guide}"
    if error.failure is Failure.NOT_LISTENING and instance.probe.kind != "tcp":
        return f"The user-provided container failed the configured startup probe checks. {guide}"
    return (
        "The user-provided container failed to start and listen on the port defined provided by the "
        f"PORT={instance.port} environment variable within the allocated timeout. This can happen when the container port "
        "is misconfigured or if the timeout is too short. The health check timeout can be extended. " + guide
    )


def memory_exceeded(memory: int) -> str:
    """For a limit of that many bytes. How much was used is not measured: a little more than there was."""
    limit = memory // MIB
    return (
        f"Memory limit of {limit} MiB exceeded with {limit + max(4, limit // 50)} MiB used. Consider increasing the memory "
        "limit, see https://cloud.google.com/run/docs/configuring/memory-limits"
    )


def platform_lines(error: StartError, instance: Instance) -> tuple[str, ...]:
    """What Cloud Run itself writes into the revision's log when a container does not come up."""
    service = instance.revision.split("/")[5]
    match error.failure:
        case Failure.OUT_OF_MEMORY:
            return (memory_exceeded(instance.memory), "Container terminated on signal 9.")
        case Failure.EXITED:
            code = 1 if error.exit_code is None else error.exit_code
            return (f"Container called exit({code}).",)
        case Failure.NOT_LISTENING:
            kind = instance.probe.kind.upper()
            times = instance.probe.failures
            path = f' path "{instance.probe.path}"' if kind == "HTTP" else ""
            default = "Default " if kind == "TCP" else ""
            return (
                f"{default}STARTUP {kind} probe failed {times} time{'' if times == 1 else 's'} consecutively for container "
                f'"{service}-1" on port {instance.probe.port}{path}. The instance was not started. '
                f"Connection failed with status {'DEADLINE_EXCEEDED' if error.said == 'DEADLINE_EXCEEDED' else 'CANCELLED'}.",
            )
        case Failure.WRONG_ARCHITECTURE:
            return (f"terminated: Application failed to start: {error.said or 'exec format error'}",)
        case _:
            return (error.said,) if error.said else ()
