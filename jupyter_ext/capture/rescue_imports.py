"""Where a module has a thing from, and which modules are the person's own files."""

from __future__ import annotations

import importlib.util
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

_INSTALLED = frozenset({"site-packages", "dist-packages"})
_NAMELESS = ("numpy", "scipy.special", "math", "operator")
"""Where functions live that do not say so themselves: numpy's and scipy's ufuncs."""


def home_of(value: Any) -> tuple[str, str] | None:
    """Module and qualified name by which `value` can be imported; None where there is no such way. The most public one."""
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    if not isinstance(name, str) or "<" in name:
        return None
    stated = getattr(value, "__module__", None)
    modules = list(_NAMELESS) if not isinstance(stated, str) else _outwards(stated)
    return next(((module, name) for module in modules if is_there(module, name, value)), None)


def is_there(module: str, name: str, value: Any) -> bool:
    """Whether the loaded module has this very object by that dotted name."""
    found: Any = sys.modules.get(module)
    if found is None or module == "__main__":
        return False
    for part in name.split("."):
        try:
            found = getattr(found, part)
        except Exception:  # a module's own __getattr__ may raise anything
            return False
    return found is value


def _outwards(module: str) -> list[str]:
    """The packages around a module from the nearest, public first: sklearn.preprocessing before sklearn.preprocessing._data."""
    parts = module.split(".")
    around = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
    return sorted(around, key=lambda name: any(part.startswith("_") for part in name.split(".")))


def own_file(module: str) -> Path | None:
    """The file or folder of the person's own that has to be shipped for a module: that of its outermost package.

    None where the module is built in, of the standard library, or installed.
    """
    outermost = module.partition(".")[0]
    if outermost in sys.stdlib_module_names or outermost in sys.builtin_module_names or outermost == "__main__":
        return None
    path = _path_of(outermost)
    if path is None or _INSTALLED & set(path.parts):
        return None
    library = (sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    return None if any(path.is_relative_to(folder) for folder in library if folder) else path


def installed_packages(modules: Iterable[str]) -> tuple[str, ...]:
    """Outermost names of the modules that come from a package index."""
    names = {module.partition(".")[0] for module in modules}
    return tuple(
        sorted(name for name in names if name not in sys.stdlib_module_names and own_file(name) is None and name)
    )


def _path_of(outermost: str) -> Path | None:
    module = sys.modules.get(outermost)
    if isinstance(module, ModuleType) and module.__spec__ is None and getattr(module, "__file__", None):
        return Path(str(module.__file__)).resolve()
    try:
        spec = module.__spec__ if isinstance(module, ModuleType) else importlib.util.find_spec(outermost)
    except (ImportError, ValueError, AttributeError):
        return None
    if spec is None:
        return None
    if spec.submodule_search_locations:
        return Path(next(iter(spec.submodule_search_locations))).resolve()
    return Path(spec.origin).resolve() if spec.has_location and spec.origin else None
