"""The magic in a real kernel that nobody looks at, as nbconvert and papermill have it; runs walk a short road."""

from pathlib import Path
from typing import Any

from tests.jupyter_ext.magics.conftest import HOUSES, SHORT_ROAD
from tests.jupyter_ext.wizard.live_kernel import LiveKernel, said


def let_go(folder: Path, text: str = "") -> None:
    """The sign that the short road waits for."""
    (folder / "house").mkdir(exist_ok=True)
    (folder / "house" / "go").write_text(text, encoding="utf-8")


def kinds(outputs: list[dict[str, Any]]) -> list[str]:
    return [output["kind"] for output in outputs]


def test_a_wizard_is_shown_once_and_always_with_html_and_text(kernel: LiveKernel) -> None:
    for cell in ("%sendoff house --sample rows", "w = %sendoff house", "w = %sendoff house\nw", "%sendoff house\n1"):
        shown = [output for output in kernel.run(cell) if output["kind"] == "display_data"]
        assert len(shown) == 1, cell
        assert {"text/html", "text/plain"} <= set(shown[0]["data"])
    assert kinds(kernel.run("w")) == ["display_data"]  # in a cell of its own it is shown again


def test_with_wait_the_run_goes_to_its_end_in_the_cell(kernel: LiveKernel, folder: Path) -> None:
    let_go(folder)
    outputs = kernel.run("w = %sendoff house --sample rows --set target.runtime=process --wait")
    assert kinds(outputs) == ["display_data"]
    assert "Done · 3 of 3 stages · house/sendoff.yaml" in said(outputs)
    assert said(kernel.run("print(w.result.url)")).strip() == "http://127.0.0.1:9"


def test_a_plan_in_a_cell_is_deployed_with_wait(kernel: LiveKernel, folder: Path) -> None:
    let_go(folder)
    outputs = kernel.run("%%sendoff --sample rows --wait\nmodel:\n  path: {house}\ntarget:\n  runtime: process\n")
    assert "Done · 3 of 3 stages · house/sendoff.yaml" in said(outputs)
    assert "runtime: process" in (folder / "house" / "sendoff.yaml").read_text()


def test_a_run_that_fails_stops_the_notebook(kernel: LiveKernel, folder: Path) -> None:
    let_go(folder, "fail")
    outputs = kernel.run("%sendoff house --sample rows --wait")
    assert kinds(outputs) == ["display_data", "error"]
    assert outputs[-1]["name"] == "BuildError"
    assert outputs[-1]["lines"] == [
        "✗ It could not be built.",
        "There was <b>no</b> room.",
        "│ disk full",
        "→ Make room.",
    ]


def test_where_nobody_looks_a_typo_stops_the_notebook_too(kernel: LiveKernel) -> None:
    (error,) = kernel.run("%sendoff huose")
    assert error["name"] == "MagicError"
    assert error["lines"][-1] == "→ Did you mean house?"


def test_a_run_cut_off_by_a_restart_is_told_of_by_the_next_magic_and_gone_on_with(
    kernel: LiveKernel, folder: Path
) -> None:
    kernel.run("w = %sendoff house --sample rows")
    kernel.run("w.start()")
    assert "has not ended" in said(kernel.run("w.wait(timeout=1)"))
    kernel.restart()
    let_go(folder)
    for cell in (f"import os; os.chdir({str(folder)!r})", SHORT_ROAD, "%load_ext jupyter_ext"):
        kernel.run(cell)
    assert "was cut off" in said(kernel.run("w = %sendoff"))  # it lies below, and was used last
    kernel.run(HOUSES)
    outputs = said(kernel.run("%sendoff house --sample rows --wait"))
    assert "was cut off" in outputs
    assert "unchanged: a model" in outputs
    assert "Done · 3 of 3" in outputs


def test_run_again_the_cell_shows_the_run_that_is_at_work(kernel: LiveKernel, folder: Path) -> None:
    kernel.run("w = %sendoff house --sample rows\nw.start()")
    outputs = kernel.run("again = %sendoff house --sample rows")
    assert "This is the run that is at work on this project already" in said(outputs)
    assert said(kernel.run("print(again is w)")).strip() == "True"
    let_go(folder)
    assert "Done · 3 of 3" in said(kernel.run("%sendoff house --sample rows --wait"))
    assert said(kernel.run("after = %sendoff house --sample rows\nprint(after is w)")).strip().endswith("False")


def test_a_real_front_ends_completion_and_help_know_it(kernel: LiveKernel) -> None:
    asked = "k = get_ipython().kernel\n"
    matches = said(kernel.run(f"{asked}print(k.do_complete('w = %sendoff hou', 16)['matches'])"))
    assert matches.strip() == "['house']"
    told = said(kernel.run(f"{asked}print(k.do_inspect('%sendoff', 8)['data']['text/plain'])"))
    assert "--sample ROWS" in told


def test_an_object_that_no_file_can_hold_is_said_to_be_one(kernel: LiveKernel) -> None:
    kernel.run(
        "import threading\nfrom sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import FunctionTransformer\n"
        "locked = LinearRegression().fit(rows, prices)\nlocked.guard = threading.Lock()\n"
        "double = make_pipeline(FunctionTransformer(lambda x: x * 2), LinearRegression()).fit(rows, prices)"
    )
    (error,) = kernel.run("%sendoff locked --sample rows")
    assert error["name"] == "UnsavableError"
    assert "locked.guard" in said([error])
    outputs = kernel.run("%sendoff double --sample rows")
    assert "Traceback" not in said(outputs)


def test_a_big_model_says_how_much_of_it_is_saved_and_leaves_what_it_came_to(kernel: LiveKernel) -> None:
    kernel.run("import numpy; house.big = numpy.zeros(2_000_000)")
    kernel.run("from jupyter_ext.opening import saving_line; usual, saving_line.QUIET = saving_line.QUIET, 0.0")
    seen: list[str] = []
    outputs = kernel.run("%sendoff house --sample rows", meanwhile=lambda so_far: seen.append(said(so_far)))
    kernel.run("saving_line.QUIET = usual")
    assert any("Saving the model: " in text and " of 16 MB" in text for text in seen)
    assert outputs[0]["data"]["text/plain"].startswith("The model was saved: 16 MB in ")
    assert kinds(outputs) == ["display_data", "display_data"]


def test_a_cell_that_is_interrupted_before_a_run_says_so_without_a_traceback_and_stops_the_notebook(
    kernel: LiveKernel,
) -> None:
    kernel.run("class Stopped:\n    def __reduce__(self): raise KeyboardInterrupt\nhouse.it = Stopped()")
    for cell in ("%sendoff house --sample rows", "Wizard(house, sample=rows)", "%%sendoff\nmodel: {path: '{house}'}"):
        kernel.run("from jupyter_ext import Wizard")
        (error,) = kernel.run(cell)
        assert (error["kind"], error["name"]) == ("error", "CancelledError"), cell
        assert error["lines"][0] == "✗ Stopped, as you asked."
    assert said(kernel.run("import os; print(os.path.exists('house'))")).strip() == "False"
