"""Small words that several screens say in the same way."""

from __future__ import annotations

_SAID_BY = {
    "file": "from the model file",
    "environment": "from this machine",
    "measured": "measured",
    "house": "Sendoff's choice",
    "person": "your choice",
}


def said_by(source: str) -> str:
    """Who a value is from, in two or three words, for a source's value (see `wizard.plan.plan.Source`)."""
    return _SAID_BY.get(source, source)
