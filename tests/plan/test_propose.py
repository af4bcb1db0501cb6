"""A plan is complete from the start, and every value says where it came from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wizard.errors import PlanError
from wizard.inspection.inspection import Inspection, LocalModule
from wizard.plan import Plan, Source, Surroundings, field_paths, propose
from wizard.plan.plan import GIB, MIB

Inspected = Callable[..., Inspection]
HERE = Surroundings(python="3.11", project=Path("/models"), as_of="2024-12-10", as_of_why="Released then.")


def test_every_value_of_a_proposed_plan_has_a_source_and_a_reason(inspected: Inspected) -> None:
    plan = propose(inspected(), HERE)
    assert set(plan.sources) == set(field_paths())
    assert all(origin.why for origin in plan.sources.values())


def test_the_framework_is_pinned_to_the_version_in_the_file(inspected: Inspected) -> None:
    plan = propose(inspected(), HERE)
    assert plan.image.requirements == ("scikit-learn==1.5.2", "numpy<2")
    assert plan.sources["image.requirements"].source is Source.FILE


def test_the_models_path_is_relative_to_the_plan(inspected: Inspected) -> None:
    assert propose(inspected(), HERE).model.path == "housing/model.pkl"


def test_a_file_called_model_is_named_after_its_folder(inspected: Inspected) -> None:
    assert propose(inspected(), HERE).service.name == "housing"
    assert propose(inspected(path="/models/Churn Score v2.joblib"), HERE).service.name == "churn-score-v2"
    assert propose(inspected(path="/models/2024_прогноз.pkl"), HERE).service.name == "model"


def test_memory_follows_the_size_of_the_model(inspected: Inspected) -> None:
    assert propose(inspected(), HERE).service.memory == 512 * MIB
    large = propose(inspected(memory=2 * GIB), HERE)
    assert large.service.memory == 4 * GIB
    assert "2.1 GB" in large.sources["service.memory"].why


@pytest.mark.parametrize(
    ("version", "running", "chosen"),
    [
        ("1.2.2", "3.13", "3.11"),
        ("1.5.2", "3.11", "3.11"),
        ("1.8.0", "3.9", "3.11"),
        ("0.24.2", "3.11", "3.9"),
        (None, "3.12", "3.12"),
    ],
)
def test_the_python_is_the_persons_own_or_the_nearest_with_wheels(
    inspected: Inspected, version: str | None, running: str, chosen: str
) -> None:
    plan = propose(inspected(framework_version=version), Surroundings(python=running, project=Path("/models")))
    assert plan.image.python == chosen
    assert plan.image.base == f"python:{chosen}-slim"


def test_bytecode_in_the_file_decides_the_python(inspected: Inspected) -> None:
    plan = propose(inspected(python="3.12"), HERE)
    assert plan.image.python == "3.12"
    assert plan.sources["image.python"].source is Source.FILE


def test_without_an_index_the_files_own_date_keeps_newer_packages_out(inspected: Inspected) -> None:
    plan = propose(inspected(), Surroundings(python="3.11", project=Path("/models")))
    assert plan.model.as_of == "2023-11-15"


def test_what_the_person_gives_wins_and_is_theirs(inspected: Inspected) -> None:
    plan = propose(inspected(), HERE, {"service.memory": "2Gi", "serving.server": "flask"})
    assert plan.service.memory == 2 * GIB
    assert plan.sources["service.memory"].source is Source.PERSON
    assert plan.sources["serving.server"].source is Source.PERSON


def test_a_given_python_takes_its_base_image_with_it(inspected: Inspected) -> None:
    assert propose(inspected(), HERE, {"image.python": "3.12"}).image.base == "python:3.12-slim"


def test_the_persons_own_modules_are_shipped(inspected: Inspected) -> None:
    plan = propose(inspected(local_modules=(LocalModule("features", ("Ratio",), "/models/housing/features.py"),)), HERE)
    assert plan.image.modules == ("housing/features.py",)


def test_the_plan_says_how_exact_batched_answers_are(inspected: Inspected) -> None:
    assert "same bits" in propose(inspected(exact_batches=True), HERE).sources["serving.batching"].why
    assert "1e-12" in propose(inspected(exact_batches=False), HERE).sources["serving.batching"].why
    assert propose(inspected(vectorised=False), HERE).serving.batching is False


def test_a_plan_has_the_same_digest_wherever_its_values_came_from(inspected: Inspected) -> None:
    proposed = propose(inspected(), HERE)
    given = propose(inspected(), HERE, {"service.concurrency": 32})
    assert proposed.sha256 == given.sha256
    assert proposed.sha256 != propose(inspected(), HERE, {"service.concurrency": 33}).sha256


def test_an_unknown_field_is_refused_with_the_nearest_one(inspected: Inspected) -> None:
    with pytest.raises(PlanError) as caught:
        propose(inspected(), HERE, {"service.memry": "1Gi"})
    assert caught.value.fix == "Did you mean service.memory?"


def test_the_plan_cannot_be_changed_in_place(inspected: Inspected) -> None:
    plan: Plan = propose(inspected(), HERE)
    with pytest.raises(ValueError, match="frozen"):
        plan.service.memory = 1  # type: ignore[misc]
