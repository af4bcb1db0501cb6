"""A fitted estimator as the file shows it: its class and its attributes."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.inspection.array_values import array_values, integer, sequence
from wizard.inspection.boosters import BoosterFacts, booster_facts
from wizard.inspection.known import KnownClass, known
from wizard.inspection.symbols import Array, Call, Mapping, Value


@dataclass(frozen=True, slots=True)
class Fitted:
    """An object of the file that looks like an estimator."""

    call: Call
    state: Mapping

    @property
    def type(self) -> str:
        """Full class name."""
        return self.call.type

    @property
    def name(self) -> str:
        """Class name alone."""
        return self.call.type.rpartition(".")[2]

    @property
    def known(self) -> KnownClass | None:
        """What is known of its class."""
        return known().find_class(self.call.type)

    def get(self, attribute: str) -> Value:
        """An attribute's value; None where it is not set."""
        return self.state.get(attribute)

    def part(self, *attributes: str) -> Fitted | None:
        """The first of these attributes that holds an estimator."""
        for attribute in attributes:
            part = fitted(self.get(attribute))
            if part is not None:
                return part
        return None

    def parts(self, attribute: str) -> list[Fitted]:
        """The estimators in a list, array or list of pairs."""
        return [part for _, part in self.named_parts(attribute)]

    def named_parts(self, attribute: str) -> list[tuple[str, Fitted]]:
        """The estimators of a list, each with its name where the list has pairs."""
        found = []
        for entry in values_of(self.get(attribute))[:_MOST_PARTS]:
            name, value = "", entry
            if isinstance(entry, tuple) and len(entry) >= 2 and isinstance(entry[0], str):
                name, value = entry[0], entry[1]
            part = fitted(value)
            if part is not None:
                found.append((name, part))
        return found

    @property
    def steps(self) -> list[tuple[str, Fitted | None]]:
        """A pipeline's steps, None for those that pass everything on; empty for anything else."""
        steps = self.get("steps")
        if not isinstance(steps, list) or not all(isinstance(step, tuple) and len(step) == 2 for step in steps):
            return []
        return [(name if isinstance(name, str) else "", opaque(value)) for name, value in steps]

    @property
    def features(self) -> int | None:
        """How many inputs it was fitted with."""
        for attribute in ("n_features_in_", "n_features_", "_n_features_in", "_n_features"):
            count = integer(self.get(attribute))
            if count is not None and 0 < count <= _MOST_FEATURES:
                return count
        booster = self.booster
        return booster.features if booster is not None and 0 < booster.features <= _MOST_FEATURES else None

    @property
    def booster(self) -> BoosterFacts | None:
        """What the XGBoost or LightGBM model inside it says."""
        return booster_facts(self.get("_Booster"))

    @property
    def feature_names(self) -> list[str] | None:
        """The names of the inputs it was fitted with."""
        names = sequence(self.get("feature_names_in_"))
        if not names or not all(isinstance(name, str) for name in names):
            booster = self.booster
            return booster.names if booster is not None else None
        return [name for name in names if isinstance(name, str)]


_MOST_FEATURES = 50_000
"""More inputs than that are not listed one by one."""
_MOST_PARTS = 2_000
"""As many members of an ensemble are looked at."""


def fitted(value: Value) -> Fitted | None:
    """The value as an estimator, if it looks like one."""
    if not isinstance(value, Call):
        return None
    state = state_of(value)
    if state is None:
        return None
    recognised = known().find_class(value.type)
    if recognised is not None:
        holds_one = any(isinstance(state.get(part), Call) for part in ("estimator", "base_estimator"))
        return Fitted(value, state) if recognised.estimator or holds_one else None
    if state.get("_sklearn_version") is not None or any(state.get(mark) is not None for mark in _MARKS):
        return Fitted(value, state)
    return Fitted(value, state) if value.type.startswith("catboost.core.") else None


def opaque(value: Value) -> Fitted | None:
    """Any object, estimator or not; one without attributes has none. None for what is no object ("passthrough")."""
    if not isinstance(value, Call):
        return None
    state = state_of(value)
    return Fitted(value, state if state is not None else Mapping())


_MARKS = ("n_features_in_", "feature_names_in_", "classes_", "coef_", "estimators_", "steps", "best_estimator_")


def state_of(call: Call) -> Mapping | None:
    """The attributes an object is given; of a (dict, slots) pair the dict."""
    state = call.state
    if isinstance(state, tuple) and len(state) == 2:
        state = state[0]
    return state if isinstance(state, Mapping) else None


def values_of(value: Value) -> list[Value]:
    """The entries of a list, tuple or array of objects; empty for anything else."""
    if isinstance(value, Call | Array):
        array = array_values(value)
        return array.values if array is not None and array.values is not None else []
    if isinstance(value, list | tuple) and not isinstance(value, Mapping):
        return list(value)
    return []
