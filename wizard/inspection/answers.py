"""What the model answers: its task, classes, number of outputs, probabilities, and whether batching changes a bit of it."""

from __future__ import annotations

from wizard.inspection.array_values import integer, scalar, sequence, shape_of
from wizard.inspection.fitted import Fitted, values_of
from wizard.inspection.inspection import Scalar, Task
from wizard.inspection.versions import release

_DEEPEST = 24
_SEARCHES = frozenset({"GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV"})
_SHELLS = _SEARCHES | {"FixedThresholdClassifier", "TunedThresholdClassifierCV", "FrozenEstimator", "RFE", "RFECV"}
"""Estimators that answer what the one inside them answers."""
_FIRST_MEMBER_DECIDES = frozenset(
    {"OneVsRestClassifier", "MultiOutputClassifier", "ClassifierChain", "SelfTrainingClassifier"}
)
_PROBABLE_LOSSES = frozenset({"log_loss", "log", "modified_huber"})
_TREES = (
    "DecisionTree",
    "ExtraTree",
    "RandomForest",
    "RandomTreesEmbedding",
    "GradientBoosting",
    "HistGradientBoosting",
    "IsolationForest",
    "XGB",
    "LGBM",
    "CatBoost",
)
"""Beginnings of the class names of tree models: a row goes down the trees alone."""
_ELEMENTWISE = frozenset(
    {
        "StandardScaler",
        "MinMaxScaler",
        "MaxAbsScaler",
        "RobustScaler",
        "OneHotEncoder",
        "OrdinalEncoder",
        "TargetEncoder",
        "LabelEncoder",
        "Binarizer",
        "KBinsDiscretizer",
        "SimpleImputer",
        "MissingIndicator",
        "VarianceThreshold",
        "SelectKBest",
        "SelectPercentile",
        "SelectFromModel",
    }
)
"""Transformers that work on each value alone, with nothing a vector unit rounds differently."""


def deciding(root: Fitted) -> Fitted:
    """The estimator whose answers are the model's: the last of a pipeline, the best of a search."""
    node = root
    for _ in range(_DEEPEST):
        inner = _last_step(node)
        if inner is None and node.name in _SHELLS:
            inner = node.part("best_estimator_", "estimator_", "estimator")
        if inner is None:
            return node
        node = inner
    return node


def task_of(root: Fitted) -> Task:
    """What its answers are: by its class, else by what it was fitted with."""
    node = deciding(root)
    recognised = node.known
    if recognised is not None and recognised.task is not Task.UNKNOWN:
        return recognised.task
    if node.name.endswith("Classifier") or node.get("classes_") is not None:
        return Task.CLASSIFICATION
    if node.name.endswith("Regressor"):
        return Task.REGRESSION
    return Task.UNKNOWN


def classes_of(root: Fitted) -> tuple[Scalar, ...]:
    """The labels it may answer, in its own order; empty where there are none or one set for each of several outputs."""
    node = deciding(root)
    for attribute in ("classes_", "_classes"):
        labels = sequence(node.get(attribute))
        if labels and all(label is not None for label in labels):
            return tuple(label for label in labels if label is not None)
    coder = node.part("label_encoder_", "_label_encoder", "_le", "le_", "label_binarizer_", "_label_binarizer")
    labels = sequence(coder.get("classes_")) if coder is not None and node.get("classes_") is None else None
    if labels and all(label is not None for label in labels) and not _is_multilabel(coder):
        return tuple(label for label in labels if label is not None)
    count = integer(node.get("n_classes_"))
    if count is not None and node.name.startswith("XGB") and 1 < count < 10_000:
        return tuple(range(count))
    return ()


def outputs_of(root: Fitted) -> int:
    """Values predicted for each row."""
    node = deciding(root)
    if node.name in ("MultiOutputClassifier", "MultiOutputRegressor", "ClassifierChain", "RegressorChain"):
        return max(1, (shape_of(node.get("estimators_")) or (1,))[0])
    inner = node.part("regressor_") if node.name == "TransformedTargetRegressor" else None
    if inner is not None:
        return outputs_of(inner)
    binarizer = node.part("_label_binarizer", "label_binarizer_")
    if binarizer is not None and _is_multilabel(binarizer):
        return max(1, (shape_of(binarizer.get("classes_")) or (1,))[0])
    classification = task_of(node) is Task.CLASSIFICATION
    count = integer(node.get("n_outputs_"))
    if count is not None and not (classification and node.name.startswith("MLP")):
        return max(1, count)
    if classification:
        labels = values_of(node.get("classes_")) if node.get("outputs_2d_") is True else []
        return max(1, len(labels))
    if node.get("y_loadings_") is not None:  # partial least squares turned its coef_ round in 1.3
        return max(1, (shape_of(node.get("y_loadings_")) or (1,))[0])
    for attribute in ("coef_", "_y", "y_train_", "dual_coef_"):
        shape = shape_of(node.get(attribute))
        if shape is not None and len(shape) == 2 and task_of(node) is Task.REGRESSION:
            return _targets(node, attribute, shape)
    return 1


def _is_multilabel(coder: Fitted | None) -> bool:
    return coder is not None and scalar(coder.get("y_type_")) == "multilabel-indicator"


def _targets(node: Fitted, attribute: str, shape: tuple[int, ...]) -> int:
    """Rows of coefficients or columns of stored targets."""
    if attribute == "dual_coef_":
        return 1 if node.name.endswith(("SVR", "SVC")) else shape[1]
    if attribute == "coef_":
        return 1 if node.name.endswith("SVR") else max(1, shape[0])
    return max(1, shape[1])


def has_proba(root: Fitted, depth: int = 0) -> bool:
    """It offers `predict_proba` as it is set up."""
    node = deciding(root)
    name = node.name
    if depth > _DEEPEST:
        return False
    if name in ("SVC", "NuSVC"):
        return node.get("probability") is True
    if name == "SGDClassifier":
        return scalar(node.get("loss")) in _PROBABLE_LOSSES
    if name == "VotingClassifier":
        return scalar(node.get("voting")) == "soft"
    if name == "StackingClassifier":
        final = node.part("final_estimator_")
        return final is not None and has_proba(final, depth + 1)
    if name in _FIRST_MEMBER_DECIDES:
        member = next(iter(node.parts("estimators_")), None) or node.part("estimator_", "base_estimator_", "estimator")
        return member is not None and has_proba(member, depth + 1)
    recognised = node.known
    if recognised is not None:
        written = scalar(node.get("_sklearn_version"))
        if recognised.proba_since is not None and isinstance(written, str):
            return release(written) >= release(recognised.proba_since)
        return recognised.proba
    return name == "CatBoostClassifier"


def exact_batches(root: Fitted) -> bool:
    """A row's answer is the same to the bit whatever rows it is batched with."""
    waiting, seen = [root], {id(root.call)}
    while waiting:
        node = waiting.pop()
        parts = _parts_computing(node)
        if parts is None:
            return False
        for part in parts:
            if id(part.call) not in seen:
                seen.add(id(part.call))
                waiting.append(part)
    return True


def _parts_computing(node: Fitted) -> list[Fitted] | None:
    """The estimators an exact estimator's answers come from, none where it computes them itself; None if it is not exact."""
    if node.steps:
        return [step for _, step in node.steps if step is not None]
    if node.name == "ColumnTransformer":
        return node.parts("transformers_")
    if node.name == "FeatureUnion":
        return node.parts("transformer_list")
    if node.name in _SHELLS:
        inner = node.part("best_estimator_", "estimator_", "estimator")
        return [inner] if inner is not None else None
    if node.name == "FunctionTransformer":
        return [] if node.get("func") is None else None
    known = node.known is not None or node.type.startswith("catboost.")
    return [] if known and (node.name in _ELEMENTWISE or node.name.startswith(_TREES)) else None


def _last_step(node: Fitted) -> Fitted | None:
    """The last step of a pipeline that does something."""
    for _, step in reversed(node.steps):
        if step is not None:
            return step
    return None
