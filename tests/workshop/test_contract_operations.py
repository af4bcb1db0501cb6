"""The contract of long-running operations, driven by the services' own client."""

from __future__ import annotations

import uuid

import pytest
from google.api_core import exceptions
from google.longrunning import operations_pb2

from tests.workshop.admin import PARENT, Cloud


def test_an_operation_is_read_listed_and_forgotten(fake: Cloud) -> None:
    operation = fake.create()
    fake.finished(operation)
    name = operation.operation.name
    assert name.startswith(f"{PARENT}/operations/")
    assert uuid.UUID(name.rpartition("/")[2])
    read = fake.clients.services("get_operation", operations_pb2.GetOperationRequest(name=name))
    assert (read.name, read.done, read.WhichOneof("result")) == (name, True, "response")
    listed = fake.clients.services("list_operations", operations_pb2.ListOperationsRequest(name=PARENT))
    assert [each.name for each in listed.operations] == [name]
    fake.clients.services("delete_operation", operations_pb2.DeleteOperationRequest(name=name))
    with pytest.raises(exceptions.NotFound):
        fake.clients.services("get_operation", operations_pb2.GetOperationRequest(name=name))


def test_a_wait_returns_when_the_operation_is_done_or_the_time_is_over(fake: Cloud) -> None:
    fake.local.faults.plant("never-done")
    operation = fake.create()
    request = operations_pb2.WaitOperationRequest(name=operation.operation.name)
    request.timeout.FromMilliseconds(50)
    assert not read(fake.clients.services("wait_operation", request)).done
    fake.local.faults.clear()
    request.timeout.FromSeconds(20)
    assert read(fake.clients.services("wait_operation", request)).WhichOneof("result") == "response"


def read(answer: object) -> operations_pb2.Operation:
    """google-cloud-run gives the bytes of this one method's answer."""
    return operations_pb2.Operation.FromString(answer) if isinstance(answer, bytes) else answer
