"""The services that are looked at: a process of this machine, and a local Cloud Run whose containers are this process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.rehearsal.small_service import bundle, light_bundle, planned, process_runtime, state, trained_bundle
from tests.targets.cloud_run.conftest import home, up
from tests.targets.cloud_run.releases import Releases, cloud_for, plan
from wizard import targets
from wizard.bundle.bundle import Bundle
from wizard.events import silent
from wizard.plan import Plan, save_plan
from wizard.runtimes import ProcessRuntime
from wizard.targets.cloud_run.cloud import Cloud
from wizard.targets.local import release

__all__ = ["bundle", "home", "light_bundle", "planned", "process_runtime", "state", "trained_bundle", "up"]


@pytest.fixture
def running(
    light_bundle: Bundle, process_runtime: ProcessRuntime, planned: Callable[..., Plan], tmp_path: Path
) -> Iterator[str]:
    """A small service as a process of this machine; its server is the standard library's, and up in no time."""
    described = Path(light_bundle.folder) / "service.json"
    service = json.loads(described.read_text())
    columns = [{**column, "kind": "number"} for column in service["input"]["columns"]]
    service |= {"name": "small", "input": {"columns": columns}, "output": {"proba": False}}
    described.write_text(json.dumps(service))
    release(planned(), light_bundle, None, process_runtime, silent(), tmp_path)
    save_plan(planned(), tmp_path / "sendoff.yaml", "")
    yield "small"
    if "small" in targets.names():
        targets.find("small").down()


@pytest.fixture
def released(up: Releases, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Releases:
    """Three revisions: two divide the requests, one has none."""
    monkeypatch.setattr(Cloud, "at", lambda place: cloud_for(up.local))  # each who closes it has one of their own
    (tmp_path / "sample.json").write_text('{"features": [1.0, 2.0]}')
    up("1")
    up("2")
    up("3", of=plan(traffic=(20,)))
    save_plan(plan(), tmp_path / "sendoff.yaml", "")
    return up
