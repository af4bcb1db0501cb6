"""What is kept over a restart: services with their addresses, operations, policies, and what was under way."""

from __future__ import annotations

import signal
import stat
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from google.cloud import run_v2, secretmanager_v1
from google.iam.v1 import policy_pb2

from tests.workshop.admin import (
    LONG,
    PARENT,
    SUCCEEDED,
    AsyncClients,
    Cloud,
    SyncClients,
    named,
    short,
    states,
    traffic,
)
from tests.workshop.conftest import WorkshopRuntime
from wizard.workshop.local import LocalCloudRun, local_cloud_run
from wizard.workshop.persistence import FILE, Shelf


def opened(local: LocalCloudRun, runtime: WorkshopRuntime) -> Cloud:
    return Cloud(local, SyncClients(local.address), runtime.container)


def test_a_restart_brings_services_back_at_the_same_addresses(
    tmp_path: Path, workshop_runtime: WorkshopRuntime
) -> None:
    with local_cloud_run(tmp_path, workshop_runtime.make(), stop_all=False) as local:
        cloud = opened(local, workshop_runtime)
        service = cloud.service(revision="hello-one")
        service.traffic = traffic(("hello-one", 100, "stable"))
        service.invoker_iam_disabled = True
        operation = cloud.create(service=service)
        before = cloud.finished(operation)
        cloud.clients.close()
    with local_cloud_run(tmp_path, workshop_runtime.make()) as local:
        cloud = opened(local, workshop_runtime)
        assert local.plane.settle(LONG)
        after = cloud.get()
        assert run_v2.Service.to_dict(after) == run_v2.Service.to_dict(before)
        for url in (after.uri, after.traffic_statuses[0].uri):
            assert "hello-one" in httpx.get(url).text
        assert [short(each.name) for each in cloud.revisions()] == ["hello-one"]
        assert local.plane.operations.get(operation.operation.name).done
        cloud.clients.close()


def test_what_was_under_way_is_taken_up_again_in_order(tmp_path: Path, workshop_runtime: WorkshopRuntime) -> None:
    with local_cloud_run(tmp_path, workshop_runtime.make(), stop_all=False) as local:
        cloud = opened(local, workshop_runtime)
        local.faults.plant("never-done")
        first = cloud.create(service=cloud.service(revision="hello-one"))
        service = cloud.service(revision="hello-two")
        service.name = named("hello")
        second = cloud.update(service)
        cloud.clients.close()
    with local_cloud_run(tmp_path, workshop_runtime.make()) as local:
        cloud = opened(local, workshop_runtime)
        ends = [local.plane.operations.wait(each.operation.name, LONG) for each in (first, second)]
        assert [end.WhichOneof("result") for end in ends] == ["response", "response"]
        service = cloud.get()
        assert [each.revision for each in service.traffic_statuses] == ["hello-two"]
        assert service.observed_generation == service.generation == 2
        assert all(states(each.conditions)["Ready"] == 4 for each in cloud.revisions())
        cloud.clients.close()


def test_a_delete_that_was_under_way_is_finished(tmp_path: Path) -> None:
    with local_cloud_run(tmp_path) as local:
        cloud = Cloud(local, SyncClients(local.address), lambda mood: run_v2.Container(image="i"))
        cloud.deployed()
        # The process dies just after the delete was accepted: no worker takes it up any more.
        local.plane._closing.set()
        operation = cloud.clients.services("delete_service", name=named("hello"))
        cloud.clients.close()
    with local_cloud_run(tmp_path) as local:
        assert local.plane.operations.wait(operation.operation.name, LONG).WhichOneof("result") == "response"
        assert local.plane.services._state.entries == {}


def test_policies_secrets_and_repositories_are_kept(tmp_path: Path) -> None:
    policy = policy_pb2.Policy()
    policy.bindings.add(role="roles/run.viewer", members=["user:ada@example.com"])
    with local_cloud_run(tmp_path) as local:
        plane = local.plane
        plane.policies.set("projects/demo-project", policy)
        owner = "you@localhost.example"
        create = secretmanager_v1.CreateSecretRequest.pb()(parent="projects/demo-project", secret_id="key")
        plane.secrets.create(create, owner)
        add = secretmanager_v1.AddSecretVersionRequest.pb()(parent="projects/demo-project/secrets/key")
        add.payload.data = b"value"
        plane.secrets.add_version(add, owner)
    with local_cloud_run(tmp_path) as local:
        assert local.plane.policies.get("projects/demo-project").bindings == policy.bindings
        revision = run_v2.Revision.pb()()
        assert local.plane.secrets.value_for(revision, "key", "latest") == "value"


def test_nobody_else_can_read_the_state(tmp_path: Path) -> None:
    with local_cloud_run(tmp_path / "state") as local:
        assert local.address
        for file in (tmp_path / "state").glob(f"{FILE}*"):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_rows_change_all_or_none(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.change([("a", "1", b"x"), ("a", "2", b"y")])
    with pytest.raises(Exception, match="bind"):
        shelf.change([("a", "1", b"new"), ("a", "3", object())])  # type: ignore[list-item]  # what cannot be written
    shelf.change([("a", "2", b"z")])
    assert shelf.rows("a") == [("1", b"x"), ("2", b"z")]
    shelf.close()
    shelf.put("a", "4", b"after the end")
    assert Shelf(tmp_path).rows("a") == [("1", b"x"), ("2", b"z")]


def test_the_async_client_finds_what_the_sync_client_left(tmp_path: Path) -> None:
    with local_cloud_run(tmp_path) as local:
        Cloud(local, SyncClients(local.address), lambda mood: run_v2.Container(image="i")).deployed()
    with local_cloud_run(tmp_path) as local:
        clients = AsyncClients(local.address)
        assert clients.services("get_service", name=named("hello")).name == named("hello")
        clients.close()


KILLED = """
import os, signal, sys
from pathlib import Path
from google.cloud import run_v2
from tests.workshop.admin import Cloud, SyncClients
from wizard.workshop.local import local_cloud_run

with local_cloud_run(Path(sys.argv[1])) as local:
    cloud = Cloud(local, SyncClients(local.address), lambda mood: run_v2.Container(image="r/p/i"))
    print(cloud.deployed("served").uri)
    local.faults.plant("slow", seconds=60)
    print(cloud.create("halfway").operation.name, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_process_that_is_killed_in_the_middle_loses_nothing(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], capture_output=True, text=True, timeout=120)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    uri, operation = killed.stdout.split()
    with local_cloud_run(tmp_path) as local:
        assert local.plane.operations.wait(operation, LONG).WhichOneof("result") == "response"
        assert local.plane.settle(LONG)
        clients = SyncClients(local.address)
        found = {short(each.name): each for each in clients.listed("services", "list_services", parent=PARENT)}
        assert found["served"].uri == uri
        assert found["halfway"].terminal_condition.state == SUCCEEDED
        assert len(clients.listed("revisions", "list_revisions", parent=named("halfway"))) == 1
        clients.close()
