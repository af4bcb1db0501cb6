from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from jupyter_ext.record.record import LINES, Record, record_html, record_of, record_text
from wizard.errors import BuildError
from wizard.events import Feed, LogLine, Notice, RunFinished, StageFinished, StageStarted

PLAN = Path("/home/ada/house/sendoff.yaml")
TITLES = {"inspect": "Look into the model", "build": "Build the image", "release": "Release"}
RELEASED = {
    "service": "house",
    "url": "http://127.0.0.1:9",
    "revision": "house-00001-abc",
    "call": "curl 'http://127.0.0.1:9'",
    "undo": "sendoff down house",
    "changed": True,
}


def at_work() -> Feed:
    feed = Feed()
    feed.put(StageStarted("inspect", TITLES["inspect"], at=100.0))
    feed.put(StageFinished("inspect", True, 1.5, "a regression", at=101.5))
    feed.put(StageStarted("build", TITLES["build"], at=101.5))
    return feed


def done() -> Feed:
    feed = at_work()
    feed.put(StageFinished("build", True, 60.0, "<image>", at=161.5))
    feed.put(RunFinished(True, result=RELEASED, at=162.0))
    return feed


def test_a_run_at_work_says_that_it_was_when_this_was_saved() -> None:
    record = record_of(at_work(), PLAN, titles=TITLES, now=130.0)
    for text in (record_text(record), record_html(record)):
        assert "Running · 1 of 3 stages · house/sendoff.yaml · 30 s" in text
        assert "At work when this was saved." in text
        assert "Look into the model" in text
        assert "Release" in text  # which lies ahead


def test_a_run_that_went_well_says_where_the_service_answers_and_how_it_is_undone() -> None:
    record = record_of(done(), PLAN, titles=TITLES)
    html = record_html(record)
    assert '<a href="http://127.0.0.1:9">' in html
    assert "&lt;image&gt;" in html
    for told in ("Done · 2 of 2 stages", "sendoff down house", "house-00001-abc"):
        assert told in html
        assert told in record_text(record)


def test_an_address_that_is_no_web_page_is_no_link() -> None:
    feed = at_work()
    feed.put(RunFinished(True, result={**RELEASED, "url": "javascript:alert(1)"}, at=162.0))
    assert "<a " not in record_html(record_of(feed, PLAN, titles=TITLES))


def test_a_run_that_failed_says_why_with_the_evidence_and_what_to_do() -> None:
    feed = at_work()
    error = BuildError("It could not be built.", "No room.", "Make room.", evidence=["disk full"])
    feed.put(StageFinished("build", False, 2.0, error.what, at=103.5))
    feed.put(RunFinished(False, error=error.as_dict(), at=103.5))
    record = record_of(feed, PLAN, titles=TITLES)
    for text in (record_text(record), record_html(record)):
        for told in ("Failed · 1 of 3 stages", "It could not be built.", "No room.", "disk full", "Make room."):
            assert told in text


def test_of_a_long_log_the_newest_lines_are_kept_and_of_a_long_line_its_beginning() -> None:
    feed = done()
    for number in range(5_000):
        feed.put(LogLine("build", f"line {number} " + "x" * 10_000))
    html = record_html(record_of(feed, PLAN, titles=TITLES))
    assert len(html) < 20_000
    assert "line 4999 x" in html
    assert f"line {5_000 - LINES} x" in html
    assert f"line {4_999 - LINES} x" not in html


def test_before_the_run_it_tells_what_is_still_wrong() -> None:
    record = Record(PLAN, problems=("There is no model.",), said=("What you answered is taken up.",))
    for text in (record_text(record), record_html(record)):
        for told in ("house/sendoff.yaml", "not yet run", "There is no model.", "What you answered is taken up."):
            assert told in text


@given(st.text(), st.text(), st.text())
def test_no_text_from_outside_becomes_markup(line: str, note: str, notice: str) -> None:
    feed = at_work()
    feed.put(LogLine("build", f"<script>{line}</script>"))
    feed.put(Notice("build", f"<img src=x onerror={notice}>"))
    feed.put(StageFinished("build", True, 1.0, f'"><svg onload={note}>', at=110.0))
    html = record_html(record_of(feed, PLAN, titles=TITLES))
    assert not any(f"<{name}" in html for name in ("script", "img", "svg"))
