"""What the models of XGBoost and LightGBM inside a pickle say of themselves: XGBoost's is UBJSON, LightGBM's a text."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from wizard.inspection.array_values import leading_bytes
from wizard.inspection.symbols import Blob, Call, Mapping, Value

_TEXT = rb"SL(.{8})"
_XGBOOST_FEATURES = re.compile(rb"num_feature" + _TEXT, re.DOTALL)
_XGBOOST_VERSION = re.compile(rb"version\[#L\0{7}\x03" + rb"([iIl])((?<=i).|(?<=I)..|(?<=l)....)" * 3, re.DOTALL)
_XGBOOST_NAMES = re.compile(rb"feature_names\[#L(.{8})", re.DOTALL)
_LIGHTGBM_RANGE = re.compile(r"\[([^:\]]+):([^:\]]+)\]")
_NUMBERS = {b"i": ">b", b"I": ">h", b"l": ">i"}


@dataclass(frozen=True, slots=True)
class BoosterFacts:
    """A booster's inputs. `ranges` has least and greatest value of each input where the model keeps them."""

    features: int
    names: list[str] | None = None
    version: str | None = None
    ranges: list[tuple[float, float] | None] | None = None


def booster_facts(value: Value) -> BoosterFacts | None:
    """What a pickled `Booster` says; None for anything else, and where its start says nothing."""
    if not isinstance(value, Call) or not isinstance(value.state, Mapping):
        return None
    model = value.state.get("_handle") or value.state.get("handle")
    if isinstance(model, Call) and model.type == "builtins.bytearray" and isinstance(model.arguments, tuple):
        model = model.arguments[0] if model.arguments else None
    if value.type == "xgboost.core.Booster":
        return _xgboost(leading_bytes(model))
    if value.type == "lightgbm.basic.Booster":
        text = model.head.decode("utf-8", "replace") if isinstance(model, Blob) else model
        return _lightgbm(text) if isinstance(text, str) else None
    return None


def _xgboost(model: bytes) -> BoosterFacts | None:
    found = _XGBOOST_FEATURES.search(model)
    if found is None:
        return None
    count = _text_at(model, found.start(1))
    if count is None or not count[0].isdigit():
        return None
    numbers = _XGBOOST_VERSION.search(model)
    version = ".".join(str(_number(numbers[at], numbers[at + 1])) for at in (1, 3, 5)) if numbers is not None else None
    features = int(count[0][:9])
    return BoosterFacts(features, _xgboost_names(model, features), version)


def _xgboost_names(model: bytes, features: int) -> list[str] | None:
    found = _XGBOOST_NAMES.search(model)
    if found is None or int.from_bytes(found[1], "big") != features:
        return None
    names: list[str] = []
    at = found.end()
    while len(names) < features:
        text = _text_at(model, at + 2) if model[at : at + 2] == b"SL" else None
        if text is None:
            return None
        names.append(text[0])
        at = text[1]
    return names


def _text_at(model: bytes, at: int) -> tuple[str, int] | None:
    """The text whose eight bytes of length stand at `at`, and where it ends."""
    length = int.from_bytes(model[at : at + 8], "big")
    end = at + 8 + length
    if len(model) < end or length > 1 << 16:
        return None
    return model[at + 8 : end].decode("utf-8", "replace"), end


def _number(kind: bytes, raw: bytes) -> int:
    try:
        value: int = struct.unpack(_NUMBERS[kind], raw)[0]
    except struct.error:
        return 0
    return value


def _lightgbm(model: str) -> BoosterFacts | None:
    head = model[: model.find("\nTree=")] if "\nTree=" in model else model
    lines = dict(line.split("=", 1) for line in head.splitlines() if "=" in line)
    last = lines.get("max_feature_idx", "")
    if not last.isdigit():
        return None
    features = int(last[:9]) + 1
    names, spans = lines.get("feature_names", "").split(" "), lines.get("feature_infos", "").split(" ")
    ranges = [_span(span) for span in spans] if len(spans) == features else None
    if len(names) != features or all(name == f"Column_{at}" for at, name in enumerate(names)):
        return BoosterFacts(features, ranges=ranges)
    return BoosterFacts(features, names, ranges=ranges)


def _span(text: str) -> tuple[float, float] | None:
    found = _LIGHTGBM_RANGE.fullmatch(text)
    try:
        return (float(found[1]), float(found[2])) if found is not None else None
    except ValueError:
        return None
