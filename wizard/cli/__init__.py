"""The command `sendoff`: the same road without a screen of its own."""

from __future__ import annotations


def main() -> None:
    """Entry point of the command."""
    import gc

    # Imports make many objects that live to the end: looking through them again and again costs a tenth of the start.
    gc.set_threshold(50_000, 20, 20)
    from wizard.cli.app import app

    app(prog_name="sendoff")


__all__ = ["main"]
