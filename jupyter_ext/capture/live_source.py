"""The source of a class or function that lives in a notebook: that of the live object, not of a cell that bears its name.

Code is found by comparing compiled code: a cell's text, compiled again, yields code equal to the object's. So the class an
instance was made from is found even where a later cell has defined another of that name.
"""

from __future__ import annotations

import ast
import functools
import linecache
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any

from jupyter_ext.capture.live_session import Session

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
_FUTURES = 0x1FE0000
"""The bits of `co_flags` that `from __future__ import …` sets: barry_as_FLUFL, annotations and their elders."""
_PLAIN = (int, float, complex, str, bytes, type(None))
_INNER = ("__wrapped__", "func", "pyfunc", "py_func", "fget", "__func__")
"""Where wrappers keep the function they wrap: functools.wraps, cached_property and partial, numpy.vectorize, numba, property."""


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """One text of Python: a cell, or a file that was run."""

    source: str
    tree: ast.Module
    parents: dict[ast.AST, ast.AST]

    def outermost(self, node: ast.AST) -> ast.AST:
        """The statement at the top of a definition: the outermost class or function around `node`, or `node` itself."""
        found = node
        while (node := self.parents.get(node, self.tree)) is not self.tree:
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                found = node
        return found

    def segment(self, node: ast.stmt | ast.expr) -> str:
        """The text of a node with its decorators, from the left edge."""
        if node.col_offset and not isinstance(node, ast.expr):
            return ast.unparse(node)  # inside `if` or `try`: a multi-line string would not bear to be moved to the left
        if isinstance(node, ast.expr):
            return ast.get_source_segment(self.source, node) or ast.unparse(node)
        lines = self.source.splitlines(keepends=True)[first_line(node) - 1 : node.end_lineno]
        lines[-1] = lines[-1].encode()[: node.end_col_offset].decode()
        return "".join(lines)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Where the source of an object stands."""

    text: Text
    node: Definition
    exact: bool = True
    """The text compiles to the very code; False where the shell changes cells before it runs them."""

    @property
    def segment(self) -> str:
        return self.text.segment(self.node)


class Sources:
    """The texts of a session, each read once, and only where it has the word that is looked for."""

    def __init__(self, session: Session) -> None:
        self._newest_first = list(dict.fromkeys(reversed(session.sources())))
        self._texts: dict[str, Text | None] = {}
        self._codes: dict[tuple[Text, int], tuple[CodeType, ...]] = {}

    def of_code(self, code: CodeType) -> Found | None:
        """The function or lambda that `code` was compiled from; None where no text is known to yield it."""
        found = next(self._all_of(code), None)
        if found is None and (live := _lines_of(code)):
            cached = linecache.cache.get(code.co_filename)
            text = self._text(live)
            if text is not None and cached is not None and len(cached) > 1 and cached[1] is None:
                # A cell's own text, which nothing changes: its code differs by what the shell does to a cell before running it.
                node = _node_of(text.tree, code)
                return Found(text, node, exact=False) if node else None
        return found

    def of_class(self, wanted: type) -> Found | None:
        """The definition of a class: the one with the code of all its methods; where it has none, the newest that fits it."""
        around: list[dict[ast.ClassDef, Found]] = []
        for function in own_functions(wanted):
            exact = list(self._all_of(function.__code__))
            inexact = self.of_code(function.__code__) if not exact else None
            nodes = [(_class_around(each, wanted), each) for each in (*exact, *([inexact] if inexact else []))]
            around.append({node: Found(each.text, node, each.exact) for node, each in nodes if node is not None})
        if around:
            return next((found for node, found in around[0].items() if all(node in other for other in around)), None)
        for text in self._with(wanted.__name__):
            for node in ast.walk(text.tree):
                if isinstance(node, ast.ClassDef) and _path(text, node) == wanted.__qualname__ and _fits(node, wanted):
                    return Found(text, node)
        return None

    def of_assignment(self, name: str) -> tuple[Text, ast.Assign] | None:
        """The newest statement at the top of a cell that gives `name`, alone, a value."""
        for text in self._with(name):
            for node in reversed(text.tree.body):
                match node:
                    case ast.Assign(targets=[ast.Name(id=bound)]) if bound == name:
                        return text, node
        return None

    def imports_of(self, name: str) -> Iterator[tuple[str, str]]:
        """Module and attribute of each `from module import attribute` that binds `name`, newest first."""
        for text in self._with(name):
            for node in ast.walk(text.tree):
                if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    yield from ((node.module, one.name) for one in node.names if (one.asname or one.name) == name)

    def _all_of(self, code: CodeType) -> Iterator[Found]:
        """Wherever a text yields this very code; first in the text that it came from."""
        live = self._text(_lines_of(code))
        others = self._with("lambda" if code.co_name == "<lambda>" else code.co_name)
        for text in dict.fromkeys([live, *others] if live else others):
            for twin in self._codes_in(text, code.co_flags & _FUTURES):
                if twin == code and twin.co_qualname == code.co_qualname and (node := _node_of(text.tree, twin)):
                    yield Found(text, node)

    def _with(self, word: str) -> Iterator[Text]:
        for source in self._newest_first:
            if word in source and (text := self._text(source)):
                yield text

    def _text(self, source: str) -> Text | None:
        if source not in self._texts:
            self._texts[source] = _parsed(source)
        return self._texts[source]

    def _codes_in(self, text: Text, futures: int) -> tuple[CodeType, ...]:
        if (text, futures) not in self._codes:
            self._codes[text, futures] = _compiled(text, futures)
        return self._codes[text, futures]


def first_line(node: ast.stmt | ast.expr) -> int:
    """The line a definition begins on, decorators included."""
    decorated = isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.decorator_list
    return decorated[0].lineno if decorated else node.lineno


def names_bound(definition: ast.ClassDef) -> set[str]:
    """The names that assignments in the body of a class bind."""
    return {node.id for node in ast.walk(definition) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def own_functions(owner: type) -> Iterator[FunctionType]:
    """The functions written in the body of a class, without their decorators."""
    for value in vars(owner).values():
        for function in functions_behind(value):
            if function.__code__.co_qualname.rpartition(".")[0] == owner.__qualname__:
                yield function


def functions_behind(value: Any) -> Iterator[FunctionType]:
    """A function, and those that it wraps."""
    waiting, seen = [value], set[int]()
    while waiting:
        value = waiting.pop(0)
        if id(value) in seen or isinstance(value, type):
            continue
        seen.add(id(value))
        if isinstance(value, FunctionType):
            yield value
            for cell in value.__closure__ or ():
                try:
                    inner = cell.cell_contents
                except ValueError:  # a cell that is empty as yet
                    continue
                if isinstance(inner, FunctionType):
                    waiting.append(inner)
        attributes = getattr(value, "__dict__", {})
        waiting += [attributes[name] for name in _INNER if name in attributes]
        if isinstance(value, property | staticmethod | classmethod | functools.partial | functools.cached_property):
            waiting += [inner for name in _INNER if (inner := getattr(value, name, None)) is not None]


def _lines_of(code: CodeType) -> str:
    """The text that the shell keeps for the code's file, for tracebacks; empty where there is none."""
    return "".join(linecache.getlines(code.co_filename))


def _parsed(source: str) -> Text | None:
    with warnings.catch_warnings(action="ignore"):
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError):
            return None
    return Text(source, tree, {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)})


def _compiled(text: Text, futures: int) -> tuple[CodeType, ...]:
    """All code compiled from a text: one statement after the other, as the shell does, which is not the code of all at once
    (a call of what the same text imports is compiled otherwise)."""
    flags = futures | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    with warnings.catch_warnings(action="ignore"):  # a doubtful escape was told of when the cell was run
        try:
            waiting = [
                compile(ast.Module([statement], []), "<cell>", "exec", flags=flags, dont_inherit=True)
                for statement in text.tree.body
            ]
        except (SyntaxError, ValueError):
            return ()
    found: list[CodeType] = []
    while waiting:
        found.append(waiting.pop())
        waiting += [constant for constant in found[-1].co_consts if isinstance(constant, CodeType)]
    return tuple(found)


def _node_of(tree: ast.Module, code: CodeType) -> ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | None:
    """The node that `code` was compiled from. Of several lambdas in one line, the one that spans the code's columns."""
    if code.co_name != "<lambda>":
        functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
        named = (node for node in functions if node.name == code.co_name)
        return next((node for node in named if first_line(node) == code.co_firstlineno), None)
    spans = [(line, column) for line, _, column, end in code.co_positions() if line and column is not None and end]
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Lambda)
        and node.lineno == code.co_firstlineno
        and all((node.lineno, node.col_offset) <= span <= (node.end_lineno, node.end_col_offset) for span in spans)
    ]
    return max(around, key=lambda node: (node.lineno, node.col_offset), default=None)


def _class_around(found: Found, wanted: type) -> ast.ClassDef | None:
    node: ast.AST = found.node
    while (node := found.text.parents.get(node, found.text.tree)) is not found.text.tree:
        if isinstance(node, ast.ClassDef) and _path(found.text, node) == wanted.__qualname__:
            return node
    return None


def _path(text: Text, node: ast.AST) -> str:
    """The node's qualified name, as Python builds it."""
    parts: list[str] = []
    inner = node
    while node is not text.tree:
        if isinstance(node, ast.ClassDef):
            parts.append(node.name)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            parts += [node.name] if node is inner else ["<locals>", node.name]
        node = text.parents.get(node, text.tree)
    return ".".join(reversed(parts))


def _fits(node: ast.ClassDef, wanted: type) -> bool:
    """Whether a class may come from this definition: it has all that the body gives it."""
    names = {*vars(wanted), *vars(wanted).get("__annotations__", {})}
    for statement in node.body:
        match statement:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                if name not in names:
                    return False
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=value)
            ):
                if name.startswith("_"):
                    continue
                if name not in names and not hasattr(wanted, name):
                    return False
                if isinstance(value, ast.Constant):
                    live = getattr(wanted, name, value.value)
                    plain = getattr(live, "value", live)  # of a member of an enumeration
                    if isinstance(plain, _PLAIN) and plain != value.value:
                        return False
    return True
