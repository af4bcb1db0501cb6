"""`make bench`: measures the bars, prints them, and with `--write` puts them into docs/performance.md.

    python -m tests.bench [--write] [inspect] [command] [serving] [cloud] [terminal] [notebook]

Each part runs what it compares side by side in one go, because absolute times of a shared machine mean little. Exit status 1
if a bar is missed.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import sys
import time
from pathlib import Path

from tests.bench.rows import Row

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
PARTS = ("inspect", "command", "serving", "cloud", "terminal", "notebook")


def measure(part: str) -> tuple[list[Row], str]:
    """The rows of a part, and a table of raw figures in Markdown."""
    if part == "inspect":
        from tests.bench import inspection

        return inspection.run()
    if part == "command":
        from tests.bench import command

        return command.run()
    if part == "serving":
        from tests.bench import serving

        return serving.run()
    if part == "cloud":
        from tests.bench import cloud

        return cloud.run()
    if part == "terminal":
        from tests.bench import terminal

        return terminal.run()
    from tests.bench import notebook

    return notebook.run()


def machine() -> str:
    """This machine in a line, with how busy it was."""
    model = ""
    try:
        model = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())[1]  # type: ignore[index]
    except (OSError, TypeError):
        model = platform.processor()
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{os.cpu_count()} × {model}, {platform.platform(terse=True)}, Python {platform.python_version()}, load {load}"
    )


def write(part: str, rows: list[Row], raw: str) -> None:
    """Replace the part's section between its two markers."""
    begin, end = f"<!-- {part}: measured -->", f"<!-- {part}: end -->"
    table = "\n".join(["| bar | measured | asked for | met |", "|---|---|---|---|", *(row.markdown() for row in rows)])
    text = f"{begin}\n\n{time.strftime('%d %B %Y')}; {machine()}.\n\n{table}\n\n{raw.strip()}\n\n{end}"
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(
        re.sub(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _: text, page, flags=re.DOTALL), encoding="utf-8"
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure the bars.")
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], help="which parts; all where none is named")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/performance.md")
    arguments = parser.parse_args()
    missed = 0
    for part in arguments.parts or PARTS:
        rows, raw = measure(part)
        print(f"\n== {part}: {machine()}\n\n{raw}\n")
        for row in rows:
            print(f"{'met   ' if row.ok else 'MISSED'}  {row.bar}: {row.measured} (asked for: {row.target})")
            missed += not row.ok
        if arguments.write:
            write(part, rows, raw)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
