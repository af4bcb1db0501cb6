"""Files that hold or need code of the person's own, and files that hold something other than one model."""

import sys
from pathlib import Path

import cloudpickle
import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LinearRegression, SGDClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from tests.inspection.hostile import mapping, name, new, text, whole
from wizard.inspection import Severity, inspect_model

ROWS = np.random.RandomState(0).rand(20, 2)
THIS_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def fitted() -> LinearRegression:
    return LinearRegression().fit(ROWS, ROWS[:, 0])


def test_a_function_inside_the_file_is_said_to_be_unknown_and_names_its_python(saved) -> None:
    model = make_pipeline(FunctionTransformer(lambda rows: np.sqrt(np.abs(rows))), LinearRegression()).fit(
        ROWS, ROWS[:, 0]
    )
    found = inspect_model(saved(cloudpickle.dumps(model)))
    assert not found.dangerous
    assert [finding.subject for finding in found.findings] == ["cloudpickle"]
    assert found.python == THIS_PYTHON
    assert not found.vectorised
    assert "cloudpickle" in [one.distribution for one in found.requirements]


def test_cloudpickle_without_own_code_is_an_ordinary_pickle(saved) -> None:
    found = inspect_model(saved(cloudpickle.dumps(fitted())))
    assert found.findings == ()
    assert found.python is None


def test_a_class_from_the_notebook_is_named_as_the_persons_own(saved) -> None:
    found = inspect_model(saved(whole(new(name("__main__", "Cleaner")))))
    assert not found.dangerous
    assert found.local_modules[0].module == "__main__"
    assert found.local_modules[0].names == ("Cleaner",)
    assert "shipped" in next(one.why for one in found.findings if one.subject == "__main__.Cleaner")


@pytest.mark.parametrize("beside", ["cleaning.py", "cleaning/__init__.py", "../cleaning.py", "../../cleaning.py"])
def test_own_modules_are_found_beside_the_model_and_above_it(tmp_path: Path, beside: str) -> None:
    model = tmp_path / "project" / "models" / "model.pkl"
    model.parent.mkdir(parents=True)
    model.write_bytes(whole(new(name("cleaning", "Cleaner"))))
    code = (model.parent / beside).resolve()
    code.parent.mkdir(exist_ok=True)
    code.write_text("raise SystemExit('nothing may import this')")
    module = inspect_model(model).local_modules[0]
    assert module.module == "cleaning"
    assert module.path == str(code if code.stem == "cleaning" else code.parent)


def test_own_modules_that_are_nowhere_near_have_no_path(saved) -> None:
    assert inspect_model(saved(whole(new(name("cleaning.steps", "Cleaner"))))).local_modules[0].path is None


def test_a_class_of_a_known_package_names_the_package(saved) -> None:
    found = inspect_model(saved(whole(new(name("umap.umap_", "UMAP")))))
    assert "umap-learn" in [one.distribution for one in found.requirements]
    assert found.local_modules == ()
    assert any(finding.severity is Severity.UNKNOWN for finding in found.findings)


def test_a_dict_of_parts_is_described_and_is_no_model(saved) -> None:
    found = inspect_model(saved({"model": fitted(), "threshold": 0.37, "scaler": StandardScaler().fit(ROWS)}))
    assert (found.root, found.tree, found.framework) == ("dict", None, "scikit-learn")
    note = next(finding for finding in found.findings if finding.subject == "the file")
    assert note.severity is Severity.NOTE
    for part in (
        "'model' an estimator (LinearRegression)",
        "'threshold' = 0.37",
        "'scaler' an estimator (StandardScaler)",
    ):
        assert part in note.what


@pytest.mark.parametrize("content", [[1, 2], (fitted(),), ROWS, "text", 5, None, {1, 2}])
def test_anything_else_is_said_to_be_no_estimator(saved, content: object) -> None:
    found = inspect_model(saved(content))
    assert found.tree is None
    assert any(finding.subject == "the file" and finding.severity is Severity.NOTE for finding in found.findings)


def test_a_model_that_takes_dicts_says_so(saved) -> None:
    model = make_pipeline(DictVectorizer(), LinearRegression()).fit([{"a": 1.0}, {"a": 2.0}], [1, 2])
    found = inspect_model(saved(model))
    assert any("takes dicts" in finding.what for finding in found.findings)
    assert found.columns == ()


def test_more_inputs_than_can_be_listed_are_counted_in_a_note(saved) -> None:
    model = SGDClassifier().fit(csr_matrix(([1.0, 1.0], ([0, 1], [0, 99_999]))), [0, 1])
    found = inspect_model(saved(model))
    assert found.columns == ()
    assert any("100,000 inputs" in finding.what for finding in found.findings)


def test_training_data_inside_the_model_is_noted(saved) -> None:
    found = inspect_model(saved(KNeighborsClassifier().fit(ROWS, ROWS[:, 0] > 0.5)))
    assert [finding.severity for finding in found.findings] == [Severity.NOTE]
    assert "training data" in found.findings[0].what


def test_parts_saved_by_other_versions_are_told(saved) -> None:
    def scaler(version: str) -> bytes:
        return (
            new(name("sklearn.preprocessing._data", "StandardScaler")) + mapping(_sklearn_version=text(version)) + b"b"
        )

    found = inspect_model(saved(whole(b"](", scaler("1.3.0"), scaler("1.5.2"), scaler("1.5.2"), b"e")))
    assert (found.framework_version, found.other_versions) == ("1.5.2", ("1.3.0",))
