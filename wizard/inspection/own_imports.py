"""Which modules a Python file imports, read from its text: nothing is run."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator

_MOST_BYTES = 2_000_000
"""A longer file was not written by hand; reading it would take seconds."""
_FORGIVING = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


def imports_of(text: bytes, module: str = "", *, package: bool = False) -> tuple[str, ...]:
    """Absolute dotted names that a file's imports may load, in their order: `from a import b` gives "a" and "a.b".

    `module` is the file's own name, for its relative imports; `package` where it is an `__init__.py`. Imports inside functions
    count: they run at a request. Those a server never runs do not (under TYPE_CHECKING or `if __name__ == "__main__"`), nor those
    that the file does without (`try: import a` with `except ImportError: …`). Raises ValueError, with the reason, where the text
    is no Python of the version that runs here.
    """
    if len(text) > _MOST_BYTES:
        raise ValueError(f"it has {len(text):,} bytes")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on escapes in the person's texts
            tree = ast.parse(text)
    except SyntaxError as error:
        raise ValueError(f"line {error.lineno}: {error.msg}" if error.lineno else error.msg) from None
    except (RecursionError, MemoryError):
        raise ValueError("it is nested too deep") from None
    around = module.split(".") if package else module.split(".")[:-1]
    return tuple(dict.fromkeys(name for node in _served(tree) for name in _named(node, around)))


def _named(node: ast.Import | ast.ImportFrom, around: list[str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    start = [node.module] if node.module else []
    if node.level:
        if node.level > len(around):
            return  # it points above the outermost package: Python refuses it too
        start = [*around[: len(around) - node.level + 1], *start]
    source = ".".join(start)
    yield source
    yield from (f"{source}.{alias.name}" for alias in node.names if alias.name != "*")


def _served(tree: ast.Module) -> Iterator[ast.Import | ast.ImportFrom]:
    """The imports that a server may run."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
            continue
        waiting += reversed(list(_followed(node)))


def _followed(node: ast.AST) -> Iterable[ast.AST]:
    """The parts of a statement that a server may run, and whose failing to import would be a failure."""
    if isinstance(node, ast.If):
        holds = _under_a_server(node.test)
        return [*(node.body if holds is not False else ()), *(node.orelse if holds is not True else ())]
    if isinstance(node, ast.Try | ast.TryStar) and any(_forgives(handler) for handler in node.handlers):
        return [*node.handlers, *node.finalbody]
    if isinstance(node, ast.With) and any(_suppresses(item.context_expr) for item in node.items):
        return ()
    return ast.iter_child_nodes(node)


def _under_a_server(test: ast.expr) -> bool | None:
    """What a condition is where the file is imported by a server; None where that is not said."""
    match test:
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            return False
        case ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant(value="__main__")]):
            return False
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            holds = _under_a_server(inner)
            return None if holds is None else not holds
    return None


def _forgives(handler: ast.ExceptHandler) -> bool:
    """A handler that goes on without the module; one that raises something only says it in other words."""
    caught = handler.type is None or bool(_FORGIVING & set(_names(handler.type)))
    return caught and not any(isinstance(node, ast.Raise) for node in ast.walk(handler))


def _suppresses(context: ast.expr) -> bool:
    if not isinstance(context, ast.Call) or "suppress" not in _names(context.func):
        return False
    return any(_FORGIVING & set(_names(argument)) for argument in context.args)


def _names(expression: ast.expr) -> Iterator[str]:
    """The last parts of the names in an expression."""
    for node in ast.walk(expression):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
