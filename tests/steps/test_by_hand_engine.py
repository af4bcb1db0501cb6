"""The commands by hand, typed into a shell one after the other: they build, rehearse, release and take down a real service."""

import json
import os
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from wizard.inspection import inspect_model
from wizard.locking.requirements_text import read_pins
from wizard.plan import load_plan, save_plan
from wizard.run import make_plan
from wizard.runtimes.ports import free_port
from wizard.steps.by_hand import StageByHand, by_hand

EXAMPLES = Path(__file__).parents[2] / "examples"

pytestmark = pytest.mark.index


class Shell:
    """A shell into which commands are typed, each after the one before has ended."""

    def __init__(self, folder: Path, **environment: str) -> None:
        tools = Path(sys.executable).parent  # sendoff, uv and python as they are installed here
        self.environment = {
            **os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "SENDOFF_HOME": str(folder / "home"), **environment,
        }  # fmt: skip
        self._bash = subprocess.Popen(
            ["bash"],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def type(self, text: str) -> str:
        """What the command said, once it has ended; it must end well."""
        assert self._bash.stdin is not None and self._bash.stdout is not None
        end = f"end-{uuid.uuid4().hex}"
        self._bash.stdin.write(f"{text}\necho; echo {end} $?\n")
        self._bash.stdin.flush()
        said: list[str] = []
        for line in self._bash.stdout:
            if line.startswith(end):
                assert line.split()[1] == "0", f"{text}\n{''.join(said)}"
                return "".join(said)
            said.append(line)
        raise AssertionError(f"the shell ended\n{text}\n{''.join(said)}")

    def type_all(self, stage: StageByHand) -> list[str]:
        # Following a log has no end; a tail of it has.
        return [self.type(command.text.replace(" --follow", "")) for command in stage.commands]

    def close(self) -> None:
        assert self._bash.stdin is not None
        self._bash.stdin.close()
        self._bash.wait(timeout=30)


def project(folder: Path, example: str, **given: object) -> Path:
    """A project with an example's model, and its plan."""
    model = next((EXAMPLES / example).glob("model.*"))
    shutil.copy(model, folder / model.name)
    name = f"hand-{uuid.uuid4().hex[:8]}"
    settings = {"service.name": name, **{path.replace("__", "."): value for path, value in given.items()}}
    plan = make_plan(inspect_model(folder / model.name), folder, settings)
    save_plan(plan, folder / "sendoff.yaml")
    return folder / "sendoff.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "it's a project"
    place.mkdir()
    return place


@pytest.fixture
def shell(folder: Path) -> Iterator[Shell]:
    opened = Shell(folder, FINGERPRINT="from, my 'shell'")
    yield opened
    opened.close()


def answer(said: str) -> object:
    """The JSON in what curl said, after the lines it wrote about trying again."""
    return json.loads(said[said.index("{") :])


@pytest.mark.engine
@pytest.mark.usefixtures("base_image")
def test_the_road_by_hand_ends_in_a_service_that_answers_and_in_nothing_when_it_is_taken_down(
    folder: Path, shell: Shell, engine: docker.DockerClient
) -> None:
    plan_path = project(folder, "churn", service__env={"LEVEL": "a b'c", "FINGERPRINT": "a1b2c3d4e5f6a7b8c9d0e1f2"})
    plan = load_plan(plan_path)
    image, container = f"{plan.service.name}:by-hand", f"{plan.service.name}-by-hand"
    stages = {stage.stage: stage for stage in by_hand(plan, plan_path)}
    try:
        _, digest, names, inspected = shell.type_all(stages["inspect"])
        assert plan.model.sha256 is not None and digest.startswith(plan.model.sha256)
        assert "'sklearn.compose._column_transformer'" in names and "'ColumnTransformer'" in names
        assert "RandomForestClassifier" in inspected and "age" in inspected

        shell.type_all(stages["lock"])
        shell.type_all(stages["bundle"])
        by_hand_pins = read_pins((folder / "by-hand" / "requirements.txt").read_text())
        made = read_pins((folder / "bundle" / "requirements.txt").read_text())
        assert [(pin.spelled, pin.hashes) for pin in by_hand_pins] == [(pin.spelled, pin.hashes) for pin in made]

        shell.type_all(stages["build"])
        assert engine.images.get(image)

        _, healthy, predicted, refused, stats, logs, *_ = shell.type_all(stages["rehearse"])
        assert answer(healthy)["status"] == "ok"  # type: ignore[index]  # an object, as the next line sees
        assert answer(predicted)["prediction"] in {"leaves", "stays"}  # type: ignore[index]
        assert "error" in answer(refused)  # type: ignore[operator]
        assert "512MiB" in stats
        assert "severity" in logs
        with pytest.raises(docker.errors.NotFound):
            engine.containers.get(f"{plan.service.name}-rehearsal")

        released = shell.type_all(stages["release"])
        assert answer(released[2])["prediction"] in {"leaves", "stays"}  # type: ignore[index]
        running = engine.containers.get(container)
        env = dict(entry.partition("=")[::2] for entry in running.attrs["Config"]["Env"])
        assert (env["LEVEL"], env["FINGERPRINT"]) == ("a b'c", "from, my 'shell'")
        bound = running.attrs["NetworkSettings"]["Ports"]["8080/tcp"]
        assert {one["HostIp"] for one in bound} == {"127.0.0.1"}

        shell.type_all(stages["down"])
        with pytest.raises(docker.errors.NotFound):
            engine.containers.get(container)
        with pytest.raises(docker.errors.ImageNotFound):
            engine.images.get(image)
    finally:
        for name in (container, f"{plan.service.name}-rehearsal"):
            subprocess.run(["docker", "rm", "--force", name], capture_output=True)
        subprocess.run(["docker", "image", "rm", "--force", image], capture_output=True)


def test_without_an_engine_the_server_runs_in_the_locked_environment(folder: Path, shell: Shell) -> None:
    port = free_port()
    plan_path = project(folder, "housing", target__runtime="process", target__port=port)
    plan = load_plan(plan_path)
    stages = {stage.stage: stage for stage in by_hand(plan, plan_path)}
    shell.type_all(stages["inspect"])
    shell.type_all(stages["bundle"])
    # The rehearsal's own port may be in use here: the environment is made as it says, the server started by the release.
    shell.type("mkdir -p by-hand")
    for command in stages["rehearse"].commands[:2]:
        shell.type(command.text)
    try:
        released = shell.type_all(stages["release"])
        assert isinstance(answer(released[2])["prediction"], float)  # type: ignore[index]
        assert re.search(rf"127\.0\.0\.1:{port}\b", shell.type(f"ss -ltn | grep {port}"))
    finally:
        shell.type_all(stages["down"])
    assert not (folder / "by-hand" / "env").exists()
