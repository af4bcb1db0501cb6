from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sklearn.linear_model import LinearRegression

from jupyter_ext.opening.way import Way, open_way
from tests.jupyter_ext.opening.houses import ROWS

Open = Callable[..., Way]


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The working directory; no package index, no settings and no login of this machine's."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("SENDOFF_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    for name in ("GOOGLE_CLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT", "GCLOUD_PROJECT", "DEVSHELL_PROJECT_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "gcloud"))
    return folder


@pytest.fixture
def house() -> LinearRegression:
    return LinearRegression().fit(ROWS, [100.0, 160.0, 240.0, 140.0])


@pytest.fixture
def opened(here: Path) -> Iterator[Open]:
    """`open_way`; what it opened is closed in the end."""
    ways: list[Way] = []

    def open_it(given: Any = None, **more: Any) -> Way:
        way = open_way(given, **more)
        ways.append(way)
        return way

    yield open_it
    for way in ways:
        way.deploy.close()
