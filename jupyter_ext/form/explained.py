"""What explains a step, as HTML: its fields, the model, the commands one would type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from jupyter_ext.looks import command_html, escaped, facts_html, text_html
from wizard.steps.fields import Step
from wizard.steps.views import FieldView
from wizard.steps.words import said_by

if TYPE_CHECKING:
    from wizard.inspection.inspection import Inspection
    from wizard.steps.by_hand import Command, StageByHand


def why_html(step: Step, views: Iterable[FieldView]) -> str:
    """What the step is for, and each of these fields: what it is for, where its value came from, when one takes which choice."""
    return "".join([text_html(f"The step {step.title}", "heading"), text_html(step.why), *map(_field, views)])


def _field(view: FieldView) -> str:
    field = view.field
    parts = [text_html(field.label, "heading"), text_html(field.why)]
    if view.note and view.note != field.why and view.source != "person":
        parts.append(text_html(view.note))
    if view.source:
        parts.append(text_html(f"Its value: {said_by(view.source)}.", "quiet"))
    told = [(choice.label or choice.value, choice.why) for choice in view.choices if choice.why]
    return "".join(parts) + (facts_html(told) if told else "")


def inspection_html(inspection: Inspection) -> str:
    """What the model file says about itself: the same words as on the command line."""
    from wizard.inspection.summary import summary

    said = summary(inspection)
    parts = [facts_html(said.rows)]
    parts += [text_html(f"{_mark(severity.value)} {text}", severity.value) for severity, text in said.findings]
    if said.more_findings:
        parts.append(text_html(f"and {said.more_findings} more findings", "quiet"))
    if said.tree:
        parts.append(f'<pre class="sendoff-tree" tabindex="0">{escaped(chr(10).join(said.tree))}</pre>')
    if said.columns:
        parts.append(facts_html(said.columns))
    if said.more_columns:
        parts.append(text_html(f"and {said.more_columns} more columns", "quiet"))
    return "".join(parts)


def _mark(severity: str) -> str:
    return {"dangerous": "✗", "unknown": "!"}.get(severity, "·")


def commands_html(
    title: str, stages: Sequence[StageByHand], commands: Sequence[Command] = (), nothing: str = ""
) -> str:
    """Commands to be copied, each with what it does: stage by stage, then what does all of it at once."""
    parts = [text_html(title, "heading")]
    if not stages and not commands:
        parts.append(text_html(nothing))
    for stage in stages:
        parts += [text_html(stage.title, "heading"), text_html(stage.why, "quiet"), *_commands(stage.commands)]
        if stage.api:
            parts.append(text_html(f"Sendoff calls the API instead: {stage.api}", "quiet"))
    if stages and commands:
        parts.append(text_html("Or all of it at once", "heading"))
    return "".join([*parts, *_commands(commands)])


def _commands(commands: Iterable[Command]) -> Iterator[str]:
    for command in commands:
        yield text_html(command.why)
        yield command_html(command.text)
