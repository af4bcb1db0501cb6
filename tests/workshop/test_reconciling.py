"""The order in which a deploy is made true: instances before routes, routes before retirement, nothing while it is wanted."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from google.cloud import run_v2
from google.longrunning import operations_pb2

from tests.workshop.admin import LONG, SUCCEEDED, named, short, states, traffic
from wizard.workshop.api_error import ApiError
from wizard.workshop.control_plane import ControlPlane
from wizard.workshop.gateway_table import Routes
from wizard.workshop.runtime import Backend, Instance
from wizard.workshop.runtimes.fake import FakeRuntime
from wizard.workshop.state import Entry
from wizard.workshop.tokens import OWNER, Authority


class Recorder:
    """A gateway and a runtime that write down what they are asked, in order."""

    def __init__(self) -> None:
        self.happened: list[str] = []
        self.busy: set[str] = set()
        """Revisions with a request under way."""
        self.asked_to_drain = threading.Event()
        self._lock = threading.Lock()
        self._inner = FakeRuntime(start=0)
        self.name = "fake"

    def note(self, what: str) -> None:
        with self._lock:
            self.happened.append(what)

    def publish(self, routes: Routes, ports: Mapping[str, int]) -> Mapping[str, int]:
        shares = "+".join(f"{short(share.revision)}:{share.percent}" for share in routes.traffic)
        tags = "".join(f" {tag}={short(share.revision)}" for tag, share in routes.tags.items())
        self.note(f"publish {shares}{tags}")
        return {tag: ports.get(tag, 40000 + number) for number, tag in enumerate(["", *routes.tags])}

    def drain(self, revision: str, timeout: float) -> bool:
        if short(revision) in self.busy:
            self.asked_to_drain.set()
            threading.Event().wait(min(timeout, 0.02))
            return False
        self.note(f"drain {short(revision)}")
        return True

    def withdraw(self, service: str) -> None:
        self.note(f"withdraw {short(service)}")

    def resolve(self, image: str) -> str:
        return self._inner.resolve(image)

    def start(self, instance: Instance, log: Callable[[str], None], cancelled: Callable[[], bool]) -> Backend:
        backend = self._inner.start(instance, log, cancelled)
        self.note(f"start {short(instance.revision)}")
        return backend

    def stop(self, revision: str, grace: float) -> None:
        assert grace == 10
        self._inner.stop(revision, grace)
        self.note(f"stop {short(revision)}")

    def close(self, *, stop_all: bool) -> None:
        self._inner.close(stop_all=stop_all)


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def plane(tmp_path: Path, recorder: Recorder) -> Iterator[ControlPlane]:
    plane = ControlPlane(tmp_path, recorder, recorder, Authority(tmp_path))
    plane.start()
    yield plane
    plane.close(stop_all=True)


def deployed(plane: ControlPlane, revision: str, *targets: tuple[str, int, str]) -> operations_pb2.Operation:
    """The operation at its end."""
    service = run_v2.Service(name=named("s"), traffic=traffic(*targets))
    service.template.revision = revision
    service.template.containers.append(run_v2.Container(image=f"r/p/{revision}"))
    request = run_v2.UpdateServiceRequest(service=service, allow_missing=True)
    operation = plane.services.update(run_v2.UpdateServiceRequest.pb(request), OWNER)
    return plane.operations.wait(operation.name, LONG)


def seen(plane: ControlPlane, recorder: Recorder, *events: str) -> list[str]:
    """What happened, once all these have."""
    state = plane.services._state
    with state.changed:
        assert state.changed.wait_for(lambda: set(events) <= set(recorder.happened), LONG), recorder.happened
    return recorder.happened


def test_a_new_revision_runs_before_it_is_routed_to_and_the_old_one_ends_after(
    plane: ControlPlane, recorder: Recorder
) -> None:
    deployed(plane, "s-a", ("s-a", 100, ""))
    deployed(plane, "s-b", ("s-b", 100, ""))
    assert seen(plane, recorder, "stop s-a") == [
        "start s-a", "publish s-a:100", "start s-b", "publish s-b:100", "drain s-a", "stop s-a"
    ]  # fmt: skip


def test_a_revision_that_gets_nothing_is_proved_and_retired(plane: ControlPlane, recorder: Recorder) -> None:
    deployed(plane, "s-a", ("s-a", 100, ""))
    deployed(plane, "s-b", ("s-a", 100, ""))
    assert seen(plane, recorder, "stop s-b")[2:] == ["start s-b", "publish s-a:100", "drain s-b", "stop s-b"]
    revision = plane.revisions.get(run_v2.GetRevisionRequest.pb()(name=f"{named('s')}/revisions/s-b"), OWNER)
    assert states(revision.conditions)["Ready"] == SUCCEEDED


def test_several_shares_of_one_revision_are_added_up_for_the_gateway(plane: ControlPlane, recorder: Recorder) -> None:
    deployed(plane, "s-a", ("s-a", 40, "x"), ("s-a", 60, "y"))
    assert recorder.happened == ["start s-a", "publish s-a:100 x=s-a y=s-a"]


def test_a_revision_with_requests_under_way_stays_until_they_are_answered(
    plane: ControlPlane, recorder: Recorder
) -> None:
    deployed(plane, "s-a", ("s-a", 100, ""))
    recorder.busy.add("s-a")
    end = deployed(plane, "s-b", ("s-b", 100, ""))
    assert end.done
    assert recorder.asked_to_drain.wait(LONG)
    assert "stop s-a" not in recorder.happened
    recorder.busy.clear()
    seen(plane, recorder, "stop s-a")


def test_a_revision_that_is_wanted_again_while_it_drains_is_never_stopped(
    plane: ControlPlane, recorder: Recorder
) -> None:
    deployed(plane, "s-a", ("s-a", 100, ""))
    recorder.busy.add("s-a")
    deployed(plane, "s-b", ("s-b", 100, ""))
    assert recorder.asked_to_drain.wait(LONG)
    service = run_v2.Service(name=named("s"), traffic=traffic(("s-a", 100, "")))
    request = run_v2.UpdateServiceRequest(service=service, update_mask={"paths": ["traffic"]})
    back = plane.services.update(run_v2.UpdateServiceRequest.pb(request), OWNER)
    assert plane.operations.wait(back.name, LONG).WhichOneof("result") == "response"
    recorder.busy.clear()
    happened = seen(plane, recorder, "stop s-b")
    assert "stop s-a" not in happened
    assert happened.count("start s-a") == 1


def test_a_service_is_withdrawn_before_its_instances_end(plane: ControlPlane, recorder: Recorder) -> None:
    deployed(plane, "s-a", ("s-a", 100, ""))
    operation = plane.services.delete(run_v2.DeleteServiceRequest.pb()(name=named("s")), OWNER)
    plane.operations.wait(operation.name, LONG)
    assert recorder.happened[2:] == ["withdraw s", "drain s-a", "stop s-a"]


def test_a_fault_of_our_own_still_ends_the_operation(
    plane: ControlPlane, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(routes: Routes, ports: Mapping[str, int]) -> Mapping[str, int]:
        raise RuntimeError("the gateway is on fire")

    monkeypatch.setattr(recorder, "publish", broken)
    end = deployed(plane, "s-a", ("s-a", 100, ""))
    assert (end.error.code, end.error.message) == (13, "The local Cloud Run itself failed: the gateway is on fire")
    service = plane.services.get(run_v2.GetServiceRequest.pb()(name=named("s")), OWNER)
    assert not service.reconciling


def revision_deleted(plane: ControlPlane, short_name: str) -> operations_pb2.Operation:
    request = run_v2.DeleteRevisionRequest.pb()(name=f"{named('s')}/revisions/{short_name}")
    return plane.revisions.delete(request, OWNER)


def test_a_revision_that_a_change_under_way_leads_to_cannot_be_deleted(
    plane: ControlPlane, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed(plane, "s-a", ("s-a", 100, ""))
    deployed(plane, "s-b", ("s-b", 100, ""))
    seen(plane, recorder, "stop s-a")
    publish, said = recorder.publish, []

    def delete_meanwhile(routes: Routes, ports: Mapping[str, int]) -> Mapping[str, int]:
        with pytest.raises(ApiError) as refused:
            revision_deleted(plane, "s-a")
        said.append(refused.value.message)
        return publish(routes, ports)

    monkeypatch.setattr(recorder, "publish", delete_meanwhile)
    service = run_v2.Service(name=named("s"), traffic=traffic(("s-a", 100, "")))
    request = run_v2.UpdateServiceRequest(service=service, update_mask={"paths": ["traffic"]})
    back = plane.services.update(run_v2.UpdateServiceRequest.pb(request), OWNER)
    assert plane.operations.wait(back.name, LONG).WhichOneof("result") == "response"
    assert said == ['Revision "s-a" cannot be directly deleted because it is actively serving.']


def test_a_revision_of_a_deleted_ones_name_starts_when_that_one_has_ended(
    plane: ControlPlane, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed(plane, "s-a", ("s-a", 100, ""))
    deployed(plane, "s-b", ("s-b", 100, ""))
    seen(plane, recorder, "stop s-a")
    recorder.happened.clear()
    stop, go_on = recorder.stop, threading.Event()

    def take_long(revision: str, grace: float) -> None:
        assert go_on.wait(LONG)
        stop(revision, grace)

    monkeypatch.setattr(recorder, "stop", take_long)
    revision_deleted(plane, "s-a")
    state = plane.services._state
    touch = state.touch

    def let_it_end(entry: Entry) -> None:
        touch(entry)
        if any(each.message == "Starting container." for each in entry.service.conditions):
            go_on.set()

    monkeypatch.setattr(state, "touch", let_it_end)
    assert deployed(plane, "s-a", ("s-a", 100, "")).WhichOneof("result") == "response"
    assert recorder.happened[:2] == ["stop s-a", "start s-a"]


def test_a_service_that_could_not_be_ended_is_still_there_and_can_be_deleted_again(
    plane: ControlPlane, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(revision: str, grace: float) -> None:
        raise RuntimeError("the engine is gone")

    deployed(plane, "s-a", ("s-a", 100, ""))
    request = run_v2.DeleteServiceRequest.pb()(name=named("s"))
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(recorder, "stop", broken)
        end = plane.operations.wait(plane.services.delete(request, OWNER).name, LONG)
    assert (end.error.code, end.error.message) == (13, "The local Cloud Run itself failed: the engine is gone")
    service = plane.services.get(run_v2.GetServiceRequest.pb()(name=named("s")), OWNER)
    assert not service.reconciling and not service.HasField("delete_time")
    assert plane.operations.wait(plane.services.delete(request, OWNER).name, LONG).WhichOneof("result") == "response"


THIRTY = """
import sys, time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import grpc
from google.cloud import run_v2
from google.cloud.run_v2.services.services.transports import ServicesGrpcTransport
from wizard.workshop.local import local_cloud_run

with local_cloud_run(Path(sys.argv[1])) as local:
    client = run_v2.ServicesClient(transport=ServicesGrpcTransport(channel=grpc.insecure_channel(local.address)))
    parent = "projects/demo-project/locations/us-central1"
    template = run_v2.RevisionTemplate(containers=[run_v2.Container(image="r/p/i")])

    def deploy(number):
        operation = client.create_service(
            parent=parent, service_id=f"learner-{number}", service=run_v2.Service(template=template)
        )
        return operation.result(timeout=60)

    began = time.monotonic()
    with ThreadPoolExecutor(30) as learners:
        services = list(learners.map(deploy, range(30)))
    took = time.monotonic() - began
    ready = sum(service.terminal_condition.state == 4 for service in services)
    peak = next(int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line)
    print(ready, took, peak / 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of memory is read from /proc")
def test_thirty_deploys_at_once_are_ready_in_seconds_and_little_memory(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", THIRTY, str(tmp_path)], capture_output=True, text=True, timeout=120, check=True
    )
    ready, seconds, mebibytes = map(float, done.stdout.split())
    assert ready == 30
    assert seconds < 10
    assert mebibytes < 150
