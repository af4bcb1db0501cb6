"""The bundle builds with plain `docker build`, old builder and new, into an image that runs with no rights."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docker
import httpx
import pytest
import uv

from tests.serving.bundles import plan_for
from tests.serving.examples import Example, churn
from wizard.bundle import server_requirements, write_bundle
from wizard.events import silent
from wizard.locking.lock import Lock
from wizard.targets.calling import healthy

pytestmark = [pytest.mark.engine, pytest.mark.index, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Example:
    return churn(tmp_path_factory.mktemp("churn"))


def locked(example: Example, server: str) -> Lock:
    """A real lock, made without the locking stage."""
    version = example.inspection.framework_version
    wanted = "\n".join((f"scikit-learn=={version}", "pandas", *server_requirements(server)))
    command = [
        uv.find_uv_bin(), "pip", "compile", "--quiet", "--generate-hashes", "--no-header", "--no-annotate",
        "--no-emit-index-url", "--only-binary", ":all:", "--python-version", "3.11",
        "--python-platform", "x86_64-manylinux_2_28", "-",
    ]  # fmt: skip
    answer = subprocess.run(command, input=wanted, capture_output=True, text=True, check=True)
    return Lock("3.11", "x86_64-manylinux_2_28", answer.stdout, (), None)


def written(example: Example, server: str, folder: Path) -> Path:
    lock = locked(example, server)
    write_bundle(plan_for(example, server), example.inspection, lock, folder, silent(), project=example.file.parent)
    return folder


@pytest.fixture(scope="module", params=["fastapi", "flask"])
def server(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def bundle(server: str, example: Example, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(example, server, tmp_path_factory.mktemp(server) / "bundle")


@pytest.fixture(scope="module")
def image(engine: docker.DockerClient, base_image: str, server: str, bundle: Path) -> Iterator[str]:
    """The image, built by the engine's classic builder."""
    tag = f"sendoff-test-bundle-{server}:{os.getpid()}"
    engine.images.build(path=str(bundle), tag=tag, rm=True, forcerm=True)
    yield tag
    engine.images.remove(tag, force=True)


@contextmanager
def running(engine: docker.DockerClient, image: str) -> Iterator[Any]:
    """A container as strict as Cloud Run and stricter: nothing to write to but /tmp, no capabilities."""
    container = engine.containers.run(
        image, detach=True, read_only=True, tmpfs={"/tmp": ""}, cap_drop=["ALL"], mem_limit="512m", nano_cpus=10**9,
        security_opt=["no-new-privileges"], environment={"PORT": "9137"}, ports={"9137/tcp": ("127.0.0.1", None)},
    )  # fmt: skip
    try:
        container.reload()
        yield container
    finally:
        container.remove(force=True)


def ready(container: Any) -> httpx.Client:
    """A client of the container, once it is healthy."""
    container.reload()
    url = f"http://127.0.0.1:{container.ports['9137/tcp'][0]['HostPort']}"
    latest = time.monotonic() + 60
    while not healthy(url):
        assert time.monotonic() < latest, container.logs().decode()
    return httpx.Client(base_url=url)


@pytest.fixture(scope="module")
def container(engine: docker.DockerClient, image: str) -> Iterator[Any]:
    with running(engine, image) as container:
        yield container


def inside(container: Any, command: str) -> str:
    status, output = container.exec_run(["sh", "-c", command])
    assert status == 0, output
    return str(output.decode().strip())


def test_it_answers_as_a_user_without_rights_on_a_file_system_it_cannot_write_to(
    container: Any, bundle: Path, example: Example
) -> None:
    with ready(container) as client:
        answer = client.post("/predict", json={"instances": example.rows})
        assert answer.json()["predictions"] == example.predicted(example.rows).tolist()
        assert client.post("/predict", content=(bundle / "sample.json").read_bytes()).status_code == 200
        assert client.get("/docs").status_code == 200
    assert inside(container, "id -u; id -un; echo $HOME; pwd").split() == ["10001", "app", "/home/app", "/app"]


def test_nothing_of_it_belongs_to_the_user_it_runs_as(container: Any) -> None:
    assert inside(container, "find /app /venv -user app -o -perm -o+w ! -type l | head") == ""


def test_no_installer_compiler_or_test_folder_is_left(container: Any) -> None:
    assert inside(container, "ls /venv/bin | grep -c -x -e 'pip.*' -e 'easy_install.*' || true") == "0"
    assert inside(container, "which gcc cc make || true") == ""
    assert inside(container, "find /venv -type d -name tests | head -3") == ""
    assert inside(container, "find /root /tmp /var/cache -path '*pip*' 2>/dev/null | head -3") == ""


def test_everything_that_is_imported_has_its_bytecode(container: Any) -> None:
    script = (
        "import sys, pathlib\n"
        "import sklearn.ensemble, sklearn.pipeline, pandas, orjson, serving.startup, handler\n"
        "files = [m for m in list(sys.modules.values()) if getattr(m, '__cached__', None)]\n"
        "print([m.__file__ for m in files if not pathlib.Path(m.__cached__).exists()])\n"
    )
    assert inside(container, f'cd /app && python -c "{script}"') == "[]"


def test_the_server_is_process_1_and_ends_with_status_0(engine: docker.DockerClient, image: str) -> None:
    with running(engine, image) as container:
        with ready(container) as client:
            assert client.get("/health").status_code == 200
        assert inside(container, "tr '\\0' ' ' < /proc/1/cmdline") == "python server.py"
        container.stop(timeout=10)
        assert container.wait()["StatusCode"] == 0
        assert all(json.loads(line) for line in container.logs().splitlines())


def test_a_new_model_or_handler_leaves_the_dependencies_layer_as_it_is(
    engine: docker.DockerClient, image: str, bundle: Path, tmp_path: Path
) -> None:
    changed = tmp_path / "bundle"
    shutil.copytree(bundle, changed)
    (changed / "handler.py").write_text((bundle / "handler.py").read_text() + "# changed\n")
    (changed / "model" / "model.pkl").write_bytes(b"another")
    other, _ = engine.images.build(path=str(changed), rm=True, forcerm=True)
    before = engine.images.get(image).attrs["RootFS"]["Layers"]
    after = other.attrs["RootFS"]["Layers"]
    engine.images.remove(other.id, force=True)
    same = [one for one, two in zip(before, after, strict=True) if one == two]
    assert len(before) - len(same) <= 5, "the copies of code and model, and the code's bytecode"
    assert after[: len(same)] == same


def test_the_image_is_the_base_the_wheels_and_their_bytecode(
    engine: docker.DockerClient, image: str, base_image: str, bundle: Path, tmp_path: Path
) -> None:
    """The bar: at most 1.05 times that. Here the wheels are installed as pip does it, bytecode included."""
    installed = tmp_path / "installed"
    command = [
        uv.find_uv_bin(), "pip", "install", "--quiet", "--target", str(installed), "--compile-bytecode",
        "--python-version", "3.11", "-r", str(bundle / "requirements.txt"),
    ]  # fmt: skip
    subprocess.run(command, check=True)
    wheels = sum(path.stat().st_size for path in installed.rglob("*") if path.is_file())
    base = engine.images.get(base_image).attrs["Size"]
    assert engine.images.get(image).attrs["Size"] <= 1.05 * (base + wheels)


def test_it_builds_with_buildkit_too(base_image: str, bundle: Path, server: str) -> None:
    """The engine's own BuildKit, as the docker command of its version uses it."""
    client = next((path for path in ("/usr/bin/docker", shutil.which("docker")) if path and Path(path).exists()), None)
    if client is None:
        pytest.skip("there is no docker command here")
    tag = f"sendoff-test-buildkit-{server}:{os.getpid()}"
    environment = {**os.environ, "DOCKER_BUILDKIT": "1"}
    built = subprocess.run(
        [client, "build", "--quiet", "--tag", tag, str(bundle)], env=environment, capture_output=True, text=True
    )
    assert built.returncode == 0, built.stderr
    subprocess.run([client, "image", "rm", "--force", tag], check=True, capture_output=True)
