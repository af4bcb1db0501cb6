"""Which names from around it a piece of Python needs: those that neither it nor its functions bind themselves."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator
from dataclasses import dataclass

_ANNOTATIONS = "from __future__ import annotations"
_COMPREHENSIONS = frozenset({"listcomp", "setcomp", "dictcomp", "genexpr"})


@dataclass(frozen=True, slots=True)
class Needs:
    """Names in the order they are met. One name is in one of the three."""

    now: tuple[str, ...]
    """Needed while the definition is read: decorators, bases, defaults, the body of a class."""
    later: tuple[str, ...]
    """Needed when it is called."""
    hints: tuple[str, ...]
    """Only annotations that are never evaluated name them."""
    chains: frozenset[tuple[str, ...]]
    """Dotted names as they are written: ("np", "linalg", "norm")."""
    lines: dict[str, int]
    """Name → the first line of the text that has it, from 1."""
    imports: frozenset[str]
    """Modules that its own import statements name."""


def names_needed(text: str, *, postponed: bool) -> Needs:
    """What the text needs. `postponed`: it was compiled under `from __future__ import annotations`."""
    tree = ast.parse(text)
    table = symtable.symtable(f"{_ANNOTATIONS}\n{text}" if postponed else text, "<text>", "exec")
    bound = set(_defined(tree))
    met = dict.fromkeys(_looked_up(table, now=True))
    now = list(dict.fromkeys(name for name, at_once in met if at_once and name not in bound))
    later = [name for name, at_once in met if not at_once and name not in {*bound, *now}]
    hints = [name for name in dict.fromkeys(_in_annotations(tree)) if name not in {*bound, *now, *later}]
    lines: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            lines[node.id] = min(node.lineno, lines.get(node.id, node.lineno))
    return Needs(tuple(now), tuple(later), tuple(hints), frozenset(_chains(tree)), lines, frozenset(_imports(tree)))


def _defined(tree: ast.Module) -> Iterator[str]:
    """Names that the text itself binds at its top."""
    for statement in tree.body:
        if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield statement.name
        elif isinstance(statement, ast.Assign):
            yield from (target.id for target in statement.targets if isinstance(target, ast.Name))


def _looked_up(table: symtable.SymbolTable, now: bool) -> Iterator[tuple[str, bool]]:
    """The names that a scope and those within it look up in the module, and whether they do so as the module is read."""
    kind = str(table.get_type()).lower()
    if "annotation" in kind:
        return  # a scope of annotations that are not evaluated
    now = now and ("function" not in kind or table.get_name() in _COMPREHENSIONS)
    for symbol in table.get_symbols():
        if symbol.is_global() and (symbol.is_referenced() or symbol.is_declared_global()):
            yield symbol.get_name(), now
    for child in table.get_children():
        yield from _looked_up(child, now)


def _in_annotations(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        hint = node.annotation if isinstance(node, ast.arg | ast.AnnAssign) else getattr(node, "returns", None)
        if isinstance(hint, ast.expr):
            yield from (name.id for name in ast.walk(hint) if isinstance(name, ast.Name))


def _chains(tree: ast.Module) -> Iterator[tuple[str, ...]]:
    for node in ast.walk(tree):
        parts: list[str] = []
        inner: ast.AST = node
        while isinstance(inner, ast.Attribute):
            parts.append(inner.attr)
            inner = inner.value
        if parts and isinstance(inner, ast.Name):
            yield (inner.id, *reversed(parts))


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
