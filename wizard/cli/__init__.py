"""The command `sendoff`: the same road without a screen of its own."""

from __future__ import annotations


def main() -> None:
    """Entry point of the command."""
    import gc
    import sys

    # Imports make many objects that live to the end: looking through them again and again costs a tenth of the start.
    gc.set_threshold(50_000, 20, 20)
    if len(sys.argv) == 1:
        from wizard.cli.opening import Terminal, terminal

        if terminal() is Terminal.SCREENS:
            sys.exit(_screens())
    from wizard.cli.app import app, spelled_out

    app(spelled_out(sys.argv[1:]), prog_name="sendoff")


def _screens() -> int:
    """The screens, without the commands, which take as long to import as a screen to draw."""
    from tui import Opening, run
    from wizard.cli.opening import find_workshop

    try:
        return run(Opening(), find_workshop=find_workshop)
    except (Exception, KeyboardInterrupt) as failure:
        import typer

        from wizard.cli.outcome import answering

        try:
            with answering(False):
                raise failure
        except typer.Exit as end:
            return end.exit_code


__all__ = ["main"]
