"""What uv cannot resolve is explained, with the nearest thing that works."""

import pytest

from tests.locking.listening import Listener, PlanOf
from tests.locking.small_index import SmallIndex
from wizard.errors import LockError
from wizard.locking import lock

LINUX_39 = "cp39-cp39-manylinux_2_17_x86_64"
LINUX_310 = "cp310-cp310-manylinux_2_17_x86_64"


def failure(
    plan_of: PlanOf, listener: Listener, *requirements: str, serving: tuple[str, ...] = (), **options: object
) -> LockError:
    with pytest.raises(LockError) as raised:
        lock(plan_of(*requirements, **options), serving, listener.reporter)
    error = raised.value
    assert error.what.endswith(".")
    assert error.fix
    assert error.evidence, "uv's own words belong to every failure of its"
    return error


# --- the real index -------------------------------------------------------------------------------------------


@pytest.mark.index
def test_scikit_learn_without_a_build_names_the_newest_python_that_works(plan_of: PlanOf, listener: Listener) -> None:
    error = failure(plan_of, listener, "scikit-learn==1.2.2", "pandas", python="3.13", as_of="2023-06-01")
    assert error.kind == "no-wheel"
    assert error.what == "scikit-learn 1.2.2 has no build for Python 3.13. Newest Python that works: 3.11."
    assert "image.python to 3.11" in error.fix
    assert "python:3.11-slim" in error.fix
    assert any("no usable wheels" in line for line in error.evidence)


@pytest.mark.index
def test_a_mistyped_version_names_the_nearest_ones(plan_of: PlanOf, listener: Listener) -> None:
    error = failure(plan_of, listener, "scikit-learn==1.2.99")
    assert error.kind == "no-version"
    assert "1.2.2 and 1.3.0" in error.why
    assert "scikit-learn==1.2.2" in error.fix


@pytest.mark.index
@pytest.mark.parametrize(
    ("asked", "meant"), [("scikit-lern==1.2.2", "scikit-learn"), ("sklearn", "scikit-learn"), ("sklearn==0.0", "scikit-learn"),
                         ("cv2", "opencv-python-headless"), ("PIL", "pillow")],
)  # fmt: skip
def test_a_name_that_is_nearly_right_is_set_right(plan_of: PlanOf, listener: Listener, asked: str, meant: str) -> None:
    error = failure(plan_of, listener, asked)
    assert error.kind == "unknown-package"
    assert meant in error.fix


@pytest.mark.index
def test_a_build_of_the_publishers_own_is_stripped_to_the_plain_version(plan_of: PlanOf, listener: Listener) -> None:
    error = failure(plan_of, listener, "torch==2.4.1+cu121")
    assert error.kind == "local-version"
    assert "torch==2.4.1 " in error.fix


@pytest.mark.index
def test_a_conflict_shows_two_lines_and_lets_go_of_the_weaker_pin(plan_of: PlanOf, listener: Listener) -> None:
    error = failure(plan_of, listener, "numpy==2.1.0", "scikit-learn==1.3.2")
    assert error.kind == "conflict"
    assert error.why == "scikit-learn==1.3.2 needs numpy>=1.17.3,<2.0; image.requirements asks for numpy==2.1.0."
    assert "write numpy for numpy==2.1.0. numpy 1.26.4 fits the rest" in error.fix


@pytest.mark.index
def test_source_only_says_so_and_what_to_do(plan_of: PlanOf, listener: Listener) -> None:
    error = failure(plan_of, listener, "docopt==0.6.2")
    assert error.kind == "sdist-only"
    assert "source only" in error.what


@pytest.mark.index
def test_a_version_younger_than_the_model_names_the_day_it_needs(plan_of: PlanOf, listener: Listener) -> None:
    error = failure(plan_of, listener, "pandas==2.2.3", as_of="2023-06-01")
    assert error.kind == "too-new"
    assert "model.as_of to 2024-09-20 or later" in error.fix
    assert "pandas==2.0.2" in error.fix


# --- made-up packages -----------------------------------------------------------------------------------------


def test_all_that_was_asked_for_must_work_on_the_python_that_is_offered(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener
) -> None:
    small_index.add("trees", "1.0", tag=LINUX_39)
    small_index.add("trees", "1.0", tag=LINUX_310)
    small_index.add("frames", "1.0", tag=LINUX_39)
    small_index.add("frames", "1.0", tag="cp311-cp311-manylinux_2_17_x86_64")
    error = failure(plan_of, listener, "trees==1.0", "frames")
    assert error.kind == "no-wheel"
    assert error.what == "trees 1.0 has no build for Python 3.11. Newest Python that works: 3.9."


def test_the_nearest_version_with_a_build_is_named_with_its_risk_for_what_saved_the_model(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener
) -> None:
    small_index.add("trees", "1.0", tag=LINUX_310)
    small_index.add("trees", "1.4")
    small_index.add("trees", "2.0")
    error = failure(plan_of, listener, "trees==1.0", framework="trees")
    assert "Or keep Python 3.11 and take trees 1.4, but a model saved by another version may not load" in error.fix
    assert "may not load" not in failure(plan_of, listener, "trees==1.0").fix


def test_a_package_for_other_pythons_only_by_its_own_word_is_no_wheel_too(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener
) -> None:
    small_index.add("trees", "1.0", python=">=3.12")
    error = failure(plan_of, listener, "trees==1.0")
    assert error.kind == "no-wheel"
    assert "Newest Python that works: 3.14" in error.what


def test_a_transitive_package_without_a_build_is_named(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener
) -> None:
    small_index.add("trees", "1.0", "leaves")
    small_index.add_source("leaves", "1.0")
    error = failure(plan_of, listener, "trees==1.0")
    assert error.kind == "sdist-only"
    assert error.what == "leaves is published as source only."
    assert "One of your packages needs it" in error.why


def test_another_platforms_builds_are_named(small_index: SmallIndex, plan_of: PlanOf, listener: Listener) -> None:
    small_index.add("trees", "1.0", tag="cp311-cp311-macosx_12_0_arm64")
    small_index.add("trees", "1.0", tag="cp311-cp311-win_amd64")
    error = failure(plan_of, listener, "trees==1.0")
    assert error.kind == "platform"
    assert "macOS and Windows only" in error.what


def test_a_newer_c_library_is_said_to_be_the_matter(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener
) -> None:
    small_index.add("trees", "1.0", tag="cp311-cp311-manylinux_2_17_x86_64")
    small_index.add("trees", "2.0", tag="cp311-cp311-manylinux_2_39_x86_64")
    error = failure(plan_of, listener, "trees==2.0")
    assert error.kind == "platform"
    assert "newer C library" in error.why
    assert "trees==1.0" in error.fix


def test_the_handlers_pin_gives_way_before_the_models(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener
) -> None:
    small_index.add("trees", "1.0", "arrays<2")
    for version in ("1.0", "1.5", "2.0"):
        small_index.add("arrays", version)
    error = failure(plan_of, listener, "trees==1.0", extra=["arrays==2.0"], framework="trees")
    assert error.kind == "conflict"
    assert "image.extra_requirements asks for arrays==2.0" in error.why
    assert "arrays in image.extra_requirements" in error.fix
    assert "arrays 1.5 fits" in error.fix


def test_a_range_the_file_implies_outlives_an_exact_wish(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener
) -> None:
    small_index.add("numpy", "1.26.4")
    small_index.add("numpy", "2.1.0")
    error = failure(plan_of, listener, "numpy<2", "numpy==2.1.0")
    assert error.kind == "conflict"
    assert "write numpy for numpy==2.1.0. numpy 1.26.4 fits the rest" in error.fix


def test_an_unknown_package_is_taken_for_ones_own_code(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener
) -> None:
    error = failure(plan_of, listener, "our-features==1.0")
    assert error.kind == "unknown-package"
    assert "our-features is not on the package index" in error.what
    assert "name its file or folder in image.modules" in error.fix


def test_only_known_names_are_suggested_never_a_strangers_lookalike(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener
) -> None:
    small_index.add("our-feature", "1.0")
    assert "Did you mean" not in failure(plan_of, listener, "our-features==1.0").fix


def test_pips_extra_index_is_mentioned_where_a_package_is_missing(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UV_DEFAULT_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", small_index.url)
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://me:hunter2@packages.example.invalid/simple")
    error = failure(plan_of, listener, "our-features==1.0")
    assert "packages.example.invalid/simple" in error.fix
    assert "hunter2" not in str(error) + listener.told


def test_everything_younger_than_the_model_is_too_new_and_not_unknown(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener
) -> None:
    small_index.add("trees", "1.0", uploaded="2024-05-05")
    assert failure(plan_of, listener, "trees", as_of="2023-06-01").kind == "too-new"
    error = failure(plan_of, listener, "trees==1.0", as_of="2023-06-01", framework="trees")
    assert error.kind == "too-new"
    assert "model.as_of to 2024-05-05 or later" in error.fix


def test_what_saved_the_model_is_never_to_be_replaced_by_an_older_version(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener
) -> None:
    small_index.add("trees", "1.0")
    small_index.add("trees", "2.0", uploaded="2024-05-05")
    assert "trees==1.0" not in failure(plan_of, listener, "trees==2.0", as_of="2023-06-01", framework="trees").fix
    assert "trees==1.0" in failure(plan_of, listener, "trees==2.0", as_of="2023-06-01").fix
