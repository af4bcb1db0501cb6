"""What cannot be carried over is said: what it is, which line needs it, and what to write instead."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_ext.capture.rescue_against import against
from jupyter_ext.capture.rescue_error import RescueError
from tests.jupyter_ext.capture.rescue_notebooks import CleanPython, Notebook, running


@pytest.fixture(scope="module")
def clean() -> Iterator[CleanPython]:
    python = CleanPython()
    yield python
    python.close()


@pytest.fixture
def notebook(tmp_path: Path, clean: CleanPython) -> Iterator[Notebook]:
    with running(tmp_path, clean) as opened:
        yield opened


STEP = "from sklearn.preprocessing import FunctionTransformer\nmodel = FunctionTransformer({})"


def refusal(notebook: Notebook) -> RescueError:
    with pytest.raises(RescueError) as caught:
        notebook.rescued()
    error = caught.value
    assert error.what and error.why and error.fix
    assert "Traceback" not in str(error)
    return error


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        ("import pandas as pd\nheld = pd.DataFrame({'a': [1, 2, 3]})", "a DataFrame of shape (3, 1)"),
        ("import threading\nheld = threading.Lock()", "a lock"),
        ("held = np.random.default_rng(3)", "a Generator"),
        ("held = np.random.RandomState(3)", "a RandomState"),
        (
            "from sklearn.linear_model import LinearRegression\nheld = LinearRegression().fit(X, y)",
            "a LinearRegression",
        ),
        ("import sqlite3\nheld = sqlite3.connect(':memory:')", "a Connection"),
        ("held = np.zeros(1001)", "an ndarray of shape (1001,)"),
        ("held = list(range(10000))", "a list"),
        ("held = {'model': open('/dev/null')}", "a dict that holds a TextIOWrapper"),
        ("held = []\nheld.append(held)", "a list"),
    ],
)
def test_a_live_value_is_named_with_the_line_that_needs_it(notebook: Notebook, made: str, kind: str) -> None:
    notebook.run(made, "def used(X):\n    return X * len([held])\n", STEP.format("used"))
    error = refusal(notebook)
    assert error.what == f"used needs held, {kind}, and that cannot be carried over from the notebook."
    assert error.evidence == ("used: return X * len([held])",)
    assert "# my_code.py" in error.fix
    assert "from my_code import used" in error.fix
    assert (error.wanted, error.needs) == ("used", "held")


def test_a_class_that_needs_a_live_value_is_told_to_keep_it_in_itself(notebook: Notebook) -> None:
    notebook.run(
        "import pandas as pd\nheld = pd.DataFrame({'a': [1.0]})",
        "class Own:\n    def predict(self, X):\n        return X * held.mean()\nmodel = Own()",
    )
    error = refusal(notebook)
    assert error.evidence == ("Own: return X * held.mean()",)
    assert error.fix.startswith("Keep what it needs from held in the object itself: in its fit method")


def test_a_lambda_with_a_closure_is_shown_rewritten(notebook: Notebook) -> None:
    notebook.run("def times(factor):\n    return lambda X: X * factor\n", STEP.format("times(3)"))
    error = refusal(notebook)
    assert error.what.startswith("A lambda in the model remembers factor")
    assert "def lambda_1(X, *, factor):\n        return X * factor\n" in error.fix
    assert "functools.partial(lambda_1, factor=3)" in error.fix
    assert error.evidence == ("line 2 of its cell: lambda X: X * factor",)


def test_a_function_with_a_closure_is_shown_rewritten(notebook: Notebook) -> None:
    notebook.run(
        "def made(a, b):\n    def added(X):\n        return X + a + b\n    return added\n", STEP.format("made(1, X)")
    )
    error = refusal(notebook)
    assert error.what.startswith("The function added in the model remembers a and b ")
    assert "functools.partial(added, a=1, b=...)" in error.fix


def test_a_class_made_in_a_function_is_refused(notebook: Notebook) -> None:
    notebook.run(
        "def made():\n    class Inner:\n        def __call__(self, X):\n            return X\n    return Inner()",
        STEP.format("made()"),
    )
    assert "was defined inside a function" in refusal(notebook).what


def test_two_classes_of_one_name_in_a_model_ask_for_a_run_from_the_top(notebook: Notebook) -> None:
    cell = "class Own:\n    def __call__(self, X):\n        return X * {}\n"
    notebook.run(cell.format(1), "first = Own()", cell.format(2), "model = [first, Own()]")
    error = refusal(notebook)
    assert "two different things that are both called Own" in error.what
    assert "Run All" in error.fix


def test_a_method_put_into_a_class_from_outside_is_refused(notebook: Notebook) -> None:
    notebook.run(
        "class Own:\n    def __call__(self, X):\n        return X\n",
        "def other(self, X):\n    return X * 2\nOwn.__call__ = other\nmodel = Own()",
    )
    assert refusal(notebook).what.startswith("Own.__call__ was put into the class after")


def test_code_without_a_text_is_refused(notebook: Notebook) -> None:
    notebook.run("exec('class Own:\\n    def __call__(self, X):\\n        return X\\n')\nmodel = Own()")
    assert refusal(notebook).what == "The source of the class Own is not to be found."
    notebook.run("exec('def used(X):\\n    return X')\n" + STEP.format("used"))
    assert refusal(notebook).what == "The source of used is not to be found."


def test_a_magic_inside_a_function_is_refused(notebook: Notebook) -> None:
    notebook.run("def used(X):\n    !ls\n    return X\n", STEP.format("used"))
    error = refusal(notebook)
    assert error.what == "used uses get_ipython, which only a notebook has."


def test_a_name_that_is_not_there_is_a_notice_and_no_error(notebook: Notebook) -> None:
    notebook.run("def used(X):\n    return X if len(X) else missing(X)\n", STEP.format("used"))
    (notice,) = notebook.rescued().notices
    assert "missing" in notice


def test_everything_is_put_back_where_saving_fails(notebook: Notebook) -> None:
    notebook.run(
        "import threading\ndef used(X):\n    return X\ntwice = lambda X: X * 2\n"
        "class Own:\n    def __init__(self):\n        self.steps = [used, twice, threading.Lock()]\nmodel = Own()"
    )
    found = notebook.rescued()
    assert set(found.objects) == {"Own", "used", "twice"}
    with pytest.raises(TypeError), against(found):
        assert notebook["twice"].__name__ == "twice"
        pickle.dumps(notebook["model"])
    assert [notebook[name].__module__ for name in ("Own", "used", "twice")] == ["__main__"] * 3
    assert notebook["twice"].__qualname__ == "<lambda>"


def test_a_secret_is_not_written_into_the_module_and_not_repeated(notebook: Notebook) -> None:
    notebook.run(
        "API_TOKEN = 'a-long-secret-word'\ndef used(X):\n    return X if API_TOKEN else X\n", STEP.format("used")
    )
    error = refusal(notebook)
    assert error.what == "API_TOKEN looks like a secret, and is not written into a module."
    assert "a-long-secret-word" not in str(error)
    issued = "ghp_" + "0123456789abcdefghij"
    notebook.run(f"def used(X):\n    return X if '{issued}' else X\n", STEP.format("used"))
    assert issued not in str(refusal(notebook))
