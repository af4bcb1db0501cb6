"""An inspection to plan from, without a file behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from wizard.inspection.inspection import Column, Inspection, Layout, Requirement, Task
from wizard.plan import Plan
from wizard.plan.plan import ServiceSection


@pytest.fixture(scope="session")
def inspected() -> Callable[..., Inspection]:
    """Makes the inspection of a plain LinearRegression, with what a test changes about it."""

    def make(**changes: Any) -> Inspection:
        values: dict[str, Any] = {
            "path": "/models/housing/model.pkl",
            "size": 1_000,
            "sha256": "a" * 64,
            "modified": 1_700_000_000.0,
            "format": "joblib",
            "compression": "none",
            "protocol": 4,
            "framework": "scikit-learn",
            "framework_version": "1.5.2",
            "other_versions": (),
            "root": "sklearn.linear_model._base.LinearRegression",
            "tree": None,
            "task": Task.REGRESSION,
            "columns": (Column("income"), Column("age")),
            "layout": Layout.ARRAY,
            "classes": (),
            "outputs": 1,
            "has_proba": False,
            "vectorised": True,
            "exact_batches": False,
            "parallel": False,
            "numpy_generation": 1,
            "python": None,
            "globals": (),
            "requirements": (
                Requirement("scikit-learn", "1.5.2", "It saved the file."),
                Requirement("numpy", None, "numpy 1 wrote the arrays.", below="2"),
            ),
            "local_modules": (),
            "findings": (),
            "memory": 30_000_000,
            "arrays": 1_000,
            "opcodes": 100,
            "seconds": 0.01,
        }
        return Inspection(**{**values, **changes})

    return make


@pytest.fixture(scope="session")
def planned() -> Callable[..., Plan]:
    """Makes a plan that leads to Cloud Run, right for itself, with what a test sets in it by dotted path.

    The rules are not asked: that is the test's part.
    """

    def make(**changes: Any) -> Plan:
        data: dict[str, dict[str, Any]] = {
            "model": {"path": "model.pkl", "framework": "scikit-learn"},
            "image": {"requirements": ["scikit-learn==1.5.2"]},
            "service": {"name": "housing"},
            "target": {"kind": "cloud_run", "project": "my-project"},
        }
        for name, value in changes.items():
            section = "service" if name in ServiceSection.model_fields else "target"
            data[section][name] = value
        return Plan.model_validate(data)

    return make
