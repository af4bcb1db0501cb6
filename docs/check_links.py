"""Checks the links of README.md and docs/: the files they name exist, and so do the headings behind a `#`.

Only links inside the repository are looked at. Run it with `make docs`; it ends with 1 where a link leads nowhere.
"""

import re
import sys
from functools import cache
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parent.parent
CODE = re.compile(r"^(`{3,}|~{3,}).*?^\1[^\n]*$|`[^`\n]*`", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\[[^\]]+\]:\s*(\S+)|(?:href|src)=\"([^\"]+)\"", re.MULTILINE)
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)


@cache
def anchors(page: Path) -> set[str]:
    """The names GitHub gives to the headings of a page, and those set by hand."""
    text = page.read_text()
    found = set(re.findall(r"<a (?:name|id)=\"([^\"]+)\"", text))
    fenceless = re.sub(r"^(`{3,}|~{3,}).*?^\1[^\n]*$", "", text, flags=re.DOTALL | re.MULTILINE)
    for heading in re.findall(r"^#{1,6} +(.+?)[ #]*$", fenceless, re.MULTILINE):
        shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
        same = sum(other == name or re.fullmatch(re.escape(name) + r"-\d+", other) is not None for other in found)
        found.add(f"{name}-{same}" if same else name)
    return found


def broken(page: Path) -> list[str]:
    """The links of a page that lead nowhere, as lines to show."""
    lines = []
    text = CODE.sub(lambda code: "\n" * code[0].count("\n"), page.read_text())
    for match in LINK.finditer(text):
        link = match[1] or match[2] or match[3]
        if ELSEWHERE.match(link):
            continue
        name, _, anchor = unquote(link).partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            lines.append(f"{page.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 1}: {link} leads nowhere")
    return lines


if __name__ == "__main__":
    pages = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
    if problems := [line for page in pages for line in broken(page)]:
        sys.exit("\n".join(problems))
    sys.stdout.write(f"the links of {len(pages)} pages lead somewhere\n")
