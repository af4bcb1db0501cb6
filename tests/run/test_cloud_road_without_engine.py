"""The same road on a machine without a container engine: the local Cloud Run runs the bundle as a plain process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.run.cloud_desk import Desk, statuses

pytestmark = pytest.mark.index


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path, DOCKER_HOST=f"unix://{tmp_path}/no-engine.sock")
    desk.open_workshop("process")
    yield desk
    desk.run("workshop", "down")


def test_two_versions_and_a_way_back_need_no_engine(desk: Desk) -> None:
    first = desk.save(slope=1.0)
    lines = desk.json("up", "model.pkl", "--target", "workshop", "--set", "service.name=tide", "--yes")
    assert set(statuses(lines).values()) == {"done"}
    expected = float(first.predict(desk.inputs[:1])[0])
    assert desk.predicts() == pytest.approx(expected, rel=1e-9)

    second = desk.save(slope=7.0)
    desk.json("up", "sendoff.yaml")
    assert desk.predicts() == pytest.approx(float(second.predict(desk.inputs[:1])[0]), rel=1e-9)
    desk.json("rollback", "tide", "--yes")
    assert desk.predicts() == pytest.approx(expected, rel=1e-9)
    desk.json("down", "tide", "--yes")
    assert desk.json("status")[0]["services"] == []


def test_google_itself_needs_an_engine_and_says_so_before_anything_is_done(desk: Desk) -> None:
    desk.save(slope=1.0)
    refused = desk.run("up", "model.pkl", "--target", "cloud_run", "--project", "my-project", "--yes")
    assert refused.returncode == 1
    assert "engine" in refused.stderr
    assert not (desk.folder / "bundle").exists()
