"""The last step: what will be done, what it costs, and every value with its source. Enter on a value goes to its step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from textual import on
from textual.content import Content
from textual.events import Resize
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.hanging import hanging
from tui.widgets.error_panel import error_content
from wizard.plan.problem import Problem
from wizard.steps.deploy.review import Review, ReviewRow
from wizard.steps.fields import Step
from wizard.steps.words import said_by

_WIDEST_LABEL = 26


class ReviewPane(OptionList):
    """One list, so that everything can be read with the arrow keys; only what is in sight is drawn."""

    class Chosen(Message):
        """The person wants to change this."""

        def __init__(self, step: str, field: str) -> None:
            super().__init__()
            self.step, self.field = step, field

    class CommandsWanted(Message):
        """The person wants to see how an action is done by hand."""

    def __init__(self, steps: Sequence[Step], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, markup=False)
        self._steps = {step.name: step for step in steps}
        self._review: Review | None = None
        self._problems: tuple[Problem, ...] = ()
        self._waiting: tuple[str, ...] = ()

    def show(self, review: Review | None, problems: tuple[Problem, ...] = (), waiting: tuple[str, ...] = ()) -> None:
        """Draw the review; where there is none yet, what is wrong, and what is still being found out."""
        once: dict[tuple[str, str, str], Problem] = {}
        for problem in problems:  # one cause, such as a model that is gone, is wrong at many fields
            once.setdefault((problem.what, problem.why, problem.fix), problem)
        problems = tuple(once.values())
        if (review, problems, waiting) != (self._review, self._problems, self._waiting) or not self.option_count:
            self._review, self._problems, self._waiting = review, problems, waiting
            self._draw()

    def on_resize(self, _event: Resize) -> None:
        self._draw()

    def _draw(self) -> None:
        if self.size.width == 0:
            return
        at = self.highlighted
        self.clear_options()
        self.add_options(self._said(self.scrollable_content_region.width - 2))
        if self.option_count:
            self.highlighted = min(at or 0, self.option_count - 1)

    def _said(self, width: int) -> Iterator[Option]:
        step = list(self._steps.values())[-1]
        yield _text(
            [
                Content.styled(step.title, "bold $text-primary"),
                *hanging(Content(), step.why, width, 0, style="$text-muted"),
            ]
        )
        for waiting in self._waiting:
            yield _text([Content(), Content.styled(f"◌ {waiting} …", "$text-warning")])
        for number, problem in enumerate(self._problems):
            yield Option(Content("\n").join([Content(), error_content(problem)]), f"problem {number}")
        if self._review is not None:
            yield from self._whole(self._review, width)

    def _whole(self, review: Review, width: int) -> Iterator[Option]:
        yield _heading("What will be done")
        for number, action in enumerate(review.actions, 1):
            lines = hanging(Content.styled(f"{number:>2}  ", "$text-muted"), action, width, 4)
            yield Option(Content("\n").join(lines), f"action {number}")
        for text in review.overwrites:
            yield _text(hanging(Content.styled(" !  ", "bold $text-warning"), text, width, 4))
        if review.cost:
            yield _heading("What it costs")
            for text in review.cost:
                yield _text(hanging(Content("    "), text, width, 4))
        label = min(_WIDEST_LABEL, max((len(row.label) for row in review.rows), default=0)) + 2
        label = label if width >= 60 else 0
        for step, rows in groupby(sorted(review.rows, key=self._order), key=lambda row: row.step):
            yield _heading(self._steps[step].title if step in self._steps else "Other")
            for row in rows:
                yield Option(Content("\n").join(_value(row, label, width)), row.path)

    def _order(self, row: ReviewRow) -> int:
        steps = list(self._steps)
        return steps.index(row.step) if row.step in steps else len(steps)

    @on(OptionList.OptionSelected)
    def _selected(self, message: OptionList.OptionSelected) -> None:
        message.stop()
        chosen = message.option_id or ""
        kind, _, number = chosen.partition(" ")
        if kind == "action":
            self.post_message(self.CommandsWanted())
        elif kind == "problem":
            path = self._problems[int(number)].field
            self.post_message(self.Chosen("", path))
        elif self._review is not None:
            for row in self._review.rows:
                if row.path == chosen:
                    self.post_message(self.Chosen(row.step, row.path))


def _value(row: ReviewRow, label: int, width: int) -> Iterator[Content]:
    """Label and value in columns, who says so and why below; all below each other on a narrow terminal."""
    style = "bold" if row.source == "person" else ""
    if label:
        fits = len(row.label) < label
        first = Content.styled(f"{row.label:<{label}}" if fits else row.label, "$text-muted")
        if not fits:
            yield first
            first = Content(" " * label)
        yield from hanging(first, row.value, width, label, style=style)
    else:
        yield Content.styled(row.label, "$text-muted")
        yield from hanging(Content("  "), row.value, width, 2, style=style)
    indent = label or 2
    who = said_by(row.source)
    said = f"{who[:1].upper()}{who[1:]}" + (f": {row.why}" if row.why else "") if who else row.why
    if said:
        yield from hanging(Content(" " * indent), said, width, indent, style="$text-muted")


def _heading(text: str) -> Option:
    return Option(Content.assemble("\n", (text, "bold $text-primary")), disabled=True)


def _text(lines: Iterable[Content]) -> Option:
    return Option(Content("\n").join(lines))
