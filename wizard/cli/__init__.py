"""The command `sendoff`: the same road without a screen of its own."""

from __future__ import annotations


def main() -> None:
    """Entry point of the command."""
    from wizard.cli.app import app

    app(prog_name="sendoff")


__all__ = ["main"]
