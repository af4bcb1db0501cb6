"""Files that would run code: none is run, none is called clean."""

import collections
import functools
import os
import pickle
import time
import types
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import Bunch

from tests.inspection.hostile import PROTO, STOP, call, group, hostile_files, name, new, number_type, text, whole
from wizard.errors import InspectionError
from wizard.inspection import Severity, inspect_model

CANARY = Path("/tmp") / f"sendoff-canary-{os.getpid()}"
FILES = dict(hostile_files(str(CANARY)))
UNREADABLE = {
    "array inside a frame",
    "size that numpy ignores",
    "size of nothing",
    "size beyond 64 bits",
    "data type under a computed key",
    "data type under a repeated key",
    "wrapper made elsewhere",
    "wrapper in a wrapper",
    "array wrapper in a nested pickle",
}
"""Files two readers would read differently: they are refused rather than guessed at."""


@pytest.fixture(autouse=True)
def unharmed():
    """Whatever is inspected, the payload never runs."""
    yield
    assert not CANARY.exists()


def test_the_set_is_large_and_varied() -> None:
    assert len(FILES) >= 100
    assert len(set(FILES.values())) == len(FILES)


@pytest.mark.parametrize("title", sorted(FILES.keys() - UNREADABLE))
def test_code_in_a_file_is_called_dangerous(title: str, saved) -> None:
    found = inspect_model(saved(FILES[title]))
    assert found.dangerous, found.findings


@pytest.mark.parametrize("title", sorted(UNREADABLE))
def test_a_file_that_readers_disagree_on_is_refused(title: str, saved) -> None:
    with pytest.raises(InspectionError):
        inspect_model(saved(FILES[title]))


def test_the_name_is_said_even_if_the_file_is_damaged_behind_it(saved) -> None:
    with pytest.raises(InspectionError) as caught:
        inspect_model(saved(FILES["os system"][:-1] + b"\xff\xff"))
    assert any("os.system" in line for line in caught.value.evidence)


def test_a_call_that_is_thrown_away_is_still_seen(saved) -> None:
    found = inspect_model(saved(FILES["popped"]))
    assert any(finding.subject == "os.system" for finding in found.dangerous)


def test_an_unknown_function_is_never_clean(saved) -> None:
    found = inspect_model(saved(whole(call(name("some_package.deep", "thing"), text("x")))))
    assert [finding.severity for finding in found.findings if finding.severity is not Severity.NOTE] == [
        Severity.UNKNOWN
    ]


def test_a_library_function_that_is_called_is_never_clean(saved) -> None:
    for module, attribute in (
        ("sklearn.metrics._classification", "accuracy_score"),
        ("numpy", "mean"),
        ("scipy.special", "expit"),
    ):
        found = inspect_model(saved(whole(call(name(module, attribute), text("x")))))
        assert any(finding.severity is not Severity.NOTE for finding in found.findings), attribute


def test_a_library_class_whose_constructor_the_file_calls_is_never_clean(saved) -> None:
    found = inspect_model(saved(whole(call(name("lightgbm.basic", "Booster"), text("params")))))
    assert any(finding.severity is not Severity.NOTE for finding in found.findings)


def test_a_partial_whose_function_is_replaced_is_never_clean(saved) -> None:
    partial = call(name("functools", "partial"), name("builtins", "len"))
    for function in (
        name("builtins", "max"),
        call(name("builtins", "getattr"), name("builtins", "str"), text("lower")),
    ):
        found = inspect_model(saved(whole(partial, group(function, b")", b"}", b"N"), b"b")))
        assert any(finding.severity is not Severity.NOTE for finding in found.findings)


def test_a_namespace_that_is_handed_its_attributes_is_never_clean(saved) -> None:
    found = inspect_model(saved(whole(call(name("types", "SimpleNamespace"), b"}"))))
    assert any(finding.severity is not Severity.NOTE for finding in found.findings)


@pytest.mark.parametrize("protocol", range(6))
def test_cycles_odd_keys_and_ordinary_functions_stay_clean(protocol: int, saved) -> None:
    looped = LinearRegression()
    looped.members, looped.owner = [looped], {"of": looped}
    held = LinearRegression(copy_X={np.int64(1): 2, np.str_("x"): 1, (1, 2): 3})
    values = [
        looped.members,
        looped.owner,
        held,
        FunctionTransformer(functools.partial(np.clip, a_min=0, a_max=1)),
        {"alpha": scipy.stats.uniform(0, 1), "tol": scipy.stats.loguniform(1e-4, 1)},
        np.random.RandomState(1),
        np.random.default_rng(1),
        types.SimpleNamespace(number=np.float64(1)),
        Bunch(model=looped),
        collections.defaultdict(list, x=[1]),
        collections.UserList([1]),
        collections.deque([1], 3),
        np.array([looped, None], dtype=object),
    ]
    for content in (values, *values):
        found = inspect_model(saved(pickle.dumps(content, protocol)))
        assert [finding.what for finding in found.findings if finding.severity is not Severity.NOTE] == []


def test_names_that_would_write_to_a_terminal_are_refused(saved) -> None:
    with pytest.raises(InspectionError):
        inspect_model(saved(whole(name("os\x1b[2J", "system"))))


BOMBS = {
    "memo index": PROTO + b"Nr\xff\xff\xff\x7f.",
    "bytes of 4 GB": PROTO + b"B\xff\xff\xff\xff" + STOP,
    "bytes of 2^62": PROTO + b"\x8e" + (1 << 62).to_bytes(8, "little") + STOP,
    "text of 4 GB": PROTO + b"X\xff\xff\xff\xff" + STOP,
    "text of 2^62": PROTO + b"\x8d" + (1 << 62).to_bytes(8, "little") + STOP,
    "frame of 2^62": PROTO + b"\x95" + (1 << 62).to_bytes(8, "little") + b"N.",
    "long of 2 GB": PROTO + b"\x8b\xff\xff\xff\x7f.",
    "negative length": PROTO + b"\x8b\xff\xff\xff\xff.",
    "digits": PROTO + b"L" + b"9" * 1_000_000 + b"L\n.",
    "line without end": b"c" + b"a" * 1_000_000,
    "nested lists": PROTO + b"]" * 1_000_000 + b"a" * 999_999 + STOP,
    "nested tuples": PROTO + b"N" + b"\x85" * 1_000_000 + STOP,
    "nested dicts": PROTO + b"}" + b"K\x01}" * 300_000 + b"s" * 300_000 + STOP,
    "nested objects": PROTO + name("collections", "OrderedDict") + b"\x94" + b"h\x00)R" * 10 + STOP,
    "tuple doubled as key": PROTO + b"}K\x01" + b"2\x86" * 100_000 + b"Ns.",
    "own member": PROTO + b"]\x94h\x00a.",
    "marks": PROTO + b"(" * 1_000_000 + b"N.",
    "objects in objects": PROTO + name("sklearn.pipeline", "Pipeline") + b"\x94" + b"h\x00)\x81" * 200_000 + STOP,
    "states in states": (
        PROTO
        + name("sklearn.pipeline", "Pipeline")
        + b"\x94"
        + (b"h\x00)\x81}" + text("steps")) * 50_000
        + b"N"
        + b"sb" * 50_000
        + STOP
    ),
    "bytes in bytes": (
        PROTO
        + new(name("sklearn.linear_model._base", "LinearRegression"))
        + b"}"
        + text("coef_")
        + call(name("numpy._core.multiarray", "_reconstruct"), name("numpy", "ndarray"), b"K\x00\x85", b"C\x01b")
        + b"(K\x01K\x02\x85"
        + number_type("f8")
        + b"\x89"
        + name("builtins", "bytearray")
        + b"\x94"
        + b"h\x00" * 100_000
        + b"C\x01x"
        + b"\x85R" * 100_001
        + b"tbsb."
    ),
    "steps of itself": (
        PROTO
        + name("sklearn.pipeline", "Pipeline")
        + b")\x81\x94}"
        + text("steps")
        + b"]("
        + (group(text("a"), b"h\x00")) * 50
        + b"esb."
    ),
    "transformers of itself": (
        PROTO
        + name("sklearn.compose._column_transformer", "ColumnTransformer")
        + b")\x81\x94}("
        + text("n_features_in_")
        + b"K\x02"
        + text("transformers_")
        + b"]("
        + group(text("a"), b"h\x00", b"]K\x00a") * 50
        + b"eub."
    ),
}
"""Small files meant to use up time, memory or the interpreter's stack."""


@pytest.mark.parametrize("title", BOMBS)
def test_a_small_file_cannot_cost_much(title: str, saved) -> None:
    path = saved(BOMBS[title])
    began = time.process_time()
    try:
        inspect_model(path)
    except InspectionError:
        pass
    assert time.process_time() - began < 10
