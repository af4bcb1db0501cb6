"""Text that is wrapped with its further lines below its beginning, so that labels stand in a column of their own."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from textual.content import Content

_NARROWEST = 8
"""Columns of text that are kept beside a label, however narrow the terminal."""


def hanging(
    first: Content, text: str, width: int, indent: int, *, below: int | None = None, style: str = ""
) -> Iterator[Content]:
    """The lines of `text` behind `first`, which is `indent` columns wide; the further ones begin at the column `below`."""
    below = indent if below is None else below
    lines = textwrap.wrap(
        text,
        max(width, max(indent, below) + _NARROWEST),
        initial_indent="x" * indent,
        subsequent_indent=" " * below,
        break_on_hyphens=False,
    ) or ["x" * indent]
    yield Content.assemble(first, (lines[0][indent:], style))
    yield from (Content.styled(line, style) for line in lines[1:])
