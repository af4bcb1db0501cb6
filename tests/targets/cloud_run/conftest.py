"""The local Cloud Run that releases are tested on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.targets.cloud_run.releases import Models, Releases, cloud_for
from wizard.workshop.local import local_cloud_run
from wizard.workshop.runtimes.fake import FakeRuntime


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The person's state folder."""
    monkeypatch.setenv("SENDOFF_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def up(tmp_path: Path, home: Path) -> Iterator[Releases]:
    """Releases to a local Cloud Run whose containers are this process."""
    models = Models()
    with local_cloud_run(tmp_path / "cloud", FakeRuntime(models)) as local, cloud_for(local) as cloud:
        yield Releases(local, cloud, models, tmp_path)
