"""What is kept of what containers write: the newest, and never more than a bounded part of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wizard.workshop.logs import CHARACTERS_KEPT, LINES_KEPT, LONGEST_LINE, REVISIONS_KEPT, Logs

SERVICE = "projects/p/locations/r/services/s"


def kept(logs: Logs) -> list[str]:
    return [line.text for line in logs.lines("p")]


@given(st.lists(st.integers(0, 2 * LONGEST_LINE), max_size=200))
def test_the_newest_lines_are_kept_up_to_their_number_and_size(lengths: list[int]) -> None:
    logs = Logs()
    for number in range(LINES_KEPT):
        logs.write(f"{SERVICE}/revisions/s-a", f"{number}")
    written = [f"{number} ".ljust(length, "x")[:LONGEST_LINE] for number, length in enumerate(lengths)]
    for text in written:
        logs.write(f"{SERVICE}/revisions/s-a", text)
    found = kept(logs)
    assert len(found) <= LINES_KEPT
    assert sum(map(len, found)) <= CHARACTERS_KEPT
    assert found[-len(written) :][-60:] == written[-60:] if written else len(found) == LINES_KEPT


def test_lines_of_revisions_are_read_in_the_order_they_were_written_and_from_any_of_them_on() -> None:
    logs = Logs()
    for number in range(10):
        logs.write(f"{SERVICE}/revisions/s-{'ab'[number % 2]}", str(number))
    lines = logs.lines("p")
    assert [line.text for line in lines] == [str(number) for number in range(10)]
    assert logs.lines("p", after=lines[6].number) == lines[7:]
    assert logs.lines("other") == []


def test_the_revisions_longest_known_make_room_and_a_deleted_service_is_forgotten() -> None:
    logs = Logs()
    for number in range(REVISIONS_KEPT + 5):
        logs.write(f"{SERVICE}/revisions/s-{number}", str(number))
    assert kept(logs) == [str(number) for number in range(5, REVISIONS_KEPT + 5)]
    logs.forget(SERVICE)
    assert kept(logs) == []
