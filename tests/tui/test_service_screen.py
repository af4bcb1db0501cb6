"""After a release: a service is tried, called, divided, watched, priced and taken down on one screen.

The services are real: a process of this machine, and a local Cloud Run whose containers are this process.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input, TabbedContent, TextArea

from tests.rehearsal.small_service import bundle, light_bundle, planned, process_runtime, state, trained_bundle
from tests.targets.cloud_run.conftest import up
from tests.targets.cloud_run.releases import SERVICE, Releases, plan
from tests.tui.screen_text import screen_text, settle, until, words
from tui.app import SendoffApp
from tui.screens.confirm import ConfirmScreen
from tui.screens.service import TABS, ServiceScreen
from tui.widgets.answer_panel import AnswerPanel
from tui.widgets.request_form import RequestForm
from tui.widgets.revision_row import RevisionRow, ShareInput
from tui.widgets.traffic_pane import TrafficPane
from wizard import targets
from wizard.bundle.bundle import Bundle
from wizard.errors import TargetError
from wizard.events import silent
from wizard.plan import Plan, save_plan
from wizard.runtimes import ProcessRuntime
from wizard.targets.cloud_run import records
from wizard.targets.cloud_run.cloud import Cloud
from wizard.targets.local import release

pytestmark = pytest.mark.anyio
__all__ = ["bundle", "light_bundle", "planned", "process_runtime", "state", "trained_bundle", "up"]


class Looking(SendoffApp):
    """The app, opened on one service; going home is only noted."""

    def __init__(self, name: str, target: str | None = None) -> None:
        super().__init__()
        self.service = ServiceScreen(name, target)
        self.went_home = False

    def on_mount(self) -> None:
        self.push_screen(self.service)

    def show_home(self) -> None:
        self.went_home = True


@asynccontextmanager
async def looking_at(name: str, tab: str = "", size: tuple[int, int] = (120, 40), target: str | None = None) -> Any:
    app = Looking(name, target)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.service.service is not None or "✗" in screen_text(app))
        if tab:
            app.service.action_tab(tab)
        pane = app.service.pane
        gone = app.service.service is None
        await until(pilot, lambda: gone or pane is None or (not pane.busy and pane.has_focus_within))
        yield pilot


def screen(pilot: Pilot[Any]) -> ServiceScreen:
    assert isinstance(pilot.app, Looking)
    return pilot.app.service


# On this machine


@pytest.fixture
def running(
    light_bundle: Bundle, process_runtime: ProcessRuntime, planned: Callable[..., Plan], tmp_path: Path
) -> Iterator[str]:
    """A small service as a process of this machine; its server is the standard library's, and up in no time."""
    described = Path(light_bundle.folder) / "service.json"
    service = json.loads(described.read_text())
    columns = [{**column, "kind": "number"} for column in service["input"]["columns"]]
    service |= {"name": "small", "input": {"columns": columns}, "output": {"proba": False}}
    described.write_text(json.dumps(service))
    release(planned(), light_bundle, None, process_runtime, silent(), tmp_path)
    save_plan(planned(), tmp_path / "sendoff.yaml", "")
    yield "small"
    if "small" in targets.names():
        targets.find("small").down()


async def test_the_sample_is_sent_and_the_answer_comes_with_its_time(running: str) -> None:
    async with looking_at(running) as pilot:
        assert "healthy" in screen_text(pilot.app) and "income" in screen_text(pilot.app)
        await pilot.press("f9")
        answer = screen(pilot).query_one(AnswerPanel)
        await until(pilot, lambda: answer.reply is not None)
        assert answer.reply is not None and answer.reply.status == 200
        assert "✓ 200 in" in screen_text(pilot.app) and " ms" in screen_text(pilot.app)
        assert "prediction" in screen_text(pilot.app)


async def test_a_refused_request_shows_what_the_service_says_and_a_change_takes_it_away(running: str) -> None:
    async with looking_at(running) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.focused, Input))
        await pilot.press("x", "enter")
        answer = screen(pilot).query_one(AnswerPanel)
        await until(pilot, lambda: answer.reply is not None and answer.reply.status == 422)
        assert "The service refused the request" in words(pilot.app)
        assert "income" in words(pilot.app)
        form = screen(pilot).query_one(RequestForm)
        assert next(iter(form.query("FieldRow"))).view.error is not None  # type: ignore[attr-defined]
        await pilot.press("backspace", "4", "2")
        await until(pilot, lambda: next(iter(form.query("FieldRow"))).view.error is None)  # type: ignore[attr-defined]


async def test_a_refusal_the_form_did_not_foresee_is_shown_beside_the_field_it_names(running: str) -> None:
    from wizard.targets import Reply

    async with looking_at(running) as pilot:
        form = screen(pilot).query_one(RequestForm)
        form.refuse(Reply(422, {"error": {"message": "features.rooms is odd", "field": "features.rooms"}}, 1.0))
        row = list(form.query("FieldRow"))[2]
        await until(pilot, lambda: row.view.error is not None)  # type: ignore[attr-defined]
        assert "features.rooms is odd." in words(pilot.app)


async def test_json_of_ones_own_is_sent_and_what_is_no_json_is_said_beside_it(running: str) -> None:
    async with looking_at(running) as pilot:
        await pilot.press("f8")
        area = screen(pilot).query_one("#try-json", TextArea)
        await until(pilot, lambda: area.display and json.loads(area.text)["features"])
        area.text = '{"features": [1,'
        await settle(pilot)
        screen(pilot).pane.action_send()  # type: ignore[union-attr]
        await until(pilot, lambda: "This is no JSON" in words(pilot.app))
        area.text = '{"features": [1, 2, 3]}'
        await settle(pilot)
        assert "This is no JSON" not in words(pilot.app)
        await pilot.press("f9")
        answer = screen(pilot).query_one(AnswerPanel)
        await until(pilot, lambda: answer.reply is not None)
        assert answer.reply is not None and answer.reply.status == 200


async def test_without_its_bundle_a_service_takes_json(running: str) -> None:
    shutil.rmtree(targets.find(running).bundle)
    async with looking_at(running) as pilot:
        assert "There is no form for the service" in words(pilot.app)
        assert screen(pilot).query_one("#try-json").display


async def test_its_log_is_followed(running: str) -> None:
    async with looking_at(running, "logs") as pilot:
        await until(pilot, lambda: "listening" in screen_text(pilot.app))


async def test_one_revision_has_nothing_to_divide_and_rolling_back_says_why_it_cannot(running: str) -> None:
    async with looking_at(running, "traffic") as pilot:
        assert "nothing to divide" in words(pilot.app)
        await pilot.press("f7")
        await until(pilot, lambda: "cannot be rolled back" in words(pilot.app))
        assert "Try again" in screen_text(pilot.app)


async def test_it_costs_nothing_here(running: str) -> None:
    async with looking_at(running, "cost") as pilot:
        assert "This costs nothing" in words(pilot.app)


async def test_taking_it_down_lists_what_goes_and_asks_before(running: str) -> None:
    async with looking_at(running, "down") as pilot:
        assert f"the service {running} at" in words(pilot.app)
        await pilot.press("f9")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen))
        await pilot.press("n")
        await until(pilot, lambda: pilot.app.screen is screen(pilot))
        assert running in targets.names()
        await pilot.press("f9")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen))
        await pilot.press("y")
        await until(pilot, lambda: running not in targets.names())
        await until(pilot, lambda: pilot.app.went_home)


async def test_a_service_that_is_not_there_says_so_and_can_be_looked_for_again(running: str) -> None:
    async with looking_at("smal") as pilot:
        assert "There is no service 'smal'" in words(pilot.app) and "Did you mean small?" in words(pilot.app)
        assert isinstance(pilot.app.focused, Button) and pilot.app.focused.id == "again"


# On a local Cloud Run


@pytest.fixture
def released(up: Releases, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Releases:
    """Three revisions: two divide the requests, one has none."""
    monkeypatch.setattr(Cloud, "at", lambda place: up.cloud)
    (tmp_path / "sample.json").write_text('{"features": [1.0, 2.0]}')
    up("1")
    up("2")
    up("3", of=plan(traffic=(20,)))
    save_plan(plan(), tmp_path / "sendoff.yaml", "")
    return up


def shares(pilot: Pilot[Any]) -> list[int]:
    return [row.share for row in screen(pilot).query(RevisionRow)]


async def test_revisions_are_shown_with_their_shares_newest_first(released: Releases) -> None:
    async with looking_at(SERVICE, "traffic") as pilot:
        assert shares(pilot) == [20, 80, 0]
        assert "20    %" in screen_text(pilot.app) and "█" in screen_text(pilot.app)


async def test_shares_that_do_not_make_a_whole_cannot_be_moved(released: Releases) -> None:
    async with looking_at(SERVICE, "traffic") as pilot:
        screen(pilot).query(ShareInput).first().value = "50"
        await until(pilot, lambda: "30 % too much" in words(pilot.app))
        assert screen(pilot).query_one("#move", Button).disabled
        screen(pilot).query(ShareInput)[1].value = "10"
        await until(pilot, lambda: "40 % are still to be given" in words(pilot.app))
        screen(pilot).query_one(TrafficPane).action_undo()
        await until(pilot, lambda: shares(pilot) == [20, 80, 0])


async def test_the_traffic_is_moved_after_it_was_shown_what_changes(released: Releases) -> None:
    async with looking_at(SERVICE, "traffic") as pilot:
        before = released.traffic()
        screen(pilot).query(ShareInput).first().focus()
        await pilot.press("f8")
        await until(pilot, lambda: shares(pilot) == [100, 0, 0])
        await pilot.press("f9")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen))
        assert "20 % → 100 %" in words(pilot.app) and released.traffic() == before
        await pilot.press("y")
        await until(pilot, lambda: released.traffic() == {released.revisions()[-1]: 100})
        rows = screen(pilot).query(RevisionRow)
        await until(pilot, lambda: [row.revision.percent for row in rows] == [100, 0, 0])


async def test_a_rollback_says_where_it_goes_before_it_asks(released: Releases) -> None:
    async with looking_at(SERVICE, "traffic") as pilot:
        await pilot.press("f7")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen))
        old = released.revisions()[1]
        assert f"{old}: 80 % → 100 %" in words(pilot.app)
        await pilot.press("y")
        await until(pilot, lambda: released.traffic() == {old: 100})


async def test_what_is_typed_survives_a_refresh(released: Releases) -> None:
    async with looking_at(SERVICE, "traffic") as pilot:
        screen(pilot).query(ShareInput).first().value = "33"
        await pilot.press("f5")
        await until(pilot, lambda: not screen(pilot).pane.busy)  # type: ignore[union-attr]
        assert shares(pilot) == [33, 80, 0]


async def test_a_revision_that_failed_says_why_and_gets_no_share(released: Releases) -> None:
    released.plant("crash")
    with pytest.raises(TargetError):
        released("4")
    async with looking_at(SERVICE, "traffic") as pilot:
        first = screen(pilot).query(RevisionRow).first()
        assert "not ready" in screen_text(pilot.app) and first.query_one(ShareInput).disabled
        assert "did not become ready" in words(pilot.app)


async def test_its_cloud_log_comes_line_by_line(released: Releases) -> None:
    revision = released.revisions()[-1]
    write = released.local.plane.logs.writer(f"{released.cloud.place.service(SERVICE)}/revisions/{revision}")
    write("before it was looked at")
    async with looking_at(SERVICE, "logs") as pilot:
        await until(pilot, lambda: "before it was looked at" in screen_text(pilot.app))
        write("while it is looked at")
        await until(pilot, lambda: "while it is looked at" in screen_text(pilot.app))
        follower = screen(pilot).pane._follower  # type: ignore[union-attr]
    follower._thread.join(10)
    assert follower.ended, "the following ends with the screen"


async def test_the_cost_follows_the_requests_one_thinks_of(released: Releases) -> None:
    async with looking_at(SERVICE, "cost") as pilot:
        assert "A month" in screen_text(pilot.app)
        screen(pilot).query_one("#requests", Input).value = "5000000"
        await until(pilot, lambda: "5,000,000 requests a day" in words(pilot.app))


async def test_calls_are_there_to_be_copied(released: Releases) -> None:
    async with looking_at(SERVICE, "call") as pilot:
        await until(pilot, lambda: "curl" in screen_text(pilot.app))
        await pilot.press("y")
        await until(pilot, lambda: "curl" in pilot.app.clipboard)


async def test_a_cloud_that_does_not_answer_is_said_and_can_be_asked_again(released: Releases) -> None:
    [record] = records.read_all()
    records.forget(record)
    records.write(records.CloudRecord(SERVICE, "demo-project", "us-central1", "http://127.0.0.1:9", "", "", "http://x"))
    with pytest.MonkeyPatch.context() as patch:
        from wizard.targets.cloud_run.door import DoorAccess

        patch.setattr(Cloud, "at", lambda place: Cloud(place, DoorAccess(place.endpoint)))
        async with looking_at(SERVICE, "traffic") as pilot:
            assert "not seen" in screen_text(pilot.app)
            await until(pilot, lambda: "No local Cloud Run answers" in words(pilot.app))
            await until(pilot, lambda: "Try again" in screen_text(pilot.app))


async def test_a_service_deleted_elsewhere_is_said_to_be_gone_and_can_be_forgotten(released: Releases) -> None:
    released.cloud.services.delete_service(name=released.cloud.place.service(SERVICE)).result(timeout=20)
    async with looking_at(SERVICE, "down") as pilot:
        assert "It is gone" in words(pilot.app)
        await pilot.press("f9")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen))
        await pilot.press("y")
        await until(pilot, lambda: targets.names() == ())


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (44, 16)])
async def test_every_tab_is_come_to_by_its_key_at_every_size(released: Releases, size: tuple[int, int]) -> None:
    async with looking_at(SERVICE, size=size) as pilot:
        for number, (tab, _, _) in enumerate(TABS, 1):
            screen(pilot).query_one("ContentTabs").focus()
            await pilot.press(str(number))
            await until(pilot, lambda tab=tab: screen(pilot).query_one(TabbedContent).active == tab)  # type: ignore[misc]
            pane = screen(pilot).pane
            assert pane is not None
            await until(pilot, lambda pane=pane: not pane.busy and pane.has_focus_within)  # type: ignore[misc]
            assert "Refresh" in screen_text(pilot.app)
