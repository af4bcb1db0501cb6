"""The field in focus explained: what it is for, where its value came from, and when one takes which choice."""

from __future__ import annotations

from textual.content import Content

from tui.widgets.text_block import TextBlock
from wizard.steps.views import FieldView
from wizard.steps.words import said_by


class WhyPanel(TextBlock):
    def show(self, view: FieldView | None) -> None:
        """Explain this field, or nothing."""
        self.say(Content() if view is None else explained(view))


def explained(view: FieldView) -> Content:
    field = view.field
    lines = [Content.styled(field.label, "bold"), Content(field.why)]
    if view.note and view.note != field.why and view.source != "person":
        lines += [Content(), Content(view.note)]
    if view.source:
        hint = "; f6 takes the default again" if view.source == "person" else ""
        lines += [Content.styled(f"Its value: {said_by(view.source)}{hint}.", "$text-muted")]
    for choice in view.choices:
        if choice.why:
            lines += [Content(), Content.styled(choice.label or choice.value, "bold"), Content(choice.why)]
    return Content("\n").join(lines)
