"""What is read from files of real estimators, against what scikit-learn itself says of them."""

import pickle
from typing import Any

import joblib
import pytest
from joblib.numpy_pickle import NumpyUnpickler

from tests.inspection.conftest import Models
from wizard.inspection import Inspection, Severity, inspect_model, to_dict


def differences(entry: dict[str, Any], found: Inspection) -> list[str]:
    got = {
        "root": found.root,
        "proba": found.has_proba,
        "task": found.task.value,
        "outputs": found.outputs,
        "classes": list(found.classes),
        "layout": found.layout.value,
        "names": list(found.column_names or ()),
        "missing": all(column.missing for column in found.columns),
        "exact": found.exact_batches,
        "parallel": found.parallel,
    }
    if "names" not in entry and entry["name"] != "everywhere":
        got["features"] = len(found.columns)
    return [
        f"{entry['file']}: {key} is {value!r}, not {entry[key]!r}"
        for key, value in got.items()
        if entry.get(key, value) != value
    ]


def test_every_saved_estimator_is_described_as_scikit_learn_describes_it(models: Models) -> None:
    assert len(models.entries) > 300
    wrong = [
        line for entry in models.entries for line in differences(entry, inspect_model(models.folder / entry["file"]))
    ]
    assert not wrong


def test_no_ordinary_file_is_called_dangerous_or_unknown(models: Models) -> None:
    accused = [
        f"{entry['file']}: {finding.what}"
        for entry in models.entries
        for finding in inspect_model(models.folder / entry["file"]).findings
        if finding.severity is not Severity.NOTE
    ]
    assert not accused


def test_the_exact_versions_are_found(models: Models) -> None:
    for entry in models.entries:
        found = inspect_model(models.folder / entry["file"])
        assert (found.framework, found.framework_version) == ("scikit-learn", models.sklearn), entry["file"]
        assert found.numpy_generation in (None, int(models.numpy.split(".")[0])), entry["file"]
        sklearn = next(one for one in found.requirements if one.distribution == "scikit-learn")
        assert sklearn.version == models.sklearn


def test_old_files_keep_numpy_below_2_and_new_ones_from_2_on(models: Models) -> None:
    found = inspect_model(models.path("churn"))
    numpy = next(one for one in found.requirements if one.distribution == "numpy")
    expected = {"1.2.2": ("2", None), "1.3.2": ("2", None), "1.5.2": (None, None)}
    assert (numpy.below, numpy.at_least) == expected.get(models.sklearn, (None, "2"))


def test_the_same_model_reads_the_same_however_it_was_saved(current_models: Models) -> None:
    about_the_file = {"path", "size", "sha256", "modified", "format", "compression", "protocol", "seconds", "globals"}
    about_the_file |= {"requirements", "memory", "arrays", "opcodes", "numpy_generation"}
    seen = set()
    for entry in current_models.entries:
        if entry["name"] == "everywhere":
            data = to_dict(inspect_model(current_models.folder / entry["file"]))
            seen.add(repr({key: value for key, value in data.items() if key not in about_the_file}))
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("how", "compression", "form", "protocol"),
    [
        ("joblib", "none", "joblib", pickle.DEFAULT_PROTOCOL),
        ("zlib", "zlib", "joblib", pickle.DEFAULT_PROTOCOL),
        ("gzip", "gzip", "joblib", pickle.DEFAULT_PROTOCOL),
        ("bz2", "bz2", "joblib", pickle.DEFAULT_PROTOCOL),
        ("xz", "xz", "joblib", pickle.DEFAULT_PROTOCOL),
        ("lzma", "lzma", "joblib", pickle.DEFAULT_PROTOCOL),
        ("lz4", "lz4", "joblib", pickle.DEFAULT_PROTOCOL),
        ("joblib-2", "none", "joblib", 2),
        ("joblib-5", "none", "joblib", 5),
        ("pickle-0", "none", "pickle", 0),
        ("pickle-1", "none", "pickle", 0),  # it has no mark to tell it from 0
        ("pickle-3", "none", "pickle", 3),
        ("pickle-5", "none", "pickle", 5),
    ],
)
def test_wrapping_form_and_protocol_are_told(
    current_models: Models, how: str, compression: str, form: str, protocol: int
) -> None:
    found = inspect_model(current_models.path("everywhere", how))
    assert (found.compression, found.format) == (compression, form)
    # Arrays of objects are pickles of their own, which joblib may write in a newer protocol.
    assert found.protocol >= protocol if form == "joblib" else found.protocol == protocol


def test_lz4_files_need_lz4(current_models: Models) -> None:
    found = inspect_model(current_models.path("everywhere", "lz4"))
    assert "lz4" in [one.distribution for one in found.requirements]


class Restricted(NumpyUnpickler):
    """joblib's own reader, admitting only what the inspection listed: what the generated service does."""

    admitted: frozenset[str] = frozenset()

    def find_class(self, module: str, name: str) -> Any:
        if f"{module}.{name}" not in self.admitted:
            raise pickle.UnpicklingError(f"{module}.{name} was not listed")
        return super().find_class(module, name)


@pytest.mark.parametrize("how", ["joblib", "joblib-2", "pickle-0", "pickle-2", "pickle-5"])
def test_the_listed_globals_are_all_that_loading_asks_for(current_models: Models, how: str) -> None:
    path = current_models.path("everywhere", how)
    found = inspect_model(path)
    with path.open("rb") as stream:
        reader = Restricted(str(path), stream, ensure_native_byte_order=False)
        reader.admitted = frozenset(found.globals)
        model = reader.load()
    assert type(model) is type(joblib.load(path))


def test_an_inspection_is_plain_json(current_models: Models) -> None:
    import json

    for name in ("churn", "text", "many-numbers", "kmeans"):
        found = inspect_model(current_models.path(name))
        data = to_dict(found)
        assert json.loads(json.dumps(data, allow_nan=False)) == data
        assert data["root"] == found.root and len(data["columns"]) == len(found.columns)


def test_the_memory_estimate_covers_the_arrays(current_models: Models) -> None:
    for entry in current_models.entries:
        found = inspect_model(current_models.folder / entry["file"])
        assert found.memory >= found.arrays > 0 or found.arrays == 0
        assert found.memory < 100 * found.size + 1_000_000
