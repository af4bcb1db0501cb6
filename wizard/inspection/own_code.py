"""What the person's own code beside a model asks for in turn: further modules of theirs, and packages from the index.

A model file names the modules it needs, not what these import. Their text says it; it is read, never run.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from wizard.inspection.beside import beside
from wizard.inspection.distributions import distribution_of, is_python
from wizard.inspection.inspection import Finding, LocalModule, Severity
from wizard.inspection.own_imports import imports_of

_MOST_FILES = 500
"""So many files of the person's own are read; a folder with more is a library."""


@dataclass(frozen=True, slots=True)
class OwnCode:
    """What the person's own modules import."""

    modules: tuple[LocalModule, ...]
    """Theirs too, beside the model or beside those that import them; `names` are empty, for the model file asks for none."""
    packages: dict[str, str]
    """Distribution → why it is needed, one sentence."""
    findings: tuple[Finding, ...]
    """What is imported and found nowhere, and files that are no Python."""


def own_code(
    local: Sequence[LocalModule], model: Path, elsewhere: Callable[[str], Path | None] = lambda _: None
) -> OwnCode:
    """Follow the imports of the person's modules, from those the model file names, through all that they import of theirs.

    `elsewhere`: the file or folder of a module of theirs that does not lie beside the model, by its outermost name; a live
    session knows where it imported it from.
    """
    walk = _Walk(model, elsewhere)
    for module in local:
        if module.path is not None:
            walk.roots[module.module] = Path(module.path).parent
    walk.follow(f"{module.module}.{name}" for module in local for name in module.names)
    return OwnCode(tuple(walk.modules.values()), walk.packages, tuple(walk.findings.values()))


class _Installed:
    """What is installed here, looked up only where nothing else tells."""

    @cached_property
    def _distributions(self) -> dict[str, set[str]]:
        from importlib.metadata import packages_distributions

        return {module: set(names) for module, names in packages_distributions().items()}

    def distribution_of(self, top: str) -> str | None:
        """The one distribution that brought the module from an index; None where there is none or several."""
        from importlib.metadata import PackageNotFoundError, distribution

        found = self._distributions.get(top, set())
        if len(found) != 1:
            return None
        name = next(iter(found))
        try:
            # Written where a distribution came from a folder or an address: no index has it.
            return None if distribution(name).read_text("direct_url.json") else name
        except (PackageNotFoundError, OSError):
            return None


@dataclass(slots=True)
class _Walk:
    model: Path
    elsewhere: Callable[[str], Path | None]
    roots: dict[str, Path] = field(default_factory=dict)
    """The person's outermost modules → the folder each lies in."""
    modules: dict[str, LocalModule] = field(default_factory=dict)
    packages: dict[str, str] = field(default_factory=dict)
    findings: dict[str, Finding] = field(default_factory=dict)
    installed: _Installed = field(default_factory=_Installed)
    read: set[Path] = field(default_factory=set)

    def follow(self, names: Iterable[str]) -> None:
        """Read the files of these modules of the person's own, and of those they import."""
        waiting = deque(names)
        while waiting:
            name = waiting.popleft()
            root = self.roots.get(_outermost(name))
            if root is None:
                continue
            for module, file in _files(root, name):
                if file not in self.read and len(self.read) < _MOST_FILES:
                    self.read.add(file)
                    imported = self._imports(module, file, root)
                    waiting += imported
                    self._find(imported, file, root)

    def _imports(self, module: str, file: Path, root: Path) -> tuple[str, ...]:
        try:
            return imports_of(file.read_bytes(), module, package=file.name == "__init__.py")
        except (OSError, ValueError) as error:
            name = file.relative_to(root).as_posix()
            reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
            what = f"Your {name} cannot be read as Python: {reason}."
            why = "The model needs it, so the service could not load the model."
            self.findings[name] = Finding(Severity.NOTE, name, what, why)
            return ()

    def _find(self, imported: Sequence[str], file: Path, root: Path) -> None:
        """Where each of the modules that a file imports comes from. As in Python, what lies beside the file wins."""
        name = file.relative_to(root).as_posix()
        for module in imported:
            top = _outermost(module)
            if top in self.roots or top in self.findings or is_python(top) or top.startswith("__"):
                continue
            path = self.elsewhere(top) or beside(top, root, parents=0)
            if path is None and (distribution := distribution_of(top) or self.installed.distribution_of(top)):
                self.packages.setdefault(distribution, f"{module} is imported by {name}.")
                continue
            path = path or beside(top, self.model.resolve().parent)
            if path is not None:
                self.roots[top] = path.parent
                self.modules[top] = LocalModule(top, (), str(path))
            else:
                what = (
                    f"Your {name} imports {top}, which belongs to no package Sendoff knows and is not beside the model."
                )
                why = "If the service needs it, copy it beside the model, or name its package in image.extra_requirements."
                self.findings[top] = Finding(Severity.NOTE, top, what, why)


def _outermost(module: str) -> str:
    return module.partition(".")[0]


def _files(root: Path, name: str) -> Iterator[tuple[str, Path]]:
    """The files that importing a dotted name reads, each with its module: those of the packages around it first."""
    folder, module = root, ""
    for part in name.split("."):
        module = f"{module}.{part}" if module else part
        inside = folder / part
        if (inside / "__init__.py").is_file():
            yield module, inside / "__init__.py"
        elif (file := folder / f"{part}.py").is_file():
            yield module, file
            return
        elif not inside.is_dir():
            return
        folder = inside
