"""What was asked for, checked before uv runs: what an image could never install is refused here, at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.errors import LockError
from wizard.locking.index_settings import has_credentials, without_credentials
from wizard.locking.names import KNOWN, ONE_PLATFORM
from wizard.locking.probes import Probes, bind
from wizard.locking.problem import Problem
from wizard.locking.requirements_text import canonical

if TYPE_CHECKING:
    from packaging.requirements import Requirement

    from wizard.plan.plan import Plan

MODEL = "model.in"
SERVER = "server.in"
HANDLER = "handler.in"

FIELDS = {MODEL: "image.requirements", SERVER: "the server's requirements", HANDLER: "image.extra_requirements"}
"""Where in the plan each file's lines stand."""

_EDITABLE = re.compile(r"^(?:-e|--editable)[\s=]+(?P<path>.+)$")
_FILE = re.compile(r"^(?:(?P<name>[\w.-]+)(?:\[[^\]]*\])?\s*@\s*)?file:", re.I)
_PATH = re.compile(
    r"^(?!\w+://)(?:\.{1,2}[/\\]|[/~\\]|[A-Za-z]:[/\\]|\.{1,2}$|[^\s@;]*[/\\][^\s@;]*$|[^\s@;=<>]+\.(?:whl|tar\.gz|zip)$)"
)
_VCS = re.compile(r"^(?:(?P<name>[\w.-]+)(?:\[[^\]]*\])?\s*@\s*)?(?P<url>(?:git|hg|svn|bzr)\+\S+|git@\S+)", re.I)


@dataclass(frozen=True, slots=True)
class Asked:
    """The requirements by who asks for them, each one a line that `packaging` can read."""

    model: tuple[str, ...]
    server: tuple[str, ...]
    handler: tuple[str, ...]
    as_of: str | None
    framework: str
    """Distribution that loads the model: its pin is the last to give way."""

    def files(self) -> dict[str, tuple[str, ...]]:
        """The files uv reads, those with nothing in them left out."""
        files = {MODEL: self.model, SERVER: self.server, HANDLER: self.handler}
        return {name: lines for name, lines in files.items() if lines}

    def named(self, name: str) -> tuple[str, str] | None:
        """The line that asks for a distribution, and the file it stands in; None where nobody asks for it directly."""
        for file, lines in self.files().items():
            for line in lines:
                if name_of(line) == name:
                    return line, file
        return None


def name_of(line: str) -> str:
    """The canonical name of the distribution a valid requirement asks for."""
    from packaging.requirements import Requirement

    return canonical(Requirement(line).name)


def check_requirements(plan: Plan, serving: Sequence[str], probes: Probes) -> Asked:
    """The plan's requirements, each of a kind that an image can install. Raises `LockError` for the first that is not."""
    image = plan.image
    files = {
        MODEL: _clean(image.requirements),
        SERVER: _clean(serving),
        HANDLER: _clean(image.extra_requirements),
    }
    for file, lines in files.items():
        for line in lines:
            _check(line, FIELDS[file], probes)
    return Asked(files[MODEL], files[SERVER], files[HANDLER], plan.model.as_of, canonical(plan.model.framework))


def _clean(lines: Sequence[str]) -> tuple[str, ...]:
    """The lines without comments and doubles, in their order."""
    bare = (re.sub(r"(?:^|\s)#.*$", "", line).strip() for line in lines)
    return tuple(dict.fromkeys(line for line in bare if line))


def _check(line: str, field: str, probes: Probes) -> None:
    if found := _EDITABLE.match(line):
        if not (vcs := _VCS.match(found["path"].strip())):
            raise _local(line, field, None, probes)
        raise _version_control(line, vcs, field, probes)
    if found := _VCS.match(line):
        raise _version_control(line, found, field, probes)
    if found := _FILE.match(line):
        raise _local(line, field, found["name"], probes)
    if _PATH.match(line):
        raise _local(line, field, None, probes)
    if has_credentials(line):
        raise LockError(
            f"{field}: {without_credentials(line)} carries a user or password.",
            "It would be written into requirements.txt and so into the image, where anyone who has the image can read it.",
            "Put the package on an index and give uv the credentials in ~/.netrc, or ship the code as a module: image.modules.",
            kind=Problem.CREDENTIALS,
        )
    requirement = _parse(line, field)
    if requirement.url is not None and "://" not in requirement.url:
        if _repaired(line) is None:
            raise _local(line, field, requirement.name, probes)
        raise _no_requirement(line, field, "What follows the @ is no address.")
    name = canonical(requirement.name)
    if name in ONE_PLATFORM and _applies(requirement, probes):
        raise other_platform(name, line, field, probes)


def _parse(line: str, field: str) -> Requirement:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        return Requirement(line)
    except InvalidRequirement as error:
        raise _no_requirement(line, field, str(error).splitlines()[0].rstrip(".") + ".") from None


def _no_requirement(line: str, field: str, why: str) -> LockError:
    meant = _repaired(line)
    fix = f"Did you mean {meant}?" if meant else "Write it like scikit-learn==1.5.2, numpy<2 or pandas."
    instead: dict[str, str | None] = {line: meant} if meant else {}
    if line.startswith("-"):
        instead = {line: None}
        why = "Options of pip have no place in a plan; a plan lists packages."
        fix = "Remove the line. For another index set UV_DEFAULT_INDEX or UV_INDEX."
    return LockError(
        f"{field}: {line!r} is not a requirement.", why, fix, kind=Problem.SYNTAX, instead=instead, evidence=[line]
    )


def _repaired(line: str) -> str | None:
    """The requirement that a slip, or conda's way of writing, was meant to be."""
    from packaging.requirements import InvalidRequirement, Requirement

    if re.match(r"^https?://\S+$", line) and (named := _wheel_name(line)):
        return f"{named[0]} @ {line}"
    tries = (
        re.sub(r"^([\w.-]+)\s+v?(\d[\w.]*)$", r"\1==\2", line),
        re.sub(r"^([\w.-]+)\s*={1,3}\s*v?(\d[\w.]*)(?:=\w+)?[,;]?$", r"\1==\2", line),
        re.sub(r"^([\w.-]+)\s*=([<>])\s*(\d[\w.]*)$", r"\1\2=\3", line),
        re.sub(r"^([\w.-]+)\s*@\s*(\d[\w.]*)$", r"\1==\2", line),
        line.rstrip(",;"),
        *(name for name in (re.sub(r"[\s_]+", "-", line).lower(),) if name in KNOWN),
    )
    for text in tries:
        if text != line:
            try:
                Requirement(text)
            except InvalidRequirement:
                continue
            return text
    return None


def _applies(requirement: Requirement, probes: Probes) -> bool:
    """Whether the requirement holds on the target: a marker may keep it to another platform."""
    if requirement.marker is None:
        return True
    return requirement.marker.evaluate(
        {
            "sys_platform": "linux",
            "platform_system": "Linux",
            "platform_machine": "x86_64",
            "os_name": "posix",
            "python_version": probes.target.python,
            "python_full_version": f"{probes.target.python}.0",
        }
    )


def _local(line: str, field: str, name: str | None, probes: Probes) -> LockError:
    in_path = _wheel_name(line)
    name = name or (in_path[0] if in_path else None)
    released = _released(name, probes, in_path[1] if in_path else None) if name else None
    conda = _FILE.match(line) is not None and name is not None
    ship = "If it is your own code, ship it with the model: name its file or folder in image.modules."
    return LockError(
        f"{field}: {line} is on this machine only.",
        "The image is made from the package index, and cannot reach your folders."
        + (" Lines like this come from `pip freeze` in a conda environment." if conda else ""),
        f"Ask for {name}=={released}, the released package. {ship}" if released else ship,
        kind=Problem.LOCAL,
        package=canonical(name) if name else "",
        instead={line: f"{name}=={released}"} if released else None,
        evidence=[line],
    )


def _version_control(line: str, found: re.Match[str], field: str, probes: Probes) -> LockError:
    egg = re.search(r"[#&]egg=([\w.-]+)", line)
    path = re.sub(r"[@#].*$", "", re.sub(r"^.*?://[^/]*|^git@[^:]*:", "", found["url"])).rstrip("/")
    name = found["name"] or (egg[1] if egg else path.rpartition("/")[2].removesuffix(".git"))
    version = _released(name, probes) if name else None
    shown = without_credentials(line)
    return LockError(
        f"{field}: {shown} is fetched from version control.",
        "A branch moves, a slim image has no git, and building from source runs code that nobody locked.",
        (f"Take the released package: {name}=={version}. Or copy" if version else "Copy")
        + " its code at that commit beside the model and name it in image.modules.",
        kind=Problem.VCS,
        package=canonical(name) if name else "",
        instead={line: f"{name}=={version}"} if version and shown == line else None,
        evidence=[shown],
    )


def _wheel_name(line: str) -> tuple[str, str] | None:
    """The distribution's name and version in the file name of a wheel or source archive."""
    file = re.split(r"[/\\]", line.split("#")[0].strip())[-1]
    found = re.match(r"^([A-Za-z0-9][\w.]*?)-(\d[^-]*?)(?:-.*\.whl|\.tar\.gz|\.zip)$", file)
    return (canonical(found[1]), found[2]) if found else None


def _released(name: str, probes: Probes, wanted: str | None = None) -> str | None:
    """The version on the index nearest to what is meant: the wanted one, the one installed here, or the newest of the day.

    None too where the index cannot be asked: the error stands without it.
    """
    import importlib.metadata

    name = canonical(name)
    try:
        here: str | None = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        here = None
    meant = [f"{name}=={version}" for version in (wanted, here) if version and "+" not in version]
    try:
        found = probes.each({requirement: bind(probes.newest, requirement) for requirement in (*meant, name)})
    except LockError:
        return None
    return next((found[requirement] for requirement in (*meant, name) if found[requirement]), None)


def other_platform(
    name: str, line: str, field: str, probes: Probes, *, platforms: str = "", evidence: tuple[str, ...] = ()
) -> LockError:
    """The error for a distribution that is made for another platform, with what stands in for it on Linux."""
    platform, instead = ONE_PLATFORM.get(name, (platforms, None))
    works: str | None = None
    if instead is None:
        fix = (
            f"Remove it from {field}; on Linux nothing needs it."
            if name in ONE_PLATFORM
            else f"Remove it from {field}."
        )
    else:
        version = re.search(r"==\s*([\w.]+)", line)
        same = f"{instead}=={version[1]}" if version else instead
        try:
            fits = probes.newest(same) is not None
        except LockError:
            fits = True
        works = same if fits else instead
        fix = f"Ask for {works} instead: it is the same package for Linux."
    return LockError(
        f"{field}: {line} exists for {platform} only.",
        "The service runs on Linux on x86-64.",
        fix,
        kind=Problem.PLATFORM,
        package=name,
        instead={line: works},
        evidence=evidence or [line],
    )
