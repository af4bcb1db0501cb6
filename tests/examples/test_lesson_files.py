"""The lesson notebooks as they are kept."""

from __future__ import annotations

import re

import nbformat
import pytest

from tests.examples.lessons import LESSONS, NOTEBOOKS, REFUSES


@pytest.fixture(params=LESSONS)
def lesson(request: pytest.FixtureRequest) -> nbformat.NotebookNode:
    return nbformat.read(NOTEBOOKS / f"{request.param}.ipynb", as_version=4)


def test_a_lesson_is_kept_without_outputs(lesson: nbformat.NotebookNode) -> None:
    nbformat.validate(lesson)
    for cell in lesson.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
        assert set(cell.metadata) <= {"tags"}
        assert set(cell.metadata.get("tags", [])) <= {REFUSES}


def test_a_lesson_begins_with_words_and_ends_what_it_started(lesson: nbformat.NotebookNode) -> None:
    assert lesson.cells[0].cell_type == "markdown" and lesson.cells[0].source.startswith("# ")
    commands = "\n".join(cell.source for cell in lesson.cells if cell.cell_type == "code")
    ended = set(re.findall(r"^!sendoff down (\S+) --yes$", commands, re.MULTILINE))
    assert ended == set(re.findall(r"""service\.name(?:=|": ")([\w-]+)""", commands))
    assert ("!sendoff workshop up" in commands) == ("!sendoff workshop down" in commands)


def test_lessons_that_a_lesson_points_to_are_there(lesson: nbformat.NotebookNode) -> None:
    for cell in lesson.cells:
        if cell.cell_type == "markdown":
            for name in re.findall(r"\]\((\w+\.ipynb)\)", cell.source):
                assert (NOTEBOOKS / name).exists(), name
