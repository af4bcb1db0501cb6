"""The command `sendoff`: the same road without a screen of its own."""

from __future__ import annotations


def main() -> None:
    """Entry point of the command."""
    import gc
    import sys

    # Imports make many objects that live to the end: looking through them again and again costs a tenth of the start.
    gc.set_threshold(50_000, 20, 20)
    from wizard.cli.app import app, spelled_out

    app(spelled_out(sys.argv[1:]), prog_name="sendoff")


__all__ = ["main"]
