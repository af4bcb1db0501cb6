from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.jupyter_ext.wizard.live_kernel import LiveKernel

MODEL = """
import pandas
from sklearn.linear_model import LinearRegression
rows = pandas.DataFrame({"size": [50.0, 80.0, 120.0, 70.0], "rooms": [2.0, 3.0, 5.0, 3.0]})
house = LinearRegression().fit(rows, [100.0, 160.0, 240.0, 140.0])
from jupyter_ext import Wizard
"""
SHORT = "from tests.jupyter_ext.wizard.short_road import take_short_road; take_short_road()"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveKernel]:
    """The kernel of a module's tests."""
    folder = tmp_path_factory.mktemp("kernel")
    with LiveKernel(folder / "work", folder / "home") as kernel:
        kernel.run(MODEL)
        kernel.run(SHORT)
        yield kernel


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the kernel works in this test."""
    return tmp_path


@pytest.fixture
def kernel(live: LiveKernel, folder: Path) -> Iterator[LiveKernel]:
    """One with a fitted model `house`, its `rows`, and runs along the short road."""
    live.outputs.clear()
    live.run(f"import os; os.chdir({str(folder)!r}); w = None")
    yield live
    live.run("w is None or w.cancel()")
