"""What goes into the module: each class or function the model needs, and all that it needs in turn."""

from __future__ import annotations

import ast
import builtins
import sys
from types import FunctionType, GenericAlias, ModuleType, UnionType
from typing import Any

from jupyter_ext.capture.live_session import Session
from jupyter_ext.capture.live_source import Found, Sources, Text, functions_behind, names_bound, own_functions
from jupyter_ext.capture.names_needed import names_needed
from jupyter_ext.capture.rescue_constants import NotPlainError, expression
from jupyter_ext.capture.rescue_error import (
    Asker,
    RescueError,
    by_hand,
    class_without_source,
    is_secret,
    not_plain,
    patched,
    secret,
    two_of_one_name,
)
from jupyter_ext.capture.rescue_function import function_text, postponed
from jupyter_ext.capture.rescue_imports import home_of, is_there
from jupyter_ext.capture.written_module import Contents, Part

_SHELL_ONLY = frozenset({"get_ipython", "display", "In", "Out", "exit", "quit"})
"""Names that only a notebook has."""


class Collector:
    """Gathers what goes into the module: each name is bound once."""

    def __init__(self, session: Session) -> None:
        self._namespace = session.namespace
        self._sources = Sources(session)
        self._bound: dict[str, Any] = {}
        self._lambdas = 0
        self.contents = Contents()
        self.objects: dict[str, object] = {}
        self.imported: dict[str, None] = {}
        self.notices: list[str] = []

    def take(self, value: Any) -> str:
        """Have a class or function of the notebook in the module; the name it goes by there."""
        for known, bound in self.objects.items():
            if bound is value:
                return known
        qualname: str = value.__qualname__
        outermost, _, inner = qualname.partition(".")
        if inner and "<locals>" not in qualname and (outer := self._namespace.get(outermost)) is not None:
            self._bind(outermost, outer, None)
            return qualname
        if isinstance(value, type) or "<" not in qualname:
            chosen = qualname
        else:
            chosen = next(
                (each for each, live in self._namespace.items() if live is value and not each.startswith("_")), ""
            )
            chosen = chosen or self._fresh_name(qualname.rpartition(".")[2])
        self._bind(chosen, value, None)
        return next((known for known, bound in self.objects.items() if bound is value), chosen)

    def module(self, name: str) -> str:
        """The name an imported module goes by in the module."""
        module = sys.modules[name]
        for alias, value in self._bound.items():
            if value is module:
                return alias
        alias = next(
            (alias for alias, value in self._namespace.items() if value is module and not alias.startswith("_")), ""
        )
        if not alias:
            alias = name.partition(".")[0] if "." not in name else name.replace(".", "_")
            while alias in self._namespace or alias in self._bound:
                alias = f"_{alias}"
        self._bind(alias, module, None)
        return alias

    def definition(self, value: Any) -> str:
        """The name a class or function goes by, inside a constant."""
        if _of_notebook(value):
            return self.take(value)
        home = home_of(value)
        if home is None:
            raise NotPlainError(value)
        module, qualname = home
        return qualname if module == "builtins" else f"{self.module(module)}.{qualname}"

    def _bind(self, name: str, value: Any, asker: Asker | None) -> None:
        if name in self._bound:
            if self._bound[name] is not value:
                raise two_of_one_name(name, value)
            return
        self._bound[name] = value
        try:
            self._write(name, value)
        except NotPlainError as error:
            raise not_plain(name, value, error, asker) from None

    def _write(self, name: str, value: Any) -> None:
        if isinstance(value, ModuleType) and value.__name__ != "__main__":
            self._import(value.__name__)
            whole = value.__name__ == name
            self.contents.imports.add(f"import {name}" if whole else f"import {value.__name__} as {name}")
        elif imported := self._as_imported(name, value):
            self._import_from(*imported, name)
        elif isinstance(value, type) and _of_notebook(value):
            self._class(name, value)
        elif _of_notebook(value) or self._is_decorated(name, value):
            self._function(name, value)
        elif _is_typing(value) and (assigned := self._sources.of_assignment(name)):
            self._statement(name, *assigned)
        elif (isinstance(value, type) or callable(value)) and (home := home_of(value)) and "." not in home[1]:
            self._import_from(*home, name)
        else:
            named = _Named(self)
            text = f"{name} = {expression(value, named)}"
            if is_secret(name, value):
                raise secret(name)
            self._part(Part(name, text, now=frozenset(named.names), constant=not named.names & self.objects.keys()))

    def _is_decorated(self, name: str, value: Any) -> bool:
        """Whether it is what a decorator made of the notebook's function of that name: numpy.vectorize, numba.njit."""
        own = (
            one for one in functions_behind(value) if one.__globals__ is self._namespace and one.__qualname__ == name
        )
        return any(
            (found := self._sources.of_code(one.__code__)) and getattr(found.node, "decorator_list", []) for one in own
        )

    def _as_imported(self, name: str, value: Any) -> tuple[str, str] | None:
        """Module and attribute, where the notebook has the name from an import of its own."""
        return next((home for home in self._sources.imports_of(name) if is_there(*home, value)), None)

    def _class(self, name: str, value: type) -> None:
        if "<locals>" in value.__qualname__:
            raise RescueError(
                f"The class {value.__name__} was defined inside a function, and cannot be carried over.",
                "What such a class means depends on the call of the function that made it.",
                by_hand(value.__name__),
                wanted=value.__name__,
            )
        if "." in value.__qualname__:
            self._alias(name, self.take(value))
            return
        own = value.__name__
        if own != name:
            self._bind(own, value, None)
            self._alias(name, own)
            return
        found = self._sources.of_class(value)
        if found is not None:
            self._refuse_patched(value, found)
            self.objects[own] = value
            hidden = any(postponed(function.__code__) for function in own_functions(value)) or _postponed_hints(value)
            self._define(own, value, found.segment, hidden, exact=found.exact)
            return
        newest = self._namespace.get(own) is value
        assigned = self._sources.of_assignment(own) if newest else None
        if assigned is None:
            raise class_without_source(value, redefined=not newest and own in self._namespace)
        self.objects[own] = value
        self._statement(own, *assigned)

    def _function(self, name: str, value: Any) -> None:
        written = function_text(value, name, self._sources, lambda part: expression(part, self), self._namespace.get)
        if written.name != name:
            self._bind(written.name, value, None)
            self._alias(name, written.name)
            return
        self.objects[name] = value
        self._define(name, value, written.text, written.postponed, exact=written.exact)

    def _statement(self, name: str, text: Text, node: Any) -> None:
        """A name whose value only its own assignment can make again: TypeVar, an alias of types, a namedtuple."""
        self._define(name, None, text.segment(node), False)

    def _alias(self, name: str, original: str) -> None:
        self._part(Part(name, f"{name} = {original}", now=frozenset({original.partition(".")[0]})))

    def _part(self, part: Part) -> None:
        self.contents.parts[part.name] = part

    def _define(self, name: str, value: Any, text: str, hidden: bool, *, exact: bool = True) -> None:
        """Put a definition into the module, and all that it needs."""
        if not exact:
            self.notices.append(
                f"{name} is carried over as it was typed: an extension of this notebook changes cells before they run."
            )
        self.contents.postponed |= hidden
        needs = names_needed(text, postponed=hidden)
        self._part(Part(name, text, frozenset(needs.now), frozenset(needs.later)))
        lines = text.splitlines()
        for needed in (*needs.now, *needs.later, *needs.hints):
            if needed == name or needed == "__name__":
                continue
            line = lines[needs.lines[needed] - 1].strip() if needed in needs.lines else needed
            asker = Asker(name, "…" if is_secret("", line) else line, isinstance(value, type))
            if needed in needs.hints:
                self._hint(needed, asker)
            else:
                self._need(needed, value, asker)
        for chain in needs.chains:
            self._submodules(chain)
        for module in needs.imports:
            self._import(module)

    def _need(self, name: str, owner: Any, asker: Asker) -> None:
        bases = {base.__name__: base for base in getattr(owner, "__bases__", ()) if _of_notebook(base)}
        if name in bases:
            self._bind(name, bases[name], asker)
        elif name in _SHELL_ONLY and (name != "display" or _of_shell(self._namespace.get(name))):
            raise RescueError(
                f"{asker.owner} uses {name}, which only a notebook has.",
                "It is needed where the model answers, and the service is no notebook.",
                f"Take the line out of {asker.owner}, run the cell again, fit the model again, and save it.",
                wanted=asker.owner,
                needs=name,
                evidence=[asker.line],
            )
        elif name in self._namespace:
            self._bind(name, self._namespace[name], asker)
        elif not hasattr(builtins, name):
            self.notices.append(
                f"{asker.owner} uses {name}, which the notebook does not have now: the line `{asker.line}` fails if it is reached."
            )

    def _hint(self, name: str, asker: Asker) -> None:
        """A name in annotations that are never evaluated: taken along where it is a module or something that can be imported."""
        value = self._namespace.get(name)
        if isinstance(value, ModuleType) or (isinstance(value, type) and not _of_notebook(value) and home_of(value)):
            self._bind(name, value, asker)

    def _submodules(self, chain: tuple[str, ...]) -> None:
        """`sp.special.expit` needs scipy.special to be imported, which `import scipy as sp` does not always do."""
        module = self._bound.get(chain[0])
        if not isinstance(module, ModuleType):
            return
        name = module.__name__
        for part in chain[1:]:
            name = f"{name}.{part}"
            if not isinstance(sys.modules.get(name), ModuleType):
                return
            self._import(name)
            if (
                self._bound.setdefault(outermost := name.partition(".")[0], sys.modules[outermost])
                is sys.modules[outermost]
            ):
                self.contents.imports.add(f"import {name}")

    def _import(self, module: str) -> None:
        self.imported[module] = None

    def _import_from(self, module: str, attribute: str, name: str) -> None:
        self._import(module)
        if module != "builtins" or attribute != name:
            self.contents.imports.add(
                f"from {module} import {attribute}" + (f" as {name}" if name != attribute else "")
            )

    def _fresh_name(self, kind: str) -> str:
        stem = "lambda" if kind == "<lambda>" else kind
        if stem.isidentifier() and stem != "lambda" and stem not in self._namespace and stem not in self._bound:
            return stem
        while True:
            self._lambdas += 1
            name = f"{stem}_{self._lambdas}"
            if name not in self._namespace and name not in self._bound:
                return name

    def _refuse_patched(self, value: type, found: Found) -> None:
        """A method that was put into the class from outside is not in the source of the class."""
        assert isinstance(found.node, ast.ClassDef)
        for name, member in vars(value).items():
            if not isinstance(member, FunctionType) or member.__module__ != "__main__":
                continue
            written = [statement for statement in found.node.body if getattr(statement, "name", None) == name]
            own = [one for one in functions_behind(member) if one.__globals__ is self._namespace]
            behind = [other for one in own if (other := self._sources.of_code(one.__code__))]
            if not behind or (not written and name in names_bound(found.node)):
                continue  # made by a decorator of the class, or given its name by an assignment
            if not any(other.node.lineno == statement.lineno for other in behind for statement in written):
                raise patched(value, name)


class _Named:
    """The names that the text of one constant uses."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector
        self.names: set[str] = set()

    def module(self, name: str) -> str:
        return self._noted(self._collector.module(name))

    def definition(self, value: Any) -> str:
        return self._noted(self._collector.definition(value))

    def _noted(self, text: str) -> str:
        self.names.add(text.partition(".")[0])
        return text


def _of_notebook(value: Any) -> bool:
    """A class or function that the notebook defines; an instance of such a class is none."""
    if isinstance(value, type):
        return value.__module__ == "__main__"
    return callable(value) and hasattr(value, "__qualname__") and getattr(value, "__module__", None) == "__main__"


def _is_typing(value: Any) -> bool:
    """TypeVar, Optional[int], list[int], int | None, NewType: no class or function, and no plain value either."""
    kind = type(value)
    return kind.__module__ == "typing" or kind in (GenericAlias, UnionType)


def _of_shell(value: Any) -> bool:
    return value is None or str(getattr(value, "__module__", "")).startswith("IPython")


def _postponed_hints(value: type) -> bool:
    hints = vars(value).get("__annotations__", {})
    return bool(hints) and all(isinstance(hint, str) for hint in hints.values())
