"""A service released as a container: published on loopback, named and labelled, replaced without ever being lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest

from tests.rehearsal.small_service import SAMPLE
from wizard.bundle.bundle import Bundle
from wizard.errors import CancelledError, TargetError
from wizard.events import Cancel, Event, Reporter, silent
from wizard.images.image import Image
from wizard.plan.plan import Plan
from wizard.runtimes import ContainerRuntime, ProcessRuntime
from wizard.targets import Release, find, services
from wizard.targets.local import PROJECT_LABEL, SERVICE_LABEL, release

pytestmark = pytest.mark.engine

Planned = Callable[..., Plan]
Up = Callable[..., Release]

OTHER = 'ENV EDITED=1\nUSER 65532\nCMD ["python", "server.py"]'


@pytest.fixture
def up(
    container_runtime: Callable[..., ContainerRuntime],
    build_small: Callable[..., str],
    light_bundle: Bundle,
    tmp_path: Path,
    state: Path,
) -> Iterator[Up]:
    """Releases a plan, of an image with the given Dockerfile ending, and takes everything down at the end."""

    def make(plan: Plan, *ending: str, reporter: Reporter | None = None) -> Release:
        image = Image("small:test", build_small(*ending), None, "linux/amd64", 1, "python:3.11-slim", 0)
        return release(plan, light_bundle, image, container_runtime(*ending), reporter or silent(), tmp_path)

    yield make
    for status in services():
        find(status.name).down()


@pytest.fixture
def standing(engine: docker.DockerClient, tmp_path: Path) -> Callable[[], list[docker.models.containers.Container]]:
    """The containers of this test's project."""
    return lambda: engine.containers.list(all=True, filters={"label": f"{PROJECT_LABEL}={tmp_path}"})


Standing = Callable[[], list[docker.models.containers.Container]]


def test_a_released_container_answers_is_listed_logged_and_taken_down(
    up: Up, planned: Planned, standing: Standing
) -> None:
    done = up(planned())
    assert done.runtime == "container" and done.url.startswith("http://127.0.0.1:")
    reply = find("small").predict({"features": SAMPLE})
    assert (reply.status, reply.answer) == (200, {"prediction": -49.5})
    [container] = standing()
    assert container.labels[SERVICE_LABEL] == "small" and container.id == done.handle
    assert container.attrs["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"
    [status] = services()
    assert status.running and status.healthy and status.memory > 1_000_000
    assert any("listening" in line for line in find("small").logs(tail=5))
    find("small").down()
    assert services() == [] and standing() == []


def test_releasing_the_same_image_again_returns_the_same_release(up: Up, planned: Planned, standing: Standing) -> None:
    assert up(planned()) == up(planned())
    assert len(standing()) == 1


def test_a_new_image_takes_the_old_ones_port_and_place(up: Up, planned: Planned, standing: Standing) -> None:
    first = up(planned())
    second = up(planned(), OTHER)
    assert second.url == first.url and second.image != first.image
    assert [container.id for container in standing()] == [second.handle]
    assert find("small").predict({"features": SAMPLE}).status == 200


def test_another_memory_limit_is_another_revision(up: Up, planned: Planned, standing: Standing) -> None:
    first = up(planned())
    second = up(planned(memory=128 * 1024**2))
    assert second.revision != first.revision
    [container] = standing()
    assert container.attrs["HostConfig"]["Memory"] == 128 * 1024**2


@pytest.mark.parametrize("fault", ["crash", "out-of-memory"])
def test_a_revision_that_fails_leaves_the_old_one_running(
    up: Up, planned: Planned, standing: Standing, fault: str
) -> None:
    first = up(planned())
    with pytest.raises(TargetError):
        up(planned(fault))
    assert [container.id for container in standing()] == [first.handle]
    assert find("small").predict({"features": SAMPLE}).status == 200


def test_a_first_release_that_crashes_leaves_nothing_and_says_why(up: Up, planned: Planned, standing: Standing) -> None:
    with pytest.raises(TargetError) as caught:
        up(planned("crash"))
    assert "could not convert string to float" in caught.value.what
    assert services() == [] and standing() == []


def test_a_port_another_container_holds_is_refused_by_its_name(
    up: Up, planned: Planned, standing: Standing, engine: docker.DockerClient
) -> None:
    first = up(planned())
    port = int(first.url.rpartition(":")[2])
    holder = engine.containers.get(first.handle).name
    with pytest.raises(TargetError) as caught:
        up(planned(port=port, name="another"))
    assert str(port) in caught.value.what and holder in caught.value.why
    assert [container.id for container in standing()] == [first.handle]
    assert [status.name for status in services()] == ["small"]


def test_a_container_name_that_is_not_ours_is_refused_and_left_alone(
    up: Up, planned: Planned, standing: Standing, engine: docker.DockerClient, build_small: Callable[..., str]
) -> None:
    foreign = engine.containers.create(build_small(), name="sendoff-stranger-1")
    try:
        with pytest.raises(TargetError) as caught:
            up(planned(name="stranger"))
        assert "taken" in caught.value.what and "sendoff-stranger-1" in caught.value.what
        assert standing() == [] and services() == []
        engine.containers.get(foreign.id)
    finally:
        foreign.remove(force=True)


def test_a_container_removed_by_hand_is_told_as_gone_and_can_be_released_again(
    up: Up, planned: Planned, engine: docker.DockerClient
) -> None:
    first = up(planned())
    engine.containers.get(first.handle).remove(force=True)
    [status] = services()
    assert not status.running and "gone" in status.note
    with pytest.raises(TargetError, match="no log"):
        find("small").logs()
    assert up(planned()).handle != first.handle


def test_cancelling_a_replacement_leaves_the_old_one(up: Up, planned: Planned, standing: Standing) -> None:
    first = up(planned())
    cancel = Cancel()

    def sink(event: Event) -> None:
        if getattr(event, "what", None):
            cancel.set()

    with pytest.raises(CancelledError):
        up(planned("slow"), reporter=Reporter("release", sink, cancel))
    assert [container.id for container in standing()] == [first.handle]
    assert find("small").status().healthy


def test_a_service_outlives_an_engine_that_cannot_be_reached_as_a_note(
    up: Up, planned: Planned, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    up(planned())
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("DOCKER_HOST", f"unix://{tmp_path}/no-engine.sock")
        [status] = services()
        assert not status.running and status.note
    assert find("small").status().running


def test_a_process_that_took_its_place_while_the_engine_was_away_removes_it_when_it_is_back(
    up: Up,
    planned: Planned,
    standing: Standing,
    light_bundle: Bundle,
    process_runtime: ProcessRuntime,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    first = up(planned())
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("DOCKER_HOST", f"unix://{tmp_path}/no-engine.sock")
        second = release(planned(), light_bundle, None, process_runtime, silent(), tmp_path)
    assert second.runtime == "process" and [container.id for container in standing()] == [first.handle]
    assert release(planned(), light_bundle, None, process_runtime, silent(), tmp_path) == second
    assert standing() == []
    assert find("small").record.leftovers == ()
