"""What a model file says about itself, without being run.

`inspect_model(path)` reads the file symbolically: it imports nothing the file names and calls nothing. See `machine` for how,
`policy` for what is said of the names in it, `formats` for how a further format is added.
"""

from wizard.inspection.inspecting import inspect_model
from wizard.inspection.inspection import (
    Column,
    Estimator,
    Finding,
    Inspection,
    Kind,
    Layout,
    LocalModule,
    Requirement,
    Scalar,
    Severity,
    Task,
)
from wizard.inspection.plain_data import to_dict

__all__ = [
    "Column",
    "Estimator",
    "Finding",
    "Inspection",
    "Kind",
    "Layout",
    "LocalModule",
    "Requirement",
    "Scalar",
    "Severity",
    "Task",
    "inspect_model",
    "to_dict",
]
