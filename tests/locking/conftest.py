import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.locking.listening import Listener, PlanOf
from tests.locking.small_index import SmallIndex
from wizard.plan.plan import ImageSection, ModelSection, Plan, ServiceSection


@pytest.fixture
def plan_of() -> PlanOf:
    """A plan that asks for these packages and is otherwise as plain as can be."""

    def make(
        *requirements: str,
        python: str = "3.11",
        as_of: str | None = None,
        extra: Sequence[str] = (),
        framework: str = "scikit-learn",
    ) -> Plan:
        return Plan(
            model=ModelSection(path="model.pkl", sha256="0" * 64, framework=framework, as_of=as_of),
            image=ImageSection(python=python, requirements=requirements, extra_requirements=tuple(extra)),
            service=ServiceSection(name="house-prices"),
        )

    return make


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No index settings of this machine's, and an empty cache."""
    for name in list(os.environ):
        if name.startswith(("UV_", "PIP_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")


@pytest.fixture
def small_index(no_settings: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallIndex]:
    """An index of made-up wheels, and the only one uv knows."""
    index = SmallIndex()
    monkeypatch.setenv("UV_DEFAULT_INDEX", index.url)
    yield index
    index.close()
