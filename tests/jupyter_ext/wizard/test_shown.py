"""Which outputs a wizard has, host by host, as IPython would publish them."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import DisplayHandle, display

from jupyter_ext.hosts import Host
from jupyter_ext.record.record import Record, record_of
from jupyter_ext.record.shown import Shown
from tests.jupyter_ext.wizard.test_record import TITLES, at_work, done

VIEW = "application/vnd.jupyter.widget-view+json"
PLAN = Path("/home/ada/house/sendoff.yaml")
BOX = SimpleNamespace(model_id="f00")


class Wizard:
    """How it stands, and where it is shown."""

    def __init__(self) -> None:
        self.record = Record(PLAN)
        self.shown = Shown(lambda: self.record)


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> Any:
    shell: Any = InteractiveShell()
    publisher = CapturingDisplayPublisher()
    monkeypatch.setattr(InteractiveShell, "_instance", shell)
    monkeypatch.setattr(InteractiveShell, "initialized", lambda *_: True)
    monkeypatch.setattr(shell, "display_pub", publisher)
    return publisher.outputs


@pytest.mark.parametrize("host", [Host.JUPYTER, Host.VSCODE, Host.COLAB])
def test_beside_a_box_there_is_always_html_and_plain_text(host: Host, published: list[Any]) -> None:
    Wizard().shown.show(host, lambda: BOX)
    box, record = (one["data"] for one in published)
    assert box[VIEW]["model_id"] == "f00"
    assert set(box) == {VIEW, "text/html", "text/plain"}
    assert "house/sendoff.yaml" in box["text/html"]
    assert set(record) == {"text/html", "text/plain"}


def test_where_no_widget_can_be_drawn_there_is_the_record_alone(published: list[Any]) -> None:
    Wizard().shown.show(Host.HEADLESS, lambda: pytest.fail("a box was made"))
    assert [set(one["data"]) for one in published] == [{"text/html", "text/plain"}]


def test_a_record_that_was_interrupted_as_it_was_shown_is_drawn_anew(
    published: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    wizard = Wizard()

    def shown_and_interrupted(handle: DisplayHandle, bundle: Any, **given: Any) -> None:
        display(bundle, display_id=handle.display_id, **given)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(DisplayHandle, "display", shown_and_interrupted)
        wizard.shown.show(Host.HEADLESS, None)
    assert wizard.shown.anywhere
    wizard.record = record_of(done(), PLAN, titles=TITLES)
    wizard.shown.update()
    assert len({one["transient"]["display_id"] for one in published}) == 1
    assert [bool(one.get("update")) for one in published] == [False, False, True]
    assert "Done" in published[-1]["data"]["text/plain"]


def test_the_record_changes_in_its_place_and_only_where_there_is_news(published: list[Any]) -> None:
    wizard = Wizard()
    wizard.shown.show(Host.HEADLESS, None)
    wizard.record = record_of(at_work(), PLAN, titles=TITLES, now=120.0)
    wizard.shown.update()
    wizard.shown.update()
    wizard.record = record_of(done(), PLAN, titles=TITLES)
    wizard.shown.update()
    first, second, third = published
    assert not first.get("update")
    assert second["update"]
    assert third["update"]
    assert len({one["transient"]["display_id"] for one in published}) == 1
    assert "Done" in third["data"]["text/plain"]


@pytest.mark.parametrize(("host", "times"), [(Host.JUPYTER, 3), (Host.VSCODE, 3), (Host.COLAB, 2), (Host.HEADLESS, 1)])
def test_beside_the_cells_only_those_are_told_who_take_it(host: Host, times: int, published: list[Any]) -> None:
    wizard = Wizard()
    wizard.shown.show(host, lambda: BOX)
    wizard.record = record_of(done(), PLAN, titles=TITLES)
    wizard.shown.update_beside()
    assert len(published) == times


def test_shown_twice_both_records_follow(published: list[Any]) -> None:
    wizard = Wizard()
    wizard.shown.show(Host.JUPYTER, lambda: BOX)
    wizard.shown.show(Host.JUPYTER, lambda: BOX)
    wizard.record = record_of(done(), PLAN, titles=TITLES)
    wizard.shown.update()
    assert [one.get("update", False) for one in published] == [False, False, False, False, True, True]


def test_in_a_terminal_each_stage_is_printed_once_and_the_end_at_last(capsys: pytest.CaptureFixture[str]) -> None:
    wizard = Wizard()
    wizard.shown.show(Host.TERMINAL, None)
    assert "not yet run" in capsys.readouterr().out
    wizard.record = record_of(at_work(), PLAN, titles=TITLES, now=120.0)
    wizard.shown.update()
    wizard.shown.update()
    assert capsys.readouterr().out.count("Look into the model") == 1
    wizard.record = record_of(done(), PLAN, titles=TITLES)
    wizard.shown.update()
    said = capsys.readouterr().out
    assert "Look into the model" not in said
    assert "Done · 2 of 2 stages" in said
    assert "http://127.0.0.1:9" in said
