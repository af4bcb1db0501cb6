"""The official clients of Cloud Run, sync and async, behind one face: what the contract says holds for both."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Protocol

import grpc
from google.api_core.operation import Operation
from google.cloud import run_v2
from google.cloud.run_v2.services.revisions.transports import RevisionsGrpcAsyncIOTransport, RevisionsGrpcTransport
from google.cloud.run_v2.services.services.transports import ServicesGrpcAsyncIOTransport, ServicesGrpcTransport
from google.protobuf.field_mask_pb2 import FieldMask

from wizard.workshop.local import LocalCloudRun

PARENT = "projects/demo-project/locations/us-central1"
BY_REVISION = run_v2.TrafficTargetAllocationType.TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION
LATEST = run_v2.TrafficTargetAllocationType.TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST
PENDING, RECONCILING, FAILED, SUCCEEDED = (
    run_v2.Condition.State.CONDITION_PENDING,
    run_v2.Condition.State.CONDITION_RECONCILING,
    run_v2.Condition.State.CONDITION_FAILED,
    run_v2.Condition.State.CONDITION_SUCCEEDED,
)
LONG = 120.0
"""Seconds a real container may take at most."""


class Clients(Protocol):
    """Calls the method of that name of the services' or the revisions' client, and gives what it answers."""

    def services(self, method: str, *arguments: Any, **keywords: Any) -> Any: ...
    def revisions(self, method: str, *arguments: Any, **keywords: Any) -> Any: ...
    def listed(self, client: str, method: str, **keywords: Any) -> list[Any]: ...
    def result(self, operation: Any) -> Any: ...
    def close(self) -> None: ...


class SyncClients:
    def __init__(self, address: str) -> None:
        self._channel = grpc.insecure_channel(address)
        self._clients = {
            "services": run_v2.ServicesClient(transport=ServicesGrpcTransport(channel=self._channel)),
            "revisions": run_v2.RevisionsClient(transport=RevisionsGrpcTransport(channel=self._channel)),
        }

    def services(self, method: str, *arguments: Any, **keywords: Any) -> Any:
        return getattr(self._clients["services"], method)(*arguments, **keywords)

    def revisions(self, method: str, *arguments: Any, **keywords: Any) -> Any:
        return getattr(self._clients["revisions"], method)(*arguments, **keywords)

    def listed(self, client: str, method: str, **keywords: Any) -> list[Any]:
        return list(getattr(self._clients[client], method)(**keywords))

    def result(self, operation: Operation) -> Any:
        return operation.result(timeout=LONG)

    def close(self) -> None:
        self._channel.close()


class AsyncClients:
    """In an event loop of its own."""

    def __init__(self, address: str) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._clients: dict[str, Any] = self._run(self._connect(address))

    async def _connect(self, address: str) -> dict[str, Any]:
        self._channel = grpc.aio.insecure_channel(address)
        return {
            "services": run_v2.ServicesAsyncClient(transport=ServicesGrpcAsyncIOTransport(channel=self._channel)),
            "revisions": run_v2.RevisionsAsyncClient(transport=RevisionsGrpcAsyncIOTransport(channel=self._channel)),
        }

    def _run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(LONG)

    def services(self, method: str, *arguments: Any, **keywords: Any) -> Any:
        return self._run(getattr(self._clients["services"], method)(*arguments, **keywords))

    def revisions(self, method: str, *arguments: Any, **keywords: Any) -> Any:
        return self._run(getattr(self._clients["revisions"], method)(*arguments, **keywords))

    def listed(self, client: str, method: str, **keywords: Any) -> list[Any]:
        async def read() -> list[Any]:
            return [each async for each in await getattr(self._clients[client], method)(**keywords)]

        return list(self._run(read()))

    def result(self, operation: Any) -> Any:
        return self._run(operation.result(timeout=LONG))

    def close(self) -> None:
        self._run(self._channel.close())
        self._loop.call_soon_threadsafe(self._loop.stop)


class Cloud:
    """A local Cloud Run as a client sees it. `container` gives one of a mood, as the runtime needs it."""

    def __init__(self, local: LocalCloudRun, clients: Clients, container: Callable[[str], run_v2.Container]) -> None:
        self.local = local
        self.clients = clients
        self.container = container

    def service(self, mood: str = "", **settings: Any) -> run_v2.Service:
        """A service whose container is in that mood; settings of its template beside."""
        template = run_v2.RevisionTemplate(containers=[self.container(mood)], **settings)
        return run_v2.Service(template=template)

    def create(self, service_id: str = "hello", service: run_v2.Service | None = None, **more: Any) -> Any:
        """The client's operation."""
        request = run_v2.CreateServiceRequest(
            parent=PARENT, service_id=service_id, service=service or self.service(), **more
        )
        return self.clients.services("create_service", request)

    def update(self, service: run_v2.Service, *paths: str, **more: Any) -> Any:
        request = run_v2.UpdateServiceRequest(service=service, **more)
        if paths:
            request.update_mask = FieldMask(paths=paths)
        return self.clients.services("update_service", request)

    def finished(self, operation: Any) -> run_v2.Service:
        """What came of it. Raises GoogleAPICallError."""
        self.local.plane.operations.wait(operation.operation.name, LONG)
        answer: run_v2.Service = self.clients.result(operation)
        return answer

    def deployed(self, service_id: str = "hello", service: run_v2.Service | None = None) -> run_v2.Service:
        return self.finished(self.create(service_id, service))

    def routed(self, service_id: str, *targets: tuple[str, int, str]) -> run_v2.Service:
        """Its traffic set to (revision, percent, tag)."""
        return self.finished(self.update(run_v2.Service(name=named(service_id), traffic=traffic(*targets)), "traffic"))

    def get(self, service_id: str = "hello") -> run_v2.Service:
        answer: run_v2.Service = self.clients.services("get_service", name=named(service_id))
        return answer

    def revision(self, name: str) -> run_v2.Revision:
        answer: run_v2.Revision = self.clients.revisions("get_revision", name=name)
        return answer

    def revisions(self, service_id: str = "hello") -> list[run_v2.Revision]:
        return self.clients.listed("revisions", "list_revisions", parent=named(service_id))


def named(service_id: str) -> str:
    return f"{PARENT}/services/{service_id}"


def short(name: str) -> str:
    return name.rpartition("/")[2]


def traffic(*targets: tuple[str, int, str]) -> list[run_v2.TrafficTarget]:
    """From (revision or "" for the latest, percent, tag)."""
    return [
        run_v2.TrafficTarget(
            type_=BY_REVISION if revision else LATEST, revision=short(revision), percent=percent, tag=tag
        )
        for revision, percent, tag in targets
    ]


def states(conditions: Iterable[run_v2.Condition]) -> dict[str, run_v2.Condition.State]:
    return {condition.type_: condition.state for condition in conditions}


def condition(conditions: Iterable[run_v2.Condition], kind: str) -> run_v2.Condition:
    return next(each for each in conditions if each.type_ == kind)
