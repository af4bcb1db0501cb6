"""The whole app on a real model: from the home screen to a service that answers and is taken down, and every way it fails.

The engine, the package index and the services are real. The cloud is a local Cloud Run.
"""

from __future__ import annotations

import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
from textual.pilot import Pilot

from tests.tui.engine_door import EngineDoor
from tests.tui.screen_text import settle, until, words
from tui.app import SendoffApp
from tui.screens.confirm import ConfirmScreen
from tui.screens.home import HomeScreen
from tui.screens.picker import PickerScreen
from tui.screens.run import RunScreen
from tui.screens.service import ServiceScreen
from tui.screens.wizard import WizardScreen
from tui.widgets.answer_panel import AnswerPanel
from tui.widgets.down_pane import DownPane
from tui.widgets.failure_panel import FailurePanel
from tui.widgets.file_preview import FilePreview
from tui.widgets.home_list import HomeList
from tui.widgets.log_tail import LogTail
from tui.widgets.revision_row import RevisionRow, ShareInput
from tui.widgets.step_form import StepForm
from tui.widgets.success_panel import SuccessPanel
from wizard import targets
from wizard.errors import CancelledError, EngineError, LockError
from wizard.events import Status
from wizard.inspection import inspect_model
from wizard.inspection.inspection import Inspection
from wizard.plan import load_plan, propose, save_plan
from wizard.plan.plan import ServiceSection
from wizard.plan.surroundings import Surroundings
from wizard.run import Run
from wizard.run.recent import note
from wizard.workshop.workshop import Workshop

pytestmark = [pytest.mark.anyio, pytest.mark.index]

LONG = 300.0
"""Seconds a build on a busy machine may take."""


@pytest.fixture
def project(tmp_path: Path, housing: Path) -> Path:
    """A folder with a model in it and nothing else."""
    folder = tmp_path / "houses"
    folder.mkdir()
    shutil.copy(housing, folder / "model.pkl")
    return folder


@pytest.fixture
def name() -> Iterator[str]:
    """Of a service nobody else has; it is taken down, whatever comes of the test."""
    name = f"way-{secrets.token_hex(3)}"
    yield name
    down(name)


def down(name: str) -> None:
    if name in targets.names():
        targets.find(name).down()


@pytest.fixture
def engine_left_clean(engine: docker.DockerClient, name: str) -> Iterator[docker.DockerClient]:
    """The engine. The service's images go with the test, once nothing runs of them."""
    yield engine
    down(name)
    for image in engine.images.list(filters={"label": f"dev.sendoff.service={name}"}):
        engine.images.remove(image.id, force=True)


def planned(project: Path, settings: dict[str, Any]) -> Path:
    """A plan for the project's model, as a person wrote it, known to the home screen."""
    inspection: Inspection = inspect_model(project / "model.pkl")
    plan = propose(inspection, Surroundings(python="3.11", project=project), settings)
    path = project / "sendoff.yaml"
    save_plan(plan, path)
    note(path, plan)
    return path


def on(pilot: Pilot[Any], kind: type[Any]) -> bool:
    return isinstance(pilot.app.screen, kind)


async def run_it(pilot: Pilot[Any]) -> RunScreen:
    """From the home screen, with the key that runs the plan under the cursor."""
    await until(pilot, lambda: on(pilot, HomeScreen) and pilot.app.screen.query_one(HomeList).option_count)
    await pilot.press("r")
    await until(pilot, lambda: on(pilot, RunScreen))
    screen = pilot.app.screen
    assert isinstance(screen, RunScreen)
    return screen


async def failed(pilot: Pilot[Any], screen: RunScreen) -> FailurePanel:
    await until(pilot, lambda: screen.query(FailurePanel) or screen.query(SuccessPanel), LONG)
    return screen.query_one(FailurePanel)


async def succeeded(pilot: Pilot[Any], screen: RunScreen) -> None:
    await until(pilot, lambda: screen.feed.snapshot().result is not None, LONG)
    await until(pilot, lambda: screen.query(SuccessPanel) or screen.query(FailurePanel))
    error = screen.error
    assert error is None, f"{error} {error.why} {error.evidence}"


def statuses(screen: RunScreen) -> dict[str, Status]:
    return {stage.stage: stage.status for stage in screen.feed.snapshot().stages}


async def take_down(pilot: Pilot[Any]) -> None:
    """On the service's screen: what goes is listed, asked, done."""
    await pilot.press("alt+6")
    pane = pilot.app.screen.query_one(DownPane)
    await until(pilot, lambda: pane.started and not pane.busy and "would be removed" in words(pilot.app))
    await pilot.press("f9")
    await until(pilot, lambda: on(pilot, ConfirmScreen))
    await pilot.press("y")
    await until(pilot, lambda: on(pilot, HomeScreen), 60)


@pytest.mark.engine
@pytest.mark.usefixtures("base_image")
async def test_a_model_becomes_a_service_that_answers_and_is_taken_down(
    project: Path, name: str, engine_left_clean: docker.DockerClient
) -> None:
    app = SendoffApp(folder=project)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: on(pilot, HomeScreen) and "Nothing was deployed from here yet" in words(app))
        await pilot.press("f2")
        await until(pilot, lambda: on(pilot, PickerScreen))
        await until(pilot, lambda: isinstance(app.screen.query_one(FilePreview).outcome, Inspection))
        await pilot.press("enter")
        await until(pilot, lambda: on(pilot, WizardScreen))
        wizard = app.screen
        assert isinstance(wizard, WizardScreen)
        for step in ("model", "serving", "image", "place", "settings"):
            await until(pilot, lambda step=step: wizard.session.view().step.name == step, 60)  # type: ignore[misc]
            if step == "settings":
                wizard.query_one(StepForm).focus_field("service.name")
                await pilot.press("home", "ctrl+k", *name)
            await pilot.press("f2")
        await until(pilot, lambda: wizard.deploy.plan is not None and "What will be done" in words(app), 60)
        assert not wizard.deploy.plan_path.exists(), "nothing is written before the person agreed"
        await pilot.press("f2")
        await until(pilot, lambda: on(pilot, RunScreen))
        screen = app.screen
        assert isinstance(screen, RunScreen)
        await succeeded(pilot, screen)
        assert set(statuses(screen).values()) == {Status.DONE}
        assert load_plan(project / "sendoff.yaml").service.name == name
        assert f"{name} answers at http://127.0.0.1:" in words(app)

        await pilot.press("t")
        await until(pilot, lambda: isinstance(app.screen, ServiceScreen) and app.screen.service is not None)
        await until(pilot, lambda: app.screen.query("RequestForm FieldRow") and "healthy" in words(app))
        await pilot.press("f9")
        answer = app.screen.query_one(AnswerPanel)
        await until(pilot, lambda: answer.reply is not None)
        assert answer.reply is not None
        assert answer.reply.status == 200
        assert isinstance(answer.reply.answer["prediction"], float)

        await take_down(pilot)
        assert name not in targets.names()
    containers = engine_left_clean.containers.list(all=True, filters={"name": name})
    assert [container.name for container in containers] == []


async def test_a_version_that_does_not_exist_is_let_go_by_one_key_and_the_run_goes_on_from_the_lock(
    project: Path, name: str
) -> None:
    plan = planned(
        project, {"service.name": name, "target.runtime": "process", "image.extra_requirements": ["idna==99.9"]}
    )
    app = SendoffApp(folder=project)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await run_it(pilot)
        panel = await failed(pilot, screen)
        assert isinstance(panel.error, LockError)
        assert statuses(screen)["lock"] is Status.FAILED
        await until(pilot, lambda: panel.remedies)
        assert "idna" in panel.remedies[0].label
        await pilot.press("1")
        await until(pilot, lambda: statuses(screen).get("lock") is Status.DONE, LONG)
        assert statuses(screen)["inspect"] is Status.SKIPPED, "what was done is not done twice"
        await succeeded(pilot, screen)
        assert "idna==99.9" not in load_plan(plan).image.extra_requirements


async def test_a_module_that_the_model_first_needs_when_it_predicts_is_added_by_one_key(
    project: Path, name: str
) -> None:
    loads_late = "def prepared(rows):\n    return rows + __import__('yaml').safe_load('1')\n"  # which no reader sees
    (project / "shop.py").write_text(loads_late)
    script = (
        "import joblib, numpy, shop\n"
        "from sklearn.linear_model import LinearRegression\n"
        "from sklearn.pipeline import make_pipeline\n"
        "from sklearn.preprocessing import FunctionTransformer\n"
        "inputs = numpy.arange(60.0).reshape(20, 3)\n"
        "model = LinearRegression().fit(inputs, inputs.sum(axis=1))\n"
        "joblib.dump(make_pipeline(FunctionTransformer(shop.prepared), model), 'model.pkl')\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=project, check=True)
    plan = planned(project, {"service.name": name, "target.runtime": "process", "image.modules": ["shop.py"]})
    app = SendoffApp(folder=project)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await run_it(pilot)
        panel = await failed(pilot, screen)
        assert statuses(screen)["rehearse"] is Status.FAILED
        await until(pilot, lambda: panel.remedies)
        await pilot.press("1")
        await until(pilot, lambda: statuses(screen).get("lock") is Status.DONE, LONG)
        await succeeded(pilot, screen)
        assert load_plan(plan).image.extra_requirements == ("pyyaml",)


@pytest.mark.engine
@pytest.mark.usefixtures("base_image", "engine_left_clean")
async def test_too_little_memory_is_found_in_the_rehearsal_and_one_key_gives_more(project: Path, name: str) -> None:
    plan = planned(project, {"service.name": name, "service.memory": "128Mi", "target.runtime": "container"})
    app = SendoffApp(folder=project)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await run_it(pilot)
        panel = await failed(pilot, screen)
        assert statuses(screen)["rehearse"] is Status.FAILED
        await until(pilot, lambda: panel.remedies)
        assert "memory" in panel.remedies[0].label
        await pilot.press("1")
        await until(pilot, lambda: statuses(screen).get("build") in {Status.DONE, Status.SKIPPED}, LONG)
        await succeeded(pilot, screen)
        assert load_plan(plan).service.memory > 128 * 1024**2


@pytest.mark.engine
@pytest.mark.usefixtures("base_image")
async def test_an_engine_that_is_gone_in_mid_build_is_said_whole_and_tried_again_goes_on_from_there(
    project: Path, name: str, engine_left_clean: docker.DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned(project, {"service.name": name, "target.runtime": "container"})
    door = EngineDoor(tmp_path / "engine.sock")
    app = SendoffApp(folder=project)
    with monkeypatch.context() as patched:
        patched.setenv("DOCKER_HOST", door.address)
        async with app.run_test(size=(80, 24)) as pilot:
            screen = await run_it(pilot)
            tail = screen.query_one(LogTail)
            await until(pilot, lambda: any("Collecting" in line for line in tail.lines.all()), 60)
            door.shut()
            panel = await failed(pilot, screen)
            assert isinstance(panel.error, EngineError)
            assert statuses(screen)["build"] is Status.FAILED
            assert panel.error.what in words(app)
            assert any("Collecting" in line for line in tail.lines.all()), "what it said last stays"
            await until(pilot, lambda: not half_made(engine_left_clean, door))
            patched.undo()
            await pilot.press("r")
            await succeeded(pilot, screen)
            assert statuses(screen)["lock"] is Status.SKIPPED


@pytest.mark.engine
@pytest.mark.usefixtures("base_image")
async def test_stopping_in_mid_build_says_what_is_undone_and_leaves_nothing_half_made(
    project: Path, name: str, engine_left_clean: docker.DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned(project, {"service.name": name, "target.runtime": "container"})
    door = EngineDoor(tmp_path / "engine.sock")
    monkeypatch.setenv("DOCKER_HOST", door.address)
    app = SendoffApp(folder=project)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await run_it(pilot)
        tail = screen.query_one(LogTail)
        await until(pilot, lambda: any("Collecting" in line for line in tail.lines.all()), 60)
        await pilot.press("f10")
        await until(pilot, lambda: on(pilot, ConfirmScreen))
        assert "still at work" in words(app)
        await pilot.press("n")
        await settle(pilot)
        assert screen.at_work, "who stays has lost nothing"
        await pilot.press("f8")
        await until(pilot, lambda: on(pilot, ConfirmScreen))
        assert "No image is made" in words(app)
        await pilot.press("y")
        panel = await failed(pilot, screen)
        assert isinstance(panel.error, CancelledError)
        assert "Go on from here" in words(app)
        await pilot.press("f10")
        await until(pilot, lambda: on(pilot, HomeScreen))
    door.shut()
    assert half_made(engine_left_clean, door) == []
    assert engine_left_clean.images.list(filters={"label": f"dev.sendoff.service={name}"}) == []


async def test_the_local_cloud_lacks_a_repository_that_is_made_on_agreement_and_traffic_goes_there_and_back(
    project: Path, name: str, tmp_path: Path
) -> None:
    with Workshop(tmp_path / "cloud", "process") as workshop:
        place = {"target.project": "demo-project", "target.endpoint": workshop.addresses.endpoint}
        plan = planned(project, {"service.name": name, "target.kind": "cloud_run", **place})
        app = SendoffApp(folder=project)
        async with app.run_test(size=(120, 40)) as pilot:
            await until(pilot, lambda: on(pilot, HomeScreen))
            screen = RunScreen(Run(plan, consent=False).start())
            app.switch_screen(screen)
            panel = await failed(pilot, screen)
            assert statuses(screen)["preflight"] is Status.FAILED
            await until(pilot, lambda: panel.remedies)
            assert panel.remedies[0].consent
            await pilot.press("1")
            await until(pilot, lambda: "push" in statuses(screen), LONG)
            await succeeded(pilot, screen)

            save_plan(load_plan(plan).model_copy(update={"service": more_at_once(plan)}), plan)
            app.start_run(plan)
            await until(pilot, lambda: on(pilot, RunScreen) and app.screen is not screen)
            again = app.screen
            assert isinstance(again, RunScreen)
            await succeeded(pilot, again)
            await pilot.press("t")
            await until(pilot, lambda: isinstance(app.screen, ServiceScreen) and app.screen.service is not None, 60)
            await pilot.press("alt+3")
            rows = app.screen.query(RevisionRow)
            await until(pilot, lambda: len(rows) == 2 and [row.share for row in rows] == [100, 0], 60)
            await until(pilot, lambda: isinstance(app.focused, ShareInput))
            await pilot.press("home", "ctrl+k", *"60", "down", "home", "ctrl+k", *"40")
            await until(pilot, lambda: "Together 100 %" in words(app))
            await pilot.press("f9")
            await until(pilot, lambda: on(pilot, ConfirmScreen))
            await pilot.press("y")
            await until(pilot, lambda: [row.revision.percent for row in rows] == [60, 40], 120)
            await pilot.press("f7")
            await until(pilot, lambda: on(pilot, ConfirmScreen), 60)
            await pilot.press("y")
            await until(pilot, lambda: [row.revision.percent for row in rows] == [100, 0], 120)
            await take_down(pilot)
            assert name not in targets.names()


def more_at_once(plan: Path) -> ServiceSection:
    """The plan's service with another value, so that the next release is another revision."""
    service = load_plan(plan).service
    return service.model_copy(update={"concurrency": service.concurrency + 1})


def half_made(engine: docker.DockerClient, door: EngineDoor) -> list[str]:
    """Containers of the build's steps that are still there."""
    assert door.containers, "the build was at work"
    there = {container.id for container in engine.containers.list(all=True, ignore_removed=True)}
    return [one for one in door.containers if any(full.startswith(one) for full in there)]
