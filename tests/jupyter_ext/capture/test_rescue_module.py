"""The module's name, its order, and its constants."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_ext.capture.names_needed import names_needed
from jupyter_ext.capture.rescue_constants import NotPlainError, expression
from jupyter_ext.capture.written_module import Contents, Part, free_module_name, in_order, stands_alone, written

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=20)
    | st.dates()
    | st.datetimes()
    | st.timedeltas()
    | st.decimals(allow_nan=False)
    | st.fractions()
    | st.complex_numbers(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=9) | st.integers(), inner, max_size=4)
        | st.frozensets(st.integers() | st.text(max_size=5), max_size=4)
    ),
    max_leaves=20,
)


class Names:
    """Every module is called by its own name."""

    def module(self, name: str) -> str:
        return name

    def definition(self, value: Any) -> str:
        raise NotPlainError(value)


def made(text: str) -> Any:
    import collections
    import datetime
    import decimal
    import fractions

    known = {
        "np": np,
        "numpy": np,
        "datetime": datetime,
        "decimal": decimal,
        "fractions": fractions,
        "collections": collections,
    }
    return eval(text, known)


def same(one: Any, other: Any) -> bool:
    if isinstance(one, complex | float) and type(one) is type(other):
        return repr(one) == repr(other)
    if isinstance(one, list | tuple):
        return type(one) is type(other) and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    return bool(type(one) is type(other) and one == other)


@given(PLAIN)
def test_a_plain_value_is_made_anew_by_its_text(value: Any) -> None:
    assert same(made(expression(value, Names())), value)


@pytest.mark.parametrize("kind", ["float32", "int8", "bool", "complex64", "U3", ">f8"])
@pytest.mark.parametrize("shape", [(), (0, 3), (4,), (2, 3)])
def test_a_small_array_keeps_its_type_and_shape(kind: str, shape: tuple[int, ...]) -> None:
    array = np.arange(math.prod(shape)).reshape(shape).astype(kind)
    again = made(expression(array, Names()))
    assert again.dtype == array.dtype
    assert again.shape == array.shape
    assert again.tolist() == array.tolist()


def test_a_constant_that_is_too_long_is_refused_with_its_length() -> None:
    with pytest.raises(NotPlainError) as caught:
        expression("x" * 10_001, Names())
    assert caught.value.reason == "is 10,003 characters long when written down; 10,000 are the most"


def test_names_are_told_apart_by_when_they_are_needed() -> None:
    needs = names_needed(
        "@deco\nclass A(Base):\n    x = [one for one in many]\n    def f(self, given=default) -> Hint:\n"
        "        import os.path\n        inner = lambda x: x + np.linalg.norm(given)\n"
        "        return inner(max(y for y in self.x))\n",
        postponed=True,
    )
    assert set(needs.now) == {"deco", "Base", "many", "default"}
    assert set(needs.later) == {"np", "max"}
    assert needs.hints == ("Hint",)
    assert ("np", "linalg", "norm") in needs.chains
    assert needs.imports == {"os.path"}


def test_what_is_needed_at_once_stands_before_and_what_that_calls_too() -> None:
    parts = [
        Part("Sub", "", now=frozenset({"Base", "deco"})),
        Part("Base", "", later=frozenset({"Sub"})),
        Part("deco", "", later=frozenset({"registry", "Sub"})),
        Part("registry", "", constant=True, now=frozenset({"start"})),
        Part("start", ""),
    ]
    order = [part.name for part in in_order({part.name: part for part in parts})]
    assert order == ["start", "registry", "Base", "deco", "Sub"]


def test_a_file_of_the_persons_own_is_left_alone(tmp_path: Path) -> None:
    source = written(Contents({"import math"}, {"a": Part("a", "a = math.pi", constant=True)}))
    assert free_module_name(tmp_path) == "notebook_code"
    path = tmp_path / "notebook_code.py"
    path.write_text(source)
    assert free_module_name(tmp_path) == "notebook_code"
    path.write_text(source + "\nb = 2\n")
    assert free_module_name(tmp_path) == "notebook_code_2"
    (tmp_path / "notebook_code_2").mkdir()
    assert free_module_name(tmp_path) == "notebook_code_3"


def test_a_module_that_does_not_stand_alone_says_what_it_raised() -> None:
    assert stands_alone("a = 1\n", "notebook_code") is None
    assert isinstance(stands_alone("a = missing\n", "notebook_code"), NameError)
