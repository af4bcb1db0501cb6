"""What Tab offers after `%sendoff`: its options, fitted models, files, and the settings of a plan.

IPython 8 and 9 ask their custom matchers first, for the line at the cursor wherever the magic stands in it: `w = %sendoff …`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jupyter_ext.magics.options import OPTIONS
from jupyter_ext.opening.fitted_models import fitted_models
from jupyter_ext.opening.local_cloud import TARGETS
from jupyter_ext.opening.way import MODEL_ENDINGS, PLAN_ENDINGS

_MAGIC = re.compile(r"(?:^|[=\s])%%?sendoff\s(?P<said>.*)$")
_MOST = 200
"""Files that are offered at most."""


class Completion:
    """The matcher of one shell, which IPython asks for every line that is completed."""

    matcher_api_version = 2
    matcher_identifier = "sendoff"
    matcher_priority = 0.0

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self.__qualname__ = "sendoff"

    def __call__(self, context: Any) -> Any:
        """What the word at the cursor can become, in IPython's form; nothing in lines without the magic."""
        from IPython.core.completer import SimpleCompletion

        found = _MAGIC.search(context.text_until_cursor)
        if found is None:
            return {"completions": [], "suppress": False}
        said = found["said"].split(" ")
        *before, word = said
        after = next((one for one in reversed(before) if one), "")
        try:
            offered = [text for text in self._offered(after, word, before) if text.startswith(word) and text != word]
        except Exception:  # IPython would print the traceback into the notebook, in the middle of a word
            offered = []
        return {
            "completions": [SimpleCompletion(text=text, type="sendoff") for text in dict.fromkeys(offered)],
            "matched_fragment": word,
            "suppress": bool(offered),
            "ordered": True,
        }

    def _offered(self, after: str, word: str, before: list[str]) -> Iterator[str]:
        option = next((one for one in OPTIONS if one.name == after and one.takes), None)
        match option.name if option is not None else "":
            case "--target":
                yield from TARGETS
            case "--set":
                yield from _settings(before)
            case "--folder":
                yield from _files(word, frozenset())
            case "--sample":
                yield from _rows(self._shell.user_ns)
            case "--name":
                return
            case _:
                if not word.startswith("-"):
                    yield from reversed(fitted_models(self._shell.user_ns))
                    yield from _files(word, MODEL_ENDINGS | PLAN_ENDINGS)
                yield from (one.name for one in OPTIONS if one.again or one.name not in before)


def _rows(namespace: Any) -> Iterator[str]:
    """Variables that hold rows: frames, arrays, lists. Those a model was asked about are often called X…"""
    for name, value in list(namespace.items()):
        if not name.startswith("_") and not isinstance(value, type) and _holds_rows(value):
            yield name


def _holds_rows(value: object) -> bool:
    kind = type(value)
    return kind.__name__ in ("DataFrame", "ndarray", "LazyFrame") or kind in (list, tuple)


def _settings(before: list[str]) -> Iterator[str]:
    """The names of a plan's settings, for the target that the line names."""
    from wizard.plan import field_paths
    from wizard.steps.deploy.all_steps import NOT_ASKED

    local = "local" in before
    for path in field_paths("local" if local else "cloud_run"):
        if path not in (*NOT_ASKED, "model.path"):
            yield f"{path}="


def _files(word: str, endings: frozenset[str]) -> Iterator[str]:
    """Folders, and the files with one of the endings, that a path which was begun can go on with."""
    begun, _, _ = word.rpartition("/")
    folder = Path(f"{begun}/" if begun or word.startswith("/") else ".")
    try:
        entries = sorted(folder.expanduser().iterdir())[:_MOST]
    except (OSError, RuntimeError, ValueError):
        return
    for entry in entries:
        path = f"{begun}/{entry.name}" if "/" in word else entry.name
        if entry.name.startswith(".") or " " in path:
            continue
        if entry.is_dir():
            yield f"{path}/"
        elif entry.suffix.lower() in endings:
            yield path


def complete_with(shell: Any) -> None:
    """Have the shell's Tab ask here, too."""
    if (completer := getattr(shell, "Completer", None)) is not None:
        completer.custom_matchers.insert(0, Completion(shell))


def complete_no_more(shell: Any) -> None:
    """Take that back."""
    if (completer := getattr(shell, "Completer", None)) is not None:
        completer.custom_matchers[:] = [one for one in completer.custom_matchers if not isinstance(one, Completion)]
