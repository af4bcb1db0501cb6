"""Many callers change the same few services at once: whatever they ask for in whatever order, all of it ends."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from google.cloud import run_v2

from tests.workshop.admin import LONG, named, traffic
from wizard.workshop.api_error import ApiError
from wizard.workshop.local import LocalCloudRun
from wizard.workshop.runtimes.fake import FakeRuntime
from wizard.workshop.tokens import OWNER

SERVICES = ["one", "two"]
CHANGES = 60


def change(local: LocalCloudRun, chosen: random.Random) -> str:
    """One call, as likely as not to be refused; the operation's name."""
    plane, service_id = local.plane, chosen.choice(SERVICES)
    revision = f"{service_id}-{chosen.choice('abc')}"
    service = run_v2.Service(name=named(service_id))
    match chosen.choice(["release", "release", "release", "move", "move", "delete revision", "delete"]):
        case "release":
            service.template.revision = revision
            image = chosen.choice(["good", "good", "good", "crash"])
            service.template.containers.append(run_v2.Container(image=f"r/p/{image}@sha256:{'ab' * 32}"))
            service.traffic = traffic((chosen.choice([revision, ""]), 100, ""))
            request = run_v2.UpdateServiceRequest(service=service, allow_missing=True)
            operation = plane.services.update(run_v2.UpdateServiceRequest.pb(request), OWNER)
        case "move":
            service.traffic = traffic((revision, 100, chosen.choice(["", "tag"])))
            request = run_v2.UpdateServiceRequest(service=service, update_mask={"paths": ["traffic"]})
            operation = plane.services.update(run_v2.UpdateServiceRequest.pb(request), OWNER)
        case "delete revision":
            doomed = run_v2.DeleteRevisionRequest.pb()(name=f"{named(service_id)}/revisions/{revision}")
            operation = plane.revisions.delete(doomed, OWNER)
        case _:
            operation = plane.services.delete(run_v2.DeleteServiceRequest.pb()(name=named(service_id)), OWNER)
    return str(operation.name)


@pytest.mark.parametrize("seed", range(3))
def test_every_change_ends_and_what_runs_is_what_is_led_to(
    local: LocalCloudRun, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    plane, runtime = local.plane, local.runtime
    assert isinstance(runtime, FakeRuntime)

    def caller(number: int) -> None:
        chosen = random.Random(f"{seed} {number}")
        for _ in range(CHANGES):
            try:
                name = change(local, chosen)
            except ApiError:
                continue
            if chosen.random() < 0.5:
                assert plane.operations.wait(name, 30).done

    with ThreadPoolExecutor(6) as callers:
        for each in [callers.submit(caller, number) for number in range(6)]:
            each.result(LONG)
    assert plane.settle(LONG)
    state = plane.services._state

    def is_as_led_to() -> bool:
        led_to = {
            f"{name}/revisions/{status.revision}"
            for name, entry in state.entries.items()
            for status in entry.service.traffic_statuses
        }
        stopping = any(entry.stopping for entry in state.entries.values())
        return not stopping and runtime.running() == led_to

    with state.changed:
        assert state.changed.wait_for(is_as_led_to, LONG)
    assert [record.getMessage() for record in caplog.records if record.name.startswith("wizard")] == []


def test_who_waits_for_the_end_is_told_of_it(local: LocalCloudRun, monkeypatch: pytest.MonkeyPatch) -> None:
    state = local.plane.services._state
    under_way: list[bool] = []
    notify = state.changed.notify_all

    def notify_all() -> None:
        under_way.append(state.busy())
        notify()

    monkeypatch.setattr(state.changed, "notify_all", notify_all)
    service = run_v2.Service(name=named("one"))
    service.template.containers.append(run_v2.Container(image=f"r/p/good@sha256:{'ab' * 32}"))
    request = run_v2.UpdateServiceRequest(service=service, allow_missing=True)
    local.plane.services.update(run_v2.UpdateServiceRequest.pb(request), OWNER)
    assert local.plane.settle(LONG)
    assert any(under_way) and not under_way[-1]
