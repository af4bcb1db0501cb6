"""What of a log goes to the page at a time."""

from __future__ import annotations

import itertools
import json
import math

from hypothesis import given
from hypothesis import strategies as st

from jupyter_ext.run_panel.line_batches import LONGEST, grouped, newest_within, oldest_within, sendable, shown
from wizard.events import LogLine

LINES = st.lists(st.builds(LogLine, st.sampled_from(["build", "push"]), st.text(max_size=30)), max_size=40)


@given(LINES, st.integers(0, 400))
def test_the_oldest_that_fit_are_a_beginning_and_the_newest_an_end(lines: list[LogLine], most: int) -> None:
    oldest, newest = list(oldest_within(lines, most)), list(newest_within(lines, most))
    assert oldest == lines[: len(oldest)]
    assert newest == lines[len(lines) - len(newest) :]
    for kept in (oldest, newest):
        assert len(kept) >= min(1, len(lines))  # a line that is too long by itself goes alone
        assert len(kept) < 2 or sum(len(line.text) for line in kept) <= most


@given(LINES)
def test_groups_hold_every_line_in_order(lines: list[LogLine]) -> None:
    groups = grouped(lines)
    assert [(stage, text) for stage, texts in groups for text in texts] == [
        (line.stage, shown(line.text)) for line in lines
    ]
    assert all(one[0] != other[0] for one, other in itertools.pairwise(groups))


def test_a_line_too_long_says_how_much_of_it_is_left_out() -> None:
    text = shown("x" * (LONGEST + 1234))
    assert text.startswith("x" * LONGEST)
    assert text.endswith(" … (1,234 characters more, in the journal)")


@given(st.text())
def test_a_line_is_one_row_and_obeys_no_control_character(text: str) -> None:
    seen = shown(text)
    assert not any(mark in seen for mark in "\n\r\t\x1b\u202e\u2028")


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(st.characters()),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_what_is_sent_is_plain_for_every_writer(data: object) -> None:
    written = json.dumps({"data": sendable(data)}, allow_nan=False, ensure_ascii=False)
    assert isinstance(written, str)


def test_half_characters_and_no_numbers_are_sendable() -> None:
    assert sendable({"path": "caf\udce9", "share": math.nan, "ü": ["日本"]}) == {
        "path": "caf\\udce9",
        "share": None,
        "ü": ["日本"],
    }
    json.dumps(sendable("\ud800"), ensure_ascii=False).encode("utf-8")
