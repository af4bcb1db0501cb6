"""The packages of the image: what is wrong stands at its row, before anything is built."""

from collections.abc import Iterator

import pytest

from tests.locking.small_index import SmallIndex
from tests.steps.deploying import errors, field, settle, values, walk
from wizard.bundle import server_requirements

PACKAGES = "image.requirements"
MORE = "image.extra_requirements"


@pytest.fixture
def index(alone: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallIndex]:
    """An index with all that a server and the house's model need, and the only one uv knows."""
    index = SmallIndex()
    monkeypatch.delenv("UV_OFFLINE")
    for name in ("UV_INDEX", "UV_EXTRA_INDEX_URL", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("UV_DEFAULT_INDEX", index.url)
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    index.add("scikit-learn", "1.9.1", "numpy>=1.24", uploaded="2026-09-10")
    index.add("numpy", "2.3.0", uploaded="2026-06-01")
    index.add("numpy", "1.26.4", uploaded="2024-02-01")
    index.add("joblib", "1.5.0", uploaded="2026-01-01")
    index.add("pandas", "2.3.0", "numpy>=2", uploaded="2026-01-01")
    for server in ("fastapi", "flask"):
        for requirement in server_requirements(server):
            name, _, version = requirement.partition(">=")
            index.add(name.partition("[")[0], version.split(",")[0] or "1.0")
    yield index
    index.close()


def rows(deploy, name=PACKAGES):
    return {problem.field: problem.what for problem in field(deploy, name).rows}


def test_what_the_model_asks_for_fits_together_and_the_size_is_told(index, start):
    deploy = start()
    walk(deploy, "place")
    assert values(deploy)["model.as_of"] > "2026-09-10"
    assert "came out on 2026-09-10" in field(deploy, "model.as_of").note
    deploy.session.fact("size")
    settle(deploy)
    text = deploy.session.fact("size").value.text
    assert text.startswith("About ")
    assert "scikit-learn" in text


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("scikit learn", "is not a requirement"),
        ("-r requirements.txt", "is not a requirement"),
        ("./my_package", "on this machine only"),
        ("git+https://example.com/a/b.git", "version control"),
        ("https://user:word@example.com/a-1.0-py3-none-any.whl", "carries a user or password"),
        ("pywin32", "Windows only"),
        ("scikit_learn", "named twice"),
        ("# only this", "only a remark"),
    ],
)
def test_a_row_that_no_image_can_install_is_said_at_the_row_without_asking_the_index(start, row, said):
    deploy = start()
    deploy.session.set(PACKAGES, ("scikit-learn==1.9.1", "numpy>=2", row))
    assert list(rows(deploy)) == [f"{PACKAGES}.2"]
    assert said in rows(deploy)[f"{PACKAGES}.2"]
    assert deploy.plan is None


def test_several_rows_are_wrong_at_once(start):
    deploy = start()
    deploy.session.set(PACKAGES, ("scikit learn", "", "scikit-learn==1.9.1", "./x"))
    assert list(rows(deploy)) == [f"{PACKAGES}.0", f"{PACKAGES}.3"]


def test_a_numpy_that_cannot_read_the_file_is_refused_with_the_one_that_can(start):
    deploy = start()
    deploy.session.set(PACKAGES, ("scikit-learn==1.9.1", "numpy==1.26.4"))
    (problem,) = field(deploy, PACKAGES).rows
    assert "cannot read this file" in problem.what
    assert problem.nearest == "numpy>=2"


@pytest.mark.parametrize("row", ["numpy", "numpy==2.1.0", "numpy<3", "numpy~=2.1", "numpy>=1", "numpy==2.*"])
def test_a_numpy_that_can_read_the_file_is_fine(start, row):
    deploy = start()
    deploy.session.set(PACKAGES, ("scikit-learn==1.9.1", row))
    assert rows(deploy) == {}


def test_a_package_that_no_index_has_is_said_at_its_row(index, start):
    deploy = start()
    walk(deploy, "image")
    deploy.session.set(MORE, ("holidayz",))
    assert "holidayz is not on" in rows(deploy, MORE)[f"{MORE}.0"]
    assert rows(deploy) == {}
    assert not deploy.session.next()


def test_a_version_that_does_not_exist_is_said_at_its_row(index, start):
    deploy = start()
    walk(deploy, "image")
    deploy.session.set(MORE, ("joblib", "pandas==9.9"))
    assert "no pandas 9.9" in rows(deploy, MORE)[f"{MORE}.1"]


def test_two_rows_that_exclude_each_other_hold_the_step(index, start):
    deploy = start()
    walk(deploy, "image")
    index.add("old-thing", "1.0", "numpy<2")
    deploy.session.set(MORE, ("old-thing",))
    found = errors(deploy)
    assert any("exclude each other" in what for what in found.values()), found
    deploy.session.next()
    settle(deploy)
    assert deploy.session.view().step.name == "image"
    deploy.session.clear(MORE)
    walk(deploy, "place")


def test_a_package_the_model_needs_and_nothing_brings_is_missed(index, start):
    deploy = start()
    walk(deploy, "image")
    deploy.session.set(PACKAGES, ("numpy>=2", "joblib"))
    assert "scikit-learn is not among the packages" in field(deploy, PACKAGES).error.what


def test_without_the_index_nothing_is_held_up(start):
    deploy = start()
    walk(deploy)
    assert deploy.session.fact("lock").value.error.kind == "index"
    assert deploy.plan is not None


def test_only_what_decides_the_packages_asks_the_index_again(index, start):
    deploy = start()
    walk(deploy, "settings")
    first = deploy.session.fact("lock").value
    deploy.session.set("service.memory", "2Gi")
    deploy.session.set("where", "cloud_run")
    settle(deploy)
    assert deploy.session.fact("lock").value is first
    deploy.session.set("serving.server", "flask")
    settle(deploy)
    assert deploy.session.fact("lock").value is not first


def test_a_row_without_a_letter_names_no_package(start):
    deploy = start()
    deploy.session.set(MORE, ("0",))
    assert rows(deploy, MORE) == {f"{MORE}.0": "0 names no package."}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("numpy<1", "numpy<1 is not there."),
        ("model.pkl", "model.pkl is no Python file."),
        (".", ". holds the plan itself."),
        ("..", ".. holds the plan itself."),
        ("x" * 5000, f"{'x' * 5000} is not there."),
    ],
)
def test_code_of_ones_own_is_a_file_or_folder_beside_the_plan(start, house, row, said):
    (house / "mine.py").write_text("")
    (house / "more").mkdir()
    deploy = start()
    deploy.session.set("image.modules", ("mine.py", "more", row))
    assert rows(deploy, "image.modules") == {"image.modules.2": said}
