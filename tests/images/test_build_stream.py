"""What the engine says while it builds becomes progress and clean lines."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.images.watching import Watcher
from wizard.images.build_stream import BuildStream, clean

OUTPUT = (
    "Step 1/3 : FROM python:3.11-slim\n ---> f7ecb6bfb0ec\n"
    "Step 2/3 : RUN pip install x\n ---> Running in 704f0e201d89\n"
    "\x1b[91mred\n\x1b[0mprogress 1%\rprogress 99%\r\nplain ü\n"
    "Removing intermediate container 704f0e201d89\n ---> 38f511fc8efa\n"
    "Step 3/3 : LABEL a=b\n ---> Using cache\n ---> 085b82f0acf4\nSuccessfully built 085b82f0acf4\n"
)


@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        ("\x1b[1;32mgreen\x1b[0m", "green"),
        ("10%\r50%\r100%", "100%"),
        ("50%\r", "50%"),
        ("\x1b]0;title\x07text", "text"),
        ("a\x07b\x08c", "abc"),
        ("  indented stays", "  indented stays"),
        ("\x1b[2K\x1b[1A", ""),
    ],
)
def test_a_line_is_shown_as_a_screen_would_show_it_in_the_end(raw: str, seen: str) -> None:
    assert clean(raw) == seen


@given(st.text().filter(lambda raw: "\n" not in raw))
def test_no_control_character_is_left_in_any_line(raw: str) -> None:
    assert not any(ord(char) < 32 and char != "\t" for char in clean(raw))


@given(cuts=st.lists(st.integers(0, len(OUTPUT)), max_size=12))
def test_lines_are_the_same_wherever_the_engine_cuts_them(cuts: list[int]) -> None:
    watcher = Watcher()
    stream = BuildStream(watcher.reporter)
    edges = [0, *sorted(cuts), len(OUTPUT)]
    for start, end in pairwise(edges):
        stream.feed({"stream": OUTPUT[start:end]})
    assert watcher.lines == [
        "Step 1/3 : FROM python:3.11-slim",
        "Step 2/3 : RUN pip install x",
        "red",
        "progress 99%",
        "plain ü",
        "Step 3/3 : LABEL a=b",
        " ---> Using cache",
    ]
    assert stream.finished


def test_steps_are_counted_and_named(watcher: Watcher) -> None:
    BuildStream(watcher.reporter).feed({"stream": OUTPUT})
    said = [(event.done, event.total, event.what) for event in watcher.progress("steps")]
    assert said == [
        (0, 3, "Step 1/3 : FROM python:3.11-slim"),
        (1, 3, "Step 2/3 : RUN pip install x"),
        (2, 3, "Step 3/3 : LABEL a=b"),
        (3, 3, "built"),
    ]


def test_a_pull_counts_the_bytes_of_all_its_layers(watcher: Watcher) -> None:
    stream = BuildStream(watcher.reporter)
    stream.feed({"status": "Pulling from library/python", "id": "3.11-slim"})
    stream.feed({"status": "Pulling fs layer", "progressDetail": {}, "id": "a"})
    stream.feed({"status": "Downloading", "progressDetail": {"current": 10, "total": 100}, "id": "a"})
    stream.feed({"status": "Downloading", "progressDetail": {"current": 5, "total": 50}, "id": "b"})
    stream.feed({"status": "Download complete", "progressDetail": {}, "id": "a"})
    stream.feed({"status": "Extracting", "progressDetail": {"current": 1, "total": 100}, "id": "a"})
    last = watcher.progress("bytes")[-1]
    assert (last.done, last.total, last.what) == (105, 150, "pulling library/python:3.11-slim")


def test_the_failing_instruction_is_kept_with_its_own_last_lines_only(watcher: Watcher) -> None:
    stream = BuildStream(watcher.reporter)
    stream.feed({"stream": "Step 1/2 : RUN a\nof a\nStep 2/2 : RUN b\n" + "of b\n" * 100 + "unfinished"})
    stream.feed({"errorDetail": {"code": 3, "message": "returned 3"}, "error": "returned 3"})
    assert (stream.instruction, stream.code, stream.error) == ("RUN b", 3, "returned 3")
    assert len(stream.lines) == 30
    assert stream.lines[-1] == "unfinished"
    assert "of a" not in stream.lines
