"""The live box without a browser: which part is in sight, and what leads from one to the other."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import joblib
import pytest
from sklearn.linear_model import LinearRegression

from jupyter_ext import Wizard
from jupyter_ext.result import NotDeployedError
from jupyter_ext.wizard_box import Sight
from tests.jupyter_ext.wizard.short_road import begin_short_run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("wizard.steps.run_questions.begin_run", begin_short_run)
    joblib.dump(LinearRegression().fit([[1.0], [2.0]], [1.0, 2.0]), tmp_path / "house.pkl")
    return tmp_path


@pytest.fixture
def wizard(folder: Path) -> Iterator[Wizard]:
    opened = Wizard(folder / "house.pkl", target="local")
    yield opened
    opened.cancel()
    if opened.run is not None:
        opened.run.wait(60)
    opened.close()


def soon(holds: Callable[[], Any]) -> None:
    """Wait until it does, at most a minute."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)


def in_sight(wizard: Wizard) -> Any:
    return wizard.box.children[-1]


def shown(button: Any) -> bool:
    return bool(button.layout.display != "none")


def test_it_begins_with_the_form_alone(wizard: Wizard) -> None:
    box = wizard.box
    assert box is wizard.box
    assert box.sight is Sight.FORM
    assert in_sight(wizard) is box.form
    assert not shown(box.children[1])


def test_the_form_brought_to_its_end_starts_the_run_and_shows_it(wizard: Wizard, folder: Path) -> None:
    box = wizard.box
    session = wizard.deploy.session
    session.go("review")
    assert session.settled(60)
    session.next()
    soon(lambda: box.panel is not None and in_sight(wizard) is box.panel)
    assert box.sight is Sight.RUN
    assert wizard.run is not None
    assert box.panel is not None
    assert box.panel.run is wizard.run
    assert shown(box.children[1])
    (folder / "go").touch()
    assert wizard.wait(60).url == "http://127.0.0.1:9"


def test_a_run_begun_in_a_cell_is_shown_too(wizard: Wizard, folder: Path) -> None:
    box = wizard.box
    wizard.start()
    assert box.sight is Sight.RUN
    wizard.start()  # at work already: nothing happens
    (folder / "go").touch()
    wizard.wait(60)


def test_one_can_look_at_the_form_while_the_run_is_at_work_and_come_back(wizard: Wizard) -> None:
    wizard.start()
    form, run, service = wizard.box.children[1].children
    form.click()
    assert in_sight(wizard) is wizard.box.form
    run.click()
    assert in_sight(wizard) is wizard.box.panel
    assert not shown(service)


def test_another_run_begun_from_the_panel_is_the_wizards_run(wizard: Wizard, folder: Path) -> None:
    (folder / "go").write_text("fail", encoding="utf-8")
    wizard.start()
    first = wizard.run
    assert first is not None
    assert first.wait(60) is not None
    (folder / "go").write_text("", encoding="utf-8")
    panel = wizard.box.panel
    assert panel is not None
    panel._heard(panel, {"kind": "hello", "run": 1, "have": 0}, [])
    panel._heard(panel, {"kind": "again", "run": 1}, [])
    soon(lambda: wizard.run is not first)
    assert panel is wizard.box.panel
    assert panel.run is wizard.run
    assert wizard.wait(60).service == "short"


def test_what_a_failure_speaks_of_is_changed_in_the_form(wizard: Wizard, folder: Path) -> None:
    wizard.start()
    wizard.box._change("service.memory")
    assert wizard.box.sight is Sight.FORM
    soon(lambda: wizard.deploy.session.view().step.name == "settings")


def test_a_run_that_was_left_is_offered_to_be_seen_and_gone_on_with(wizard: Wizard, folder: Path) -> None:
    wizard.start()
    wizard.cancel()
    assert wizard.run is not None
    wizard.run.wait(60)
    again = Wizard(folder / "house.pkl", target="local")
    go_on, see = again.box.children[2].children
    assert shown(again.box.children[2])
    see.click()
    soon(lambda: again.box.sight is Sight.RUN)
    assert again.box.panel is not None
    assert again.box.panel.run is None  # one that is over
    assert again.run is None
    (folder / "go").touch()
    go_on.click()
    soon(lambda: again.run is not None)
    assert again.wait(60).service == "short"
    again.close()


def test_two_wizards_have_boxes_of_their_own(wizard: Wizard, folder: Path) -> None:
    other = Wizard(folder / "house.pkl", target="local", folder=folder / "other")
    assert other.box is not wizard.box
    wizard.start()
    assert other.box.sight is Sight.FORM
    other.close()


def test_closing_ends_it_and_leaves_the_run_alone(wizard: Wizard, folder: Path) -> None:
    box = wizard.box
    wizard.start()
    wizard.close()
    assert box.comm is None
    assert wizard.run is not None
    assert wizard.run.feed.snapshot().result is None
    (folder / "go").touch()
    result = wizard.run.wait(60)
    assert result is not None
    assert result.ok


def test_the_result_of_a_stopped_run_says_what_to_call_and_not_that_no_service_is_there(wizard: Wizard) -> None:
    wizard.start()
    wizard.cancel()
    assert wizard.run is not None and wizard.run.wait(60) is not None
    with pytest.raises(NotDeployedError, match="This run has deployed nothing") as caught:
        _ = wizard.result
    assert caught.value.fix == "w.wait() goes on from here."
