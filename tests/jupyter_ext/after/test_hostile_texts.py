"""Nothing that a service, its columns or its log say becomes a part of the page."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from jupyter_ext.after.answer_box import AnswerBox
from jupyter_ext.after.log_tail import LogTail
from jupyter_ext.after.service_head import head_html
from jupyter_ext.form.explained import why_html
from jupyter_ext.form.field_row import FieldRow
from jupyter_ext.question import Question
from wizard.plan.problem import Problem
from wizard.steps.fields import Choice, Field, Kind, Step
from wizard.steps.views import FieldView
from wizard.targets import Reply, ServiceStatus

HOSTILE = """"'><img src=x onerror=alert(1)><script>alert(2)</script>"""


class _Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.acts = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.acts = self.acts or any(name.startswith("on") for name, _ in attrs)


def harmless(html: Any) -> bool:
    tags = _Tags(str(html))
    return "alert(1)" in str(html) and not tags.found & {"img", "script"} and not tags.acts


def test_log_lines() -> None:
    tail = LogTail()
    tail.extend([HOSTILE])
    assert harmless(tail.html()) and harmless(tail.html(still=True))


def test_answers_and_refusals() -> None:
    for status, answer in (
        (200, {"predictions": [HOSTILE], HOSTILE: 1}),
        (422, {"error": {"message": HOSTILE, "field": HOSTILE, "fix": HOSTILE}}),
        (500, HOSTILE),
    ):
        box = AnswerBox()
        box.show(Reply(status, answer, 3.0))
        assert harmless(box.box.value)


def test_how_a_service_is() -> None:
    status = ServiceStatus(
        name=HOSTILE,
        url=HOSTILE,
        runtime="cloud run",
        running=True,
        healthy=True,
        started=0.0,
        memory=0,
        revision=HOSTILE,
        project=HOSTILE,
        note=HOSTILE,
        target="cloud_run",
        place=HOSTILE,
        traffic={HOSTILE: 100},
    )
    assert harmless(head_html(status))


def test_names_and_values_of_columns_and_what_is_said_of_them() -> None:
    wrong = Problem("x", HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    field = Field(name=HOSTILE, label=HOSTILE, why=HOSTILE, kind=Kind.CHOICE, unit=HOSTILE)
    view = FieldView(field, None, HOSTILE, error=wrong, rows=(wrong,), choices=(Choice(HOSTILE, HOSTILE, HOSTILE),))
    row = FieldRow(view, lambda _name, _raw: None)
    assert harmless(row._under.value)
    line: Any = row.children[0]
    assert harmless(line.children[1].value)
    assert harmless(why_html(Step(HOSTILE, HOSTILE, HOSTILE, (field,)), [view]))


def test_questions() -> None:
    asked = Question()
    asked.ask(HOSTILE, [HOSTILE], "Yes", lambda: None)
    assert harmless(asked.text)
    asked.ask(HOSTILE, HOSTILE, "Yes", lambda: None)
    assert harmless(asked.text)
