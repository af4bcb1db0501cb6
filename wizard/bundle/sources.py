"""Where generated files come from: the data package `wizard.templates`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING

from wizard.errors import BundleError

if TYPE_CHECKING:
    from jinja2 import Environment


@dataclass(frozen=True, slots=True)
class FrameworkSource:
    """What is particular to the models of one framework."""

    framework: str
    """Distribution name, as `Inspection.framework` has it."""
    imports: tuple[str, ...]
    """Modules that must import after the image's dependencies were installed and trimmed."""
    system_packages: tuple[str, ...]
    """Debian packages it needs beyond a slim base."""
    folder: Traversable

    def code(self) -> dict[str, bytes]:
        """Its Python files by their path in the bundle."""
        return _python_files(self.folder)


@dataclass(frozen=True, slots=True)
class ServerSource:
    """What is particular to one web server."""

    requirements: tuple[str, ...]
    imports: tuple[str, ...]
    folder: Traversable

    def code(self) -> dict[str, bytes]:
        """Its Python files by their path in the bundle, and those all servers share."""
        return _python_files(_templates() / "server" / "shared") | _python_files(self.folder)


def server_source(server: str) -> ServerSource:
    """The web server of that name ("fastapi" or "flask")."""
    folder = _templates() / "server" / server
    data = json.loads((folder / "server.json").read_bytes())
    return ServerSource(tuple(data["requirements"]), tuple(data["imports"]), folder)


def framework_source(framework: str) -> FrameworkSource:
    """The sources for one framework's models. Raises BundleError where there are none."""
    known = {source.framework: source for source in _frameworks()}
    if framework not in known:
        raise BundleError(
            f"There is no server for {framework} models.",
            f"Templates exist for {', '.join(sorted(known))}.",
            "Serve a model of one of these, for example by exporting it from a supported framework.",
        )
    return known[framework]


def server_requirements(server: str) -> tuple[str, ...]:
    """Distributions the generated server imports, unpinned: the locking stage adds them to the model's own."""
    return server_source(server).requirements


def render(template: str, values: Mapping[str, object]) -> bytes:
    """A Jinja2 template (its name within the templates, without ".j2") filled in."""
    return _environment().get_template(f"{template}.j2").render(values).encode()


def _templates() -> Traversable:
    return files("wizard.templates")


def _frameworks() -> Iterator[FrameworkSource]:
    for folder in _templates().iterdir():
        description = folder / "framework.json"
        if folder.is_dir() and description.is_file():
            data = json.loads(description.read_bytes())
            yield FrameworkSource(data["framework"], tuple(data["imports"]), tuple(data["system_packages"]), folder)


def _python_files(folder: Traversable, under: str = "") -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for entry in folder.iterdir():
        if entry.is_dir():
            found |= _python_files(entry, f"{under}{entry.name}/")
        elif entry.name.endswith(".py"):
            found[under + entry.name] = entry.read_bytes()
    return found


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(lambda name: (_templates() / name).read_text(encoding="utf-8")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=lambda name: (name or "").endswith(".html.j2"),
    )
    environment.filters["bytes"] = _in_words
    environment.filters["cell"] = lambda text: str(text).replace("|", "\\|").replace("\n", " ")
    return environment


def _in_words(size: int) -> str:
    """A number of bytes as people write it."""
    return f"{size / 1024**2:.4g} MiB" if size >= 1024**2 else f"{size / 1024:.4g} KiB"
