"""The loader takes a file as every joblib wrote it, and lets it have the names it is allowed and no others."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import joblib
import lz4.frame
import numpy as np
import pytest
import uv
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from tests.serving.bundles import NO_LOCK, bundled, plan_for
from tests.serving.examples import saved
from tests.serving.running import running
from wizard.bundle import write_bundle
from wizard.events import silent

TEMPLATES = Path(__file__).parents[2] / "templates"
SCRIPT = Path(__file__).with_name("loads_guarded.py")


def parts() -> dict[str, Any]:
    """What models are made of: arrays of numbers, and of objects, whose names lie in a pickle inside the pickle."""
    return {"numbers": np.arange(4.0), "objects": np.array([Fraction(1, 2)], dtype=object)}


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """The loader and what it imports in one folder, as in a bundle."""
    folder = tmp_path / "code" / "serving"
    folder.mkdir(parents=True)
    for source in (TEMPLATES / "server" / "shared" / "serving", TEMPLATES / "sklearn" / "serving"):
        for file in source.glob("*.py"):
            (folder / file.name).write_bytes(file.read_bytes())
    return folder.parent


def names_asked_for(python: str, templates: Path, file: Path, form: str, compression: str) -> set[str]:
    environment = {**os.environ, "PYTHONPATH": str(templates)}
    command = [python, str(SCRIPT), str(file), form, compression]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    return set(answer.stdout.split())


@pytest.mark.parametrize(("compression", "argument"), [
    ("none", 0), ("zlib", ("zlib", 3)), ("gzip", ("gzip", 3)), ("bz2", ("bz2", 3)), ("xz", ("xz", 3)), ("lz4", ("lz4", 3)),
])  # fmt: skip
def test_a_joblib_file_gets_its_names_one_by_one_in_every_compression(
    compression: str, argument: Any, templates: Path, tmp_path: Path
) -> None:
    file = tmp_path / "model.joblib"
    joblib.dump(parts(), file, compress=argument)
    names = names_asked_for(sys.executable, templates, file, "joblib", compression)
    assert "fractions.Fraction" in names, "the pickle inside the pickle is guarded too"
    assert "joblib.numpy_pickle.NumpyArrayWrapper" in names


@pytest.mark.parametrize(
    ("compression", "packed"),
    [
        ("none", bytes),
        ("gzip", gzip.compress),
        ("bz2", bz2.compress),
        ("xz", lzma.compress),
        ("lz4", lz4.frame.compress),
    ],
)
@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_a_pickle_gets_its_names_one_by_one_in_every_protocol_and_compression(
    protocol: int, compression: str, packed: Callable[[bytes], bytes], templates: Path, tmp_path: Path
) -> None:
    file = tmp_path / "model.pkl"
    file.write_bytes(packed(pickle.dumps(parts(), protocol=protocol)))
    assert "fractions.Fraction" in names_asked_for(sys.executable, templates, file, "pickle", compression)


@pytest.mark.index
@pytest.mark.parametrize("version", ["1.0.1", "1.1.1", "1.2.0", "1.3.2", "1.4.2", "1.5.2"])
def test_it_works_with_the_joblib_of_the_models_time(version: str, templates: Path, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    installer = uv.find_uv_bin()
    subprocess.run([installer, "venv", "--quiet", "--python", sys.executable, str(environment)], check=True)
    python = str(environment / "bin" / "python")
    install = [
        installer,
        "pip",
        "install",
        "--quiet",
        "--python",
        python,
        f"joblib=={version}",
        "numpy<2",
        "setuptools<81",
    ]
    subprocess.run(install, check=True)
    dump = (
        "import sys, joblib, numpy; from fractions import Fraction\n"
        "joblib.dump({'numbers': numpy.arange(4.0), 'objects': numpy.array([Fraction(1, 2)], dtype=object)}, sys.argv[1])"
    )
    file = tmp_path / "model.joblib"
    subprocess.run([python, "-c", dump, str(file)], check=True)
    assert "fractions.Fraction" in names_asked_for(python, templates, file, "joblib", "none")


def test_every_part_of_a_model_works_with_one_job(tmp_path: Path) -> None:
    X, y = np.random.default_rng(0).normal(size=(60, 3)), np.arange(60) % 2
    inner = BaggingClassifier(RandomForestClassifier(2, n_jobs=3), n_estimators=2, n_jobs=2)
    model = make_pipeline(GridSearchCV(inner, {"n_estimators": [1, 2]}, cv=2, n_jobs=-1)).fit(X, y)
    example = saved(tmp_path, model, [[0.0, 0.0, 0.0]])
    bundled(example, tmp_path / "bundle")
    ask = (
        "import handler\nfrom serving import settings\nmodel = handler.load(settings.read())\n"
        "search = model.steps[-1][1]; best = search.best_estimator_; forest = best.estimators_[0]\n"
        "print(search.n_jobs, search.estimator.n_jobs, best.n_jobs, best.estimator.n_jobs, forest.n_jobs)"
    )
    answer = subprocess.run([sys.executable, "-c", ask], cwd=tmp_path / "bundle", capture_output=True, text=True)
    assert answer.stdout.split() == ["1"] * 5, answer.stderr


MAKES = """
import sys, joblib, numpy
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
def double(x):
    return x * 2
model = make_pipeline(FunctionTransformer(double), LinearRegression())
joblib.dump(model.fit(numpy.array([[1.0], [2.0]]), [2.0, 4.0]), sys.argv[1])
"""


def test_a_function_from_the_notebook_is_found_in_the_module_shipped_for_it(server: str, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", MAKES, str(tmp_path / "model.pkl")], check=True)
    (tmp_path / "notebook.py").write_text("def double(x):\n    return x * 2\n")
    example = saved(tmp_path, None, [[3.0]], file=tmp_path / "model.pkl")
    plan = plan_for(example, server)
    plan = plan.model_copy(update={"image": plan.image.model_copy(update={"modules": ("notebook.py",)})})
    write_bundle(plan, example.inspection, NO_LOCK, tmp_path / "bundle", silent(), project=tmp_path)
    with running(tmp_path / "bundle") as service:
        assert round(service.ready().post({"features": [3.0]}).json()["prediction"], 9) == 6.0
