"""How everything in the notebook looks: one style sheet, and the few pieces of HTML that all its parts are made of.

Any text that comes from outside goes through `escaped`. Nothing of the widgets is imported here.
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.errors import SendoffError
    from wizard.plan.problem import Problem


@cache
def style_html() -> str:
    """The style sheet as one element. Every box that stands by itself on a page holds it once, and has the class `sendoff`."""
    return f"<style>{files('jupyter_ext').joinpath('style.css').read_text(encoding='utf-8')}</style>"


def keys_html() -> str:
    """Keeps the keys that are pressed on a choice, a tick or a button from Jupyter, for the outermost box around this.

    Jupyter takes them for its shortcuts wherever no text is edited: the arrows would leave a list of choices, and an "r" in it
    would make the cell a raw one. It leaves alone an element with this attribute, looked for on the element itself, so each
    gets it when it gets the focus. The picture, which is none, is there to have its script run once it is on the page.
    """
    return f'<img src="data:," alt="" hidden onerror="{escaped(_KEEP_KEYS)}">'


_KEEP_KEYS = (
    "let tries = 0; const keep = () => {"
    " if (!this.isConnected) return tries++ < 100 && setTimeout(keep, 50);"
    " let box = this, around;"
    " while ((around = box.parentElement?.closest('.sendoff'))) box = around;"
    " box.addEventListener('focusin', ({target}) =>"
    " target.matches(':read-write') || target.setAttribute('data-lm-suppress-shortcuts', '')) };"
    "keep()"
)


def escaped(text: object) -> str:
    """A text as it can stand in HTML, within an attribute too."""
    return html.escape(str(text), quote=True)


def text_html(text: object, *classes: str) -> str:
    """A paragraph; `classes` without their `sendoff-`. Empty where the text is."""
    named = " ".join(f"sendoff-{name}" for name in classes)
    return f'<div class="{named}">{escaped(text)}</div>' if str(text) else ""


def error_html(error: SendoffError | Problem, *, alert: bool = True) -> str:
    """What is wrong, why, with which evidence, and what to do about it; read out at once where it is an `alert`."""
    evidence = "\n".join(getattr(error, "evidence", ()))
    parts = (
        text_html(error.what, "what"),
        text_html(error.why, "why"),
        f'<pre class="sendoff-evidence" tabindex="0">{escaped(evidence)}</pre>' if evidence else "",
        text_html(error.fix, "fix"),
    )
    return f'<div class="sendoff-error"{" role=alert" if alert else ""}>{"".join(parts)}</div>'


def notice_html(text: object) -> str:
    """Something the person should read, which is no error."""
    return f'<div class="sendoff-notice" role="status">{escaped(text)}</div>'


def facts_html(rows: Iterable[tuple[str, str]]) -> str:
    """A small table: what it is, and how it is."""
    lines = (f'<tr><th scope="row">{escaped(name)}</th><td>{escaped(value)}</td></tr>' for name, value in rows)
    return f'<table class="sendoff-facts"><tbody>{"".join(lines)}</tbody></table>'


def command_html(command: object) -> str:
    """Something to copy: with its button, or selected as a whole by one click where the page runs no script of an output."""
    name = escaped(f"Copy {str(command).partition(chr(10))[0]}")
    return (
        f'<div class="sendoff-copyable"><pre class="sendoff-command" tabindex="0">{escaped(command)}</pre>'
        f'<button type="button" class="sendoff-copy" aria-label="{name}" onclick="{escaped(_COPY)}">Copy</button></div>'
    )


_COPY = (
    "getSelection().selectAllChildren(this.previousElementSibling);"
    "this.textContent = document.execCommand('copy') ? 'Copied' : 'Selected: press Ctrl+C';"
    "this.ariaLabel = this.textContent"
)
"""The older way to the clipboard: the newer one is there on secure pages only, and a notebook is often served without."""
