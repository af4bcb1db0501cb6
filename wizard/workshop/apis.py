"""Service Usage: which APIs the project has switched on."""

from __future__ import annotations

from typing import Any, Final

from google.cloud import service_usage_v1
from google.rpc import error_details_pb2

from wizard.workshop.api_error import ApiError, Code
from wizard.workshop.faults import Fault, Faults
from wizard.workshop.messages import Message, OperationMessage
from wizard.workshop.operations import Operations
from wizard.workshop.place import Place
from wizard.workshop.policies import Policies

TITLES: Final = {
    "run.googleapis.com": "Cloud Run Admin API",
    "artifactregistry.googleapis.com": "Artifact Registry API",
    "cloudbuild.googleapis.com": "Cloud Build API",
    "cloudresourcemanager.googleapis.com": "Cloud Resource Manager API",
    "iam.googleapis.com": "Identity and Access Management (IAM) API",
    "logging.googleapis.com": "Cloud Logging API",
    "secretmanager.googleapis.com": "Secret Manager API",
    "serviceusage.googleapis.com": "Service Usage API",
    "storage.googleapis.com": "Cloud Storage API",
    "compute.googleapis.com": "Compute Engine API",
}
"""All are on until the fault api-disabled switches one off."""
_Service: Any = service_usage_v1.Service.pb()


class Apis:
    def __init__(self, operations: Operations, policies: Policies, faults: Faults, place: Place) -> None:
        self._operations = operations
        self._policies = policies
        self._faults = faults
        self._place = place

    def is_enabled(self, api: str) -> bool:
        """Whether calls of that API, e.g. run.googleapis.com, are answered."""
        switched_off = (each for each in self._faults.planted() if each.fault is Fault.API_DISABLED)
        return api in TITLES and all(each.details.get("api", "run.googleapis.com") != api for each in switched_off)

    def require(self, api: str) -> None:
        """Raises ApiError in Google's words where the API is switched off."""
        if self.is_enabled(api):
            return
        number = self._place.project_number
        url = f"https://console.developers.google.com/apis/api/{api}/overview?project={number}"
        reason = error_details_pb2.ErrorInfo(
            reason="SERVICE_DISABLED",
            domain="googleapis.com",
            metadata={
                "service": api,
                "consumer": f"projects/{number}",
                "serviceTitle": TITLES[api],
                "activationUrl": url,
            },
        )
        raise ApiError(
            Code.PERMISSION_DENIED,
            f"{TITLES[api]} has not been used in project {number} before or it is disabled. Enable it by visiting {url} "
            "then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems "
            "and retry.",
            details=[reason],
        )

    def get(self, request: Any, caller: str) -> Message:
        self._policies.require(caller, "serviceusage.services.get", request.name)
        return self._service(request.name.rpartition("/")[2])

    def batch_get(self, request: Any, caller: str) -> Message:
        self._policies.require(caller, "serviceusage.services.get", request.parent)
        found = [self._service(name.rpartition("/")[2]) for name in request.names]
        return service_usage_v1.BatchGetServicesResponse.pb()(services=found)

    def list(self, request: Any, caller: str) -> Message:
        self._policies.require(caller, "serviceusage.services.list", request.parent)
        found = [self._service(api) for api in TITLES]
        if request.filter == "state:ENABLED":
            found = [each for each in found if each.state == service_usage_v1.State.ENABLED]
        return service_usage_v1.ListServicesResponse.pb()(services=found)

    def enable(self, request: Any, caller: str) -> OperationMessage:
        self._policies.require(caller, "serviceusage.services.enable", request.name)
        api = request.name.rpartition("/")[2]
        self._enable(api)
        return self._operations.done("", service_usage_v1.EnableServiceResponse.pb()(service=self._service(api)))

    def batch_enable(self, request: Any, caller: str) -> OperationMessage:
        self._policies.require(caller, "serviceusage.services.enable", request.parent)
        for api in request.service_ids:
            self._enable(api)
        enabled = [self._service(api) for api in request.service_ids]
        return self._operations.done("", service_usage_v1.BatchEnableServicesResponse.pb()(services=enabled))

    def _enable(self, api: str) -> None:
        if api not in TITLES:
            raise ApiError(Code.NOT_FOUND, f"Not found or permission denied for service(s): {api}.")
        for planted in self._faults.planted():
            if planted.fault is Fault.API_DISABLED and planted.details.get("api", "run.googleapis.com") == api:
                while self._faults.take(Fault.API_DISABLED, api=api):
                    pass

    def _service(self, api: str) -> Message:
        if api not in TITLES:
            raise ApiError(Code.PERMISSION_DENIED, f"Not found or permission denied for service(s): {api}.")
        state = service_usage_v1.State.ENABLED if self.is_enabled(api) else service_usage_v1.State.DISABLED
        number = self._place.project_number
        service = _Service(name=f"projects/{number}/services/{api}", parent=f"projects/{number}", state=int(state))
        service.config.name = api
        service.config.title = TITLES[api]
        return service
