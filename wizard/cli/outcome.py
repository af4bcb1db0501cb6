"""How a command ends: answers to standard output, errors in three parts to standard error, the exit status true."""

from __future__ import annotations

import json
import os
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from wizard.cli.asking import may_ask
from wizard.errors import CancelledError, SendoffError, own_fault
from wizard.printable import printable

FAILED = 1
STOPPED = 130
STOPPING = "Stopping; what is half done is being undone. Once more to leave at once."
_COMMANDS = ("gcloud ", "docker ", "sendoff ", "curl ")


@contextmanager
def answering(as_json: bool) -> Iterator[None]:
    """Run a command's work; what a person can understand goes to them as an error, never as a traceback."""
    try:
        yield
    except SendoffError as error:
        show_error(error, as_json)
        raise typer.Exit(STOPPED if isinstance(error, CancelledError) else FAILED) from None
    except KeyboardInterrupt:
        raise typer.Exit(STOPPED) from None
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone: nobody is left to tell
        raise typer.Exit(FAILED) from None
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        show_error(own_fault(error), as_json)
        raise typer.Exit(FAILED) from None


def print_json(data: Any) -> None:
    """One JSON document, on a line of its own."""
    typer.echo(json.dumps(data, ensure_ascii=False, default=str))


def say(text: str = "") -> None:
    """A line for a person. What came from a file cannot steer the terminal."""
    typer.echo(printable(text))


def show_error(error: SendoffError, as_json: bool) -> None:
    """What, why, evidence, fix."""
    if as_json:
        print_json({"ok": False, "error": error.as_dict()})
        return
    colour = _colour()
    typer.echo(
        typer.style("✗ ", fg=typer.colors.RED, bold=True) + typer.style(printable(error.what), bold=True),
        err=True,
        color=colour,
    )
    if error.why:
        typer.echo(fold(error.why, "  ", "  "), err=True)
    for line in error.evidence:
        typer.echo(typer.style(f"    │ {printable(line)}", dim=True), err=True, color=colour)
    if error.fix:
        typer.echo(fold(error.fix, "  → ", "    "), err=True)


def _colour() -> bool | None:
    """Not where the terminal shows escape sequences as text, or the person wants none; else (None) where it is a terminal."""
    return False if os.environ.get("TERM", "") in {"", "dumb"} or os.environ.get("NO_COLOR") else None


def fold(text: str, first: str = "", rest: str = "") -> str:
    """Wrapped to the terminal; words are whole, and a line that is a command stays one line, ready to be copied."""
    import shutil

    width = max(40, min(100, shutil.get_terminal_size().columns - 1))
    return "\n".join(
        (first if n == 0 else rest) + line
        if line.startswith(_COMMANDS)
        else textwrap.fill(
            line, width, initial_indent=first if n == 0 else rest, subsequent_indent=rest,
            break_long_words=False, break_on_hyphens=False,
        )
        for n, line in enumerate(printable(text).splitlines())
    )  # fmt: skip


def ask(question: str, yes: bool, command: str, *, destroys: bool = False) -> bool:
    """A yes or no before something is done; without a terminal only `--yes` is a yes. Raises SendoffError.

    Where it `destroys` something, Enter alone is a no.
    """
    if yes:
        return True
    if not may_ask():
        raise SendoffError(
            "This would need your word, and there is no terminal to ask on.",
            question,
            f"Say yes beforehand: {command} --yes",
        )
    return typer.confirm(printable(question), default=not destroys)
