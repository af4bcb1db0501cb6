"""Following the input columns through the estimators, from the outside in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wizard.inspection.array_values import sequence
from wizard.inspection.column_facts import ColumnFacts, Missing
from wizard.inspection.fitted import Fitted
from wizard.inspection.inspection import Kind
from wizard.inspection.known import known
from wizard.inspection.predictor_facts import learn_from_predictor
from wizard.inspection.selections import selections
from wizard.inspection.symbols import Global
from wizard.inspection.transformer_facts import TELLERS, as_numbers

_MOST_STEPS = 2_000
_DEEPEST = 24


@dataclass(frozen=True, slots=True)
class Stream:
    """What flows into an estimator. `positions`: the input column behind each of its columns, None where they are mixed."""

    positions: tuple[int | None, ...] | None
    origins: frozenset[int]
    """All input columns that have a part in it."""


class Trace:
    """The facts gathered on one walk through a model."""

    def __init__(self, count: int | None, names: list[str] | None) -> None:
        self.facts = [ColumnFacts() for _ in range(count or 0)]
        self.by_name = False
        """A ColumnTransformer asks for columns by name."""
        self.wants_frame = False
        """A part of unknown workings was fitted on named columns."""
        self.takes_texts = False
        """The input is one sequence of texts, not a table."""
        self.only_chosen = True
        """Only ColumnTransformers touch the input: columns they do not choose need not be there."""
        self._count = count
        self._names = names
        self._left = _MOST_STEPS

    def walk(self, root: Fitted) -> None:
        """Follow all columns through the model."""
        positions = tuple(range(self._count)) if self._count is not None else None
        self._follow(root, Stream(positions, frozenset(positions or ())), 0, entry=True)
        for fact in self.facts:
            if fact.missing is Missing.FLOWS:
                fact.missing = Missing.HANDLED

    def _follow(self, node: Fitted, stream: Stream, depth: int, *, entry: bool = False) -> Stream:
        """Lead a stream through an estimator; what comes out of it. `entry`: it is the model's own input, unchanged."""
        self._left -= 1
        if self._left < 0 or depth > _DEEPEST:
            return self._mixed(stream)
        if node.steps:
            for _, step in node.steps:
                if step is not None:
                    before = stream
                    stream = self._follow(step, stream, depth + 1, entry=entry)
                    entry = entry and stream == before
            return stream
        if node.name in _INNER:
            for part in _inner(node):
                self._follow(part, stream, depth + 1, entry=entry)
            return self._mixed(stream)
        if node.name == "FeatureUnion":
            for part in node.parts("transformer_list"):
                self._follow(part, stream, depth + 1, entry=entry)
            return self._mixed(stream)
        if node.name == "ColumnTransformer":
            return self._route(node, stream, depth, entry=entry)
        if entry:
            self.only_chosen = False
        return self._tell(node, stream, depth, entry=entry)

    def _tell(self, node: Fitted, stream: Stream, depth: int, *, entry: bool) -> Stream:
        """Learn what a single transformer or predictor says of its columns."""
        facts = self._each(stream)
        teller = TELLERS.get(node.name) if node.type.startswith("sklearn.") else None
        if teller is not None:
            places = teller(node, facts)
            return self._mixed(stream) if places is None else self._picked(stream, places)
        if node.name in _TEXT_READERS:
            return self._read_text(stream, entry=entry)
        if node.name == "FunctionTransformer":
            return self._apply_function(node, stream)
        if node.name.startswith("HistGradientBoosting"):
            self._learn_boosting(node, stream)
        elif node.name in ("RFE", "RFECV"):
            return self._choose(node, stream, depth)
        elif node.type.startswith("category_encoders."):
            self._encode_named(node, stream)
        else:
            if node.name not in _TAKE_MISSING:
                self._refuse_missing(stream)
            learn_from_predictor(node, facts)
        if node.known is None and entry and self._names:
            self.wants_frame = True
        return self._mixed(stream)

    def _route(self, node: Fitted, stream: Stream, depth: int, *, entry: bool) -> Stream:
        """Hand a ColumnTransformer's parts their columns."""
        positions = stream.positions
        count = len(positions) if positions is not None else self._count if entry else None
        chosen: set[int] = set()
        for selection in selections(node, count, self._names if entry else None):
            if entry and selection.by_name:
                self.by_name = True
            origins = self._origins(selection.positions, positions)
            if selection.word != "drop":
                chosen.update(origin for origin in origins or () if origin is not None)
            if selection.part is not None:
                inner = Stream(origins, frozenset(at for at in origins or () if at is not None))
                self._follow(selection.part, inner, depth + 1)
        for at in stream.origins & chosen:
            self.facts[at].used = True
        return Stream(None, stream.origins & chosen)

    def _origins(
        self, selected: tuple[int, ...] | None, positions: tuple[int | None, ...] | None
    ) -> tuple[int | None, ...] | None:
        if selected is None or positions is None:
            return None
        return tuple(positions[at] if 0 <= at < len(positions) else None for at in selected)

    def _read_text(self, stream: Stream, *, entry: bool) -> Stream:
        if entry:
            self.takes_texts = True
        for fact in self._each(stream):
            if fact is not None and fact.raw:
                fact.kind = Kind.TEXT
        self._refuse_missing(stream)
        return self._mixed(stream)

    def _apply_function(self, node: Fitted, stream: Stream) -> Stream:
        """FunctionTransformer: the identity, one of numpy's elementwise functions, or code that may want names."""
        function = node.get("func")
        if function is None:
            return stream
        if isinstance(function, Global) and known().is_ufunc(function.full):
            as_numbers(node, self._each(stream))
            return stream
        if self._names:
            self.wants_frame = True
        self._refuse_missing(stream)
        return self._mixed(stream)

    def _learn_boosting(self, node: Fitted, stream: Stream) -> None:
        """Boosting on histograms: it may encode the categories of a data frame itself."""
        encoder = node.part("_preprocessor")
        if encoder is None:
            learn_from_predictor(node, self._each(stream))
            return
        self.wants_frame = self.wants_frame or bool(self._names)
        for selection in selections(encoder, len(stream.positions or ()), self._names):
            origins = self._origins(selection.positions, stream.positions)
            if selection.part is not None and origins is not None and selection.part.name == "OrdinalEncoder":
                TELLERS["OrdinalEncoder"](selection.part, [None if at is None else self.facts[at] for at in origins])

    def _choose(self, node: Fitted, stream: Stream, depth: int) -> Stream:
        """Feature selection by a mask, and the estimator that then gets the rest."""
        mask = sequence(node.get("support_"))
        if mask is None or stream.positions is None or len(mask) != len(stream.positions):
            self._refuse_missing(stream)
            return self._mixed(stream)
        kept = self._picked(stream, [at for at, keep in enumerate(mask) if keep])
        inner = node.part("estimator_")
        return self._follow(inner, kept, depth + 1) if inner is not None else kept

    def _encode_named(self, node: Fitted, stream: Stream) -> None:
        """category_encoders: the columns named in `cols` are categories."""
        chosen = {name for name in sequence(node.get("cols")) or [] if isinstance(name, str)}
        for at in stream.positions or ():
            if at is not None and self._names and self._names[at] in chosen:
                fact = self.facts[at]
                fact.kind = Kind.CATEGORY
                fact.missing = Missing.HANDLED if fact.missing is Missing.FLOWS else fact.missing
        self.wants_frame = self.wants_frame or bool(chosen)

    def _picked(self, stream: Stream, places: Sequence[int]) -> Stream:
        """The columns at these places, in the order given."""
        if stream.positions is None:
            return stream
        return Stream(tuple(stream.positions[at] for at in places), stream.origins)

    def _mixed(self, stream: Stream) -> Stream:
        return Stream(None, stream.origins)

    def _each(self, stream: Stream) -> list[ColumnFacts | None]:
        return [self.facts[at] if at is not None else None for at in stream.positions or ()]

    def _refuse_missing(self, stream: Stream) -> None:
        for at in stream.origins:
            if self.facts[at].missing is Missing.FLOWS:
                self.facts[at].missing = Missing.REFUSED


_INNER = frozenset(
    {
        "GridSearchCV",
        "RandomizedSearchCV",
        "HalvingGridSearchCV",
        "HalvingRandomSearchCV",
        "VotingClassifier",
        "VotingRegressor",
        "StackingClassifier",
        "StackingRegressor",
        "CalibratedClassifierCV",
        "_CalibratedClassifier",
        "MultiOutputClassifier",
        "MultiOutputRegressor",
        "TransformedTargetRegressor",
        "FixedThresholdClassifier",
        "TunedThresholdClassifierCV",
        "SelfTrainingClassifier",
        "OneVsRestClassifier",
        "FrozenEstimator",
    }
)
"""Estimators that hand their input on as it is to the ones they hold."""
_TAKE_MISSING = frozenset(
    {"HistGradientBoostingClassifier", "HistGradientBoostingRegressor", "CatBoostClassifier", "CatBoostRegressor"}
    | {f"{library}{kind}" for library in ("XGB", "LGBM") for kind in ("Classifier", "Regressor", "Ranker")}
    | {"XGBRFClassifier", "XGBRFRegressor"}
)
"""Predictors for which a missing value is a value like any other."""
_TEXT_READERS = frozenset({"CountVectorizer", "TfidfVectorizer", "HashingVectorizer"})


def _inner(node: Fitted) -> list[Fitted]:
    """The fitted estimators behind one of `_INNER`."""
    best = node.part("best_estimator_", "regressor_", "estimator_")
    if best is not None:
        return [best]
    several = node.parts("estimators_") or node.parts("calibrated_classifiers_")[:1]
    if several:
        return several
    single = node.part("estimator", "base_estimator")
    return [single] if single is not None else []
