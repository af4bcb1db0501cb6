"""From what was read to what it means: the inspection of a joblib or pickle file."""

from __future__ import annotations

from time import perf_counter

from wizard.inspection.answers import classes_of, exact_batches, has_proba, outputs_of, task_of
from wizard.inspection.array_values import integer
from wizard.inspection.bytecode import python_of
from wizard.inspection.calls import carries_code
from wizard.inspection.columns import input_columns
from wizard.inspection.fitted import Fitted, fitted
from wizard.inspection.inspection import Column, Estimator, Inspection, Layout, Task
from wizard.inspection.known import known
from wizard.inspection.model_file import ModelFile
from wizard.inspection.notes import container_note, input_note, training_data_notes
from wizard.inspection.own_code import own_code
from wizard.inspection.policy import findings_of
from wizard.inspection.reading import Reading
from wizard.inspection.requirements import local_modules_of, requirements_of
from wizard.inspection.symbols import Blob, Call, Value
from wizard.inspection.transcript import Transcript
from wizard.inspection.tree import estimator_tree
from wizard.inspection.versions import library_versions, numpy_generation

_FRAMEWORKS = {
    "sklearn": "scikit-learn",
    "xgboost": "xgboost",
    "lightgbm": "lightgbm",
    "catboost": "catboost",
    "statsmodels": "statsmodels",
}
_BYTES_A_STEP = 60
"""What loading one small value costs on the average (measured: a vocabulary of a million words)."""


def described(file: ModelFile, sha256: str, reading: Reading, started: float) -> Inspection:
    """Put everything the file told together. `started` is a `time.perf_counter()`."""
    transcript, root = reading.transcript, reading.root
    node = fitted(root)
    versions = library_versions(transcript.calls)
    framework, version, others = _framework(node, root, versions)
    columns: tuple[Column, ...] = ()
    layout = Layout.ARRAY
    if node is not None:
        columns, layout = input_columns(node)
    joblib = bool(transcript.arrays) or reading.compression != "none"
    tree = estimator_tree(node) if node is not None else None
    arrays = _array_bytes(transcript)
    local = local_modules_of(transcript, file.path)
    code = own_code(local, file.path)
    notes = [note for note in (container_note(root), input_note(node)) if note is not None]
    findings = [
        *findings_of(transcript, local),
        *notes,
        *training_data_notes(transcript.calls),
        *code.findings,
    ]
    return Inspection(
        path=str(file.path),
        size=file.size,
        sha256=sha256,
        modified=file.modified,
        format="joblib" if joblib else "pickle",
        compression=str(reading.compression),
        protocol=transcript.protocol,
        framework=framework,
        framework_version=version,
        other_versions=others,
        root=_type_of(root),
        tree=tree,
        task=task_of(node) if node is not None else Task.UNKNOWN,
        columns=columns,
        layout=layout,
        classes=classes_of(node) if node is not None else (),
        outputs=outputs_of(node) if node is not None else 1,
        has_proba=node is not None and has_proba(node),
        vectorised=tree is not None and not local and not _holds_code(transcript) and _all_known(tree),
        exact_batches=node is not None and exact_batches(node),
        parallel=any(_asks_for_jobs(call) for call in transcript.calls),
        numpy_generation=numpy_generation(transcript),
        python=python_of(transcript.calls),
        globals=tuple(sorted({name.spelled for name in transcript.globals.values()})),
        requirements=tuple(
            requirements_of(transcript, versions, layout, reading.compression, joblib=joblib, imported=code.packages)
        ),
        local_modules=(*local, *code.modules),
        findings=tuple(findings),
        memory=arrays + transcript.blob_bytes + reading.kept + _BYTES_A_STEP * transcript.steps,
        arrays=arrays,
        opcodes=transcript.steps,
        seconds=perf_counter() - started,
    )


def _framework(
    node: Fitted | None, root: Value, versions: dict[str, list[str]]
) -> tuple[str, str | None, tuple[str, ...]]:
    """Distribution, version and further versions of the framework."""
    top = _type_of(root).split(".")[0]
    stated = versions.get("scikit-learn", [])
    framework = _FRAMEWORKS.get(top) or ("scikit-learn" if stated else "unknown")
    if framework != "scikit-learn":
        return framework, next(iter(versions.get(framework, [])), None), ()
    own = node.get("_sklearn_version") if node is not None else None
    version = own if isinstance(own, str) else stated[0] if stated else None
    return framework, version, tuple(other for other in stated if other != version)


def _type_of(root: Value) -> str:
    if isinstance(root, Call):
        return root.type or "?"
    return {"Array": "numpy.ndarray", "Mapping": "dict", "Members": "set"}.get(type(root).__name__, type(root).__name__)


def _array_bytes(transcript: Transcript) -> int:
    """Bytes of array data: joblib's, and those inside the pickle itself."""
    total = sum(array.nbytes for array in transcript.arrays)
    for call in transcript.calls:
        if call.type.endswith("multiarray._reconstruct") and isinstance(call.state, tuple) and call.state:
            total += _length(call.state[-1])
        elif call.type.endswith("numeric._frombuffer") and isinstance(call.arguments, tuple) and call.arguments:
            total += _length(call.arguments[0])
    return total


def _length(raw: Value) -> int:
    if isinstance(raw, Call) and raw.type == "_codecs.encode" and isinstance(raw.arguments, tuple) and raw.arguments:
        raw = raw.arguments[0]  # protocols 0 to 2 write bytes as text
    if isinstance(raw, Blob):
        return raw.size
    return len(raw) if isinstance(raw, bytes | str) else 0


def _holds_code(transcript: Transcript) -> bool:
    return any(carries_code(name.full) for name in transcript.globals.values())


def _all_known(tree: Estimator) -> bool:
    """Every estimator is a library's own, so predicting is one call into compiled code."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        waiting.extend(node.children)
        if "." in node.type and known().find_class(node.type) is None and not node.type.startswith("catboost."):
            return False
    return True


def _asks_for_jobs(call: Call) -> bool:
    node = fitted(call)
    jobs = integer(node.get("n_jobs")) if node is not None else None
    return jobs is not None and jobs != 1
