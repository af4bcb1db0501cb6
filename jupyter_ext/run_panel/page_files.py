"""The panel's code for the page: its modules as one, since a widget sends its page a single one.

Each file is a module by itself, and imports from the others. Joined, in order, their own names are enough. Comments and the
space before lines are left out: where widgets are saved with a notebook, this is too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./[^"]+";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:const|class|(?:async )?function) )", re.MULTILINE)
_COMMENT = re.compile(r"^\s*//.*\n|[ \t]+//(?=\s)[^\n\"`]*$|^/\*.*\*/\n", re.MULTILINE)
_SPACE = re.compile(r"^\s+", re.MULTILINE)


def joined_modules(paths: Iterable[Path]) -> str:
    """The modules of these files, each after those it imports from; the last one holds the default export."""
    texts = (path.read_text(encoding="utf-8") for path in paths)
    return "".join(_compact(_EXPORT.sub("", _IMPORT.sub("", text))) for text in texts)


def joined_styles(paths: Iterable[Path]) -> str:
    """The style sheets of these files as one."""
    return "".join(_compact(path.read_text(encoding="utf-8")) for path in paths)


def _compact(text: str) -> str:
    return _SPACE.sub("", _COMMENT.sub("", text))
