"""Which of Google's APIs a release needs, and whether the project has them switched on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.targets.cloud_run.permissions import enable_apis
from wizard.targets.cloud_run.preflight_finding import Finding, Look, Verdict, ok

if TYPE_CHECKING:
    from wizard.plan.cloud_run import CloudRunTarget

_TIMEOUT = 10.0
_ADVISED = {"logging.googleapis.com": "Without it Sendoff cannot show what the container writes, nor why it failed."}


def needed_apis(target: CloudRunTarget) -> dict[str, str]:
    """API → what a release of this target needs it for."""
    apis = {
        "run.googleapis.com": "runs the service",
        "artifactregistry.googleapis.com": "keeps the image",
        "logging.googleapis.com": "shows what the container writes",
    }
    kinds = {volume.kind for volume in target.volumes}
    if target.secrets or "secret" in kinds:
        apis["secretmanager.googleapis.com"] = "holds the secrets"
    if "cloud-sql" in kinds:
        apis["sqladmin.googleapis.com"] = "connects to Cloud SQL"
    if "bucket" in kinds:
        apis["storage.googleapis.com"] = "holds the bucket"
    if target.vpc is not None and target.vpc.connector:
        apis["vpcaccess.googleapis.com"] = "connects to the private network"
    if target.vpc is not None and (target.vpc.network or target.vpc.subnetwork):
        apis["compute.googleapis.com"] = "holds the private network"
    if target.encryption_key:
        apis["cloudkms.googleapis.com"] = "holds the encryption key"
    if target.binary_authorization:
        apis["binaryauthorization.googleapis.com"] = "approves the image"
    return apis


def look_at_apis(look: Look) -> list[Finding]:
    """One finding for the APIs a release cannot do without, one for each it should have."""
    from google.cloud.service_usage_v1 import BatchGetServicesRequest, State

    needed = needed_apis(look.target)
    project = look.cloud.place.project_name
    request = BatchGetServicesRequest(parent=project, names=[f"{project}/services/{api}" for api in needed])
    answer = look.ask(
        lambda: look.cloud.usage.batch_get_services(request=request, retry=None, timeout=_TIMEOUT),
        "read which APIs are enabled",
    )
    enabled = {service.name.rpartition("/")[2] for service in answer.services if service.state == State.ENABLED}
    off = [api for api in needed if api not in enabled]
    findings = [
        Finding(
            "APIs",
            Verdict.MISSING,
            f"{api} is not enabled.",
            _ADVISED[api],
            enable_apis(look.target.project, [api]),
            blocks=False,
        )
        for api in off
        if api in _ADVISED
    ]
    blocking = [api for api in off if api not in _ADVISED]
    if not blocking:
        return [
            ok("APIs", f"{', '.join(api.partition('.')[0] for api in needed if api in enabled)} enabled."),
            *findings,
        ]
    are = "are" if len(blocking) > 1 else "is"
    needs = "; ".join(f"{api} {needed[api]}" for api in blocking)
    # All in one command, the advised too: whoever enables one will enable the others.
    fix = enable_apis(look.target.project, [*blocking, *(api for api in off if api in _ADVISED)])
    return [Finding("APIs", Verdict.MISSING, f"{', '.join(blocking)} {are} not enabled.", f"{needs}.", fix)]
