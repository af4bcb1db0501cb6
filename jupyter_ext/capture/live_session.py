"""The notebook as the capture sees it: the names it holds, and the text of the cells that were run."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

_OTHER_LANGUAGE = frozenset(
    {"bash", "file", "html", "javascript", "js", "latex", "markdown", "perl", "pypy", "python", "python2", "python3"}
    | {"ruby", "script", "sh", "svg", "system", "sx", "writefile"}
)
"""Cell magics whose text is not run in this kernel."""


class Session(Protocol):
    """What a live notebook is asked for."""

    @property
    def namespace(self) -> Mapping[str, Any]:
        """The notebook's names with their values."""
        ...

    def sources(self) -> list[str]:
        """Python text of the cells that were run, newest last."""
        ...


@dataclass(frozen=True, slots=True)
class LiveSession:
    """A running IPython shell. `shell` is what `get_ipython()` gives."""

    shell: Any

    @property
    def namespace(self) -> Mapping[str, Any]:
        namespace: Mapping[str, Any] = self.shell.user_ns
        return namespace

    def sources(self) -> list[str]:
        """The cells as IPython understood them: magics are calls, and what stood under `%%time` follows as a text of its own."""
        return [text for cell in list(self.shell.history_manager.input_hist_parsed) for text in self._with_magics(cell)]

    def _with_magics(self, cell: str) -> Iterator[str]:
        yield cell
        if "get_ipython()" not in cell:
            return
        try:
            tree = ast.parse(cell)
        except (SyntaxError, ValueError):
            return
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and (text := _under_magic(node)):
                try:
                    inner = self.shell.transform_cell(text)
                except SyntaxError:
                    continue
                yield from self._with_magics(inner)


def _under_magic(call: ast.Call) -> str:
    """The Python text that a magic was given to run; empty where it is none."""
    texts = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
    match call.func, texts:
        case ast.Attribute(attr="run_cell_magic"), [str(magic), _, str(body)] if magic.lower() not in _OTHER_LANGUAGE:
            return body
        case ast.Attribute(attr="run_line_magic"), [str("time"), str(line)]:
            return line
    return ""
