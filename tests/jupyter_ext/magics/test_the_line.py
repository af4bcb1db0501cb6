"""`%sendoff` in a real IPython shell: what it opens, what it gives back, and what it says where it cannot."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.jupyter_ext.magics.shell import Shell

SHOWN = "not yet run"


def test_a_variable_opens_the_wizard_on_its_model(shell: Shell, folder: Path) -> None:
    ran = shell.run("%sendoff house --sample rows")
    assert ran.text.count(SHOWN) == 1
    assert "done without the form: %sendoff --wait" in ran.text
    assert ran.result.deploy.plan_path == folder / "house" / "sendoff.yaml"
    assert (folder / "house" / "house.recorded.json").exists()


def test_the_wizard_is_given_back_and_shown_once_wherever_the_magic_stands(shell: Shell) -> None:
    ran = shell.run("w = %sendoff house --sample rows\nw")
    assert ran.text.count(SHOWN) == 1
    assert ran.result is shell["w"]
    ran = shell.run("if True:\n    %sendoff house\nprint('after')")
    assert ran.text.count(SHOWN) == 1
    assert shell.run("w").result is shell["w"]


def test_a_long_line_goes_on_after_a_backslash(shell: Shell, folder: Path) -> None:
    ran = shell.run("%sendoff house \\\n    --sample rows \\\n    --folder out;")
    assert (folder / "out" / "house.pkl").exists(), ran.text


def test_a_wizard_that_is_named_is_shown_again(shell: Shell) -> None:
    shell.run("w = %sendoff house --sample rows")
    assert shell.run("%sendoff w").result is shell["w"]


def test_options_reach_the_wizard(shell: Shell, folder: Path) -> None:
    ran = shell.run(
        "%sendoff house --sample rows[:2] --set service.memory=2Gi --folder out --name h.joblib --target local"
    )
    deploy = ran.result.deploy
    assert deploy.plan_path == folder / "out" / "sendoff.yaml"
    assert deploy.session.field("service.memory").value == 2 * 1024**3
    assert deploy.session.field("model.path").value == "out/h.joblib"


def test_variables_in_braces_are_filled_in_as_in_any_magic(shell: Shell) -> None:
    shell.run("memory = '3Gi'")
    ran = shell.run("%sendoff house --sample rows --set service.memory={memory}")
    assert ran.result.deploy.session.field("service.memory").value == 3 * 1024**3


def test_models_of_two_expressions_are_two_projects(shell: Shell, folder: Path) -> None:
    shell.run("found = {'a b': LinearRegression().fit(rows, prices), 'c': LinearRegression().fit(rows, prices)}")
    first = shell.run("%sendoff found['a b'] --sample rows").result.deploy.plan_path
    second = shell.run("%sendoff found['c'] --sample rows").result.deploy.plan_path
    assert (first.parent.name, second.parent.name) == ("found_a_b", "found_c")


def test_a_path_opens_its_file_and_a_variable_goes_before_a_file_of_its_name(shell: Shell, folder: Path) -> None:
    shell.run("%sendoff house --sample rows")
    assert shell.run("%sendoff house/house.pkl").result.deploy.plan_path == folder / "house" / "sendoff.yaml"
    assert shell.run("%sendoff ./house").result.deploy.plan_path == folder / "house" / "sendoff.yaml"
    shell.run("path = 'house/house.pkl'")
    assert shell.run("%sendoff path").result.deploy.plan_path == folder / "house" / "sendoff.yaml"
    assert shell.run("%sendoff house").result.deploy.plan_path == folder / "house" / "sendoff.yaml"


def test_alone_it_names_the_fitted_models(shell: Shell) -> None:
    assert "%sendoff house" in shell.run("%sendoff").text


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("%sendoff huose", ["There is no variable huose.", "house (LinearRegression)", "Did you mean house?"]),
        ("%sendoff house --sample rwos", ["There is no variable rwos.", "Did you mean rows?"]),
        ("%sendoff house --smaple rows", ["no option --smaple", "Did you mean --sample?"]),
        ("%sendoff house --target lcoal", ["There is no target 'lcoal'.", "Did you mean local?"]),
        ("%sendoff house --set service.memry=1Gi", ["no field service.memry", "Did you mean service.memory?"]),
        ("%sendoff house --name ../x", ["is no name for a model file", "Call it x.pkl."]),
        ("%sendoff nowhere.pkl", ["There is no file nowhere.pkl."]),
        ("%sendoff houses['a']", ["There is no variable houses.", "Did you mean house?"]),
        ("%sendoff rows['street'].x", ["gives no model", "KeyError: 'street'"]),
        ("%sendoff house!", ["house! names no model."]),
        ("%sendoff unfitted", ["unfitted is not fitted.", "Fit it first"]),
        ("%sendoff rows", ["rows is no model."]),
        ("%sendoff house --sample rows[['size']]", ["lacks columns", "rooms"]),
        ("%sendoff house --target workshop", ["No local Cloud Run is up.", "!sendoff workshop up"]),
    ],
)
def test_what_is_wrong_is_shown_in_place_without_a_traceback(
    shell: Shell, folder: Path, line: str, told: list[str]
) -> None:
    ran = shell.run(line)
    assert ran.error is None and ran.result is None
    for words in told:
        assert words in ran.text
    assert "role=alert" in ran.html
    assert "Traceback" not in ran.text + ran.html
    assert not list(folder.glob("**/sendoff.yaml"))


def test_what_comes_from_the_notebook_is_text_in_the_page(shell: Shell) -> None:
    ran = shell.run("%sendoff '<img src=x onerror=alert(1)>'")
    assert "<img" not in ran.html and "&lt;img" in ran.html


def test_with_wait_a_typo_stops_the_notebook(shell: Shell) -> None:
    ran = shell.run("%sendoff huose --wait")
    assert type(ran.error).__name__ == "MagicError"
    assert "Traceback" not in ran.text
    assert "Did you mean house?" in ran.text


def test_a_fault_of_our_own_is_said_and_its_traceback_goes_to_a_file(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a fault put here by a test")

    monkeypatch.setattr("jupyter_ext.opening.way.open_way", broken)
    ran = shell.run("%sendoff house")
    assert "Sendoff itself failed." in ran.text
    assert "ZeroDivisionError: a fault put here by a test" in ran.text
    assert 'File "' not in ran.text
    assert len(list(tmp_path.glob("fault-*.traceback.txt"))) == 1


def test_the_help_is_at_hand(shell: Shell) -> None:
    for question in ("%sendoff?", "?%sendoff", "%%sendoff?"):
        assert "--sample ROWS" in shell.run(question).text


def test_unloaded_nothing_of_it_is_left_and_loaded_twice_it_is_there_once(shell: Shell) -> None:
    ipython = shell.ipython
    shell.run("%load_ext jupyter_ext\n%reload_ext jupyter_ext")
    assert shell.run("%sendoff house --sample rows").text.count(SHOWN) == 1
    assert len(ipython.Completer.custom_matchers) == 1
    shell.run("%unload_ext jupyter_ext")
    assert "not found" in shell.run("%sendoff house").text
    assert "not found" in shell.run("%%sendoff\nmodel:").text
    assert ipython.Completer.custom_matchers == []
    assert "%sendoff house" not in shell.completed("%sendoff hou")
    formatter = ipython.display_formatter.ipython_display_formatter
    assert not any("Wizard" in str(one) for one in (*formatter.type_printers, *formatter.deferred_printers))
    shell.run("%load_ext jupyter_ext")
    assert shell.run("%sendoff house").text.count(SHOWN) == 1


def test_loading_it_imports_nothing_heavy() -> None:
    heavy = (
        "ipywidgets",
        "anywidget",
        "pydantic",
        "sklearn",
        "numpy",
        "pandas",
        "docker",
        "google.cloud",
        "textual",
        "rich",
    )
    script = (
        "import sys\nfrom IPython.core.interactiveshell import InteractiveShell\nshell = InteractiveShell.instance()\n"
        "before = set(sys.modules)\nimport jupyter_ext\nalone = sorted(set(sys.modules) - before)\n"
        "jupyter_ext.load_ipython_extension(shell)\n"
        f"print([name for name in {heavy!r} if name in set(sys.modules) - before])\nprint(len(alone) < 10)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[-3:-1] == ["[]", "True"]
