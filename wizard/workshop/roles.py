"""Which permissions a role gives: of Google's roles, the part that the local Cloud Run asks for."""

from __future__ import annotations

from typing import Final

_RUN_READ = frozenset(
    {
        "run.services.get",
        "run.services.list",
        "run.services.getIamPolicy",
        "run.revisions.get",
        "run.revisions.list",
        "run.operations.get",
        "run.operations.list",
        "run.locations.list",
    }
)
_RUN_WRITE = _RUN_READ | {
    "run.services.create",
    "run.services.update",
    "run.services.delete",
    "run.revisions.delete",
    "run.operations.delete",
}
_INVOKE = frozenset({"run.routes.invoke"})
_ARTIFACTS_READ = frozenset(
    {
        "artifactregistry.repositories.get",
        "artifactregistry.repositories.list",
        "artifactregistry.repositories.downloadArtifacts",
        "artifactregistry.dockerimages.get",
        "artifactregistry.dockerimages.list",
        "artifactregistry.packages.get",
        "artifactregistry.packages.list",
        "artifactregistry.versions.get",
        "artifactregistry.versions.list",
        "artifactregistry.tags.get",
        "artifactregistry.tags.list",
    }
)
_ARTIFACTS_WRITE = _ARTIFACTS_READ | {
    "artifactregistry.repositories.uploadArtifacts",
    "artifactregistry.tags.create",
    "artifactregistry.tags.update",
}
_ARTIFACTS_DELETE = _ARTIFACTS_WRITE | {
    "artifactregistry.repositories.deleteArtifacts",
    "artifactregistry.packages.delete",
    "artifactregistry.versions.delete",
    "artifactregistry.tags.delete",
}
_ARTIFACTS_ADMIN = _ARTIFACTS_DELETE | {
    "artifactregistry.repositories.create",
    "artifactregistry.repositories.update",
    "artifactregistry.repositories.delete",
}
_USAGE_READ = frozenset({"serviceusage.services.get", "serviceusage.services.list"})
_USAGE_WRITE = _USAGE_READ | {"serviceusage.services.enable", "serviceusage.services.disable"}
_LOGS = frozenset({"logging.logEntries.list", "logging.logs.list"})
_SECRETS_READ = frozenset({"secretmanager.secrets.get", "secretmanager.secrets.list", "secretmanager.versions.get"})
_SECRETS_ACCESS = frozenset({"secretmanager.versions.access"})
_SECRETS_ADMIN = (
    _SECRETS_READ
    | _SECRETS_ACCESS
    | {
        "secretmanager.secrets.create",
        "secretmanager.secrets.delete",
        "secretmanager.secrets.getIamPolicy",
        "secretmanager.secrets.setIamPolicy",
        "secretmanager.versions.add",
    }
)
_PROJECT_READ = frozenset({"resourcemanager.projects.get", "resourcemanager.projects.getIamPolicy"})
_ACCOUNTS_READ = frozenset({"iam.serviceAccounts.get", "iam.serviceAccounts.list"})
_OPEN_ID = frozenset({"iam.serviceAccounts.getOpenIdToken"})
_NETWORKS = frozenset({"compute.networks.get", "compute.subnetworks.get"})
_READ = _RUN_READ | _ARTIFACTS_READ | _USAGE_READ | _LOGS | _SECRETS_READ | _PROJECT_READ | _ACCOUNTS_READ
_EDIT = _READ | _RUN_WRITE | _ARTIFACTS_DELETE | _USAGE_WRITE | {"iam.serviceAccounts.actAs"}
_OWN = (
    _EDIT
    | _INVOKE
    | _ARTIFACTS_ADMIN
    | _SECRETS_ADMIN
    | {"run.services.setIamPolicy", "resourcemanager.projects.setIamPolicy", "iam.serviceAccounts.getIamPolicy"}
)

ROLES: Final[dict[str, frozenset[str]]] = {
    "roles/owner": frozenset(_OWN),
    "roles/editor": frozenset(_EDIT),
    "roles/viewer": frozenset(_READ),
    "roles/run.admin": frozenset(_RUN_WRITE | _INVOKE | {"run.services.setIamPolicy"}),
    "roles/run.developer": frozenset(_RUN_WRITE),
    "roles/run.viewer": _RUN_READ,
    "roles/run.invoker": _INVOKE,
    "roles/run.servicesInvoker": _INVOKE,
    "roles/artifactregistry.reader": _ARTIFACTS_READ,
    "roles/artifactregistry.writer": frozenset(_ARTIFACTS_WRITE),
    "roles/artifactregistry.repoAdmin": frozenset(_ARTIFACTS_DELETE),
    "roles/artifactregistry.admin": frozenset(_ARTIFACTS_ADMIN),
    "roles/serviceusage.serviceUsageViewer": _USAGE_READ,
    "roles/serviceusage.serviceUsageAdmin": frozenset(_USAGE_WRITE),
    "roles/logging.viewer": _LOGS,
    "roles/secretmanager.viewer": _SECRETS_READ,
    "roles/secretmanager.secretAccessor": _SECRETS_ACCESS,
    "roles/secretmanager.admin": frozenset(_SECRETS_ADMIN),
    "roles/iam.serviceAccountUser": frozenset(_ACCOUNTS_READ | {"iam.serviceAccounts.actAs"}),
    "roles/iam.serviceAccountViewer": _ACCOUNTS_READ,
    "roles/iam.serviceAccountTokenCreator": frozenset(_OPEN_ID | {"iam.serviceAccounts.getAccessToken"}),
    "roles/iam.serviceAccountOpenIdTokenCreator": _OPEN_ID,
    "roles/serviceusage.serviceUsageConsumer": frozenset(_USAGE_READ | {"serviceusage.services.use"}),
    "roles/compute.networkViewer": _NETWORKS,
    "roles/compute.networkUser": frozenset(_NETWORKS | {"compute.subnetworks.use"}),
    "roles/vpcaccess.user": frozenset({"vpcaccess.connectors.get", "vpcaccess.connectors.use"}),
    "roles/browser": _PROJECT_READ,
}
PERMISSIONS: Final[frozenset[str]] = frozenset().union(*ROLES.values())
"""All that there are here: a question after any other is a mistake of who asks."""
