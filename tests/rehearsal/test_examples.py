"""The churn example, locked, bundled and built for real: it passes every check, and edits of its handler are found."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from wizard.bundle import Bundle, server_requirements, write_bundle
from wizard.events import silent
from wizard.images import DockerBuilder, connect
from wizard.inspection import Inspection, inspect_model
from wizard.locking import Lock, lock
from wizard.plan import Plan, Server, Surroundings, propose
from wizard.rehearsal import Outcome, rehearse, require_passed
from wizard.runtimes import ContainerRuntime, ProcessRuntime
from wizard.targets import find
from wizard.targets.local import release

TRAIN = Path(__file__).resolve().parents[2] / "examples" / "churn" / "train.py"


@dataclass(frozen=True)
class Example:
    project: Path
    inspection: Inspection
    plan: Plan

    def bundle(self, locked: Lock) -> Bundle:
        return write_bundle(self.plan, self.inspection, locked, self.project / "bundle", silent(), project=self.project)


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model file, written by the example's own script beside a copy of it."""
    script = shutil.copy(TRAIN, tmp_path_factory.mktemp("churn"))
    subprocess.run([sys.executable, script], check=True, capture_output=True, timeout=300)
    return Path(script).with_name("model.joblib")


@pytest.fixture
def example(model: Path, tmp_path: Path) -> Example:
    shutil.copy(model, tmp_path)
    inspection = inspect_model(tmp_path / model.name)
    plan = propose(inspection, Surroundings(python="3.11", project=tmp_path, as_of=None, as_of_why=""))
    return Example(tmp_path, inspection, plan)


UNLOCKED = Lock("3.11", "x86_64-manylinux_2_28", "", (), None)
"""The environment of these tests stands in for the locked one."""


@pytest.mark.parametrize("server", list(Server))
def test_both_servers_pass_as_a_process(example: Example, server: Server, tmp_path: Path) -> None:
    plan = example.plan.model_copy(update={"serving": example.plan.serving.model_copy(update={"server": server})})
    bundle = replace(example, plan=plan).bundle(UNLOCKED)
    runtime = ProcessRuntime(bundle.folder, sys.executable, tmp_path / "state")
    report = rehearse(plan, example.inspection, bundle, runtime, silent(), load_seconds=0.5)
    require_passed(report)
    assert report.parity is not None and report.parity.tolerance == 0 and report.parity.largest_difference == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    return model.predict_proba(X)\n", "    return model.predict_proba(X).round(2)\n"),
        ("    return model.predict_proba(X)\n", "    return model.predict_proba(X)[:, ::-1]\n"),
        ("    return frame(rows, settings)\n", "    return frame([[b, a, *more] for a, b, *more in rows], settings)\n"),
    ],
    ids=["probabilities rounded", "probabilities swapped", "columns swapped"],
)
def test_an_edited_handler_is_found(example: Example, tmp_path: Path, old: str, new: str) -> None:
    bundle = example.bundle(UNLOCKED)
    handler = Path(bundle.folder) / "handler.py"
    assert old in handler.read_text()
    handler.write_text(handler.read_text().replace(old, new))
    bundle = replace(bundle, edited=("handler.py",))
    runtime = ProcessRuntime(bundle.folder, sys.executable, tmp_path / "state")
    report = rehearse(example.plan, example.inspection, bundle, runtime, silent(), load_seconds=0.1)
    [check] = [check for check in report.checks if check.outcome is Outcome.FAILED]
    assert check.name == "answers-as-the-model" and "edited handler.py" in check.evidence
    assert report.parity is not None and report.parity.differences


@pytest.fixture
def locked(example: Example) -> Lock:
    return lock(example.plan, server_requirements(example.plan.serving.server), silent())


@pytest.fixture
def image_runtime(example: Example, locked: Lock) -> Iterator[tuple[Bundle, ContainerRuntime, str]]:
    """The example's image, in the engine's cache after the first time."""
    engine = connect()
    bundle = example.bundle(locked)
    image = DockerBuilder(engine).build(bundle, tag="sendoff-test-churn:rehearsal", labels={}, reporter=silent())
    yield bundle, ContainerRuntime(engine, image), image.id
    engine.close()


@pytest.mark.engine
@pytest.mark.index
@pytest.mark.usefixtures("base_image", "state")
def test_the_image_passes_every_check_and_stays_up_when_released(
    example: Example, image_runtime: tuple[Bundle, ContainerRuntime, str]
) -> None:
    bundle, runtime, _ = image_runtime
    report = rehearse(example.plan, example.inspection, bundle, runtime, silent())
    require_passed(report)
    assert {check.outcome for check in report.checks} == {Outcome.PASSED}
    assert report.parity is not None and report.parity.agrees and report.parity.tolerance == 0
    done = release(example.plan, bundle, None, runtime, silent(), example.project)
    try:
        reply = find(done.service).predict(
            {"features": {column.name: column.example for column in example.inspection.columns}}
        )
        assert reply.status == 200 and reply.answer["prediction"] in example.inspection.classes
    finally:
        find(done.service).down()
