"""What a flooded run has in its journal."""

from __future__ import annotations

from pathlib import Path

from tests.bench.flood import line
from wizard.run.journal import read_lines


def lines_in_order(folder: Path) -> int:
    """Lines in the journal of the run in this folder; 0 where one is missing or out of order."""
    (journal,) = (folder / ".sendoff" / "journal").glob("*.jsonl")
    texts = (record["text"] for record in read_lines(journal) if record["type"] == "LogLine")
    count = 0
    for text in texts:
        if text != line(count):
            return 0
        count += 1
    return count
