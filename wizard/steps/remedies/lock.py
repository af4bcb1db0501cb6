"""Remedies for packages: versions that fit, the names packages really have, another Python, modules that are missing.

A lock's error has tried out what fits and says it in its fix; what to write is read from there.
"""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.errors import LockError, SendoffError
from wizard.steps.remedies.remedy import Remedy

if TYPE_CHECKING:
    from wizard.plan.plan import Plan

_FIELDS = ("image.requirements", "image.extra_requirements")

_PIN = r"[A-Za-z0-9][A-Za-z0-9._-]*==[\w.!+-]*\w"
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_REQUIREMENT = r"\S+?(?=[?;]|\.(?:\s|$)|\s|$)"
_LET_GO = re.compile(rf"write (?P<new>{_NAME}) for (?P<old>\S+)\.(?: {_NAME} (?P<version>[\w.]*\w) fits the rest\.)?")
_DAY = re.compile(r"Set model\.as_of to (?P<day>\d{4}-\d{2}-\d{2}) or later")
_PYTHON = re.compile(r"Set image\.python to (?P<python>3\.\d+) and image\.base to (?P<base>python:[\w.-]*\w)")
_INSTEAD = re.compile(rf"Or keep Python \S+ and take (?P<name>{_NAME}) (?P<version>[\w.]*\w)(?P<risk>, but)?")
_ASK = re.compile(rf"(?:^|; or a|\. A|A|a)sk for (?P<new>{_PIN}|{_NAME})(?=[ ,.]|$)")
_RELEASED = re.compile(rf"[Tt]ake the released package: (?P<new>{_PIN})")
_MEANT = re.compile(rf"Did you mean (?P<new>{_REQUIREMENT})\?")
_REMOVE = re.compile(r"^Remove (?:it from|the line)")


def lock_remedies(error: LockError, plan: Plan) -> Iterator[Remedy]:
    """What the error says would fit, as values of the plan."""
    fix = error.fix
    if found := _LET_GO.search(fix):
        yield from _replaced(
            plan, found["old"], found["new"], f"Let go of the version: {found['new']} for {found['old']}"
        )
        return
    if found := _DAY.search(fix):
        yield Remedy(f"Take the model's packages of {found['day']}", {"model.as_of": found["day"]}, stage="lock")
    if found := _PYTHON.search(fix):
        label = f"Use Python {found['python']}, which has a build"
        yield Remedy(label, {"image.python": found["python"], "image.base": found["base"]}, stage="lock")
    if (found := _INSTEAD.search(fix)) and not found["risk"]:
        yield from _named(plan, found["name"], f"{found['name']}=={found['version']}")
    for pattern in (_RELEASED, _ASK, _MEANT):
        if found := pattern.search(fix):
            yield from _asked_otherwise(error, plan, found["new"])
            break
    if _REMOVE.match(fix) and (line := _line(error, plan)):
        yield from _replaced(plan, line, None, f"Leave out {line}")


def _asked_otherwise(error: LockError, plan: Plan, new: str) -> Iterator[Remedy]:
    """The line that was refused, with what it should have been; else the one that names the same package."""
    if line := _line(error, plan):
        yield from _replaced(plan, line, new, f"Ask for {new} instead of {line}")
        return
    yield from _named(plan, re.split(r"[=<>!~\[ ]", new, maxsplit=1)[0], new)


def _line(error: LockError, plan: Plan) -> str:
    """The requirement the error is about, as it stands in the plan; empty where it names none."""
    lines = [line for field in _FIELDS for line in _values(plan, field)]
    said = f"{error.what} {error.why}"
    whole = [line for line in lines if line in error.evidence or f": {line} " in f"{said} " or repr(line) in said]
    if whole:
        return max(whole, key=len)
    about = re.match(rf"(?:There is no |The package index has no )?(?P<name>{_NAME})", error.what)
    name = _canonical(about["name"]) if about else ""
    return next((line for line in lines if _canonical(_name_of(line)) == name), "")


def _named(plan: Plan, name: str, new: str) -> Iterator[Remedy]:
    for field in _FIELDS:
        for line in _values(plan, field):
            if _canonical(_name_of(line)) == _canonical(name):
                yield from _replaced(plan, line, new, f"Ask for {new} instead of {line}")
                return


def _replaced(plan: Plan, old: str, new: str | None, label: str) -> Iterator[Remedy]:
    """The list that holds the line, with another one for it, or without it. The version that saved the model never moves."""
    if new is not None and _canonical(_name_of(old)) == _canonical(plan.model.framework) and _moves_version(old, new):
        return
    for field in _FIELDS:
        lines = _values(plan, field)
        if old in lines:
            changed = [new if line == old else line for line in lines]
            yield Remedy(label, {field: [line for line in changed if line is not None]}, stage="lock")
            return


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
