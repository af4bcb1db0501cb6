"""A service released as a process stays up, is found again, and a failed release costs nothing."""

from __future__ import annotations

import dataclasses
import json
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.rehearsal.small_service import SAMPLE, describe
from wizard.bundle.bundle import Bundle
from wizard.errors import CancelledError, EngineError, TargetError
from wizard.events import Cancel, Event, Notice, Reporter, silent
from wizard.plan.plan import Plan
from wizard.runtimes import ProcessRuntime
from wizard.runtimes.ports import free_port
from wizard.targets import Release, find, registry, services
from wizard.targets.local import release
from wizard.targets.registry import Leftover, Record

Planned = Callable[..., Plan]
Up = Callable[..., Release]

ANSWER = pytest.approx(1 + 2 * SAMPLE[0] - 3 * SAMPLE[1] + 0.5 * SAMPLE[2])


@pytest.fixture
def up(light_bundle: Bundle, process_runtime: ProcessRuntime, tmp_path: Path, state: Path) -> Iterator[Up]:
    """Releases a plan, and takes everything down at the end."""

    def make(
        plan: Plan, *, of: Bundle = light_bundle, reporter: Reporter | None = None, project: Path = tmp_path
    ) -> Release:
        return release(plan, of, None, process_runtime, reporter or silent(), project)

    yield make
    for status in services():
        find(status.name).down()


def edited(bundle: Bundle) -> Bundle:
    """The bundle with other content: a new revision."""
    (Path(bundle.folder) / "handler.py").open("a").write("# a change\n")
    return describe(Path(bundle.folder), ("handler.py",))


def processes(state: Path) -> list[str]:
    """Names of what the runtime still knows."""
    return sorted(folder.name for folder in state.iterdir() if (folder / "process.json").exists())


def test_a_released_service_answers_is_listed_logged_and_taken_down(up: Up, planned: Planned, state: Path) -> None:
    done = up(planned())
    assert (done.target, done.service, done.runtime, done.undo) == ("local", "small", "process", "sendoff down small")
    reply = find("small").predict({"features": SAMPLE})
    assert (reply.status, reply.answer["prediction"]) == (200, ANSWER)
    assert reply.milliseconds > 0
    [status] = services()
    assert status.running and status.healthy and status.memory > 10_000_000
    assert (status.url, status.revision) == (done.url, done.revision)
    assert any("listening" in line for line in find("small").logs(tail=5))
    find("small").down()
    assert services() == [] and processes(state) == []


@pytest.fixture
def unreachable(tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> Record:
    """An earlier release of `small` as a container, of an engine that answers no more."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no-engine.sock")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    record = Record("small", str(tmp_path), "container", "c0ffee", url, port, 4, "small-4", "x", "sha256:x", "", 0.0)
    registry.write(record)
    return record


def test_without_the_old_ones_engine_it_is_released_and_the_old_one_stays_to_be_removed(
    up: Up, planned: Planned, light_bundle: Bundle, unreachable: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[Event] = []
    first = up(planned(), reporter=Reporter("release", said.append))
    assert (first.runtime, first.url) == ("process", unreachable.url)
    assert any(isinstance(event, Notice) and "cannot be reached" in event.text for event in said)
    assert find("small").record.leftovers == (Leftover("container", "c0ffee"),)
    up(planned())  # the same again, then another
    up(planned(), of=edited(light_bundle))
    assert find("small").record.leftovers == (Leftover("container", "c0ffee"),)
    assert find("small").predict({"features": SAMPLE}).status == 200
    with pytest.raises(EngineError):
        find("small").down()
    registry.write(dataclasses.replace(find("small").record, leftovers=()))


def test_a_name_of_another_project_that_may_run_is_refused(
    up: Up, planned: Planned, unreachable: Record, tmp_path: Path
) -> None:
    with pytest.raises(TargetError, match="may be taken") as caught:
        up(planned(), project=tmp_path / "elsewhere")
    assert str(tmp_path) in caught.value.why and "service.name" in caught.value.fix
    assert registry.read("small") == unreachable
    registry.forget("small")


def test_the_service_keeps_its_bundle_while_the_projects_is_replaced(
    up: Up, planned: Planned, light_bundle: Bundle, state: Path
) -> None:
    up(planned())
    described = json.loads((Path(light_bundle.folder) / "service.json").read_text())
    shutil.rmtree(light_bundle.folder)
    kept = Path(find("small").record.bundle)
    assert kept.is_relative_to(state)
    assert json.loads((kept / "service.json").read_text()) == described
    assert find("small").predict({"features": SAMPLE}).status == 200
    find("small").down()
    assert not kept.exists()


def test_releasing_what_already_runs_returns_the_same_release(up: Up, planned: Planned) -> None:
    assert up(planned()) == up(planned())


def test_a_new_revision_takes_the_old_ones_port_and_place(
    up: Up, planned: Planned, light_bundle: Bundle, state: Path
) -> None:
    first = up(planned())
    second = up(planned(), of=edited(light_bundle))
    assert second.url == first.url
    assert second.revision != first.revision and second.handle != first.handle
    assert len(processes(state)) == 1
    assert find("small").predict({"features": SAMPLE}).status == 200


@pytest.mark.parametrize("fault", ["crash", "exits", "missing-module"])
def test_a_revision_that_fails_leaves_the_old_one_running(up: Up, planned: Planned, state: Path, fault: str) -> None:
    first = up(planned())
    said: list[Event] = []
    with pytest.raises(TargetError):
        up(planned(fault), reporter=Reporter("release", said.append))
    assert any(isinstance(event, Notice) and "goes on running" in event.text for event in said)
    assert len(processes(state)) == 1
    assert find("small").record.handle == first.handle
    assert find("small").predict({"features": SAMPLE}).status == 200


def test_a_first_release_that_fails_leaves_nothing_and_says_why(up: Up, planned: Planned, state: Path) -> None:
    with pytest.raises(TargetError) as caught:
        up(planned("missing-module"))
    assert "a_module_nobody_installed" in caught.value.what
    assert "image.extra_requirements" in caught.value.fix
    assert services() == [] and processes(state) == []


def test_a_port_in_use_is_refused_naming_who_holds_it(up: Up, planned: Planned, state: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(TargetError) as caught:
            up(planned(port=port))
    assert str(port) in caught.value.what
    assert "python" in caught.value.why or "pytest" in caught.value.why
    assert services() == [] and (not state.exists() or processes(state) == [])


def test_a_chosen_port_is_the_one_it_listens_on(up: Up, planned: Planned) -> None:
    port = free_port()
    assert up(planned(port=port)).url == f"http://127.0.0.1:{port}"


def test_moving_to_another_port_gives_the_old_one_back(up: Up, planned: Planned, state: Path) -> None:
    first = up(planned())
    port = free_port()
    second = up(planned(port=port))
    assert second.url == f"http://127.0.0.1:{port}" != first.url
    assert len(processes(state)) == 1


def test_a_name_of_another_project_that_runs_is_refused(up: Up, planned: Planned, tmp_path: Path) -> None:
    first = up(planned())
    with pytest.raises(TargetError) as caught:
        up(planned(), project=tmp_path / "elsewhere")
    assert str(tmp_path) in caught.value.why and "service.name" in caught.value.fix
    assert find("small").record.handle == first.handle


def test_a_service_that_was_killed_is_told_as_ended_and_can_be_released_again(up: Up, planned: Planned) -> None:
    first = up(planned())
    instance = find("small").instance()
    assert instance is not None
    instance.stop(0)
    [status] = services()
    assert not status.running and not status.healthy and status.note
    second = up(planned())
    assert second.handle != first.handle and second.url == first.url


def test_an_unknown_name_is_answered_with_the_nearest_known_one(up: Up, planned: Planned) -> None:
    up(planned())
    with pytest.raises(TargetError) as caught:
        find("smal")
    assert "small" in caught.value.fix


def test_a_refused_request_is_an_answer_with_its_status(up: Up, planned: Planned) -> None:
    up(planned())
    reply = find("small").predict({"features": ["a", 1, 2]})
    assert reply.status == 422 and reply.answer["error"]["field"] == "income"


def test_calling_a_service_that_does_not_run_says_where_to_look(up: Up, planned: Planned) -> None:
    up(planned())
    instance = find("small").instance()
    assert instance is not None
    instance.stop(0)
    with pytest.raises(TargetError) as caught:
        find("small").predict({"features": SAMPLE})
    assert "sendoff logs small" in caught.value.fix


def test_cancelling_while_it_starts_leaves_nothing(up: Up, planned: Planned, state: Path) -> None:
    cancel = Cancel()

    def sink(event: Event) -> None:
        if type(event).__name__ == "StageProgress":
            cancel.set()

    with pytest.raises(CancelledError):
        up(planned("slow"), reporter=Reporter("release", sink, cancel))
    assert services() == [] and processes(state) == []


def test_when_the_port_cannot_be_had_back_the_new_revision_stays_up_elsewhere(
    up: Up, planned: Planned, light_bundle: Bundle, process_runtime: ProcessRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = up(planned())
    port = int(first.url.rpartition(":")[2])
    start = process_runtime.start

    def refusing(spec: object) -> object:
        if dataclasses.asdict(spec)["publish"] == port:  # type: ignore[call-overload]
            raise TargetError(f"Port {port} is in use.")
        return start(spec)  # type: ignore[arg-type]

    monkeypatch.setattr(process_runtime, "start", refusing)
    said: list[Event] = []
    second = up(planned(), of=edited(light_bundle), reporter=Reporter("release", said.append))
    assert second.url != first.url
    assert find("small").predict({"features": SAMPLE}).status == 200
    assert any(isinstance(event, Notice) and second.url in event.text for event in said)


def test_a_damaged_record_is_no_service(state: Path) -> None:
    state.mkdir(parents=True)
    (state / "broken.json").write_text('{"name": "broken"')
    assert registry.read("broken") is None and services() == []
