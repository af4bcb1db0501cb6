from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.jupyter_ext.magics.shell import Shell
from tests.jupyter_ext.wizard.live_kernel import LiveKernel

HOUSES = """
import pandas
from sklearn.linear_model import LinearRegression
rows = pandas.DataFrame({"size": [50.0, 80.0, 120.0, 70.0], "rooms": [2.0, 3.0, 5.0, 3.0]})
prices = [100.0, 160.0, 240.0, 140.0]
house = LinearRegression().fit(rows, prices)
unfitted = LinearRegression()
"""
SHORT_ROAD = "from tests.jupyter_ext.wizard.short_road import take_short_road; take_short_road()"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the notebook works."""
    path = tmp_path / "work"
    path.mkdir()
    return path


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, folder: Path) -> Iterator[Shell]:
    """A shell with a fitted model `house`, its `rows`, and the magic."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("SENDOFF_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    with Shell() as opened:
        opened.run(HOUSES)
        opened.run("%load_ext jupyter_ext")
        yield opened


@pytest.fixture(scope="module")
def one_kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveKernel]:
    """A kernel takes seconds to start: the tests of a file share one."""
    home = tmp_path_factory.mktemp("kernel")
    with LiveKernel(home / "first", home / "home") as live:
        live.run(SHORT_ROAD)
        live.run("%load_ext jupyter_ext")
        yield live


@pytest.fixture
def kernel(one_kernel: LiveKernel, folder: Path) -> LiveKernel:
    """A kernel that works in `folder` and has the same, whose runs walk the short road."""
    one_kernel.run(f"import os; os.chdir({str(folder)!r})")
    one_kernel.run(HOUSES)
    return one_kernel
