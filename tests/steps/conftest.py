from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.steps.deploying import copy_model
from wizard.steps.deploy import Deploy

Start = Callable[..., Deploy]


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No package index, no settings and no login of this machine's."""
    monkeypatch.setenv("SENDOFF_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    for name in ("GOOGLE_CLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT", "GCLOUD_PROJECT", "DEVSHELL_PROJECT_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "gcloud"))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "no-key.json"))


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A folder with a model of house prices."""
    return copy_model(tmp_path / "house-prices").parent


@pytest.fixture
def start(alone: None, house: Path) -> Iterator[Start]:
    """Begins walks from a model in the house's folder; ends them all."""
    begun: list[Deploy] = []

    def begin(model: str | Path | None = "model.pkl", **more: Any) -> Deploy:
        deploy = Deploy.new(house, model=Path(model) if model is not None else None, debounce=0, **more)
        begun.append(deploy)
        return deploy

    yield begin
    for deploy in begun:
        deploy.close()
