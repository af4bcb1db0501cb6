"""The parts of the form for themselves: the looks, the suggestions, the strand, and texts of every kind."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextvars import ContextVar
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_ext.form.strand import Strand
from jupyter_ext.form.suggestions import model_files
from jupyter_ext.looks import command_html, error_html, escaped, facts_html, style_html
from tests.jupyter_ext.form.page import DEADLINE
from wizard.errors import SendoffError
from wizard.plan.problem import Problem


def test_the_looks_cost_no_import_of_widgets() -> None:
    code = (
        "import sys, jupyter_ext.looks as looks; looks.style_html();"
        "print([name for name in sys.modules if name.partition('.')[0] in ('ipywidgets', 'IPython', 'pydantic', 'traitlets')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_style_is_one_element_and_takes_its_colours_from_the_theme() -> None:
    style = style_html()
    assert style.startswith("<style>") and style.count("</style>") == 1
    for line in style.splitlines():
        assert "#" not in line or "var(--jp-" in line, f"a colour that is no theme's: {line}"


def test_an_error_is_told_in_its_parts() -> None:
    html = error_html(SendoffError("It failed.", "No disk.", "Make room.", evidence=["line <1>", "line 2"]))
    assert html.index("It failed.") < html.index("No disk.") < html.index("line &lt;1&gt;\nline 2") < html.index("Make")
    assert "role=alert" in html
    quiet = error_html(Problem("cpu", "Too many.", "", "Take 8."), alert=False)
    assert "role=alert" not in quiet and "Too many." in quiet and quiet.count("<div") == 3


@settings(deadline=None)
@given(st.text())
def test_no_text_gets_out_of_its_element(text: str) -> None:
    for html in (escaped(text), command_html(text), facts_html([(text, text)]), error_html(SendoffError(text))):
        inner = html.replace(escaped(text), "")
        assert "<script" not in inner and escaped(text).count("<") == 0 and '"' not in escaped(text)


def test_files_that_look_like_models_are_suggested_the_nearest_first(tmp_path: Path) -> None:
    for name in ("b.pkl", "a.joblib", "notes.txt", ".hidden.pkl", "inner/c.PKL", "inner/deep/d.pkl", ".git/e.pkl"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert model_files(tmp_path) == ("a.joblib", "b.pkl", "inner/c.PKL")
    assert model_files(tmp_path, "../x/") == ("../x/a.joblib", "../x/b.pkl", "../x/inner/c.PKL")
    assert model_files(tmp_path / "none") == ()


def test_thousands_of_files_make_a_short_list(tmp_path: Path) -> None:
    for number in range(2_000):
        (tmp_path / f"{number}.pkl").touch()
    assert len(model_files(tmp_path)) == 100


def test_a_strand_does_one_thing_after_the_other_in_the_order_given() -> None:
    done: list[int] = []
    strand = Strand("test", lambda error: None)
    for number in range(200):
        strand.do(lambda number=number: done.append(number))  # type: ignore[misc]  # bound on purpose
    assert strand.idle(DEADLINE) and done == list(range(200))


def test_a_strand_goes_on_after_a_job_that_failed() -> None:
    failed: list[Exception] = []
    done = threading.Event()

    def fail() -> None:
        raise ValueError("no")

    strand = Strand("test", failed.append)
    strand.do(fail)
    strand.do(done.set)
    assert strand.idle(DEADLINE) and done.is_set() and [str(error) for error in failed] == ["no"]


def test_everything_in_a_strand_runs_in_the_context_it_was_made_in() -> None:
    shell: ContextVar[str] = ContextVar("shell")
    shell.set("of the cell")
    seen: list[str] = []
    strand = Strand("test", lambda error: None)
    shell.set("of a callback")
    strand.do(lambda: seen.append(shell.get()))
    assert strand.idle(DEADLINE) and seen == ["of the cell"]


def test_a_closed_strand_does_nothing_more_and_an_idle_one_has_no_thread() -> None:
    done: list[int] = []
    strand = Strand("strand-of-this-test", lambda error: None)
    strand.do(lambda: done.append(1))
    assert strand.idle(DEADLINE)
    strand.close()
    strand.do(lambda: done.append(2))
    assert strand.idle(DEADLINE) and done == [1]
    for thread in threading.enumerate():
        if thread.name == "strand-of-this-test":
            thread.join(DEADLINE)
    assert not any(thread.name == "strand-of-this-test" for thread in threading.enumerate())
