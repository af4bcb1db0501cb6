"""Splits of the traffic add up, keep proportions, and answer a wrong name with the nearest right one."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.errors import TargetError
from wizard.targets.cloud_run.traffic import (
    allocation,
    checked,
    completed_to_hundred,
    from_text,
    to_text,
    with_share,
)

KNOWN = ("s-aaaa1111", "s-aabb2222", "s-cccc3333")


@st.composite
def splits(draw: st.DrawFn) -> dict[str, int]:
    """Any split of 100 over one to five revisions."""
    cuts = sorted(draw(st.sets(st.integers(1, 99), max_size=4)))
    edges = [0, *cuts, 100]
    return {f"r{at}": high - low for at, (low, high) in enumerate(itertools.pairwise(edges))}


@given(splits(), st.integers(1, 100))
def test_a_share_for_the_new_one_leaves_a_whole_and_the_others_in_proportion(
    split: dict[str, int], percent: int
) -> None:
    after = with_share(split, "new", percent)
    assert sum(after.values()) == 100
    assert after["new"] == percent
    for name, share in split.items():
        assert abs(after.get(name, 0) - share * (100 - percent) / 100) < 1


@given(splits(), st.integers(1, 100))
def test_a_share_for_one_that_has_some_is_its_new_share(split: dict[str, int], percent: int) -> None:
    after = with_share(split, "r0", percent)
    assert sum(after.values()) == 100
    assert after["r0"] == (percent if len(split) > 1 else 100)


@given(splits())
def test_a_split_is_read_back_from_its_text(split: dict[str, int]) -> None:
    assert from_text(to_text(split)) == split


@pytest.mark.parametrize("text", ["", "a", "a=b", "a=50", "a=150,b=-50", "=100,,x", "a=100=1"])
def test_a_text_that_is_no_split_is_none(text: str) -> None:
    assert from_text(text) in ({}, {"": 100})


def test_an_allocation_is_by_name_and_in_one_order() -> None:
    one = allocation({"b": 10, "a": 90}, {"t": "b", "latest": ""})
    assert [(each.revision, each.percent, each.tag) for each in one] == [
        ("a", 90, ""), ("b", 10, ""), ("", 0, "latest"), ("b", 0, "t"),
    ]  # fmt: skip
    assert one == allocation({"a": 90, "b": 10}, {"latest": "", "t": "b"})


@pytest.mark.parametrize("given_name", ["s-cccc3333", "s-cccc", "cccc", "c"])
def test_a_revision_may_be_named_by_its_beginning(given_name: str) -> None:
    assert checked({given_name: 40}, KNOWN, KNOWN, "s") == {"s-cccc3333": 40}


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ({"aa": 10}, "could be 2 revisions"),
        ({"s-cccc3334": 10}, "Did you mean s-cccc3333?"),
        ({"cccc": 101}, "no share"),
        ({"cccc": -1}, "no share"),
        ({"cccc": 10, "s-cccc3333": 20}, "named twice"),
        ({"": 10}, "has no revision"),
    ],
)
def test_what_is_wrong_with_a_split_is_said(shares: dict[str, int], said: str) -> None:
    with pytest.raises(TargetError) as caught:
        checked(shares, KNOWN, KNOWN, "s")
    assert said in str(caught.value)


def test_what_is_not_said_stays_where_it_is_in_proportion() -> None:
    assert completed_to_hundred({"new": 10}, {"a": 60, "b": 40}) == {"new": 10, "a": 54, "b": 36}
    assert completed_to_hundred({"a": 100}, {"b": 100}) == {"a": 100}


@pytest.mark.parametrize(("split", "now"), [({"a": 60, "b": 50}, {"a": 100}), ({"a": 60}, {"a": 100}), ({}, {})])
def test_shares_that_cannot_make_a_whole_are_refused(split: dict[str, int], now: dict[str, int]) -> None:
    with pytest.raises(TargetError, match="add up to"):
        completed_to_hundred(split, now)


def test_a_share_of_nothing_is_taken_away_and_not_left_where_it_was() -> None:
    now = {"s-cccc3333": 30, "s-aabb1111": 70}
    known = (*now, "s-dddd4444")
    assert completed_to_hundred(checked({"cccc": 0}, known, known, "s"), now) == {"s-aabb1111": 100}
    half = checked({"cccc": 0, "dddd": 50}, known, known, "s")
    assert completed_to_hundred(half, now) == {"s-dddd4444": 50, "s-aabb1111": 50}
    whole = checked({"cccc": 0, "dddd": 100}, known, known, "s")
    assert completed_to_hundred(whole, now) == {"s-dddd4444": 100}


@given(splits(), splits())
def test_completed_shares_always_make_a_whole(split: dict[str, int], now: dict[str, int]) -> None:
    said = {f"new-{name}": share // 2 for name, share in split.items() if share // 2}
    after = completed_to_hundred(said, now)
    assert sum(after.values()) == 100
    assert all(after[name] == share for name, share in said.items())
