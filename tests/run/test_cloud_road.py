"""The whole road to Cloud Run, as a person walks it: a local Cloud Run, a model file, two versions, a way back, and the end."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.run.cloud_desk import Desk, statuses

STAGES = ["inspect", "plan", "preflight", "lock", "bundle", "build", "rehearse", "push", "release"]

pytestmark = [pytest.mark.index, pytest.mark.registry]


@pytest.fixture
def desk(tmp_path: Path, base_image: str) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    desk.open_workshop("engine")
    yield desk
    desk.run("workshop", "down")


def test_a_model_goes_to_cloud_run_and_a_second_version_and_back_and_down(desk: Desk) -> None:
    first = desk.save(slope=1.0)
    lines = desk.json("up", "model.pkl", "--target", "workshop", "--set", "service.name=tide", "--yes")
    assert list(statuses(lines)) == STAGES
    release = lines[-1]["result"]
    assert release["target"] == "cloud_run"
    assert "agree" in release["proof"]
    assert any("a month" in line["text"] for line in lines if line["type"] == "notice")
    expected = [float(model.predict(desk.inputs[:1])[0]) for model in (first,)]
    assert desk.predicts() == pytest.approx(expected[0], rel=1e-9)
    assert list(desk.revisions().values()) == [100]

    # It is private: who says nothing about themselves gets no answer.
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{release['url']}/health", timeout=10)
    assert refused.value.code in {401, 403}

    # Again changes nothing.
    again = desk.json("up", "sendoff.yaml")
    assert again[-1]["result"]["changed"] is False
    assert len(desk.revisions()) == 1

    second = desk.save(slope=7.0)
    newer = desk.json("up", "sendoff.yaml")[-1]["result"]
    assert newer["url"] == release["url"]
    assert desk.predicts() == pytest.approx(float(second.predict(desk.inputs[:1])[0]), rel=1e-9)
    assert desk.revisions() == {newer["revision"]: 100, release["revision"]: 0}

    (back,) = desk.json("rollback", "tide", "--yes")
    assert back["after"] == {release["revision"]: 100}
    assert desk.predicts() == pytest.approx(expected[0], rel=1e-9)

    desk.json("traffic", "tide", f"{release['revision']}=90", f"{newer['revision']}=10")
    assert desk.revisions() == {newer["revision"]: 10, release["revision"]: 90}

    assert '"predict"' in desk.run("logs", "tide", "-n", "200").stdout or desk.run("logs", "tide").stdout
    (gone,) = desk.json("down", "tide", "--yes")
    assert gone["removed"]
    assert desk.json("status")[0]["services"] == []
