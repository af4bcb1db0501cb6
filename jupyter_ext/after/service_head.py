"""Which service it is, how it is, and where it answers."""

from __future__ import annotations

from jupyter_ext.looks import escaped, text_html
from wizard.steps.service_words import Tone, facts_of, place_of, state_of
from wizard.targets import ServiceStatus

_LOOKS = {Tone.SUCCESS: "good", Tone.WARNING: "warn", Tone.MUTED: "quiet"}


def head_html(status: ServiceStatus) -> str:
    """Its name with a mark and a word, its address to be copied, and what is to be known beside that."""
    mark, word, tone = state_of(status)
    facts = facts_of(status)
    line = (
        f'<b class="sendoff-title">{escaped(status.name)}</b> '
        f'<span class="sendoff-{_LOOKS[tone]}">{escaped(mark)} {escaped(word)}</span> '
        f'<span class="sendoff-quiet">{escaped(facts)}</span>'
    )
    address = f'<code class="sendoff-address" tabindex="0">{escaped(status.url)}</code>' if status.url else ""
    return "".join(
        (
            f'<div class="sendoff-service-name" role="status">{line}</div>',
            f"<div>{address}</div>" if address else "",
            text_html(place_of(status), "quiet"),
            text_html(status.note, "warn"),
        )
    )
