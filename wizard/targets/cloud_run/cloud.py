"""The one place where clients of Google's APIs are made, for Google and for a local Cloud Run alike.

They are Google's own clients in both cases: a local Cloud Run only gets another channel under them.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

from wizard.errors import TargetError
from wizard.targets.cloud_run.place import Place

if TYPE_CHECKING:
    import grpc
    from google.api_core.gapic_v1.client_info import ClientInfo
    from google.api_core.operations_v1 import OperationsClient
    from google.cloud.artifactregistry_v1 import ArtifactRegistryClient
    from google.cloud.iam_admin_v1 import IAMClient
    from google.cloud.logging_v2.services.logging_service_v2 import LoggingServiceV2Client
    from google.cloud.resourcemanager_v3 import ProjectsClient
    from google.cloud.run_v2 import RevisionsClient, ServicesClient
    from google.cloud.secretmanager_v1 import SecretManagerServiceClient
    from google.cloud.service_usage_v1 import ServiceUsageClient

    from wizard.plan.cloud_run import CloudRunTarget
    from wizard.targets.cloud_run.door import Door

TO_ASK_FOR_A_REVISION = ("google.cloud.run_v2",)
TO_WATCH_AND_PROVE_IT = ("google.cloud.logging_v2.services.logging_service_v2", "httpx")
"""Modules to `warm`: what a release imports before its revision is made, and while the container starts."""

LOCAL_OWNER = "you@localhost.example"
"""Who a local Cloud Run takes a call without a token to come from."""


class Access(Protocol):
    """Who calls, and with which tokens. Tokens stay in memory and are in no text."""

    @property
    def principal(self) -> str:
        """E-mail of the account; empty where it cannot be known."""

    @property
    def member(self) -> str:
        """The account as an IAM policy names it, e.g. user:ada@example.com; empty where it cannot be known."""

    def access_token(self) -> str:
        """For Google's APIs and registries. Raises TargetError."""

    def identity_token(self, audience: str) -> str:
        """For calls to a private service whose URL is `audience`. Raises TargetError."""


class Cloud:
    """Clients for one place, each made when it is first asked for and then kept. Thread-safe.

    A call through a client raises Google's errors: `api_errors.retrying` or `api_errors.explain` turn them into ours.
    Making the first client finds the credentials or the local Cloud Run, and raises TargetError where that fails.
    """

    def __init__(self, place: Place, access: Access, *, grpc_address: str = "") -> None:
        self.place = place
        self.access = access
        self._grpc_address = grpc_address
        self._channel: grpc.Channel | None = None
        self._made: dict[str, Any] = {}
        self._lock = threading.RLock()

    @classmethod
    def of(cls, target: CloudRunTarget) -> Cloud:
        """The clients that a plan's target calls for."""
        return cls.at(Place.of(target))

    @classmethod
    def at(cls, place: Place) -> Cloud:
        """The clients for a place: Google's with the credentials found here, or a local Cloud Run's."""
        if place.is_local:
            from wizard.targets.cloud_run.door import DoorAccess

            return cls(place, DoorAccess(place.endpoint))
        from wizard.targets.cloud_run.credentials import GoogleAccess

        return cls(place, GoogleAccess(place.project))

    @classmethod
    def local(cls, grpc: str, project: str = "demo-project", region: str = "us-central1") -> Cloud:
        """Clients of an Admin API at `grpc` (host:port on this machine) that has no HTTP door; calls carry no token."""
        return cls(Place(project, region, f"http://{grpc}"), _Unnamed(), grpc_address=grpc)

    def warm(self, modules: Sequence[str]) -> None:
        """Begin to import modules in the background: they take up to a second, and others are waited for meanwhile."""
        threading.Thread(target=self._import, args=(modules,), name="cloud-imports", daemon=True).start()

    def _import(self, modules: Sequence[str]) -> None:
        for module in modules:
            with self._lock:
                import_module(module)

    @property
    def services(self) -> ServicesClient:
        """Cloud Run's services, and the IAM policies on them."""
        return cast("ServicesClient", self._client("google.cloud.run_v2", "ServicesClient"))

    @property
    def revisions(self) -> RevisionsClient:
        """Cloud Run's revisions."""
        return cast("RevisionsClient", self._client("google.cloud.run_v2", "RevisionsClient"))

    @property
    def operations(self) -> OperationsClient:
        """Cloud Run's long-running operations: `get_operation(name)`."""
        return cast("OperationsClient", self.services.transport.operations_client)

    @property
    def artifacts(self) -> ArtifactRegistryClient:
        """Artifact Registry: repositories and images."""
        return cast(
            "ArtifactRegistryClient", self._client("google.cloud.artifactregistry_v1", "ArtifactRegistryClient")
        )

    @property
    def usage(self) -> ServiceUsageClient:
        """Service Usage: which APIs are enabled."""
        return cast("ServiceUsageClient", self._client("google.cloud.service_usage_v1", "ServiceUsageClient"))

    @property
    def projects(self) -> ProjectsClient:
        """Resource Manager: the project, and permissions on it."""
        return cast("ProjectsClient", self._client("google.cloud.resourcemanager_v3", "ProjectsClient"))

    @property
    def accounts(self) -> IAMClient:
        """IAM: service accounts, and permissions on them."""
        return cast("IAMClient", self._client("google.cloud.iam_admin_v1", "IAMClient"))

    @property
    def logs(self) -> LoggingServiceV2Client:
        """Cloud Logging: what containers have written."""
        return cast(
            "LoggingServiceV2Client",
            self._client("google.cloud.logging_v2.services.logging_service_v2", "LoggingServiceV2Client"),
        )

    @property
    def secrets(self) -> SecretManagerServiceClient:
        """Secret Manager: secrets, their versions, and permissions on them."""
        return cast(
            "SecretManagerServiceClient", self._client("google.cloud.secretmanager_v1", "SecretManagerServiceClient")
        )

    @property
    def runs_processes(self) -> bool:
        """It is a local Cloud Run without an engine: revisions are plain processes of a bundle, not containers."""
        return self.place.is_local and not self._grpc_address and self._door.runtime == "process"

    @cached_property
    def _door(self) -> Door:
        """What the local Cloud Run says of itself, asked once."""
        from wizard.targets.cloud_run.door import read_door

        return read_door(self.place.endpoint, self.place.project)

    @property
    def principal(self) -> str:
        """E-mail of the account that calls; empty where it cannot be known."""
        return self.access.principal

    @property
    def member(self) -> str:
        """The same as an IAM policy names it, e.g. user:ada@example.com."""
        return self.access.member

    def access_token(self) -> str:
        """For pushes: the password to the user name oauth2accesstoken. Never write or show it."""
        return self.access.access_token()

    def identity_token(self, audience: str) -> str:
        """For calls to a private service at the URL `audience`. Never write or show it."""
        return self.access.identity_token(audience)

    def close(self) -> None:
        """Close every connection; the clients made so far are of no use afterwards."""
        with self._lock:
            made, self._made = list(self._made.values()), {}
            channel, self._channel = self._channel, None
        for client in made:
            client.transport.close()
        if channel is not None:
            channel.close()

    def __enter__(self) -> Cloud:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _client(self, module: str, name: str) -> Any:
        if (made := self._made.get(name)) is not None:
            return made  # without waiting for an import in the background
        with self._lock:
            if name not in self._made:
                # Imported under the lock: threads that import parts of one big package at once can see it half made.
                self._made[name] = self._make(getattr(import_module(module), name))
            return self._made[name]

    def _make(self, kind: Any) -> Any:
        if self.place.is_local:
            transport = kind.get_transport_class("grpc")
            return kind(transport=transport(channel=self._local_channel(), client_info=_client_info()))
        from wizard.targets.cloud_run.credentials import GoogleAccess

        assert isinstance(self.access, GoogleAccess)
        return kind(credentials=self.access.credentials, client_info=_client_info())

    def _local_channel(self) -> grpc.Channel:
        """One channel under all clients: each names its API in the path of its calls."""
        if self._channel is None:
            import grpc

            from wizard.targets.cloud_run.authorization import with_token

            address = self._grpc_address or self._door.grpc
            # gRPC would send even a call to this machine through http_proxy. Log entries and services may be long.
            options = (("grpc.enable_http_proxy", 0), ("grpc.max_receive_message_length", -1))
            self._channel = with_token(grpc.insecure_channel(address, options=options), self.access.access_token)
        return self._channel


class _Unnamed:
    """The owner of a local Cloud Run that has no HTTP door to give tokens."""

    principal = LOCAL_OWNER
    member = f"user:{LOCAL_OWNER}"

    def access_token(self) -> str:
        return ""

    def identity_token(self, audience: str) -> str:
        raise TargetError(
            f"There is no identity token for {audience}.",
            "This local Cloud Run was reached without its HTTP door, which gives the tokens.",
            "Name the door's address as the `endpoint` in sendoff.yaml.",
        )


def _client_info() -> ClientInfo:
    from google.api_core.gapic_v1.client_info import ClientInfo

    from wizard import __version__

    return ClientInfo(user_agent=f"sendoff/{__version__}")  # type: ignore[no-untyped-call]  # api_core types it not
