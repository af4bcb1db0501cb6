"""A small service for rehearsals and releases: a linear model behind a server that breaks its contract on demand.

The server is `small_bundle/server.py`, plain standard library, so that a fault costs a tenth of a second in a process and
needs nothing installed in an image.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docker
import pytest

from wizard.bundle.bundle import Bundle, BundleFile
from wizard.images import connect
from wizard.inspection.inspection import Column, Inspection, Layout, Task
from wizard.plan.plan import Plan
from wizard.runtimes import ContainerRuntime, ProcessRuntime

HERE = Path(__file__).resolve().parent
COLUMNS = ("income", "age", "rooms")
SAMPLE = [3.5, 20.0, 5.0]


def describe(folder: Path, edited: tuple[str, ...] = ()) -> Bundle:
    """The bundle that a folder is."""
    files = tuple(
        BundleFile(str(path.relative_to(folder)), hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    )
    return Bundle(str(folder), files, edited)


@pytest.fixture(scope="session")
def trained_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle's folder, its model trained: 1 + 2 income - 3 age + 0.5 rooms."""
    import joblib
    import numpy as np
    from sklearn.linear_model import LinearRegression

    folder = tmp_path_factory.mktemp("bundle") / "bundle"
    shutil.copytree(HERE / "small_bundle", folder, ignore=shutil.ignore_patterns("__pycache__"))
    x = np.random.default_rng(0).normal(size=(200, 3))
    (folder / "model").mkdir()
    joblib.dump(LinearRegression().fit(x, 1 + x @ np.array([2.0, -3.0, 0.5])), folder / "model" / "model.joblib")
    service = {
        "command": ["python", "server.py"],
        "model": {"file": "model/model.joblib"},
        "input": {"columns": [{"name": name} for name in COLUMNS]},
        "limits": {"body": 100_000},
    }
    (folder / "service.json").write_text(json.dumps(service))
    (folder / "sample.json").write_text(json.dumps({"features": SAMPLE}))
    return folder


@pytest.fixture
def bundle(trained_bundle: Path, tmp_path: Path) -> Bundle:
    """A copy of the bundle that a test may edit."""
    folder = tmp_path / "bundle"
    shutil.copytree(trained_bundle, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return describe(folder)


def without_model(folder: Path) -> None:
    """Let the bundle compute its line by hand: nothing but the standard library is loaded, so it starts at once."""
    service = json.loads((folder / "service.json").read_text())
    service["model"]["file"] = None
    (folder / "service.json").write_text(json.dumps(service))


@pytest.fixture
def light_bundle(bundle: Bundle) -> Bundle:
    """The bundle without its model file."""
    without_model(Path(bundle.folder))
    return describe(Path(bundle.folder))


@pytest.fixture
def process_runtime(bundle: Bundle, state: Path) -> ProcessRuntime:
    """Runs the bundle in the environment of these tests."""
    return ProcessRuntime(bundle.folder, sys.executable, state)


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The person's state folder, of this test alone."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("SENDOFF_HOME", raising=False)
    return tmp_path / "state" / "sendoff" / "services"


@pytest.fixture
def inspection() -> Inspection:
    """What the small model's file says."""
    return small_inspection()


def small_inspection() -> Inspection:
    """What the small model's file says."""
    return Inspection(
        path="model.joblib",
        size=1_000,
        sha256="a" * 64,
        modified=1_700_000_000.0,
        format="joblib",
        compression="none",
        protocol=4,
        framework="scikit-learn",
        framework_version="1.5.2",
        other_versions=(),
        root="sklearn.linear_model._base.LinearRegression",
        tree=None,
        task=Task.REGRESSION,
        columns=tuple(Column(name, minimum=0.0, maximum=10.0, example=5.0) for name in COLUMNS),
        layout=Layout.ARRAY,
        classes=(),
        outputs=1,
        has_proba=False,
        vectorised=True,
        exact_batches=False,
        parallel=False,
        numpy_generation=2,
        python=None,
        globals=(),
        requirements=(),
        local_modules=(),
        findings=(),
        memory=1_000,
        arrays=100,
        opcodes=100,
        seconds=0.01,
    )


@pytest.fixture
def planned() -> Callable[..., Plan]:
    """Makes a plan for the small service: `fault` is the line it breaks, the rest are settings of its `service` section."""

    def make(fault: str = "", *, port: int = 0, **service: Any) -> Plan:
        settings = {"name": "small", "memory": 256 * 1024**2, "concurrency": 8, "env": {"FAULT": fault}, **service}
        return Plan.model_validate(
            {
                "model": {"path": "model.joblib", "sha256": "a" * 64, "framework": "scikit-learn", "version": "1.5.2"},
                "serving": {"max_body": 100_000, "max_rows": 1_000},
                "image": {"requirements": ["scikit-learn==1.5.2"]},
                "service": settings,
                "target": {"kind": "local", "port": port},
            }
        )

    return make


@pytest.fixture(scope="session")
def build_small(engine: docker.DockerClient, base_image: str, trained_bundle: Path) -> Iterator[Callable[..., str]]:
    """Builds the small service's image, once for each Dockerfile ending, and removes all of them at the end."""
    built: dict[str, str] = {}
    session = uuid.uuid4().hex

    def build(ending: str = 'USER 65532\nCMD ["python", "server.py"]') -> str:
        if ending not in built:
            with tempfile.TemporaryDirectory() as folder:
                context = Path(folder) / "context"
                shutil.copytree(trained_bundle, context, ignore=shutil.ignore_patterns("__pycache__", "model"))
                without_model(context)
                # Ours alone: other sessions, which build the same, may remove theirs while we run.
                lines = f"FROM {base_image}\nLABEL session={session}\nWORKDIR /app\nCOPY . .\n{ending}\n"
                (context / "Dockerfile").write_text(lines)
                image, _ = engine.images.build(path=str(context), rm=True, forcerm=True)
            built[ending] = str(image.id)
        return built[ending]

    yield build
    for identity in built.values():
        engine.images.remove(identity, force=True)


@pytest.fixture
def container_runtime(build_small: Callable[..., str]) -> Iterator[Callable[..., ContainerRuntime]]:
    """Makes the runtime of an image of the small service."""
    connected = connect()
    yield lambda *ending: ContainerRuntime(connected, build_small(*ending))
    connected.close()
