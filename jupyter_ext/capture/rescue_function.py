"""The definition of a function that lives in a notebook; a lambda is given a name."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any

from jupyter_ext.capture.live_source import Found, Sources, functions_behind
from jupyter_ext.capture.rescue_error import RescueError, by_hand

_POSTPONED = 0x1000000
"""`co_flags` of code compiled under `from __future__ import annotations`."""


@dataclass(frozen=True, slots=True)
class Written:
    """A function's definition. `name` is the one that the text defines."""

    name: str
    text: str
    postponed: bool
    exact: bool
    """As in `live_source.Found`."""


def function_text(
    value: Any, name: str, sources: Sources, plain: Callable[[Any], str], current: Callable[[str], Any]
) -> Written:
    """The definition of `value`, which the module calls `name`; under its own name where it was defined with one.

    `plain` writes a value down, `current` is the notebook's value of a name. Raises RescueError.
    """
    behind = [(function, sources.of_code(function.__code__)) for function in functions_behind(value)]
    for function, found in behind:
        if found is None or isinstance(found.node, ast.Lambda) or "<locals>" in function.__code__.co_qualname:
            continue
        assert isinstance(found.node, ast.FunctionDef | ast.AsyncFunctionDef)
        if function is value and found.node.decorator_list and current(found.node.name) is not value:
            # The function as it was before it was decorated: the notebook's name is that of what the decorator made of it.
            return Written(name, _hoisted(function, found.node, name, plain), postponed(function.__code__), found.exact)
        if function is value and not found.node.decorator_list:
            return Written(
                found.node.name, _as_it_is(function, found, plain, current), postponed(function.__code__), found.exact
            )
        if function is value or found.node.decorator_list:
            return Written(found.node.name, found.segment, postponed(function.__code__), found.exact)
    shown = name if name.isidentifier() else "the function"
    if not behind or behind[0][1] is None:
        code = behind[0][0].__code__ if behind else None
        raise RescueError(
            f"The source of {shown} is not to be found.",
            f"It is {_kind(value)}; no cell that was run in this session holds "
            + ("the code it is made of." if code else "Python that makes it."),
            by_hand(shown),
            wanted=shown,
        )
    function, found = behind[0]
    assert found is not None
    if function.__closure__:
        raise _closed_over(function, found, shown)
    return Written(name, _hoisted(function, found.node, name, plain), postponed(function.__code__), found.exact)


def postponed(code: CodeType) -> bool:
    """Whether annotations in it are texts that are never evaluated."""
    return bool(code.co_flags & _POSTPONED)


def _as_it_is(function: FunctionType, found: Found, plain: Callable[[Any], str], current: Callable[[str], Any]) -> str:
    """As it was written, unless the name of a default has another value by now."""
    node = found.node
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    for expression, live in _defaults(function, node.args):
        if isinstance(expression, ast.Name) and current(expression.id) is not live:
            return _hoisted(function, node, node.name, plain)
    return found.segment


def _hoisted(function: FunctionType, node: Any, name: str, plain: Callable[[Any], str]) -> str:
    """A function at the top of the module, with its defaults' live values."""
    arguments = copy.deepcopy(node.args)
    values = [live for _, live in _defaults(function, node.args)]
    texts = [ast.parse(plain(live), mode="eval").body for live in values]
    positional = len(arguments.defaults)
    arguments.defaults = texts[:positional]
    named = iter(texts[positional:])
    arguments.kw_defaults = [None if default is None else next(named) for default in arguments.kw_defaults]
    if isinstance(node, ast.Lambda):
        returned = ast.Return(copy.deepcopy(node.body))
        definition: ast.FunctionDef | ast.AsyncFunctionDef = ast.FunctionDef(name, arguments, [returned], [])
    else:
        definition = copy.deepcopy(node)
        definition.name, definition.args, definition.decorator_list = name, arguments, []
    return _unparsed(definition)


def _unparsed(definition: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """Where a version of Python has further fields on a definition, they stay empty."""
    definition.lineno = 1
    if "type_params" in definition._fields and not hasattr(definition, "type_params"):
        setattr(definition, "type_params", [])  # noqa: B010  # no attribute of the oldest Python that is served
    return ast.unparse(ast.fix_missing_locations(definition))


def _defaults(function: FunctionType, arguments: ast.arguments) -> list[tuple[ast.expr, Any]]:
    """The expressions of the defaults, positional ones first, each with the value it had when the function was made."""
    positional = list(zip(arguments.defaults, function.__defaults__ or (), strict=False))
    given = function.__kwdefaults__ or {}
    named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return positional + [
        (default, given[one.arg]) for one, default in named if default is not None and one.arg in given
    ]


def _closed_over(function: FunctionType, found: Found, shown: str) -> RescueError:
    """What to write in place of a function that remembers variables of the function it was made in."""
    held = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    names = list(held)
    node = found.node
    assert not isinstance(node, ast.ClassDef)
    arguments = copy.deepcopy(node.args)
    arguments.kwonlyargs += [ast.arg(name) for name in names]
    arguments.kw_defaults += [None for _ in names]
    name = (
        shown
        if node is not None and isinstance(node, ast.Lambda)
        else node.name
        if not isinstance(node, ast.Lambda)
        else shown
    )
    body = [ast.Return(node.body)] if isinstance(node, ast.Lambda) else node.body
    rewrite = _unparsed(ast.FunctionDef(name, arguments, list(body), []))
    bound = ", ".join(f"{one}={_short(cell)}" for one, cell in held.items())
    listed = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    first = found.segment.strip().splitlines()[0]
    return RescueError(
        f"{'A lambda' if isinstance(node, ast.Lambda) else f'The function {name}'} in the model remembers {listed} "
        "from the function it was made in, and cannot be carried over.",
        "Such a value belongs to one moment of the notebook's life: no text of the notebook says what it is.",
        f"{by_hand(name, rewrite)}\n    functools.partial({name}, {bound})    # in place of what is there now",
        wanted=name,
        needs=names[0],
        evidence=[f"line {node.lineno} of its cell: {first}"],
    )


def _short(cell: Any) -> str:
    try:
        value = cell.cell_contents
    except ValueError:
        return "..."
    return (
        repr(value)
        if isinstance(value, int | float | bool | None) or (isinstance(value, str) and len(value) < 40)
        else "..."
    )


def _kind(value: Any) -> str:
    return f"a {type(value).__name__}" if not isinstance(value, type) else "a class"
