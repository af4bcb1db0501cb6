"""What a service answered, and how long it took."""

from __future__ import annotations

import ipywidgets

from jupyter_ext.looks import error_html, escaped, text_html
from wizard.in_words import milliseconds_in_words
from wizard.steps.reply_words import answer_in_lines, has_message, refusal
from wizard.targets import Reply

_BEFORE = 4


class AnswerBox:
    """Says where the answer will come until something was sent."""

    def __init__(self) -> None:
        self._times: list[float] = []
        self.reply: Reply | None = None
        self.box = ipywidgets.HTML(text_html("The answer comes here.", "quiet"))
        self.box.add_class("sendoff-answer")

    def show(self, reply: Reply) -> None:
        """Draw this answer, and how long those before it took."""
        self.reply = reply
        ok = reply.status == 200
        said = refusal(reply) if not ok else None
        state = f"{'✓' if ok else '✗'} {reply.status} in {milliseconds_in_words(reply.milliseconds)}"
        parts = [text_html(state, "heading", "good" if ok else "wrong")]
        if said is not None:
            parts.append(error_html(said, alert=False))
        if said is None or not has_message(reply.answer):  # what the error says is not said again as JSON
            parts.append(f'<pre class="sendoff-evidence" tabindex="0">{escaped(answer_in_lines(reply.answer))}</pre>')
        before = ", ".join(map(milliseconds_in_words, self._times[: -_BEFORE - 1 : -1]))
        parts.append(text_html(f"before: {before}" if before else "", "quiet"))
        self._times = [*self._times[-_BEFORE:], reply.milliseconds]
        self.box.value = f'<div role="status">{"".join(parts)}</div>'
