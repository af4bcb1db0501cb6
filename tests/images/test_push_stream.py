"""What an engine says while it pushes becomes one count that only grows, a line a layer, and a digest."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.images.watching import Watcher
from wizard.images.image import Layer
from wizard.images.push_stream import PushStream

DIGEST = f"sha256:{'a' * 64}"
LAYERS = {"aaa": Layer("RUN pip install", 9_000_000), "bbb": Layer("COPY model", 1_000), "ccc": Layer("ENV", 0)}


def says(status: str, layer: str = "", **detail: int) -> dict[str, Any]:
    return {"status": status, "id": layer, "progressDetail": detail} if layer else {"status": status}


def fed(*messages: dict[str, Any], layers: dict[str, Layer] | None = None) -> tuple[PushStream, Watcher]:
    watcher = Watcher()
    stream = PushStream(watcher.reporter, LAYERS if layers is None else layers)
    for message in messages:
        stream.feed(message)
    return stream, watcher


def test_what_is_there_already_is_not_counted_as_work() -> None:
    _, watcher = fed(
        says("Layer already exists", "aaa"), says("Pushing", "bbb", current=500, total=1000), says("Pushed", "bbb")
    )
    assert [(one.done, one.total) for one in watcher.progress("bytes")] == [(0, 1000), (500, 1000), (1000, 1000)]
    assert watcher.lines == [
        "layer aaa (9.0 MB) is there already: RUN pip install",
        "layer bbb (1.0 kB) pushed: COPY model",
    ]


def test_a_layer_of_another_repository_there_is_there_already() -> None:
    stream, watcher = fed(says("Mounted from project/repository/other", "aaa"))
    assert stream.there == 1 and "is there already" in watcher.lines[0]


def test_without_known_sizes_there_is_no_total_until_every_layer_has_begun() -> None:
    _, watcher = fed(
        says("Preparing", "x"), says("Waiting", "y"),
        says("Pushing", "x", current=5, total=10), says("Pushing", "y", current=1, total=20),
        layers={},
    )  # fmt: skip
    assert [(one.done, one.total) for one in watcher.progress("bytes")] == [(5, None), (6, 30)]


def test_a_retry_of_the_engines_is_told() -> None:
    _, watcher = fed(says("Retrying in 5 seconds", "aaa"), says("Retrying in 4 seconds", "aaa"))
    assert "Retrying in 5 seconds" in watcher.lines[0]


def test_the_digest_is_read_from_either_of_the_engines_last_words() -> None:
    assert fed(says(f"1: digest: {DIGEST} size: 740"))[0].digest == DIGEST
    assert fed({"progressDetail": {}, "aux": {"Tag": "1", "Digest": DIGEST, "Size": 740}})[0].digest == DIGEST


def test_an_error_is_kept_in_the_engines_words() -> None:
    stream, _ = fed({"errorDetail": {"message": "denied: \x1b[31mno\x1b[0m"}, "error": "denied"})
    assert stream.error == "denied: no"


STATUSES = (
    "Preparing",
    "Waiting",
    "Pushing",
    "Pushed",
    "Layer already exists",
    "Mounted from x",
    "Retrying in 1 second",
)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(STATUSES), st.sampled_from(("aaa", "bbb", "ccc", "ddd")),
            st.dictionaries(st.sampled_from(("current", "total")), st.integers(0, 2**40)),
        )
    ),
    st.booleans(),
)  # fmt: skip
def test_the_count_never_goes_back_and_never_passes_its_total(
    messages: list[tuple[str, str, dict[str, int]]], known: bool
) -> None:
    _, watcher = fed(
        *(says(status, layer, **detail) for status, layer, detail in messages), layers=None if known else {}
    )
    counts = watcher.progress("bytes")
    assert [one.done for one in counts] == sorted(one.done for one in counts)
    assert all(one.total is None or one.done <= one.total for one in counts)
