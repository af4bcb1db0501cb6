"""The gRPC doors of the APIs around Cloud Run that a release asks something of."""

from __future__ import annotations

from typing import Any

from google.cloud import artifactregistry_v1, iam_admin_v1, resourcemanager_v3, secretmanager_v1, service_usage_v1
from google.cloud.logging_v2.types import ListLogEntriesRequest, ListLogEntriesResponse
from google.longrunning import operations_pb2
from google.protobuf import empty_pb2

from wizard.workshop.control_plane import ControlPlane
from wizard.workshop.doors.grpc_method import Door, Method
from wizard.workshop.doors.run import policy_methods

_Operation = operations_pb2.Operation


def doors(plane: ControlPlane) -> tuple[Door, ...]:
    return (_artifacts(plane), _usage(plane), _projects(plane), _accounts(plane), _logs(plane), _secrets(plane))


def _artifacts(plane: ControlPlane) -> Door:
    calls, messages = plane.repositories, artifactregistry_v1
    return Door(
        "google.devtools.artifactregistry.v1.ArtifactRegistry",
        "artifactregistry.googleapis.com",
        {
            "GetRepository": Method(calls.get, messages.GetRepositoryRequest, messages.Repository),
            "ListRepositories": Method(calls.list, messages.ListRepositoriesRequest, messages.ListRepositoriesResponse),
            "CreateRepository": Method(calls.create, messages.CreateRepositoryRequest, _Operation),
            "DeleteRepository": Method(calls.delete, messages.DeleteRepositoryRequest, _Operation),
            "ListDockerImages": Method(
                calls.images, messages.ListDockerImagesRequest, messages.ListDockerImagesResponse
            ),
            "ListPackages": Method(calls.packages, messages.ListPackagesRequest, messages.ListPackagesResponse),
            "DeletePackage": Method(calls.delete_package, messages.DeletePackageRequest, _Operation),
            "DeleteVersion": Method(calls.delete_version, messages.DeleteVersionRequest, _Operation),
            **policy_methods(None, None, calls.test_permissions),
        },
    )


def _usage(plane: ControlPlane) -> Door:
    calls, messages = plane.apis, service_usage_v1
    return Door(
        "google.api.serviceusage.v1.ServiceUsage",
        "",  # it is what the others are switched on with
        {
            "GetService": Method(calls.get, messages.GetServiceRequest, messages.Service),
            "BatchGetServices": Method(
                calls.batch_get, messages.BatchGetServicesRequest, messages.BatchGetServicesResponse
            ),
            "ListServices": Method(calls.list, messages.ListServicesRequest, messages.ListServicesResponse),
            "EnableService": Method(calls.enable, messages.EnableServiceRequest, _Operation),
            "BatchEnableServices": Method(calls.batch_enable, messages.BatchEnableServicesRequest, _Operation),
        },
    )


def _projects(plane: ControlPlane) -> Door:
    calls, messages = plane.projects, resourcemanager_v3
    return Door(
        "google.cloud.resourcemanager.v3.Projects",
        "cloudresourcemanager.googleapis.com",
        {
            "GetProject": Method(calls.get, messages.GetProjectRequest, messages.Project),
            "SearchProjects": Method(calls.search, messages.SearchProjectsRequest, messages.SearchProjectsResponse),
            **policy_methods(calls.get_policy, calls.set_policy, calls.test_permissions),
        },
    )


def _accounts(plane: ControlPlane) -> Door:
    calls = plane.accounts
    return Door(
        "google.iam.admin.v1.IAM",
        "iam.googleapis.com",
        {
            "GetServiceAccount": Method(calls.get, iam_admin_v1.GetServiceAccountRequest, iam_admin_v1.ServiceAccount),
            **policy_methods(calls.get_policy, None, calls.test_permissions),
        },
    )


def _logs(plane: ControlPlane) -> Door:
    return Door(
        "google.logging.v2.LoggingServiceV2",
        "logging.googleapis.com",
        {"ListLogEntries": Method(plane.log_entries.read, ListLogEntriesRequest, ListLogEntriesResponse)},
    )


def _secrets(plane: ControlPlane) -> Door:
    calls, messages = plane.secrets, secretmanager_v1

    def delete(request: Any, caller: str) -> Any:
        calls.delete(request, caller)
        return empty_pb2.Empty()

    return Door(
        "google.cloud.secretmanager.v1.SecretManagerService",
        "secretmanager.googleapis.com",
        {
            "CreateSecret": Method(calls.create, messages.CreateSecretRequest, messages.Secret),
            "GetSecret": Method(calls.get, messages.GetSecretRequest, messages.Secret),
            "ListSecrets": Method(calls.list, messages.ListSecretsRequest, messages.ListSecretsResponse),
            "DeleteSecret": Method(delete, messages.DeleteSecretRequest, empty_pb2.Empty),
            "AddSecretVersion": Method(calls.add_version, messages.AddSecretVersionRequest, messages.SecretVersion),
            "GetSecretVersion": Method(calls.get_version, messages.GetSecretVersionRequest, messages.SecretVersion),
            "AccessSecretVersion": Method(
                calls.access_version, messages.AccessSecretVersionRequest, messages.AccessSecretVersionResponse
            ),
        },
    )
