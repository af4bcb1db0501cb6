"""Remedies for packages: versions that fit, the names packages really have, another Python, modules that are missing.

A lock's error has tried out what fits, and carries it.
"""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.errors import LockError, SendoffError
from wizard.steps.remedies.remedy import Remedy

if TYPE_CHECKING:
    from wizard.plan.plan import Plan

_FIELDS = ("image.requirements", "image.extra_requirements")


def lock_remedies(error: LockError, plan: Plan) -> Iterator[Remedy]:
    """What the error says would fit, as values of the plan."""
    if error.settings:
        yield Remedy(_settings_said(error.settings), error.settings, stage="lock")
    if error.instead:
        yield from _replaced(plan, error.instead, error.kind)


def _settings_said(settings: Mapping[str, Any]) -> str:
    if "model.as_of" in settings:
        return f"Take the model's packages of {settings['model.as_of']}"
    if "image.python" in settings:
        return f"Use Python {settings['image.python']}, which has a build"
    return "Set " + " and ".join(f"{path} to {value}" for path, value in settings.items())


def _replaced(plan: Plan, instead: Mapping[str, str | None], kind: str) -> Iterator[Remedy]:
    """The lists that hold the requirements, with others for them, or without. The version that saved the model never moves."""
    settings: dict[str, Any] = {}
    found: list[str] = []
    for field in _FIELDS:
        lines = _values(plan, field)
        changed = {line: instead[_bare(line)] for line in lines if _bare(line) in instead}
        if any(
            new is not None
            and _canonical(_name_of(old)) == _canonical(plan.model.framework)
            and _moves_version(_bare(old), new)
            for old, new in changed.items()
        ):
            return
        if changed:
            settings[field] = [new for line in lines if (new := changed.get(line, line)) is not None]
            found += [_said(_bare(old), new, kind) for old, new in changed.items()]
    if settings:
        yield Remedy(", ".join(found), settings, stage="lock")


def _said(old: str, new: str | None, kind: str) -> str:
    if new is None:
        return f"Leave out {old}"
    return f"Let go of the version: {new} for {old}" if kind == "conflict" else f"Ask for {new} instead of {old}"


def _bare(line: str) -> str:
    """A requirement without the remark behind it, as a lock's error names it."""
    return re.sub(r"(?:^|\s)#.*$", "", line).strip()


def _moves_version(old: str, new: str) -> bool:
    return re.search(r"==\s*([^\s+,]+)", old) is not None and old.partition("+")[0] != new


def _values(plan: Plan, field: str) -> tuple[str, ...]:
    values: Any = getattr(plan.image, field.partition(".")[2])
    return tuple(values)


def _name_of(line: str) -> str:
    return re.split(r"[\s=<>!~\[@;]", line.strip(), maxsplit=1)[0]


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


# --- a module that is not there -------------------------------------------------------------------------------

_MODULES = (
    re.compile(r"The Python module (?P<module>[\w.]+) is not installed in the service"),
    re.compile(r"needs .* from the module (?P<module>[\w.]+), which is on no package index"),
)


def missing_module_remedies(error: SendoffError, plan: Plan, plan_path: Path | None) -> Iterator[Remedy]:
    """The package that brings the module, or the file beside the plan that is it.

    Only what is known counts: a package of the same name on the index may be anybody's.
    """
    text = f"{error.what} {error.why}"
    for pattern in _MODULES:
        if found := pattern.search(text):
            top = found["module"].partition(".")[0]
            yield from _shipped(top, plan, plan_path)
            yield from _installed(top, plan)
            return


def _shipped(module: str, plan: Plan, plan_path: Path | None) -> Iterator[Remedy]:
    if plan_path is None:
        return
    for name in (f"{module}.py", module):
        path = plan_path.parent / name
        if name not in plan.image.modules and (
            path.is_file() if name.endswith(".py") else (path / "__init__.py").is_file()
        ):
            yield Remedy(
                f"Ship your {name} with the model", {"image.modules": [*plan.image.modules, name]}, stage="bundle"
            )


def _installed(module: str, plan: Plan) -> Iterator[Remedy]:
    package = _package_of(module)
    asked = {_canonical(_name_of(line)) for field in _FIELDS for line in _values(plan, field)}
    if package and _canonical(package) not in asked:
        extra = [*plan.image.extra_requirements, package]
        yield Remedy(f"Add the package {package}", {"image.extra_requirements": extra}, stage="lock")


def _package_of(module: str) -> str:
    """The distribution that has a module: by this house's list, else as installed here; empty where neither knows."""
    from wizard.locking.names import IMPORT_NAMES, KNOWN

    if (package := IMPORT_NAMES.get(module.lower())) is not None:
        return package
    if _canonical(module) in KNOWN:
        return _canonical(module)
    here = importlib.metadata.packages_distributions().get(module, [])
    return here[0] if len(set(here)) == 1 else ""
