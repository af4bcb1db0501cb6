"""Things about a model the person should know, that speak against nothing."""

from __future__ import annotations

from itertools import islice

from wizard.inspection.array_values import integer, scalar
from wizard.inspection.fitted import Fitted, fitted
from wizard.inspection.inspection import Finding, Severity
from wizard.inspection.symbols import Array, Call, Mapping, Value

_KEEPS_DATA = {
    "KNeighbors": "_fit_X",
    "RadiusNeighbors": "_fit_X",
    "NearestNeighbors": "_fit_X",
    "LocalOutlierFactor": "_fit_X",
    "KNNImputer": "_fit_X",
    "SVC": "support_vectors_",
    "SVR": "support_vectors_",
    "NuSVC": "support_vectors_",
    "NuSVR": "support_vectors_",
    "OneClassSVM": "support_vectors_",
    "GaussianProcess": "X_train_",
    "KernelRidge": "X_fit_",
    "KernelPCA": "X_fit_",
    "LabelPropagation": "X_",
    "LabelSpreading": "X_",
    "DBSCAN": "components_",
    "Isomap": "training_data_",
}
"""Beginnings of class names, and where they keep rows of the training data."""
_SHOWN_KEYS = 12


def training_data_notes(calls: list[Call]) -> list[Finding]:
    """Estimators that carry rows of the data they were fitted with."""
    found: dict[str, Finding] = {}
    kept: dict[str, str | None] = {}
    for call in calls:
        full = call.type
        if full not in kept:
            name = full.rpartition(".")[2]
            kept[full] = next((where for start, where in _KEEPS_DATA.items() if name.startswith(start)), None)
            if name.endswith("ResultsWrapper") and full.startswith("statsmodels."):
                found[full] = _training_data(full, "Call remove_data() before saving, unless it is meant to be there.")
        attribute = kept[full]
        if attribute is None or full in found:
            continue
        node = fitted(call)
        if node is not None and node.get(attribute) is not None:
            found[full] = _training_data(
                full, "Whoever gets the image gets these rows: they should hold nothing private."
            )
    return list(found.values())


def input_note(root: Fitted | None) -> Finding | None:
    """A model whose input cannot be listed column by column."""
    if root is None:
        return None
    first = next((step for _, step in root.steps if step is not None), root)
    if first.name == "DictVectorizer":
        what = "The model takes dicts of features, not rows of columns."
        return Finding(Severity.NOTE, first.type, what, "Pass each row's features on as one dict in handler.py.")
    count = integer(root.get("n_features_in_"))
    if count is None or root.features is not None:
        return None
    what = f"The model takes {count:,} inputs, too many to list one by one."
    return Finding(Severity.NOTE, root.type, what, "No form and no sample request can be made for it.")


def _training_data(subject: str, why: str) -> Finding:
    return Finding(Severity.NOTE, subject, "The model carries rows of its training data.", why)


def container_note(root: Value) -> Finding | None:
    """What a file holds that is a dict, list or tuple rather than one model."""
    if isinstance(root, Mapping):
        shown_pairs = islice(zip(root[::2], root[1::2], strict=False), _SHOWN_KEYS + 1)
        held = [f"{scalar(key)!r} {_kind(value)}" for key, value in shown_pairs]
        kind = "dict"
    elif isinstance(root, list | tuple):
        held = [f"[{at}] {_kind(value)}" for at, value in enumerate(root[: _SHOWN_KEYS + 1])]
        kind = type(root).__name__
    elif isinstance(root, Array) or fitted(root) is None:
        what = f"The file holds {_kind(root).strip('()')}, which is no estimator Sendoff knows."
        return Finding(Severity.NOTE, "the file", what, "Name the file the fitted estimator was saved in.")
    else:
        return None
    shown = ", ".join(held[:_SHOWN_KEYS]) + (", …" if len(held) > _SHOWN_KEYS else "")
    return Finding(
        Severity.NOTE,
        "the file",
        f"The file holds a {kind}, not a model: {shown or 'nothing'}.",
        "Sendoff serves one estimator: save the estimator by itself, or pick it out of the container in handler.py.",
    )


def _kind(value: Value) -> str:
    """A value in a word or two."""
    part: Fitted | None = fitted(value)
    if part is not None:
        return f"an estimator ({part.name})"
    if isinstance(value, Call | Array):
        return f"({'an array' if isinstance(value, Array) else value.type or 'an object'})"
    plain = scalar(value)
    if plain is not None:
        return f"= {plain[:40]!r}" if isinstance(plain, str) else f"= {plain}"
    return f"({type(value).__name__.lower()})"
