"""How a command ends: answers to standard output, errors in three parts to standard error, the exit status true."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from wizard.errors import CancelledError, SendoffError

FAILED = 1
STOPPED = 130


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
        show_error(_own_fault(error), as_json)
        raise typer.Exit(FAILED) from None


def _own_fault(error: Exception) -> SendoffError:
    """A fault of ours, in the same three parts; the traceback goes to a file for a report."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="sendoff-", suffix=".traceback.txt", delete=False) as file:
        file.write("".join(traceback.format_exception(error)))
    return SendoffError(
        "Sendoff itself failed.", f"{type(error).__name__}: {error}", f"Please report it with {file.name}."
    )


def print_json(data: Any) -> None:
    """One JSON document, on a line of its own."""
    typer.echo(json.dumps(data, ensure_ascii=False, default=str))


def say(text: str = "") -> None:
    """A line for a person."""
    typer.echo(text)


def show_error(error: SendoffError, as_json: bool) -> None:
    """What, why, evidence, fix."""
    if as_json:
        print_json({"ok": False, "error": error.as_dict()})
        return
    typer.echo(typer.style("✗ ", fg=typer.colors.RED, bold=True) + typer.style(error.what, bold=True), err=True)
    for text, first in ((error.why, "  "), (error.fix, "  → ")):
        if text and first == "  → ":
            for line in error.evidence:
                typer.echo(typer.style(f"    │ {line}", dim=True), err=True)
        if text:
            typer.echo(fold(text, first, " " * len(first)), err=True)
    if not error.fix:
        for line in error.evidence:
            typer.echo(typer.style(f"    │ {line}", dim=True), err=True)


def fold(text: str, first: str = "", rest: str = "") -> str:
    """Wrapped to the terminal, commands and paths unbroken."""
    import shutil

    width = max(40, min(100, shutil.get_terminal_size().columns - 1))
    return "\n".join(
        textwrap.fill(
            line, width, initial_indent=first if n == 0 else rest, subsequent_indent=rest,
            break_long_words=False, break_on_hyphens=False,
        )
        for n, line in enumerate(text.splitlines())
    )  # fmt: skip


def ask(question: str, yes: bool, command: str) -> bool:
    """A yes or no before something is done; without a terminal only `--yes` is a yes. Raises SendoffError."""
    if yes:
        return True
    if not sys.stdin.isatty():
        raise SendoffError(
            "This would need your word, and there is no terminal to ask on.",
            question,
            f"Say yes beforehand: {command} --yes",
        )
    return typer.confirm(question, default=True)
