"""A cell that waits for a run with nobody's page before it: nbconvert, papermill, "Run all"."""

import json
from pathlib import Path
from typing import Any

from tests.jupyter_ext.wizard.conftest import MODEL, SHORT
from tests.jupyter_ext.wizard.live_kernel import LiveKernel, said

OPEN = "w = Wizard(house, sample=rows, settings={'target.runtime': 'process'})"
AT_BUILD = """
import time
w.start()
while "build" not in [stage.stage for stage in w.run.feed.snapshot().stages]:
    time.sleep(0.02)
"""


def let_go(folder: Path, text: str = "") -> None:
    """The sign that the short road waits for."""
    (folder / "house").mkdir(exist_ok=True)
    (folder / "house" / "go").write_text(text, encoding="utf-8")


def is_waiting(outputs: list[dict[str, Any]]) -> bool:
    return "as long as you like" in said(outputs)


def test_the_run_goes_to_its_end_and_its_record_stays_in_the_output(kernel: LiveKernel, folder: Path) -> None:
    let_go(folder)
    kernel.run(OPEN)
    outputs = kernel.run("result = w.wait()")
    assert [output["kind"] for output in outputs] == ["display_data"]
    data = outputs[0]["data"]
    assert set(data) == {"text/html", "text/plain"}
    assert data["text/plain"].startswith("Done · 3 of 3 stages · house/sendoff.yaml")
    assert "✓ Build the image" in data["text/plain"]
    for told in ("Build the image", "This takes as long as you like.", "http://127.0.0.1:9", "waiting for the sign"):
        assert told in data["text/html"]
    assert "<script" not in data["text/html"]
    assert said(kernel.run("print(result.url, result.service, result.revision)")).split() == [
        "http://127.0.0.1:9",
        "short",
        "short-00001-abc",
    ]


def test_the_record_is_drawn_while_the_run_is_at_work(kernel: LiveKernel, folder: Path) -> None:
    seen = []

    def when_waiting(outputs: list[dict[str, Any]]) -> None:
        if is_waiting(outputs) and not seen:
            seen.append(said(outputs))
            let_go(folder)

    kernel.run(OPEN)
    kernel.run("w.wait()", meanwhile=when_waiting)
    assert "Running · 1 of" in seen[0]
    assert "● Build the image" in seen[0]


def test_a_run_that_fails_stops_the_notebook_with_its_cause_and_without_a_traceback(
    kernel: LiveKernel, folder: Path
) -> None:
    let_go(folder, "fail")
    kernel.run(OPEN)
    record, error = kernel.run("w.wait()")
    assert error["name"] == "BuildError"
    assert error["lines"] == ["✗ It could not be built.", "There was <b>no</b> room.", "│ disk full", "→ Make room."]
    assert record["data"]["text/plain"].startswith("Failed · 1 of")
    assert "There was &lt;b&gt;no&lt;/b&gt; room." in record["data"]["text/html"]
    let_go(folder)
    kernel.run("w.wait()")  # once more: it goes on from there
    assert record["data"]["text/plain"].startswith("Done · 3 of 3")


def test_the_wizard_that_was_shown_before_has_its_record_there(kernel: LiveKernel, folder: Path) -> None:
    let_go(folder)
    outputs = kernel.run(f"{OPEN}\ndisplay(w)\nw.wait()")
    shown = [output for output in outputs if output["kind"] == "display_data"]
    assert len(shown) == 1
    assert shown[0]["data"]["text/plain"].startswith("Done")


def test_what_is_wrong_with_the_answers_is_said_before_anything_is_written(kernel: LiveKernel, folder: Path) -> None:
    outputs = kernel.run("Wizard(house, sample=rows, settings={'service.memory': '3 elephants'}).wait()")
    assert "memory" in said(outputs)
    assert not any("Traceback" in line for output in outputs for line in output.get("lines", ()))
    assert not (folder / "house" / "sendoff.yaml").exists()


def test_waiting_for_so_many_seconds_leaves_the_run_at_work(kernel: LiveKernel, folder: Path) -> None:
    kernel.run(OPEN)
    kernel.run(AT_BUILD)
    outputs = kernel.run("w.wait(timeout=1)")
    assert "has not ended yet" in said(outputs)
    assert "running, 'Build the image'" in said(kernel.run("print(repr(w))"))
    let_go(folder)
    kernel.run("w.wait()")
    assert outputs[0]["data"]["text/plain"].startswith("Done · 3 of 3")


def test_an_interrupted_cell_asks_once_and_stops_the_run_where_the_person_says_so(kernel: LiveKernel) -> None:
    interrupted = []

    def interrupt(outputs: list[dict[str, Any]]) -> None:
        if is_waiting(outputs) and not interrupted:
            interrupted.append(True)
            kernel.interrupt()

    kernel.run(OPEN)
    outputs = kernel.run("w.wait()", answers=["y"], meanwhile=interrupt)
    assert outputs[-1]["name"] == "CancelledError"
    assert "Stopped · 1 of" in said(outputs)


def test_an_interrupted_cell_lets_the_run_go_on_where_the_person_says_so(kernel: LiveKernel, folder: Path) -> None:
    interrupted = []

    def interrupt(outputs: list[dict[str, Any]]) -> None:
        if is_waiting(outputs) and not interrupted:
            interrupted.append(True)
            kernel.interrupt()

    kernel.run(OPEN)
    outputs = kernel.run("w.wait()", answers=["n"], meanwhile=interrupt)
    assert outputs[-1]["name"] == "NotDeployedError"
    assert "w.cancel() stops it" in said(outputs)
    let_go(folder)
    kernel.run("w.wait()")
    assert said(kernel.outputs).startswith("Done · 3 of 3")


def test_where_nobody_can_be_asked_an_interrupted_cell_ends_and_says_how_to_stop_the_run(kernel: LiveKernel) -> None:
    interrupted = []

    def interrupt(outputs: list[dict[str, Any]]) -> None:
        if is_waiting(outputs) and not interrupted:
            interrupted.append(True)
            kernel.interrupt()

    kernel.run(OPEN)
    outputs = kernel.run("w.wait()", meanwhile=interrupt)
    assert "goes on in the background" in said(outputs)
    assert "w.cancel() stops it" in said(outputs)
    assert kernel.run("w.cancel()\nw.wait()")[-1]["name"] == "CancelledError"


def test_a_run_cut_off_by_a_restart_is_told_of_and_gone_on_with(kernel: LiveKernel, folder: Path) -> None:
    kernel.run(OPEN)
    kernel.run(AT_BUILD)
    assert "has not ended" in said(kernel.run("w.wait(timeout=1)"))
    kernel.restart()
    let_go(folder)
    kernel.run(MODEL)
    kernel.run(SHORT)
    kernel.run(f"import os; os.chdir({str(folder)!r})")
    kernel.run(OPEN)
    assert "was cut off" in said(kernel.run("print(*w.notices, w.left.run.ended)"))
    outputs = said(kernel.run("w.wait()"))
    assert "was cut off in the stage" in outputs
    assert "unchanged: a model" in outputs
    assert "Done · 3 of 3" in outputs


def test_two_wizards_at_once_each_have_their_own_folder_run_and_record(kernel: LiveKernel, folder: Path) -> None:
    kernel.run("garden = LinearRegression().fit(rows, [1.0, 2.0, 3.0, 2.0])")
    kernel.run("one, other = Wizard(house, sample=rows), Wizard(garden, sample=rows)\none.start(); other.start()")
    let_go(folder)
    (folder / "garden" / "go").touch()
    outputs = said(kernel.run("one.wait(); other.wait()"))
    assert "Done · 3 of 3 stages · house/sendoff.yaml" in outputs
    assert "Done · 3 of 3 stages · garden/sendoff.yaml" in outputs


def test_a_second_wizard_on_one_project_is_refused_while_the_first_is_at_work(kernel: LiveKernel, folder: Path) -> None:
    kernel.run(f"{OPEN}\nw.start()")
    outputs = kernel.run("Wizard('house/sendoff.yaml').wait()")
    assert "Another run is at work on this project." in said(outputs)
    let_go(folder)
    kernel.run("w.wait()")


def test_of_two_wizards_opened_at_once_the_later_one_is_told_of_the_run_and_replaces_nothing(
    kernel: LiveKernel, folder: Path
) -> None:
    kernel.run(f"{OPEN}\nother = Wizard(house, sample=rows, overwrites=True)\nw.start()")
    before = (folder / "house" / "sendoff.yaml").read_bytes()
    outputs = kernel.run("other.wait()")
    assert "Another run is at work on this project." in said(outputs)
    assert (folder / "house" / "sendoff.yaml").read_bytes() == before
    let_go(folder)
    kernel.run("w.wait()")


def test_no_widget_is_made_where_none_can_be_drawn(kernel: LiveKernel, folder: Path) -> None:
    let_go(folder)
    kernel.run(f"{OPEN}\nw")
    kernel.run("w.wait()")
    assert said(kernel.run("import sys\nprint('ipywidgets' in sys.modules, 'anywidget' in sys.modules)")).split() == [
        "False",
        "False",
    ]


def test_the_saved_notebook_grows_little_and_holds_no_secret(folder: Path, kernel: LiveKernel) -> None:
    let_go(folder)
    secret = "hunter2-XYZ-0123456789abcdef"
    outputs = kernel.run(f"w = Wizard(house, sample=rows, settings={{'service.env': {{'API_TOKEN': '{secret}'}}}})\nw")
    outputs += kernel.run("w.wait()")
    saved = json.dumps(outputs)
    assert secret not in saved
    assert len(saved) < 40_000


def test_the_magic_does_all_of_it_in_one_line(kernel: LiveKernel, folder: Path) -> None:
    let_go(folder)
    kernel.run("%load_ext jupyter_ext")
    outputs = kernel.run("w = %sendoff house --sample rows --wait")
    assert [output["kind"] for output in outputs] == ["display_data"]
    assert said(outputs).startswith("Done · 3 of 3 stages · house/sendoff.yaml")
    assert said(kernel.run("print(w.result.url)")).strip() == "http://127.0.0.1:9"


def test_before_the_run_the_record_tells_what_will_be_done(kernel: LiveKernel) -> None:
    kernel.run(OPEN)
    (output,) = kernel.run("w")
    assert "not yet run" in output["data"]["text/plain"]
    assert output["data"]["text/plain"].endswith("%sendoff --wait")
    assert "What will be done" in output["data"]["text/html"]
