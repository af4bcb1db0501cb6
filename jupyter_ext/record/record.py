"""What stays in a notebook: a wizard and its run as plain HTML and plain text, without a script or a live kernel.

It is drawn again and again while a cell waits for the run, and once more when the run has ended.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_ext.looks import error_html, escaped, facts_html
from wizard.errors import SendoffError, error_of
from wizard.events import Feed, RunState, Status
from wizard.in_words import seconds_in_words
from wizard.run.outline import StageLine, Standing, headline, stage_lines

if TYPE_CHECKING:
    from wizard.steps.deploy.review import Review

LINES = 40
"""Lines of the log that are kept."""
_WIDEST = 240
"""Characters of such a line: a notebook is no place for megabytes."""

_R = ".sendoff-record.sendoff-record"
"""Twice, to count more than what a page says of all tables."""
_STYLE = f"""<style>
{_R}{{font-family:var(--jp-ui-font-family,system-ui,sans-serif);font-size:13px;line-height:1.45;max-width:70em;padding:4px 0}}
{_R} p{{margin:4px 0}}
{_R} table{{border-collapse:collapse;margin:6px 0;font-size:13px;table-layout:auto}}
{_R} table tr,{_R} table tr:hover{{background:none}}
{_R} td,{_R} th{{text-align:left;vertical-align:top;padding:1px 12px 1px 0;border:0;background:none;white-space:normal}}
{_R} th{{font-weight:normal;opacity:.8;white-space:nowrap}}
{_R} td.sendoff-time{{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}}
{_R} pre{{white-space:pre-wrap;overflow-wrap:anywhere;font-size:12px;margin:4px 0}}
{_R} summary{{cursor:pointer}}
{_R} .sendoff-error{{margin:6px 0;padding:2px 10px;border-left:3px solid var(--jp-error-color1,#d32f2f)}}
{_R} .sendoff-what{{font-weight:600;color:color-mix(in srgb,var(--jp-error-color1,#d32f2f) 65%,currentcolor)}}
</style>"""


@dataclass(frozen=True, slots=True)
class Record:
    """All that is told. Nothing in it is secret: neither a plan, nor a feed, nor an error holds a secret."""

    plan_path: Path
    state: RunState | None = None
    """None before the run has begun."""
    stages: tuple[StageLine, ...] = ()
    lines: tuple[str, ...] = ()
    """The newest of the log."""
    live: bool = True
    stopping: bool = False
    seconds: float = 0.0
    """What the run took, or has taken so far."""
    review: Review | None = None
    """The plan, where it is known."""
    problems: tuple[str, ...] = ()
    """What is wrong with the answers, where there is no plan yet."""
    said: Sequence[str] = field(default=())
    """What the person is told before the run, a sentence each."""
    way_on: str = ""
    """How the run is begun by who has no form before them."""

    @property
    def place(self) -> str:
        """The plan, by its folder."""
        return f"{self.plan_path.parent.name}/{self.plan_path.name}"


def record_of(
    feed: Feed,
    plan_path: Path,
    *,
    titles: Mapping[str, str],
    review: Review | None = None,
    live: bool = True,
    stopping: bool = False,
    now: float | None = None,
) -> Record:
    """The record of a run as it stands. `titles`: stage → what it does, for all on its road."""
    state = feed.snapshot()
    _, lines, _ = feed.read(0, LINES)
    began = state.stages[0].started if state.stages else None
    ended = state.result.at if state.result is not None else (now or time.time())
    return Record(
        plan_path,
        state,
        stage_lines(state, titles, {}, live),
        tuple(_shortened(line.text) for line in lines),
        live,
        stopping,
        ended - began if began is not None else 0.0,
        review,
    )


def _shortened(line: str) -> str:
    return line if len(line) <= _WIDEST else f"{line[:_WIDEST]} …"


# --- as HTML ------------------------------------------------------------------------------------------------------


def record_html(record: Record, *, extra_style: str = "") -> str:
    """The record as one element with a style of its own; readable without the style too."""
    parts = [*_run_html(record)] if record.state is not None else [*_form_html(record)]
    return f'{_STYLE}{extra_style}<div class="sendoff-record">{"".join(parts)}</div>'


def _form_html(record: Record) -> Iterator[str]:
    yield f"<p><strong>Sendoff</strong> · {escaped(record.place)} · not yet run</p>"
    for sentence in record.said:
        yield f"<p>{escaped(sentence)}</p>"
    if record.review is not None:
        yield from _list_html("What will be done", record.review.actions)
        yield from _list_html("What is replaced", record.review.overwrites)
        yield _plan_html(record.review)
    else:
        yield from _list_html("What is still wrong", record.problems)
    if record.way_on:
        yield f"<p>{escaped(record.way_on)}</p>"


def _run_html(record: Record) -> Iterator[str]:
    state = record.state
    assert state is not None
    yield f"<p><strong>{escaped(_headline(record))}</strong></p>"
    if state.result is None:
        yield f"<p>{escaped(_AT_WORK)}</p>"
    yield "<table><tbody>"
    for line in record.stages:
        mark, word = _MARKS[line.standing]
        yield (
            f'<tr><td><span role="img" aria-label="{word}">{mark}</span></td><td>{escaped(line.title)}</td>'
            f'<td class="sendoff-time">{escaped(_time(line))}</td><td>{escaped(line.detail)}</td></tr>'
        )
    yield "</tbody></table>"
    for notice in state.notices:
        yield f"<p>! {escaped(notice.text)}</p>"
    if state.result is not None and state.result.ok:
        yield from _success_html(record)
    elif state.result is not None:
        yield error_html(error_of(state.result.error or {}), alert=False)
    if record.review is not None:
        yield _plan_html(record.review)
    if record.lines:
        text = "\n".join(record.lines)
        yield (
            f"<details><summary>Last {len(record.lines)} lines of the log</summary><pre>{escaped(text)}</pre></details>"
        )


def _success_html(record: Record) -> Iterator[str]:
    rows = dict(_success(record))
    if url := rows.pop("Answers at", ""):
        link = (
            f'<a href="{escaped(url)}">{escaped(url)}</a>' if url.startswith(("http://", "https://")) else escaped(url)
        )
        yield f"<p><strong>{escaped(_service(record))} answers at {link}</strong></p>"
    call = rows.pop("Call it", "")
    if rows:
        yield facts_html(rows.items())
    if call:
        yield f"<p>Call it:</p><pre>{escaped(call)}</pre>"


def _plan_html(review: Review) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escaped(row.label)}</th><td>{escaped(row.value)}</td><td>{escaped(_by(row.source))}</td></tr>'
        for row in review.rows
    )
    return f"<details><summary>The plan</summary><table><tbody>{rows}</tbody></table></details>"


def _list_html(title: str, sentences: Sequence[str]) -> Iterator[str]:
    if sentences:
        yield f"<p>{escaped(title)}</p><ul>{''.join(f'<li>{escaped(one)}</li>' for one in sentences)}</ul>"


# --- as text ------------------------------------------------------------------------------------------------------


def record_text(record: Record, *, stages: bool = True) -> str:
    """The same in plain text, without the log; without the `stages` where they have been told one by one."""
    return "\n".join(_run_text(record, stages) if record.state is not None else _form_text(record))


def stage_text(line: StageLine, wide: int = 0) -> str:
    """One stage; `wide`: characters that the titles take."""
    return f"  {_MARKS[line.standing][0]} {line.title:<{wide}} {_time(line):>8}  {line.detail}".rstrip()


def _form_text(record: Record) -> Iterator[str]:
    yield f"Sendoff · {record.place} · not yet run"
    yield from record.said
    sentences = record.review.actions if record.review is not None else record.problems
    yield from (f"  - {sentence}" for sentence in sentences)
    if record.way_on:
        yield record.way_on


def _run_text(record: Record, stages: bool) -> Iterator[str]:
    state = record.state
    assert state is not None
    yield _headline(record)
    if state.result is None:
        yield _AT_WORK
    if stages:
        wide = max((len(line.title) for line in record.stages), default=0)
        yield from (stage_text(line, wide) for line in record.stages)
        yield from (f"  ! {notice.text}" for notice in state.notices)
    if state.result is not None and state.result.ok:
        yield from (f"  {name}: {value}" for name, value in _success(record))
    elif state.result is not None:
        yield from error_text(error_of(state.result.error or {}))


def error_text(error: SendoffError) -> list[str]:
    """What, why, evidence and fix, a line each."""
    return error._render_traceback_()


# --- what both say ------------------------------------------------------------------------------------------------

_AT_WORK = "At work when this was saved. The run's journal, beside the plan, tells how it went on."

_MARKS = {
    Standing.AHEAD: ("·", "not begun"),
    Standing.RUNNING: ("●", "at work"),
    Standing.DONE: ("✓", "done"),
    Standing.SKIPPED: ("✓", "done before"),
    Standing.FAILED: ("✗", "failed"),
    Standing.STOPPED: ("■", "stopped"),
    Standing.CUT_OFF: ("?", "cut off"),
}


def _time(line: StageLine) -> str:
    state = line.state
    if state is None or state.seconds is None or state.status is Status.SKIPPED:
        return ""
    return seconds_in_words(state.seconds)


def _headline(record: Record) -> str:
    assert record.state is not None
    head = headline(record.state, len(record.stages), record.plan_path, live=record.live, stopping=record.stopping)
    return f"{head} · {seconds_in_words(record.seconds)}"


def _released(record: Record) -> Mapping[str, object]:
    result = record.state.result if record.state is not None else None
    return (result.result if result is not None else None) or {}


def _service(record: Record) -> str:
    return str(_released(record).get("service") or "The service")


def _success(record: Record) -> Iterator[tuple[str, str]]:
    """What is said of a service that was released; nothing for a road walked part of the way."""
    released = _released(record)
    if released.get("service") and not released.get("changed", True):
        yield "Changed", "nothing: it ran already"
    for name, key in (("Answers at", "url"), ("Runs in", "place"), ("Revision", "revision"), ("Proof", "proof")):
        if released.get(key):
            yield name, str(released[key])
    for name, key in (("Call it", "call"), ("Undo it", "undo")):
        if released.get(key):
            yield name, str(released[key])


def _by(source: str) -> str:
    from wizard.steps.words import said_by

    return said_by(source)
