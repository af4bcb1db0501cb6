"""From the variable to files the road can take up: all of them, or the folder as it was."""

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from traitlets.config import Config

from jupyter_ext.capture.capturing import capture
from jupyter_ext.capture.errors import CaptureError, InTheWayError, UnsavableError
from jupyter_ext.capture.live_session import LiveSession
from wizard.errors import CancelledError
from wizard.events import Cancel, Event, Reporter, StageProgress
from wizard.inspection import inspect_model
from wizard.recorded import read_recorded, refined

X = np.arange(30.0).reshape(10, 3)
Y = X @ [1.0, 2.0, 3.0]


class Notebook:
    """A real IPython shell. `run(cell)` runs a cell; a cell that raises fails the test."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell
        self.session = LiveSession(shell)

    def run(self, cell: str) -> None:
        self.shell.run_cell(cell, store_history=True).raise_error()

    def __getitem__(self, name: str) -> Any:
        return self.shell.user_ns[name]


@pytest.fixture
def notebook() -> Iterator[Notebook]:
    main = sys.modules["__main__"]
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell(config=config)
    try:
        opened = Notebook(shell)
        opened.run("import numpy as np\nX = np.arange(12.0).reshape(6, 2) + 1\ny = X @ [2.0, 3.0] + 1")
        yield opened
    finally:
        shell.restore_sys_module_state()
        sys.modules["__main__"] = main


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def answers_elsewhere(model: Path, rows: Any) -> Any:
    """What the file says in a clean Python, started in its folder."""
    script = (
        "import json, sys, joblib\nrows = json.load(sys.stdin)\n"
        f"print(json.dumps(joblib.load({model.name!r}).predict(rows).tolist()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=model.parent,
        input=json.dumps(rows),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_a_model_and_its_answers_lie_side_by_side(project: Path) -> None:
    model = LinearRegression().fit(X, Y)
    captured = capture(model, project, name="rent.pkl", sample=X)
    assert names(project) == ["notes.txt", "rent.pkl", "rent.recorded.json"]
    assert captured.model_path == project / "rent.pkl"
    assert captured.recorded_path == project / "rent.recorded.json"
    assert captured.modules == () and captured.notices == ()
    recorded = read_recorded(captured.recorded_path)
    inspection = inspect_model(captured.model_path)
    assert recorded.model_sha256 == inspection.sha256
    assert refined(inspection, recorded).columns[0].maximum == 27.0
    assert answers_elsewhere(captured.model_path, recorded.answers.rows) == list(recorded.answers.predictions)
    assert captured.recorded_path.stat().st_mode & 0o777 == 0o600


def test_a_second_time_changes_nothing_and_another_sample_only_the_answers(project: Path) -> None:
    model = LinearRegression().fit(X, Y)
    capture(model, project, name="rent.pkl", sample=X)
    before = {name: (project / name).stat().st_mtime_ns for name in names(project)}
    captured = capture(model, project, name="rent.pkl", sample=X)
    assert {name: (project / name).stat().st_mtime_ns for name in names(project)} == before
    assert captured.recorded_path is not None
    capture(model, project, name="rent.pkl", sample=X[:3])
    assert (project / "rent.pkl").stat().st_mtime_ns == before["rent.pkl"]
    assert len(read_recorded(captured.recorded_path).answers.rows) == 3


def test_another_model_of_that_name_is_replaced_only_when_asked_and_its_answers_with_it(project: Path) -> None:
    capture(LinearRegression().fit(X, Y), project, name="model.pkl", sample=X)
    before = {name: (project / name).read_bytes() for name in names(project)}
    with pytest.raises(InTheWayError):
        capture(Ridge().fit(X, Y), project, name="model.pkl", sample=X)
    assert {name: (project / name).read_bytes() for name in names(project)} == before
    captured = capture(Ridge().fit(X, Y), project, name="model.pkl", sample=X, overwrites=True)
    assert captured.recorded_path is not None
    assert read_recorded(captured.recorded_path).model_sha256 == inspect_model(captured.model_path).sha256


class Failing(LinearRegression):
    """Fits, and cannot predict."""

    def predict(self, X: Any) -> Any:
        raise RuntimeError("no rates for this day")


@pytest.mark.parametrize(
    ("model", "sample", "error"),
    [
        (LinearRegression(), X, CaptureError),
        (LinearRegression().fit(X, Y), X[:, :2], CaptureError),
        (LinearRegression().fit(X, Y), "rows", CaptureError),
        (Failing().fit(X, Y), X, CaptureError),
        (make_pipeline(FunctionTransformer(lambda rows: rows), Ridge()).fit(X, Y), X, UnsavableError),
    ],
)
def test_whatever_goes_wrong_the_folder_is_as_it_was(model: Any, sample: Any, error: type, project: Path) -> None:
    with pytest.raises(error):
        capture(model, project, name="model.pkl", sample=sample)
    assert names(project) == ["notes.txt"]
    with pytest.raises(error):
        capture(model, project / "new", name="model.pkl", sample=sample)
    assert names(project) == ["notes.txt"]


def test_a_stop_while_the_model_is_asked_leaves_the_folder_as_it_was(project: Path) -> None:
    cancel = Cancel()

    def hear(event: Event) -> None:
        if isinstance(event, StageProgress) and event.what == "asking the live model":
            cancel.set()

    with pytest.raises(CancelledError):
        capture(
            LinearRegression().fit(X, Y), project, name="m.pkl", sample=X, reporter=Reporter("capture", hear, cancel)
        )
    assert names(project) == ["notes.txt"]


def test_a_disk_that_refuses_the_second_file_takes_the_first_one_back(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture(Ridge(alpha=2).fit(X, Y), project, name="model.pkl", sample=X)
    before = {name: (project / name).read_bytes() for name in names(project)}
    replace = Path.replace

    def refusing(self: Path, target: Path) -> Path:
        if target == project / "model.recorded.json" and self.parent.name.startswith(".capturing-"):
            raise PermissionError(13, "Permission denied")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refusing)
    with pytest.raises(CaptureError, match="Permission denied"):
        capture(LinearRegression().fit(X, Y), project, name="model.pkl", sample=X, overwrites=True)
    assert {name: (project / name).read_bytes() for name in names(project)} == before


class Silent:
    """A model of a person's own that says nothing of its inputs."""

    def predict(self, rows: Any) -> Any:
        return np.zeros(len(rows))


def test_a_model_of_unknown_inputs_without_a_sample_is_saved_without_answers(project: Path) -> None:
    captured = capture(Silent(), project, name="model.pkl")
    assert captured.recorded_path is None
    assert names(project) == ["model.pkl", "notes.txt"]
    assert any("sample=X_test" in notice for notice in captured.notices)


NOTEBOOK_MODEL = """
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

SHIFT = 1.0

class Logs(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        self.n_features_in_ = np.asarray(X).shape[1]
        return self

    def transform(self, X):
        return np.log(np.asarray(X) + SHIFT)

churn_model = make_pipeline(Logs(), Ridge()).fit(X, y)
"""


def test_a_class_of_the_notebook_comes_along_as_a_module_named_after_the_model(
    notebook: Notebook, project: Path
) -> None:
    notebook.run(NOTEBOOK_MODEL)
    model = notebook["churn_model"]
    captured = capture(model, project, name="churn.pkl", sample=notebook["X"], session=notebook.session)
    assert names(project) == ["churn.pkl", "churn.recorded.json", "churn_code.py", "notes.txt"]
    assert captured.modules == (project / "churn_code.py",)
    assert "numpy" in captured.packages
    assert type(model.steps[0][1]).__module__ == "__main__", "the live model is left as it was"
    inspection = inspect_model(captured.model_path)
    assert [(local.module, local.path) for local in inspection.local_modules] == [
        ("churn_code", str(project / "churn_code.py"))
    ]
    assert captured.recorded_path is not None
    recorded = read_recorded(captured.recorded_path)
    assert answers_elsewhere(captured.model_path, recorded.answers.rows) == list(recorded.answers.predictions)


def test_a_lambda_of_the_notebook_comes_along_too(notebook: Notebook, project: Path) -> None:
    notebook.run(NOTEBOOK_MODEL)
    notebook.run("model = make_pipeline(FunctionTransformer(lambda rows: np.asarray(rows) * 2), Ridge()).fit(X, y)")
    captured = capture(notebook["model"], project, name="model.pkl", sample=notebook["X"], session=notebook.session)
    assert captured.recorded_path is not None
    recorded = read_recorded(captured.recorded_path)
    assert answers_elsewhere(captured.model_path, recorded.answers.rows) == list(recorded.answers.predictions)


def test_two_models_of_one_folder_do_not_share_a_module(notebook: Notebook, project: Path) -> None:
    notebook.run(NOTEBOOK_MODEL)
    first = capture(notebook["churn_model"], project, name="a.pkl", sample=notebook["X"], session=notebook.session)
    notebook.run(NOTEBOOK_MODEL.replace("SHIFT = 1.0", "SHIFT = 5.0"))
    capture(notebook["churn_model"], project, name="b.pkl", sample=notebook["X"], session=notebook.session)
    assert first.recorded_path is not None
    recorded = read_recorded(first.recorded_path)
    assert answers_elsewhere(first.model_path, recorded.answers.rows) == list(recorded.answers.predictions)


def test_a_module_with_the_persons_own_hand_in_it_is_never_written_over(notebook: Notebook, project: Path) -> None:
    (project / "churn_code.py").write_text("print('mine')\n")
    notebook.run(NOTEBOOK_MODEL)
    captured = capture(
        notebook["churn_model"],
        project,
        name="churn.pkl",
        sample=notebook["X"],
        session=notebook.session,
        overwrites=True,
    )
    assert (project / "churn_code.py").read_text() == "print('mine')\n"
    assert captured.modules == (project / "churn_code_2.py",)


def test_without_a_notebook_a_model_that_needs_one_says_so(notebook: Notebook, project: Path) -> None:
    notebook.run(NOTEBOOK_MODEL)
    captured = capture(notebook["churn_model"], project, name="churn.pkl", sample=notebook["X"])
    assert "Logs" in captured.notices[0]


def test_what_cannot_be_rescued_leaves_nothing_and_names_it(notebook: Notebook, project: Path) -> None:
    notebook.run(NOTEBOOK_MODEL)
    notebook.run("import threading\nlock = threading.Lock()\nchurn_model.steps[0][1].lock = lock")
    with pytest.raises(UnsavableError) as caught:
        capture(notebook["churn_model"], project, name="churn.pkl", sample=notebook["X"], session=notebook.session)
    assert "churn_model.steps[0][1].lock is a thread lock" in caught.value.what
    assert names(project) == ["notes.txt"]


def test_a_module_beside_the_notebook_goes_with_a_model_saved_elsewhere(
    tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = tmp_path / "elsewhere"
    beside.mkdir()
    (beside / "my_doubling.py").write_text("def doubled(rows):\n    return rows * 2\n")
    monkeypatch.syspath_prepend(str(beside))
    doubled = importlib.import_module("my_doubling").doubled
    model = make_pipeline(FunctionTransformer(doubled), Ridge()).fit(X, Y)
    captured = capture(model, project, name="model.pkl", sample=X)
    assert captured.modules == (project / "my_doubling.py",)
    assert (project / "my_doubling.py").read_text() == (beside / "my_doubling.py").read_text()
    again = capture(model, project, name="model.pkl", sample=X)
    assert again.modules == captured.modules


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of the person's own that the session imports from; what came from it is forgotten afterwards."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    loaded = set(sys.modules)
    yield folder
    for name in set(sys.modules) - loaded:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(folder)):
            del sys.modules[name]


def wrote(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


PACKAGE = {
    "my_cleaning/__init__.py": "",
    "my_cleaning/steps.py": "import numpy as np\nfrom . import words\nfrom my_scales import by\n"
    "def scaled(rows):\n    return np.asarray(rows) * by()\n",
    "my_cleaning/words.py": "from pathlib import Path\nWORDS = Path(__file__).with_name('words.txt').read_text()\n",
    "my_cleaning/words.txt": "one two",
    "my_cleaning/.hidden": "",
    "my_cleaning/__pycache__/old.pyc": "",
    "my_scales.py": "def by():\n    return 2.0\n",
}


def test_a_package_beside_the_notebook_goes_along_whole_with_what_it_imports(project: Path, beside: Path) -> None:
    wrote(beside, PACKAGE)
    model = make_pipeline(FunctionTransformer(importlib.import_module("my_cleaning.steps").scaled), Ridge()).fit(X, Y)
    captured = capture(model, project, name="model.pkl", sample=X)
    assert captured.modules == (project / "my_cleaning", project / "my_scales.py")
    assert captured.notices == ()
    assert names(project / "my_cleaning") == ["__init__.py", "steps.py", "words.py", "words.txt"]
    assert captured.recorded_path is not None
    recorded = read_recorded(captured.recorded_path)
    assert answers_elsewhere(captured.model_path, recorded.answers.rows) == list(recorded.answers.predictions)
    found = inspect_model(captured.model_path).local_modules
    assert [(local.module, local.path) for local in found] == [
        ("my_cleaning", str(project / "my_cleaning")),
        ("my_scales", str(project / "my_scales.py")),
    ]
    assert capture(model, project, name="model.pkl", sample=X).modules == captured.modules


def test_a_package_that_changed_is_replaced_only_when_asked(project: Path, beside: Path) -> None:
    wrote(beside, PACKAGE)
    model = make_pipeline(FunctionTransformer(importlib.import_module("my_cleaning.steps").scaled), Ridge()).fit(X, Y)
    capture(model, project, name="model.pkl", sample=X)
    wrote(project, {"my_cleaning/mine.py": "mine = 1\n"})
    wrote(beside, {"my_cleaning/words.txt": "three", "my_cleaning/further/__init__.py": ""})
    with pytest.raises(InTheWayError, match=r"words\.txt"):
        capture(model, project, name="model.pkl", sample=X)
    assert (project / "my_cleaning" / "words.txt").read_text() == "one two"
    assert not (project / "my_cleaning" / "further").exists()
    capture(model, project, name="model.pkl", sample=X, overwrites=True)
    assert (project / "my_cleaning" / "words.txt").read_text() == "three"
    assert (project / "my_cleaning" / "further" / "__init__.py").exists()
    assert (project / "my_cleaning" / "mine.py").exists()


def test_a_disk_that_refuses_in_the_middle_of_a_package_leaves_the_folder_as_it_was(
    project: Path, beside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrote(beside, PACKAGE)
    model = make_pipeline(FunctionTransformer(importlib.import_module("my_cleaning.steps").scaled), Ridge()).fit(X, Y)
    replace = Path.replace

    def refusing(self: Path, target: Path) -> Path:
        if target == project / "my_cleaning" / "words.py" and ".before" not in self.parts:
            raise PermissionError(13, "Permission denied")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refusing)
    with pytest.raises(CaptureError, match="Permission denied"):
        capture(model, project, name="model.pkl", sample=X)
    assert names(project) == ["notes.txt"]


def test_what_rescued_code_imports_beside_the_notebook_goes_along_with_its_own_imports(
    notebook: Notebook, project: Path, beside: Path
) -> None:
    wrote(beside, PACKAGE)
    notebook.run("from my_cleaning.steps import scaled\nfrom sklearn.preprocessing import FunctionTransformer")
    notebook.run("from sklearn.linear_model import Ridge\nfrom sklearn.pipeline import make_pipeline")
    notebook.run("model = make_pipeline(FunctionTransformer(lambda rows: scaled(rows) + 1), Ridge()).fit(X, y)")
    captured = capture(notebook["model"], project, name="m.pkl", sample=notebook["X"], session=notebook.session)
    assert captured.modules == (project / "m_code.py", project / "my_cleaning", project / "my_scales.py")
    assert captured.recorded_path is not None
    recorded = read_recorded(captured.recorded_path)
    assert answers_elsewhere(captured.model_path, recorded.answers.rows) == list(recorded.answers.predictions)


def test_what_is_rescued_is_not_mistaken_for_an_older_module_of_its_name(
    notebook: Notebook, project: Path, beside: Path
) -> None:
    wrote(beside, {"churn_code.py": "print('older')\n"})
    notebook.run(NOTEBOOK_MODEL)
    model = notebook["churn_model"]
    captured = capture(model, project, name="churn.pkl", sample=notebook["X"], session=notebook.session)
    assert captured.modules == (project / "churn_code.py",)
    assert "class Logs" in (project / "churn_code.py").read_text()


def test_a_folder_that_is_no_package_is_left_to_the_person(project: Path, beside: Path) -> None:
    wrote(beside, {"my_folder/steps.py": "def scaled(rows):\n    return rows * 2\n"})
    model = make_pipeline(FunctionTransformer(importlib.import_module("my_folder.steps").scaled), Ridge()).fit(X, Y)
    captured = capture(model, project, name="model.pkl", sample=X)
    assert "my_folder" in captured.notices[0] and "copy it beside the model" in captured.notices[0]
    assert captured.modules == ()


def test_the_file_is_what_joblib_loads(project: Path) -> None:
    model = Ridge().fit(X, Y)
    captured = capture(model, project, name="model.joblib")
    assert joblib.load(captured.model_path).coef_.tolist() == model.coef_.tolist()
    assert captured.recorded_path == project / "model.recorded.json"
