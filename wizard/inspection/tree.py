"""The estimator tree: which estimator stands in which, under what name, with its telling settings."""

from __future__ import annotations

from wizard.inspection.array_values import integer, scalar, sequence, shape_of
from wizard.inspection.fitted import Fitted, fitted, values_of
from wizard.inspection.inspection import Estimator
from wizard.inspection.symbols import Call, Global, Mapping, Value

_DEEPEST = 12
_MOST_NODES = 300
_MOST_COLUMNS = 2_000
_PARTS = (
    "best_estimator_",
    "estimator_",
    "base_estimator_",
    "final_estimator_",
    "regressor_",
    "transformer_",
    "_final_estimator",
)
_UNFITTED_PARTS = ("estimator", "base_estimator", "regressor", "final_estimator")
"""Looked at where no fitted part is kept."""
_SETTINGS = (
    ("degree", "degree {}"),
    ("kernel", "{} kernel"),
    ("strategy", "{}"),
    ("handle_unknown", "unknown: {}"),
    ("n_components", "{} components"),
    ("n_clusters", "{} clusters"),
    ("n_neighbors", "{} neighbours"),
    ("max_depth", "depth {}"),
    ("alpha", "alpha {}"),
    ("C", "C {}"),
    ("loss", "{} loss"),
    ("voting", "{} voting"),
    ("method", "{}"),
)


def estimator_tree(root: Fitted) -> Estimator:
    """The tree below `root`, cut where it is too deep or too large to read."""
    return _Grower().grow("", root, (), 0)


class _Grower:
    """Grows a tree within a budget of nodes: in a hostile file one estimator can be its own part."""

    def __init__(self) -> None:
        self._left = _MOST_NODES

    def grow(self, name: str, node: Fitted, columns: tuple[str | int, ...], depth: int) -> Estimator:
        self._left -= 1
        children: list[Estimator] = []
        for child, value, chosen in _children(node):
            if depth >= _DEEPEST or self._left <= 0:
                break
            if isinstance(value, Fitted):
                children.append(self.grow(child, value, chosen, depth + 1))
            else:
                self._left -= 1
                children.append(Estimator(child, value, chosen))
        return Estimator(name, node.type or "a class inside the file", columns, _detail(node), tuple(children))


def _children(node: Fitted) -> list[tuple[str, Fitted | str, tuple[str | int, ...]]]:
    """Name, estimator (or the word in its place, "passthrough" or "drop") and columns of each part."""
    if node.steps:
        return [(name, step if step is not None else "passthrough", ()) for name, step in node.steps]
    for attribute in ("transformers_", "transformers", "transformer_list"):
        transformers = _transformers(node.get(attribute))
        if transformers:
            return transformers
    children: list[tuple[str, Fitted | str, tuple[str | int, ...]]] = []
    names = [name for name, _ in node.named_parts("estimators")]
    members = node.named_parts("estimators_")
    if is_ensemble_of_equals(node):
        members = []
    for at, (name, part) in enumerate(members):
        children.append((name or (names[at] if at < len(names) else f"estimator {at + 1}"), part, ()))
    for at, part in enumerate(node.parts("calibrated_classifiers_")):
        children.append((f"fold {at + 1}", part, ()))
    if is_ensemble_of_equals(node):
        return children
    for attribute in _PARTS:
        inner = node.part(attribute)
        if inner is not None:
            children.append((attribute.strip("_"), inner, ()))
    if not children:
        unfitted = node.part(*_UNFITTED_PARTS)
        if unfitted is not None:
            children.append(("estimator", unfitted, ()))
    return children


def _transformers(value: Value) -> list[tuple[str, Fitted | str, tuple[str | int, ...]]]:
    found: list[tuple[str, Fitted | str, tuple[str | int, ...]]] = []
    for entry in values_of(value):
        if not isinstance(entry, tuple) or len(entry) < 2 or not isinstance(entry[0], str):
            return []
        part = fitted(entry[1])
        if part is None and not isinstance(entry[1], str):
            part_type = entry[1].type if isinstance(entry[1], Call) else ""
            found.append((entry[0], part_type or "passthrough", _chosen(entry)))
        else:
            found.append((entry[0], part if part is not None else str(entry[1]), _chosen(entry)))
    return found


def _chosen(entry: tuple[Value, ...]) -> tuple[str | int, ...]:
    """The columns of a ColumnTransformer's entry, as far as they are spelled out."""
    columns = entry[2] if len(entry) > 2 else None
    if isinstance(columns, str | int) and not isinstance(columns, bool):
        return (columns,)
    if isinstance(columns, Call) and columns.type.endswith("_RemainderColsList"):
        state = columns.state
        columns = state.get("data") if isinstance(state, Mapping) else None
    names = sequence(columns) or []
    return tuple(name for name in names[:_MOST_COLUMNS] if isinstance(name, str | int))


def is_ensemble_of_equals(node: Fitted) -> bool:
    """A forest or boosting: its members are many and alike, and are counted rather than listed."""
    members = node.get("estimators_")
    if members is None or node.get("estimators") is not None:
        return False
    parts = node.parts("estimators_")
    shape = shape_of(members) or (0,)
    return len(parts) > 3 or not parts or len(shape) > 1 or node.get("n_estimators") is not None


def _detail(node: Fitted) -> str:
    """A few settings that tell one estimator from another of its class."""
    words: list[str] = []
    members = shape_of(node.get("estimators_"))
    rounds, planned = integer(node.get("n_iter_")), integer(node.get("n_estimators"))
    if members and is_ensemble_of_equals(node):
        parts = node.parts("estimators_")
        count = members[0] * (members[1] if len(members) > 1 else 1)
        kind = "trees" if not parts or "Tree" in parts[0].name else "members"
        words.append(f"{count} {kind}")
    elif rounds is not None and node.name.startswith("HistGradientBoosting"):
        words.append(f"{rounds} rounds")
    elif planned is not None and not members:
        words.append(f"{planned} trees")
    for attribute, phrase in _SETTINGS:
        value = scalar(node.get(attribute))
        if value is not None and not isinstance(value, bool):
            words.append(phrase.format(value))
    function = node.get("func")
    if isinstance(function, Global):
        words.append(function.full)
    return ", ".join(words[:4])
