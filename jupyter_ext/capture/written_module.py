"""The module's text: what it holds, in an order in which it can be read, under a name that is free."""

from __future__ import annotations

import hashlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

MODULE_NAME = "notebook_code"
_FIRST = '"""What the model needs from the notebook it was fitted in. Written by Sendoff when the model was saved.\n'
_HEAD = (
    _FIRST
    + """
The model file names this module: it has to lie beside it. You may edit the module; it is then yours, and is not written again.
"""
)
_MARK = "# sha256 of the lines below: "


@dataclass(frozen=True, slots=True)
class Part:
    """A definition or a constant of the module."""

    name: str
    text: str
    now: frozenset[str] = frozenset()
    """Names it needs when the module is read."""
    later: frozenset[str] = frozenset()
    """Names it needs when it is called."""
    constant: bool = False


@dataclass(slots=True)
class Contents:
    """All that goes into the module."""

    imports: set[str] = field(default_factory=set)
    """Import statements."""
    parts: dict[str, Part] = field(default_factory=dict)
    postponed: bool = False
    """Some part was written under `from __future__ import annotations`."""


def written(contents: Contents) -> str:
    """The text of the module."""
    future = ["from __future__ import annotations"] if contents.postponed else []
    ordered = in_order(contents.parts)
    blocks = ["\n".join(future), "\n".join(_import_lines(contents.imports))]
    text = "\n\n".join(block for block in blocks if block)
    before: Part | None = None
    for part in ordered:
        gap = (
            "\n"
            if before and before.constant and part.constant
            else "\n\n"
            if part.constant and not before
            else "\n\n\n"
        )
        text += (gap if text else "") + part.text.strip("\n")
        before = part
    body = f"{text}\n"
    return f'{_HEAD}"""\n\n{_MARK}{_digest(body)}\n{body}'


def in_order(parts: Mapping[str, Part]) -> list[Part]:
    """The parts so that what one needs when the module is read stands before it.

    What it needs then may also be called then (a decorator, a function in the body of a class): all that such a thing needs comes
    before it too, unless that waits for the part itself.
    """
    placed: dict[str, Part] = {}
    open_: list[str] = []

    def place(name: str) -> None:
        if name in placed or name in open_:
            return
        open_.append(name)
        part = parts[name]
        at_once = sorted(part.now & parts.keys(), key=list(parts).index)
        for needed in at_once:
            place(needed)
        for needed in _reached(at_once, parts, calls=True):
            if not _reached([needed], parts, calls=False) & set(open_):
                place(needed)
        open_.remove(name)
        placed[name] = part

    for part in sorted(parts.values(), key=lambda part: not part.constant):
        place(part.name)
    return list(placed.values())


def stands_alone(source: str, module_name: str) -> BaseException | None:
    """Read the module into a fresh namespace, as an import would; what it raised, or None."""
    spec = importlib.machinery.ModuleSpec(module_name, _Loader(source))
    module = importlib.util.module_from_spec(spec)
    before = sys.modules.get(module_name)
    sys.modules[module_name] = module
    try:
        _Loader(source).exec_module(module)
    except Exception as error:
        return error
    finally:
        if before is None:
            del sys.modules[module_name]
        else:
            sys.modules[module_name] = before
    return None


def free_module_name(folder: Path, plain: str = MODULE_NAME) -> str:
    """The name of the module in this folder: `plain`, or with a number where a person's own file or folder has that name."""
    number, name = 1, plain
    while not _may_be_written(folder / f"{name}.py") or (folder / name).is_dir():
        number += 1
        name = f"{plain}_{number}"
    return name


def _may_be_written(path: Path) -> bool:
    """Whether nothing is there, or what Sendoff wrote and nobody has changed."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        return False
    head, mark, rest = text.partition(_MARK)
    digest, _, body = rest.partition("\n")
    return bool(mark) and head.startswith(_FIRST) and digest == _digest(body)


def _reached(names: Iterable[str], parts: Mapping[str, Part], *, calls: bool) -> set[str]:
    """The parts that these need, and what those need in turn; `calls`: also when they are called."""
    found: set[str] = set()
    waiting = [name for name in names if name in parts]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            needed = parts[name].now | parts[name].later if calls else parts[name].now
            waiting += [each for each in needed if each in parts]
    return found


def _import_lines(statements: Iterable[str]) -> list[str]:
    """The statements in order; what comes from one module in one line."""
    named: dict[str, list[str]] = {}
    for statement in sorted(statements, key=_import_order):
        head, _, names = statement.partition(" import ")
        named.setdefault(head, []).append(names)
    return [f"{head} import {', '.join(names)}" if names[0] else head for head, names in named.items()]


def _import_order(statement: str) -> tuple[bool, bool, str]:
    """The standard library first, `import …` before `from …`."""
    module = statement.split()[1]
    return module.partition(".")[0] not in sys.stdlib_module_names, statement.startswith("from"), statement


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()


class _Loader(importlib.abc.InspectLoader):
    """Imports a text."""

    def __init__(self, source: str) -> None:
        self._source = source

    def get_source(self, fullname: str) -> str:  # noqa: ARG002  # there is one
        return self._source
