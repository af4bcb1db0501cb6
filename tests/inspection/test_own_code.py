"""The person's own modules beside a model: what they import is shipped or installed too, and nothing of theirs is run."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.inspection.hostile import name, new, whole
from wizard.inspection import Inspection, Severity, inspect_model
from wizard.inspection.own_imports import imports_of


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def written(project: Path, **files: str) -> None:
    """Write Python files: `a__b` is a/b.py. None of them can be imported."""
    for module, text in files.items():
        path = project / f"{module.replace('__', '/', 1)}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{text}\nraise SystemExit('nothing may run this')\n")


def inspected(project: Path, *wanted: tuple[str, str]) -> Inspection:
    model = project / "model.pkl"
    model.write_bytes(whole(b"](", *(new(name(module, cls)) for module, cls in wanted), b"e"))
    return inspect_model(model)


def whys(inspection: Inspection) -> dict[str, str]:
    return {need.distribution: need.why for need in inspection.requirements}


def test_what_a_shipped_module_imports_is_required_and_says_by_whom(project: Path) -> None:
    written(project, my_code="import json\nfrom scipy.stats import norm\nimport yaml, lightgbm as lgb")
    needed = whys(inspected(project, ("my_code", "Scaler")))
    assert needed["scipy"] == "scipy.stats is imported by my_code.py."
    assert needed["lightgbm"] == "lightgbm is imported by my_code.py."
    assert "PyYAML" in needed
    assert "json" not in needed


def test_what_the_file_names_itself_keeps_its_own_reason(project: Path) -> None:
    written(project, my_code="import sklearn")
    found = inspected(project, ("my_code", "Scaler"), ("sklearn.linear_model._base", "LinearRegression"))
    assert whys(found)["scikit-learn"].startswith("The file asks for sklearn.linear_model")


def test_modules_that_a_shipped_module_imports_are_shipped_too_and_read_in_turn(project: Path) -> None:
    written(project, my_code="import helpers", helpers="from deeper import f", deeper="import polars\nimport my_code")
    found = inspected(project, ("my_code", "Scaler"))
    assert [(local.module, local.names, local.path) for local in found.local_modules] == [
        ("my_code", ("Scaler",), str(project / "my_code.py")),
        ("helpers", (), str(project / "helpers.py")),
        ("deeper", (), str(project / "deeper.py")),
    ]
    assert whys(found)["polars"] == "polars is imported by deeper.py."


def test_a_package_is_one_thing_to_ship_and_only_the_files_it_reaches_are_read(project: Path) -> None:
    written(
        project,
        cleaning____init__="from .texts import strip",
        cleaning__texts="import regex",
        cleaning__steps="from . import words\nfrom cleaning.numbers import scaled",
        cleaning__words="import nltk",
        cleaning__numbers="import numba",
        cleaning__test_steps="import pyod",
    )
    found = inspected(project, ("cleaning.steps", "Cleaner"), ("cleaning.texts", "Stripper"))
    assert [(local.module, local.names, local.path) for local in found.local_modules] == [
        ("cleaning", ("steps.Cleaner", "texts.Stripper"), str(project / "cleaning"))
    ]
    needed = whys(found)
    assert needed.keys() >= {"regex", "nltk", "numba"}
    assert "pyod" not in needed
    assert needed["nltk"] == "nltk is imported by cleaning/words.py."


def test_a_file_beside_the_model_wins_over_a_package_of_its_name(project: Path) -> None:
    written(project, my_code="import surprise", surprise="")
    found = inspected(project, ("my_code", "Scaler"))
    assert [local.module for local in found.local_modules] == ["my_code", "surprise"]
    assert "scikit-surprise" not in whys(found)


def test_a_package_that_only_this_machine_knows_is_told_by_what_is_installed_here(project: Path) -> None:
    written(project, my_code="from hypothesis import given")
    assert whys(inspected(project, ("my_code", "Scaler")))["hypothesis"] == "hypothesis is imported by my_code.py."


def test_an_import_that_is_found_nowhere_is_a_note_with_what_to_do(project: Path) -> None:
    written(project, my_code="import no_such_package")
    found = inspected(project, ("my_code", "Scaler"))
    note = next(finding for finding in found.findings if finding.subject == "no_such_package")
    assert "my_code.py imports no_such_package" in note.what
    assert "image.extra_requirements" in note.why
    assert [local.module for local in found.local_modules] == ["my_code"]


def test_code_that_lies_beside_the_model_is_said_to_be_shipped_and_to_run(project: Path) -> None:
    written(project, cleaning__steps="")
    (project / "cleaning" / "__init__.py").write_text("")
    finding = inspected(project, ("cleaning.steps", "Cleaner")).findings[0]
    assert (finding.severity, finding.subject) == (Severity.UNKNOWN, "cleaning.steps.Cleaner")
    assert finding.what == "The file asks for cleaning.steps.Cleaner, which is in cleaning, found beside the model."
    assert "shipped" in finding.why and "runs" in finding.why


def test_a_module_that_is_no_python_is_a_note_with_its_line(project: Path) -> None:
    written(project, my_code="import scipy\ndef f(:")
    found = inspected(project, ("my_code", "Scaler"))
    note = next(finding for finding in found.findings if finding.subject == "my_code.py")
    assert "line 2" in note.what


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import a.b, c as d", ["a.b", "c"]),
        ("from a import b, c", ["a", "a.b", "a.c"]),
        ("from a import *", ["a"]),
        ("def f():\n    import a", ["a"]),
        ("class A:\n    def f(self):\n        from a import b", ["a", "a.b"]),
        ("if x:\n    import a\nelse:\n    import b", ["a", "b"]),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a", ["typing", "typing.TYPE_CHECKING"]),
        ("if not TYPE_CHECKING:\n    import a\nelse:\n    import b", ["a"]),
        ("if __name__ == '__main__':\n    import a", []),
        ("try:\n    import a\nexcept ImportError:\n    a = None", []),
        ("try:\n    import a\nexcept (ValueError, ModuleNotFoundError):\n    import b", ["b"]),
        ("try:\n    import a\nexcept ImportError as e:\n    raise RuntimeError('install a') from e", ["a"]),
        ("try:\n    import a\nexcept ValueError:\n    pass", ["a"]),
        ("from contextlib import suppress\nwith suppress(ImportError):\n    import a", ["contextlib", "contextlib.suppress"]),
    ],
)  # fmt: skip
def test_only_imports_that_a_server_needs_count(text: str, expected: list[str]) -> None:
    assert list(imports_of(text.encode())) == expected


@pytest.mark.parametrize(
    ("module", "package", "expected"),
    [
        ("p.q.m", False, ["p.q", "p.q.a", "p", "p.b", "p.c", "p.c.d"]),
        ("p.q", True, ["p.q", "p.q.a", "p", "p.b", "p.c", "p.c.d"]),
        ("m", False, []),
    ],
)
def test_relative_imports_are_seen_from_where_the_file_lies(module: str, package: bool, expected: list[str]) -> None:
    text = b"from . import a\nfrom .. import b\nfrom ..c import d"
    assert list(imports_of(text, module, package=package)) == expected


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_whatever_a_file_holds_its_imports_are_names_or_it_is_refused_with_a_reason(text: bytes) -> None:
    try:
        found = imports_of(text)
    except ValueError as error:
        assert str(error)
    else:
        assert all(found)


@pytest.mark.parametrize("text", ["(" * 5_000 + ")" * 5_000, "-" * 100_000 + "1", "x" + ".a" * 100_000])
def test_a_file_made_to_exhaust_the_reader_is_refused_or_read(text: str) -> None:
    try:
        assert imports_of(text.encode()) == ()
    except ValueError as error:
        assert str(error)
