"""Where an error's evidence stands in a log."""

from __future__ import annotations

import json

import pytest

from tui.evidence import evidence_in
from tui.widgets.log_lines import LogLines


def log(*lines: str) -> LogLines:
    kept = LogLines()
    kept.append(lines)
    return kept


def test_it_is_the_newest_line_that_the_error_quotes_whole_or_in_part() -> None:
    lines = log("No space left on device", "retrying", "write: No space left on device", "bye")
    assert evidence_in(lines, ["No space left on device"]) == (2,)


def test_a_servers_line_of_json_is_quoted_as_what_it_says() -> None:
    lines = log("starting", json.dumps({"severity": "ERROR", "message": "no module named pandas"}), "ended")
    assert evidence_in(lines, ["server.py: no module named pandas"]) == (1,)


@pytest.mark.parametrize("line", ['{"message": ', '["message"]', '{"message": 7}', '{"message": "no"}', "{}"])
def test_what_only_looks_like_such_a_line_is_no_evidence(line: str) -> None:
    assert evidence_in(log(line), ["no module named pandas"]) == ()


def test_what_is_too_short_to_be_told_from_anything_is_not_looked_for() -> None:
    assert evidence_in(log("1 of 3"), ["1"]) == ()
