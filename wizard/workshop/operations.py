"""google.longrunning Operations: one for each accepted change, live while it runs, kept over a restart."""

from __future__ import annotations

import time
import uuid
from typing import Any, Final

from google.longrunning import operations_pb2

from wizard.workshop.api_error import ApiError, Code
from wizard.workshop.messages import Message, OperationMessage, copied
from wizard.workshop.paging import page
from wizard.workshop.state import State

KEPT: Final = 2000
"""Finished operations that are remembered."""
LONGEST_WAIT: Final = 30.0
"""Seconds one wait may take; a caller that wants more asks again."""


class Operations:
    def __init__(self, state: State) -> None:
        self._state = state
        self._operations: dict[str, OperationMessage] = {}
        self._services: dict[str, str] = {}
        """The service each unfinished operation is about."""
        for name, data in state.shelf.rows("operation"):
            self._operations[name] = operations_pb2.Operation.FromString(data)
        for entry in state.entries.values():
            for job in entry.jobs:
                self._services[job.operation] = job.service

    def begin(self, parent: str, metadata: Message, service: str = "") -> OperationMessage:
        """A new operation below projects/P/locations/R, or below nothing. With `service`, its metadata is that service as it
        is when asked."""
        operation = operations_pb2.Operation(name=f"{parent}/operations/{uuid.uuid4()}".lstrip("/"))
        operation.metadata.Pack(metadata)
        with self._state.lock:
            self._forget_oldest()
            self._operations[operation.name] = operation
            if service:
                self._services[operation.name] = service
            self._keep(operation)
            return copied(operation)

    def done(self, parent: str, response: Message, metadata: Message | None = None) -> OperationMessage:
        """An operation that has nothing left to do."""
        operation = self.begin(parent, response if metadata is None else metadata)
        return self.finish(operation.name, response=response)

    def finish(
        self,
        name: str,
        *,
        response: Message | None = None,
        error: ApiError | None = None,
        metadata: Message | None = None,
    ) -> OperationMessage:
        with self._state.lock:
            operation = self._operations.get(name)
            if operation is None:  # deleted meanwhile by its owner: nobody asks for its end
                return operations_pb2.Operation(name=name, done=True)
            if metadata is not None:
                operation.metadata.Pack(metadata)
            if error is not None:
                operation.error.CopyFrom(error.status())
            else:
                operation.response.Pack(response)
            operation.done = True
            self._services.pop(name, None)
            self._keep(operation)
            self._state.changed.notify_all()
            return copied(operation)

    def get(self, name: str) -> OperationMessage:
        with self._state.lock:
            operation = self._operations.get(name)
            if operation is None:
                raise ApiError(Code.NOT_FOUND, f"Operation '{name}' not found.")
            return self._live(operation)

    def wait(self, name: str, timeout: float) -> OperationMessage:
        """The operation as soon as it is done, or as it is after `timeout` seconds."""
        deadline = time.monotonic() + min(timeout, LONGEST_WAIT)
        with self._state.lock:
            while not (operation := self.get(name)).done and (left := deadline - time.monotonic()) > 0:
                self._state.changed.wait(left)
            return operation

    def list(self, request: Any) -> Any:
        with self._state.lock:
            found = [self._live(each) for name, each in self._operations.items() if name.startswith(f"{request.name}/")]
        found.reverse()
        shown, token = page(found, request.page_size, request.page_token)
        return operations_pb2.ListOperationsResponse(operations=shown, next_page_token=token)

    def delete(self, name: str) -> None:
        """Forget the operation; what it does goes on."""
        with self._state.lock:
            self.get(name)
            del self._operations[name]
            self._services.pop(name, None)
            self._state.shelf.remove("operation", name)

    def _live(self, operation: OperationMessage) -> OperationMessage:
        shown = copied(operation)
        entry = self._state.entries.get(self._services.get(operation.name, ""))
        if entry is not None and not shown.done:
            shown.metadata.Pack(entry.service)
        return shown

    def _keep(self, operation: OperationMessage) -> None:
        self._state.shelf.put("operation", operation.name, operation.SerializeToString())

    def _forget_oldest(self) -> None:
        if len(self._operations) >= KEPT:
            oldest = next((name for name, each in self._operations.items() if each.done), None)
            if oldest is not None:
                del self._operations[oldest]
                self._state.shelf.remove("operation", oldest)
