from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.serving.bundles import bundled
from tests.serving.examples import EXAMPLES, Example
from tests.serving.running import Running, running

Serve = Callable[..., Running]


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Example]:
    """An example model by name, trained once."""
    made: dict[str, Example] = {}

    def train(name: str) -> Example:
        if name not in made:
            made[name] = EXAMPLES[name](tmp_path_factory.mktemp(name))
        return made[name]

    return train


@pytest.fixture(scope="session", params=["fastapi", "flask"])
def server(request: pytest.FixtureRequest) -> str:
    """Each test that takes it runs under both servers."""
    return str(request.param)


@pytest.fixture(scope="session")
def serve(trained: Callable[[str], Example], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """The running service of an example, by its name and server; started once and left running for the tests after."""
    with ExitStack() as stack:
        started: dict[tuple[str, str], Running] = {}

        def start(name: str, server: str) -> Running:
            if (name, server) not in started:
                folder = tmp_path_factory.mktemp(f"{name}-{server}") / "bundle"
                bundled(trained(name), folder, server)
                started[name, server] = stack.enter_context(running(folder)).ready()
            return started[name, server]

        yield start


@pytest.fixture
def example(request: pytest.FixtureRequest, trained: Callable[[str], Example]) -> Example:
    """The example a test is parametrised with."""
    return trained(request.param)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """Where a test's own bundle goes."""
    return tmp_path / "bundle"
