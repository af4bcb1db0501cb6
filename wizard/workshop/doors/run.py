"""The gRPC doors of Cloud Run itself: services, revisions, long-running operations."""

from __future__ import annotations

from typing import Any

from google.cloud import run_v2
from google.iam.v1 import iam_policy_pb2, policy_pb2
from google.longrunning import operations_pb2
from google.protobuf import empty_pb2

from wizard.workshop.control_plane import ControlPlane
from wizard.workshop.doors.grpc_method import Door, Method
from wizard.workshop.operations import LONGEST_WAIT

_API = "run.googleapis.com"
_Operation = operations_pb2.Operation


def doors(plane: ControlPlane) -> tuple[Door, ...]:
    services, revisions, operations = plane.services, plane.revisions, plane.operations

    def wait(request: Any, _caller: str) -> Any:
        asked = request.timeout.ToNanoseconds() / 1e9 if request.HasField("timeout") else LONGEST_WAIT
        return operations.wait(request.name, asked)

    def forget(request: Any, _caller: str) -> Any:
        operations.delete(request.name)
        return empty_pb2.Empty()

    return (
        Door(
            "google.cloud.run.v2.Services",
            _API,
            {
                "CreateService": Method(services.create, run_v2.CreateServiceRequest, _Operation),
                "GetService": Method(services.get, run_v2.GetServiceRequest, run_v2.Service),
                "ListServices": Method(services.list, run_v2.ListServicesRequest, run_v2.ListServicesResponse),
                "UpdateService": Method(services.update, run_v2.UpdateServiceRequest, _Operation),
                "DeleteService": Method(services.delete, run_v2.DeleteServiceRequest, _Operation),
                **policy_methods(services.get_policy, services.set_policy, services.test_permissions),
            },
        ),
        Door(
            "google.cloud.run.v2.Revisions",
            _API,
            {
                "GetRevision": Method(revisions.get, run_v2.GetRevisionRequest, run_v2.Revision),
                "ListRevisions": Method(revisions.list, run_v2.ListRevisionsRequest, run_v2.ListRevisionsResponse),
                "DeleteRevision": Method(revisions.delete, run_v2.DeleteRevisionRequest, _Operation),
            },
        ),
        Door(
            "google.longrunning.Operations",
            "",
            {
                "GetOperation": Method(
                    lambda request, caller: operations.get(request.name),
                    operations_pb2.GetOperationRequest,
                    _Operation,
                ),
                "ListOperations": Method(
                    lambda request, caller: operations.list(request),
                    operations_pb2.ListOperationsRequest,
                    operations_pb2.ListOperationsResponse,
                ),
                "WaitOperation": Method(wait, operations_pb2.WaitOperationRequest, _Operation),
                "DeleteOperation": Method(forget, operations_pb2.DeleteOperationRequest, empty_pb2.Empty),
            },
        ),
    )


def policy_methods(get: Any, write: Any, test: Any) -> dict[str, Method]:
    """The three methods of IAM that many services have; None for one that this service does not offer."""
    table = {
        "GetIamPolicy": (get, iam_policy_pb2.GetIamPolicyRequest, policy_pb2.Policy),
        "SetIamPolicy": (write, iam_policy_pb2.SetIamPolicyRequest, policy_pb2.Policy),
        "TestIamPermissions": (
            test,
            iam_policy_pb2.TestIamPermissionsRequest,
            iam_policy_pb2.TestIamPermissionsResponse,
        ),
    }
    return {name: Method(*row) for name, row in table.items() if row[0] is not None}
