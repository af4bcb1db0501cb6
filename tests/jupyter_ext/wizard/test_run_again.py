"""A cell run time and again shows one wizard, and nothing of those before is kept at work."""

import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ipywidgets
import joblib
import pytest
from ipywidgets.widgets.widget import _instances as living
from sklearn.linear_model import LinearRegression

from jupyter_ext import Wizard
from jupyter_ext.hosts import Host
from jupyter_ext.run_again import Cells
from tests.jupyter_ext.wizard.short_road import begin_short_run


class Shown:
    """Something that a cell shows."""

    def __init__(self) -> None:
        self.away = False

    def put_away(self) -> None:
        self.away = True


def running(cell: str | None, request: str) -> Any:
    """The shell while this cell is at work."""
    parent = {"header": {"msg_id": request}, "metadata": {} if cell is None else {"cellId": cell}}
    return SimpleNamespace(kernel=SimpleNamespace(get_parent=lambda _channel: parent))


def test_what_a_cell_showed_before_is_put_away_when_it_shows_something_else() -> None:
    cells, first, second = Cells(), Shown(), Shown()
    cells.show(first.put_away, running("a", "1"))
    cells.show(second.put_away, running("a", "2"))
    assert first.away and not second.away


@pytest.mark.parametrize(
    ("cell", "request_number"),
    [("b", "2"), ("a", "1"), (None, "2")],
    ids=["in another cell", "in the same run of the cell", "where nobody tells which cell it is"],
)
def test_what_is_still_in_the_page_stays(cell: str | None, request_number: str) -> None:
    cells, first, second = Cells(), Shown(), Shown()
    cells.show(first.put_away, running("a", "1"))
    cells.show(second.put_away, running(cell, request_number))
    assert not first.away and not second.away


def test_what_is_shown_again_by_its_own_cell_or_by_another_one_stays() -> None:
    cells, one, other = Cells(), Shown(), Shown()
    cells.show(one.put_away, running("a", "1"))
    cells.show(one.put_away, running("a", "2"))
    cells.show(one.put_away, running("b", "3"))
    cells.show(other.put_away, running("a", "4"))
    assert not one.away


def test_outside_of_a_kernel_nothing_is_put_away() -> None:
    cells, one, other = Cells(), Shown(), Shown()
    cells.show(one.put_away, None)
    cells.show(other.put_away, None)
    assert not one.away


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("SENDOFF_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("wizard.steps.run_questions.begin_run", begin_short_run)
    monkeypatch.setattr("jupyter_ext.wizard._here", lambda: Host.JUPYTER)
    joblib.dump(LinearRegression().fit([[1.0], [2.0]], [1.0, 2.0]), tmp_path / "house.pkl")
    yield tmp_path


def test_five_runs_of_a_cell_leave_the_widgets_of_one_wizard_and_no_panel_at_work(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "go").touch()
    before, counts, opened = set(living), [], []
    for number in range(5):
        monkeypatch.setattr("jupyter_ext.wizard._shell", lambda number=number: running("the-cell", str(number)))
        wizard = Wizard(folder / "house.pkl", target="local")
        opened.append(wizard)
        wizard._ipython_display_()
        wizard.start()
        wizard.wait(60)
        assert wizard.box.form.settled(60)
        counts.append(len(set(living) - before))
    assert counts[-1] <= counts[1]
    assert opened[0].run is not None and opened[0].result.service == "short"  # it answers still
    assert isinstance(opened[0].box, ipywidgets.VBox)  # and can be shown again
    for wizard in opened:
        wizard.close()
    assert not set(living) - before
    for thread in threading.enumerate():
        if thread.name.startswith("sendoff-"):
            thread.join(60)
            assert not thread.is_alive()
