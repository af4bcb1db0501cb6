"""A log draws what is in sight, stays where one left it, follows its end on request, finds and gives out lines."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tests.tui.screen_text import screen_lines, screen_text, settle, until
from tui.app import SendoffApp
from tui.themes import DARK, THEMES
from tui.widgets.log_lines import LONGEST, LogLines, query_of
from tui.widgets.log_pane import LogPane
from tui.widgets.log_rows import LogRows, fold

pytestmark = pytest.mark.anyio


class LogApp(App[None]):
    """One log, and nothing else."""

    CSS_PATH = SendoffApp.CSS_PATH

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.pane = LogPane(folder=folder)
        self.copied: list[str] = []
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = DARK.name

    def compose(self) -> ComposeResult:
        yield self.pane

    def on_mount(self) -> None:
        self.pane.tail.focus()

    def copy_to_clipboard(self, text: str) -> None:
        self.copied.append(text)


def rows_of(app: App[Any]) -> list[str]:
    """The log's rows, without its head and its scrollbar."""
    return [row[: app.size.width - 1].rstrip() for row in screen_lines(app)[1:]]


async def fill(pilot: Pilot[None], app: LogApp, *texts: str) -> None:
    app.pane.extend(texts)
    await settle(pilot)


def lines(count: int, start: int = 0) -> list[str]:
    return [f"line {number}" for number in range(start, start + count)]


# --- what is kept --------------------------------------------------------------------------------------------


def test_the_newest_lines_are_kept_under_the_numbers_they_had() -> None:
    log = LogLines(keep=3)
    assert log.append(lines(5)) == 0
    assert (log.first, log.end, log.all()) == (2, 5, ("line 2", "line 3", "line 4"))
    assert log.append(["line 5"]) == 1
    assert log[5] == "line 5"


def test_lines_that_were_not_caught_are_said_to_be_missing() -> None:
    log = LogLines()
    log.append(["after"], missed=1_234)
    assert "1,234 lines" in log[0]
    assert log[1] == "after"


def test_tabs_go_to_the_next_stop_however_wide_the_characters_before_them_are() -> None:
    log = LogLines()
    log.append(["ab\tc", "東京\tc"])
    assert [cell_len(text.split("c")[0]) for text in log.all()] == [8, 8]


def test_what_would_steer_the_terminal_is_spelled_out() -> None:
    log = LogLines()
    log.append(["\x1b[2Jgone\rover"])
    assert log[0] == "\\x1b[2Jgone\\rover"


def test_a_line_without_an_end_is_shortened_and_says_by_how_much() -> None:
    log = LogLines()
    log.append(["x" * (LONGEST + 1_000)])
    assert log[0].endswith("… and 1,000 more characters")


def test_a_search_minds_capitals_only_where_some_are_typed() -> None:
    log = LogLines()
    log.append(["an Error", "an error", "all right"])
    assert log.holding(query_of("error")) == [0, 1]
    assert log.holding(query_of("Error")) == [0]


# --- how lines become rows -----------------------------------------------------------------------------------


@given(st.text(alphabet="ab 東👍é\u0301", max_size=60), st.integers(min_value=2, max_value=20))
def test_folding_loses_nothing_and_no_row_is_too_wide(text: str, width: int) -> None:
    cuts = (0, *fold(text, width), len(text))
    parts = [text[start:end] for start, end in pairwise(cuts)]
    assert "".join(parts) == text
    assert all(cell_len(part) <= width for part in parts)
    assert all(parts) or not text


def test_long_lines_are_folded_between_words() -> None:
    text = "the quick brown fox jumps"
    assert [text[a:b] for a, b in zip((0, *fold(text, 10)), (*fold(text, 10), None), strict=True)] == [
        "the quick ",
        "brown fox ",
        "jumps",
    ]


@given(st.lists(st.text(alphabet="ab ", max_size=30), min_size=1, max_size=30), st.data())
def test_rows_tell_the_same_whether_old_lines_were_dropped_or_never_there(
    texts: list[str], data: st.DataObject
) -> None:
    dropped = data.draw(st.integers(min_value=0, max_value=len(texts) - 1))
    rows, fresh = LogRows(7), LogRows(7)
    rows.extend(texts)
    rows.drop(dropped)
    fresh.extend(texts[dropped:])
    assert len(rows) == len(fresh)
    assert [rows.part(row) for row in range(len(rows) + 1)] == [fresh.part(row) for row in range(len(rows) + 1)]
    assert [rows.row(index) for index in range(rows.lines)] == [fresh.row(index) for index in range(rows.lines)]


# --- on the screen -------------------------------------------------------------------------------------------


@pytest.fixture
def app(tmp_path: Path) -> LogApp:
    return LogApp(tmp_path)


async def test_the_newest_line_stays_in_sight_until_one_looks_elsewhere(app: LogApp) -> None:
    async with app.run_test(size=(80, 12)) as pilot:
        await fill(pilot, app, *lines(50))
        assert rows_of(app)[-1].endswith("line 49")
        await pilot.press("up")
        await fill(pilot, app, *lines(7, 50))
        assert rows_of(app)[-1].endswith("line 48")
        assert "7 new lines" in screen_text(app)
        await pilot.press("end")
        await settle(pilot)
        assert rows_of(app)[-1].endswith("line 56")
        assert "following" in screen_text(app)


async def test_the_button_that_counts_new_lines_goes_to_them(app: LogApp) -> None:
    async with app.run_test(size=(80, 12)) as pilot:
        await fill(pilot, app, *lines(50))
        await pilot.press("home")
        await fill(pilot, app, "the newest")
        assert await pilot.click(".log-news")
        await settle(pilot)
        assert rows_of(app)[-1].endswith("the newest")


async def test_what_one_reads_stays_put_while_old_lines_go(app: LogApp) -> None:
    app.pane.show(LogLines(keep=100))  # before it is on any screen
    async with app.run_test(size=(80, 12)) as pilot:
        await fill(pilot, app, *lines(100))
        await pilot.press("pageup", "pageup")
        await settle(pilot)
        before = rows_of(app)
        await fill(pilot, app, *lines(20, 100))
        assert rows_of(app) == before


async def test_200_000_lines_take_the_room_of_those_that_are_kept(app: LogApp) -> None:
    async with app.run_test(size=(80, 12)) as pilot:
        for start in range(0, 200_000, 5_000):
            app.pane.extend(lines(5_000, start))
        await settle(pilot)
        assert len(app.pane.tail.lines) == 10_000
        assert "200,000 lines" in screen_text(app)
        assert rows_of(app)[-1].endswith("200000 line 199999")


async def test_the_end_stays_in_sight_through_every_resize(app: LogApp) -> None:
    async with app.run_test(size=(80, 12)) as pilot:
        await fill(
            pilot, app, *(f"{text} and so on and so forth, until it is too long for a narrow one" for text in lines(60))
        )
        for size in ((44, 16), (120, 40), (30, 5), (80, 24)):
            await pilot.resize_terminal(*size)
            await settle(pilot)
            assert "one" in rows_of(app)[-1]
            assert "following" in screen_text(app)


async def test_a_line_that_was_gone_to_stays_in_sight_through_every_resize(app: LogApp) -> None:
    async with app.run_test(size=(80, 30)) as pilot:
        await fill(pilot, app, *lines(60), "the cause", *lines(3))
        app.pane.tail.mark([60])
        for size in ((80, 8), (44, 16), (120, 40), (80, 5)):
            await pilot.resize_terminal(*size)
            await settle(pilot)
            assert any("▶" in row and "the cause" in row for row in rows_of(app))


async def test_wide_characters_stay_in_their_columns(app: LogApp) -> None:
    async with app.run_test(size=(80, 6)) as pilot:
        await fill(pilot, app, "東京 👍 done", "plain")
        row = next(row for row in rows_of(app) if "東京" in row)
        assert row.endswith("東京 👍 done")
        strips = app.screen._compositor.render_strips(app.size)
        assert {strip.cell_length for strip in strips} == {80}


async def test_long_lines_are_folded_or_run_out_of_sight(app: LogApp) -> None:
    async with app.run_test(size=(80, 8)) as pilot:
        await fill(pilot, app, "word " * 30 + "END", "next")
        assert "END" in screen_text(app)
        await pilot.press("w")
        await settle(pilot)
        assert "END" not in screen_text(app)
        for _ in range(20):
            await pilot.press("right")
        await settle(pilot)
        assert "END" in screen_text(app)
        assert any(row.lstrip("▌ ").startswith("1 ") for row in rows_of(app)), "the numbers stay"


async def test_a_search_goes_from_find_to_find(app: LogApp) -> None:
    async with app.run_test(size=(80, 12)) as pilot:
        await fill(pilot, app, *lines(30), "needle one", *lines(30), "needle two", *lines(30))
        await pilot.press("home", "slash", *"needle")
        await settle(pilot)
        assert "1 of 2" in screen_text(app)
        assert "needle one" in screen_text(app)
        await pilot.press("enter", "n")
        await settle(pilot)
        assert "2 of 2" in screen_text(app)
        assert "needle two" in screen_text(app)
        await pilot.press("n")
        await settle(pilot)
        assert "needle one" in screen_text(app)
        await pilot.press("slash", "escape")
        await settle(pilot)
        assert "needle" in screen_text(app)
        assert "1 of 2" not in screen_text(app)


async def test_lines_that_come_are_searched_too(app: LogApp) -> None:
    async with app.run_test(size=(80, 12)) as pilot:
        await fill(pilot, app, "needle")
        await pilot.press("slash", *"needle")
        await fill(pilot, app, "another needle")
        assert len(app.pane.tail.hits) == 2
        await pilot.press(*"s")
        await settle(pilot)
        assert "not found" in screen_text(app)


async def test_the_line_that_was_found_can_be_copied_and_so_can_all(app: LogApp) -> None:
    async with app.run_test(size=(80, 12)) as pilot:
        await fill(pilot, app, *lines(30), "needle", *lines(3))
        await pilot.press("slash", *"needle", "enter", "y", "Y")
        await settle(pilot)
        assert app.copied == ["needle", "\n".join([*lines(30), "needle", *lines(3)])]


async def test_a_log_is_saved_beside_what_is_there(app: LogApp, tmp_path: Path) -> None:
    (tmp_path / "log.log").write_text("mine")
    async with app.run_test(size=(80, 12)) as pilot:
        await fill(pilot, app, *lines(3))
        await pilot.press("s")
        await settle(pilot)
    assert (tmp_path / "log.log").read_text() == "mine"
    assert (tmp_path / "log-2.log").read_text() == "line 0\nline 1\nline 2\n"


async def test_what_is_selected_with_the_mouse_is_the_text_without_its_numbers(app: LogApp) -> None:
    async with app.run_test(size=(80, 12)) as pilot:
        await fill(pilot, app, "first line", "second line", "third line")
        left = app.pane.tail.region.x + 1 + app.pane.tail._gutter
        await pilot.mouse_down(offset=(left, 1))
        await pilot.hover(offset=(left + 6, 2))
        await pilot.mouse_up(offset=(left + 6, 2))
        await until(pilot, lambda: app.screen.get_selected_text())
        assert (app.screen.get_selected_text() or "").strip() == "first line\nsecond"
