"""The last step: what will be done, what it costs, and every value with its source; a button leads back to each step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets

from jupyter_ext.looks import error_html, escaped, text_html
from wizard.plan.problem import Problem
from wizard.steps.fields import Step
from wizard.steps.words import said_by

if TYPE_CHECKING:
    from wizard.steps.deploy.review import Review, ReviewRow


class ReviewBox(ipywidgets.VBox):
    """Parts are made when they are first needed, and then stay."""

    children: Any

    def __init__(self, step: Step, steps: Sequence[Step], change: Callable[[str], None]) -> None:
        """`change` is called with the name of the field or step that the person wants to change."""
        self._change = change
        self._steps = {one.name: one for one in steps}
        self._summary = ipywidgets.HTML()
        self._problems = ipywidgets.VBox()
        self._values = ipywidgets.VBox()
        self._wrong: list[_Changeable] = []
        self._groups: dict[str, _Changeable] = {}
        head = ipywidgets.HTML(text_html(step.title, "title") + text_html(step.why, "quiet"))
        super().__init__([head, self._problems, self._summary, self._values])
        self.add_class("sendoff-review")

    def show(self, review: Review | None, problems: Sequence[Problem] = (), waiting: Sequence[str] = ()) -> None:
        """Draw the review; where there is none yet, what is wrong, and what is still being found out."""
        self._show_problems(problems)
        if review is None:
            self._summary.value = "".join(text_html(f"◌ {text} …", "busy") for text in waiting)
        else:
            self._summary.value = _summary_html(review)
        self._show_values(review)

    def _show_problems(self, problems: Sequence[Problem]) -> None:
        once: dict[tuple[str, str, str], Problem] = {}
        for problem in problems:  # one cause, such as a model that is gone, is wrong at many fields
            once.setdefault((problem.what, problem.why, problem.fix), problem)
        while len(self._wrong) < len(once):
            self._wrong.append(_Changeable("Go to the field", self._change))
        if len(self._problems.children) < len(self._wrong):
            self._problems.children = tuple(self._wrong)
        said = [(problem.field, error_html(problem)) for problem in once.values()]
        for at, part in enumerate(self._wrong):
            part.show(*(said[at] if at < len(said) else ("", "")))

    def _show_values(self, review: Review | None) -> None:
        by_step: dict[str, list[ReviewRow]] = {name: [] for name in self._steps}
        for row in review.rows if review is not None else ():
            by_step.setdefault(row.step, []).append(row)
        for name, rows in by_step.items():
            if rows and name not in self._groups:
                title = self._steps[name].title if name in self._steps else "Other"
                self._groups[name] = _Changeable(f"Change {title}", self._change)
        groups = tuple(self._groups[name] for name in by_step if name in self._groups)
        if groups != self._values.children:
            self._values.children = groups
        for name, group in self._groups.items():
            rows = by_step.get(name, [])
            title = self._steps[name].title if name in self._steps else "Other"
            group.show(name if rows else "", text_html(title, "heading") + _values_html(rows) if rows else "")


class _Changeable(ipywidgets.VBox):
    """Something said, and a button that leads to where it is changed; out of sight while there is nothing to say."""

    def __init__(self, label: str, change: Callable[[str], None]) -> None:
        self._name = ""
        self._text = ipywidgets.HTML()
        button = ipywidgets.Button(description=label).add_class("sendoff-link")
        button.on_click(lambda _button: change(self._name))
        super().__init__([self._text, button])

    def show(self, name: str, html: str) -> None:
        self._name = name
        self._text.value = html
        self.layout.display = None if html else "none"


def _summary_html(review: Review) -> str:
    parts = [text_html("What will be done", "heading"), _list_html("ol", review.actions)]
    parts += [f'<div class="sendoff-notice">{escaped(text)}</div>' for text in review.overwrites]
    if review.cost:
        parts += [text_html("What it costs", "heading"), *(text_html(text) for text in review.cost)]
    return "".join(parts)


def _list_html(kind: str, items: Iterable[str]) -> str:
    return f'<{kind} class="sendoff-list">{"".join(f"<li>{escaped(item)}</li>" for item in items)}</{kind}>'


def _values_html(rows: Iterable[ReviewRow]) -> str:
    return f'<table class="sendoff-values"><tbody>{"".join(map(_value_html, rows))}</tbody></table>'


def _value_html(row: ReviewRow) -> str:
    own = ' class="sendoff-own"' if row.source == "person" else ""
    who = said_by(row.source)
    said = f"{who[:1].upper()}{who[1:]}" + (f": {row.why}" if row.why else "") if who else row.why
    return (
        f'<tr><th scope="row">{escaped(row.label)}</th><td{own}>{escaped(row.value)}'
        f'<div class="sendoff-quiet">{escaped(said)}</div></td></tr>'
    )
