"""The run screen shows a real run as it goes, what went wrong and where, and goes on from there."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.run.staged import Made, failing
from tests.tui.run_app import Bench, RunApp
from tests.tui.screen_text import screen_text, settle, until, words
from tui.screens.by_hand import ByHandScreen
from tui.screens.confirm import ConfirmScreen
from tui.screens.notices import NoticesScreen
from tui.screens.run import RunScreen
from tui.widgets import run_end
from tui.widgets.failure_panel import FailurePanel
from tui.widgets.log_tail import LogTail
from tui.widgets.stage_list import StageList
from tui.widgets.success_panel import SuccessPanel
from wizard.errors import BuildError, EngineError, LockError, error_of
from wizard.events import Feed, LogLine, Reporter, RunFinished, StageFinished, StageStarted
from wizard.plan import load_plan, save_plan
from wizard.plan.cloud_run import CloudRunTarget
from wizard.plan.plan import Plan
from wizard.run.expected import expected_seconds
from wizard.run.journal import read_lines
from wizard.run.replay import replay
from wizard.run.road import Road
from wizard.steps.remedies import Remedy
from wizard.steps.run_questions import begin_run

pytestmark = pytest.mark.anyio


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def journal_of(bench: Bench) -> Path:
    return max((bench.plan.parent / ".sendoff" / "journal").glob("*.jsonl"))


async def test_a_run_is_shown_as_it_goes_and_how_it_ended(bench: Bench) -> None:
    bench.work["build"] = bench.holding("Step 1/7", "Step 2/7")
    app = RunApp(bench.screen())
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "Step 2/7" in screen_text(app) and "· Rehearse the service" in screen_text(app))
        text = screen_text(app)
        assert "Running" in text
        assert "✓ Pin the dependencies" in text
        assert "● Build the image" in text
        bench.go.set()
        await until(pilot, lambda: app.screen.query(SuccessPanel))
        assert "Done" in screen_text(app)
        assert "✓ Rehearse the service" in screen_text(app)


async def test_progress_is_said_in_bytes_and_with_a_bar(bench: Bench) -> None:
    def pull(_road: Road, reporter: Reporter) -> Made:
        reporter.progress(12_000_000, 48_000_000, unit="bytes", what="python:3.11-slim")
        return bench.holding()(_road, reporter)

    bench.work["build"] = pull
    app = RunApp(bench.screen())
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "12 MB of 48 MB python:3.11-slim" in screen_text(app))
        row = next(line for line in screen_text(app).splitlines() if "●" in line)
        assert row.count("━") * 3 == row.count("─"), "a quarter is done"
        bench.go.set()


async def test_the_time_a_stage_took_in_earlier_runs_is_what_is_expected(bench: Bench) -> None:
    def slow(_road: Road, _reporter: Reporter) -> Made:
        time.sleep(0.05)
        return Made("slow")

    bench.work["build"] = slow
    bench.begin(bench.plan).wait()
    assert expected_seconds(bench.plan)["build"] >= 0.05
    (bench.plan.parent / ".sendoff" / "done.jsonl").unlink()
    bench.work["build"] = bench.holding("at work")
    app = RunApp(bench.screen())
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: " of ~" in screen_text(app))
        bench.go.set()


async def test_a_skipped_stage_or_a_failed_one_tells_nothing_of_what_to_expect(bench: Bench) -> None:
    bench.work["build"] = failing(BuildError("No."))  # type: ignore[assignment]
    bench.begin(bench.plan).wait()
    assert "build" not in expected_seconds(bench.plan)
    took = expected_seconds(bench.plan)["lock"]
    bench.begin(bench.plan).wait()
    assert expected_seconds(bench.plan)["lock"] == took


async def test_a_failure_shows_the_cause_the_line_that_shows_it_and_what_to_do(bench: Bench) -> None:
    error = BuildError(
        "The build failed.", "The disk is full.", "Free some room.", evidence=["No space left on device"]
    )
    noise = [f"noise {number}" for number in range(200)]
    bench.work["build"] = failing(error, *noise, "write: No space left on device", *noise)  # type: ignore[assignment]
    for size in ((120, 40), (80, 24), (44, 16)):
        app = RunApp(bench.screen())
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda app=app: app.screen.query(FailurePanel))  # type: ignore[misc]
            await settle(pilot)
            text = words(app).replace("▌ ", "")
            assert [
                part for part in ("The build failed.", "The disk is full.", "Free some room.") if part not in text
            ] == []
            assert any("▶" in line and "No space left" in line for line in screen_text(app).splitlines())
            assert [way for way in ("Try again", "Change", "By hand", "Home") if way not in text] == []


async def test_a_remedy_is_applied_with_one_key_and_the_run_goes_on_from_that_stage(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied: list[Remedy] = []
    remedy = Remedy("Give it 2Gi of memory", {"service.memory": "2Gi"}, consent=True, stage="build")

    def apply(chosen: Remedy, _plan_path: Path) -> Plan | None:
        applied.append(chosen)
        del bench.work["build"]
        return None

    # The stages here have no plan; what remedies there are, and what applying one does, `wizard.steps` tests itself.
    monkeypatch.setattr(run_end, "remedies_for", lambda error, plan_path: (remedy,))
    monkeypatch.setattr(run_end, "apply", apply)
    bench.work["build"] = failing(BuildError("The build ran out of memory."))  # type: ignore[assignment]
    app = RunApp(bench.screen())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "1  Give it 2Gi of memory" in screen_text(app))
        await pilot.press("1")
        await until(pilot, lambda: app.screen.query(SuccessPanel))
        assert not app.screen.query(FailurePanel)
    assert applied == [remedy]
    assert bench.worked == ["lock", "build", "build", "rehearse"], "what was done is not done twice"
    assert bench.consents == [False, True]


async def test_one_can_try_again_or_change_the_plan(bench: Bench) -> None:
    bench.work["lock"] = failing(LockError("No version fits."))  # type: ignore[assignment]
    app = RunApp(bench.screen())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.screen.query(FailurePanel))
        await pilot.press("c")
        await settle(pilot)
        assert [way[:2] for way in app.went] == [("plan", bench.plan)]
        del bench.work["lock"]
        await pilot.press("r")
        await until(pilot, lambda: app.screen.query(SuccessPanel))


async def test_a_stage_can_be_seen_done_by_hand(bench: Bench, housing_plan: Path) -> None:
    bench.plan = housing_plan
    bench.work["build"] = bench.holding("at work")
    app = RunApp(bench.screen())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "at work" in screen_text(app))
        await pilot.press("f4")
        await until(pilot, lambda: isinstance(app.screen, ByHandScreen))
        assert "docker build" in words(app)
        bench.go.set()


async def test_stopping_asks_says_what_is_undone_and_that_it_goes_on_from_there(bench: Bench) -> None:
    bench.work["build"] = bench.holding("at work")
    screen = bench.screen()
    app = RunApp(screen)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "at work" in screen_text(app))
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        assert "The build is broken off" in words(app)
        await pilot.press("n")
        await settle(pilot)
        assert screen.at_work
        assert not screen.stopping
        await pilot.press("ctrl+c")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("y")
        await until(pilot, lambda: screen.query(FailurePanel))
        assert "Stopped" in words(app)
        assert "Go on from here" in words(app)
        del bench.work["build"]
        await pilot.press("r")
        await until(pilot, lambda: screen.query(SuccessPanel))


async def test_stopping_once_more_leaves_at_once(bench: Bench) -> None:
    def deaf(_road: Road, reporter: Reporter) -> Made:
        reporter.log("at work")
        bench.go.wait()
        reporter.check()
        return Made("deaf")

    bench.work["build"] = deaf
    app = RunApp(bench.screen())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "at work" in screen_text(app))
        await pilot.press("ctrl+c")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("y")
        await until(pilot, lambda: "Once more (F8) to leave at once" in words(app))
        await pilot.press("ctrl+c")
        await until(pilot, lambda: app.went == [("home",)])
        bench.go.set()


async def test_leaving_a_run_that_is_at_work_asks_and_stops_it_first(bench: Bench) -> None:
    bench.work["build"] = bench.holding("at work")
    screen = bench.screen()
    app = RunApp(screen)
    left: list[str] = []
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "at work" in screen_text(app))
        screen.ask_before_leaving(lambda: left.append("left"))
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        assert "still at work" in words(app)
        await pilot.press("y")
        await until(pilot, lambda: left == ["left"])
        assert not screen.at_work
        screen.ask_before_leaving(lambda: left.append("again"))
        assert left == ["left", "again"], "a run that is over keeps nobody"


async def test_an_engine_that_dies_in_mid_build_is_said_whole_with_its_last_lines(bench: Bench) -> None:
    error = EngineError("The engine went away.", "Its socket closed in the middle of the build.", "Start it again.")
    bench.work["build"] = failing(error, "Step 3/7", "#9 sha256: 12MB/40MB")  # type: ignore[assignment]
    app = RunApp(bench.screen())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.screen.query(FailurePanel))
        assert "The engine went away." in words(app)
        assert "#9 sha256: 12MB/40MB" in screen_text(app)


async def test_a_fault_of_our_own_is_words_too(bench: Bench) -> None:
    bench.work["build"] = lambda road, reporter: 1 / 0  # type: ignore[return-value, arg-type]
    app = RunApp(bench.screen())
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: app.screen.query(FailurePanel))
        assert "ZeroDivisionError" in words(app)
        assert "Traceback" not in screen_text(app)


async def test_the_log_is_that_of_the_stage_under_the_cursor(bench: Bench) -> None:
    bench.work["lock"] = lambda road, reporter: (reporter.log("locking"), Made("lock"))[1]
    bench.work["build"] = bench.holding("building")
    screen = bench.screen()
    app = RunApp(screen)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "building" in screen_text(app))
        assert "locking" not in screen_text(app)
        await pilot.press("left_square_bracket")
        await until(pilot, lambda: "locking" in screen_text(app))
        bench.go.set()
        await until(pilot, lambda: screen.query(SuccessPanel))
        assert "locking" in screen_text(app), "who chose a stage stays with it"
        screen.query_one(StageList).focus()
        await pilot.press("down")
        await until(pilot, lambda: "building" in screen_text(app))


async def test_a_past_run_looks_as_it_did(bench: Bench) -> None:
    error = BuildError("The build failed.", "The disk is full.", "Free some room.", evidence=["No space left"])
    bench.work["build"] = failing(error, "ok so far", "E: No space left")  # type: ignore[assignment]
    bench.begin(bench.plan).wait()
    screen = RunScreen(replay(journal_of(bench)), journal=journal_of(bench), begin=bench.begin, ahead=bench.ahead)
    app = RunApp(screen)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: screen.query(FailurePanel))
        text = words(app)
        assert "Failed" in text
        assert "The disk is full." in text
        assert screen.query_one(LogTail).evidence == {1}
        assert isinstance(screen.error, BuildError)
        del bench.work["build"]
        await pilot.press("r")
        await until(pilot, lambda: screen.query(SuccessPanel))


async def test_a_run_that_was_cut_off_is_not_shown_as_going_on(bench: Bench) -> None:
    feed = Feed()
    feed.put(StageStarted("build", "Build the image", at=time.time() - 3600))
    feed.put(LogLine("build", "the last line"))
    app = RunApp(RunScreen(feed, plan_path=bench.plan, ahead=bench.ahead))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "the last line" in screen_text(app))
        assert "Cut off" in screen_text(app)
        assert "? Build the image" in screen_text(app)
        assert "1h" not in screen_text(app)


async def test_a_release_says_where_it_answers_and_leads_to_trying_it(bench: Bench) -> None:
    feed = Feed()
    feed.put(StageStarted("release", "Release"))
    feed.put(StageFinished("release", True, 1.0, "http://127.0.0.1:8080"))
    call = "curl http://127.0.0.1:8080/predict -d @sample.json"
    result = {
        "service": "housing",
        "target": "local",
        "url": "http://127.0.0.1:8080",
        "call": call,
        "undo": "sendoff down",
    }
    feed.put(RunFinished(ok=True, result=result))
    for size in ((120, 40), (80, 24), (44, 16)):
        app = RunApp(RunScreen(feed, plan_path=bench.plan, ahead=bench.ahead))
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda app=app: app.screen.query(SuccessPanel))  # type: ignore[misc]
            assert "housing answers at http://127.0.0.1:8080" in words(app).replace("▌ ", "")
            await pilot.press("u", "t")
            await settle(pilot)
            assert app.copied == ["http://127.0.0.1:8080"]
            assert app.went == [("service", "housing", "local")]


async def test_notices_are_read_without_looking_for_them(bench: Bench) -> None:
    def warn(_road: Road, reporter: Reporter) -> Made:
        reporter.notice("The base image is two years old.")
        return Made("warned")

    bench.work["build"] = warn
    app = RunApp(bench.screen())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "! The base image is two years old." in screen_text(app))


async def test_on_a_small_screen_an_error_is_read_to_its_end_and_notices_with_a_key(bench: Bench) -> None:
    evidence = [f"ERROR: no version of package-{number} fits" for number in range(8)]
    error = BuildError(
        "The image could not be built.", "Pins contradict one another.", "Let one go.", evidence=evidence
    )

    def work(_road: Road, reporter: Reporter) -> Made:
        for number in range(6):
            reporter.notice(f"Notice {number} goes on for a while, so that it does not fit into a single line.")
        raise error

    bench.work["build"] = work
    app = RunApp(bench.screen())
    async with app.run_test(size=(44, 16)) as pilot:
        await until(pilot, lambda: app.screen.query(FailurePanel))
        seen = screen_text(app)
        for _ in range(40):
            await pilot.press("down")
            seen += screen_text(app)
        assert [line for line in (error.what, *evidence, error.fix) if line not in seen] == []
        assert "! 6 notices" in screen_text(app)
        await pilot.press("i")
        await until(pilot, lambda: isinstance(app.screen, NoticesScreen))
        assert "Notice 0" in screen_text(app)
        await pilot.press("end")
        await until(pilot, lambda: "Notice 5" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.shown)


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (44, 16)])
async def test_what_a_release_says_is_read_to_its_end_and_its_stage_is_in_sight(
    bench: Bench, size: tuple[int, int]
) -> None:
    feed = Feed()
    for number in range(7):
        feed.put(StageStarted(f"stage-{number}", f"Stage {number}"))
        feed.put(StageFinished(f"stage-{number}", True, 1.0, "done"))
    result = {"service": "housing", "url": "http://127.0.0.1:8080", "undo": "sendoff down housing"}
    feed.put(RunFinished(ok=True, result={**result, "proof": "It answers as the model does. " * 8}))
    app = RunApp(RunScreen(feed, plan_path=bench.plan, ahead=bench.ahead))
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.screen.query(SuccessPanel) and "▸✓ Stage 6" in screen_text(app))
        for _ in range(20):
            await pilot.press("down")
        await until(pilot, lambda: "sendoff down housing" in screen_text(app))


def test_what_the_local_cloud_run_lacks_is_made_without_asking_also_when_a_run_is_taken_up_again(
    housing_plan: Path,
) -> None:
    target = CloudRunTarget(kind="cloud_run", project="demo-project", endpoint="http://127.0.0.1:65535")
    save_plan(load_plan(housing_plan).model_copy(update={"target": target}), housing_plan)
    run = begin_run(housing_plan, False)
    run.cancel()
    run.wait()
    assert run.road.consent


async def test_who_wants_to_leave_twice_is_asked_once(bench: Bench) -> None:
    bench.work["build"] = bench.holding("at work")
    screen = bench.screen()
    app = RunApp(screen)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "at work" in screen_text(app))
        screen.ask_before_leaving(lambda: None)
        screen.ask_before_leaving(lambda: None)
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("n")
        await until(pilot, lambda: app.screen is screen)
        bench.go.set()


async def test_a_project_that_is_busy_is_said_when_one_tries_again(bench: Bench) -> None:
    bench.work["build"] = failing(BuildError("No."))  # type: ignore[assignment]
    app = RunApp(bench.screen())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.screen.query(FailurePanel))
        bench.work["build"] = bench.holding()
        other = bench.begin(bench.plan)
        await pilot.press("r")
        await until(pilot, lambda: "Another run is at work on this project." in words(app))
        bench.go.set()
        other.wait()


async def test_a_flood_of_lines_leaves_none_out_of_the_journal_and_the_newest_on_the_screen(bench: Bench) -> None:
    def flood(_road: Road, reporter: Reporter) -> Made:
        for number in range(30_000):
            reporter.log(f"line {number}")
        return Made("flooded")

    bench.work["rehearse"] = flood
    screen = bench.screen()
    app = RunApp(screen)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: screen.query(SuccessPanel))
        await until(pilot, lambda: "line 29999" in screen_text(app), 20)
        assert len(screen.query_one(LogTail).lines) <= 10_001
    texts = [record["text"] for record in read_lines(journal_of(bench)) if record["type"] == "LogLine"]
    assert texts == [f"line {number}" for number in range(30_000)]


async def test_a_resize_in_mid_run_is_right_at_once(bench: Bench) -> None:
    bench.work["build"] = bench.holding(*(f"line {number}" for number in range(100)))
    app = RunApp(bench.screen())
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "line 99" in screen_text(app))
        for size in ((44, 16), (80, 24), (30, 10), (120, 40)):
            await pilot.resize_terminal(*size)
            await settle(pilot)
            assert "line 99" in screen_text(app)
            assert "Build the image" in screen_text(app)
        bench.go.set()


def test_an_error_from_a_journal_is_of_the_class_and_has_the_fields_it_had() -> None:
    error = LockError("What.", "Why.", "Fix.", kind="conflict", evidence=["a", "b"])
    error.stage = "lock"
    again = error_of(error.as_dict())
    assert isinstance(again, LockError)
    assert again.as_dict() == error.as_dict()
