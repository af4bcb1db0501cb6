"""From uv's explanation to the cause a person can act on. Each cause has its own error; uv's words stay as evidence."""

from __future__ import annotations

import re

from wizard.errors import LockError
from wizard.locking.asked import FIELDS, Asked, other_platform
from wizard.locking.conflict import conflict, two_lines
from wizard.locking.index_settings import index_shown, pip_extra_index
from wizard.locking.index_trouble import index_trouble, nonsense
from wizard.locking.missing_build import missing_build
from wizard.locking.names import IMPORT_NAMES, ONE_PLATFORM, nearest_names
from wizard.locking.probes import Probes
from wizard.locking.problem import Problem
from wizard.locking.release_dates import release_date
from wizard.locking.requirements_text import canonical
from wizard.locking.uv_command import Outcome, Question, Uv

_NAME = r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?"
_RANGE = r"(?P<range>(?:===?|!=|~=|[<>]=?)[^\s,]+(?:,\s?[<>!=~]+[^\s,]+)*)"

_NO_VERSIONS_AT_ALL = re.compile(rf"there are no versions of {_NAME}(?=[\s,])")
_UNKNOWN = re.compile(rf"(?<![\w-]){_NAME} was not found in the package registry")
_NO_VERSION = re.compile(rf"there (?:is|are) no versions? of {_NAME}{_RANGE}")
_ONLY = re.compile(rf"only (?:the following versions of )?{_NAME}[^\s]* (?:is|are) available")
_NO_BUILD = re.compile(
    rf"(?<![\w-]){_NAME}{_RANGE}? (?:has|have) no (?:usable wheels|wheels with a matching Python (?:ABI|implementation|version))"
)
_NO_PLATFORM = re.compile(rf"(?<![\w-]){_NAME}{_RANGE}? (?:has|have) no wheels with a matching platform")
_OTHER_PYTHON = re.compile(rf"(?<![\w-]){_NAME}{_RANGE}? depends? on Python")
_NEEDS = re.compile(r"\bdepends? on\b")
_ADDRESSED = re.compile(r"Failed to download(?: and build)? `(?P<line>[^`]+)`")


def explain(uv: Uv, asked: Asked, question: Question, outcome: Outcome) -> LockError:
    """The error for a resolution that failed, with the nearest thing that works, found by trying."""
    if trouble := index_trouble(outcome):
        return trouble
    said, evidence = outcome.said, outcome.evidence
    probes = Probes(uv, question.target, question.as_of)
    if found := _ADDRESSED.search(said):
        return LockError(
            f"{found['line']} cannot be fetched.",
            "Its address gives no wheel.",
            "Open the address in a browser and correct it, or take the package from the index.",
            kind=Problem.NO_VERSION,
            package=canonical(found["line"].partition(" @ ")[0]) if " @ " in found["line"] else "",
            evidence=evidence,
        )
    if found := _UNKNOWN.search(said):
        return _unknown(canonical(found["name"]), asked, probes, evidence)
    if found := _NO_VERSIONS_AT_ALL.search(said):
        return _nothing_listed(canonical(found["name"]), asked, probes, evidence)
    # A range without builds is one link in the chain of a conflict; what was asked for by version is the cause itself.
    chain = _NEEDS.search(said) is not None
    for found in _NO_PLATFORM.finditer(said):
        if not chain or asked.named(canonical(found["name"])):
            return _platform(canonical(found["name"]), asked, probes, said, evidence)
    for found in _NO_BUILD.finditer(said):
        if not chain or f"you require {found['name']}{found['range']}" in said:
            return _no_build(canonical(found["name"]), asked, question, probes, evidence)
    if found := _OTHER_PYTHON.search(said):
        return _no_build(canonical(found["name"]), asked, question, probes, evidence)
    if (found := _NO_VERSION.search(said)) and (not chain or asked.named(canonical(found["name"]))):
        return _no_version(canonical(found["name"]), found["range"], asked, probes, evidence)
    if not chain and (found := _ONLY.search(said)) and (line := asked.named(canonical(found["name"]))):
        required = re.search(_RANGE, line[0])
        return _no_version(canonical(found["name"]), required["range"] if required else "", asked, probes, evidence)
    if (lines := two_lines(said)) is not None:
        return conflict(said, lines, asked, question, probes, evidence)
    # No two wishes stand against each other, so it is what one of the packages needs that cannot be had.
    if found := _NO_PLATFORM.search(said):
        return _platform(canonical(found["name"]), asked, probes, said, evidence)
    if found := _NO_BUILD.search(said):
        return _no_build(canonical(found["name"]), asked, question, probes, evidence)
    if found := _NO_VERSION.search(said):
        return _no_version(canonical(found["name"]), found["range"], asked, probes, evidence)
    if chain:
        return conflict(said, None, asked, question, probes, evidence)
    return LockError(
        "uv could not resolve the packages, and Sendoff does not know the reason.",
        f"uv ended with status {outcome.code}." if outcome.code >= 0 else f"uv was ended by signal {-outcome.code}.",
        "Its own words are below. `uv cache clean` mends a damaged cache, `python -m pip install -U uv` brings a newer uv.",
        kind=Problem.UV,
        evidence=evidence,
    )


def _nothing_listed(name: str, asked: Asked, probes: Probes, evidence: tuple[str, ...]) -> LockError:
    """No version at all: everything came out after the model's day, or the index answers nonsense."""
    if probes.as_of and (today := probes.without_day().newest(name)):
        return _too_new(name, "", today, asked, probes, evidence)
    if probes.without_day().newest("pip") is None:
        return nonsense(index_shown(probes.uv.environment), evidence)
    return _unknown(name, asked, probes, evidence)


def _unknown(name: str, asked: Asked, probes: Probes, evidence: tuple[str, ...]) -> LockError:
    if name in IMPORT_NAMES and (called := probes.first_existing([IMPORT_NAMES[name]])):
        return _called_otherwise(name, called, asked, evidence)
    candidates = nearest_names(name)
    likely = probes.first_existing(candidates) if candidates else None
    if likely is None and probes.without_day().newest("pip") is None:
        return nonsense(index_shown(probes.uv.environment), evidence)
    direct = asked.named(name)
    index = index_shown(probes.uv.environment)
    where = f"the package index {index}" if index else "the package index"
    fix = [f"Did you mean {likely}?"] if likely else []
    if direct is not None:
        fix.append(
            f"Your own code? Then take {name} out of {FIELDS[direct[1]]} and name its file or folder in image.modules."
        )
    if not likely and (extra := pip_extra_index(probes.uv.environment)):
        fix.append(
            f"pip here also knows the index {extra}, which uv does not read: set UV_INDEX to it if {name} is there."
        )
    return LockError(
        f"{name} is not on {where}.",
        f"{FIELDS[direct[1]]} asks for {direct[0]}." if direct else "One of your packages needs it.",
        " ".join(fix),
        kind=Problem.UNKNOWN_PACKAGE,
        package=name,
        instead={direct[0]: likely} if direct and likely else None,
        evidence=evidence,
    )


def _called_otherwise(name: str, called: str, asked: Asked, evidence: tuple[str, ...]) -> LockError:
    direct = asked.named(name)
    return LockError(
        f"{name} is called {called} on the package index.",
        f"{name} is the name one imports or says; under it the index has nothing that serves a model.",
        f"Ask for {called} in {FIELDS[direct[1]]}." if direct else f"Ask for {called} in image.requirements.",
        kind=Problem.UNKNOWN_PACKAGE,
        package=name,
        instead={direct[0]: called} if direct else None,
        evidence=evidence,
    )


def _no_build(name: str, asked: Asked, question: Question, probes: Probes, evidence: tuple[str, ...]) -> LockError:
    if name in IMPORT_NAMES:
        return _unknown(name, asked, probes, evidence)
    if probes.as_of and (direct := asked.named(name)) and (today := probes.without_day().newest(direct[0])):
        wanted = re.search(_RANGE, direct[0])
        return _too_new(name, wanted["range"] if wanted else "", today, asked, probes, evidence)
    return missing_build(name, asked, question, probes, evidence)


def _platform(name: str, asked: Asked, probes: Probes, said: str, evidence: tuple[str, ...]) -> LockError:
    line, file = asked.named(name) or (name, next(iter(asked.files())))
    hint = re.search(
        rf"Wheels are available for `{re.escape(name)}` \([^)]*\) on the following platforms?: (?P<tags>[^:]*)", said
    )
    tags = re.findall(r"`([^`]+)`", hint["tags"]) if hint else []
    if name in ONE_PLATFORM or not any("linux" in tag for tag in tags):
        system = {"mac": "macOS", "win": "Windows"}
        shown = sorted({system.get(tag[:3], tag) for tag in tags}, key=str.lower)
        return other_platform(
            name, line, FIELDS[file], probes, platforms=" and ".join(shown) or "another platform", evidence=evidence
        )
    works = probes.newest(name)
    newer = [tag for tag in tags if tag.endswith("x86_64") and "manylinux" in tag]
    return LockError(
        f"{line} has no build for Linux on x86-64 as the image has it.",
        f"Its builds are for {', '.join(tags)}"
        + (", which need a newer C library than the lock allows for." if newer else "."),
        f"Ask for {name}=={works}, which has one."
        if works
        else f"Remove {name} from {FIELDS[file]}, or ask its makers for a build.",
        kind=Problem.PLATFORM,
        package=name,
        instead={line: f"{name}=={works}"} if works else None,
        evidence=evidence,
    )


def _no_version(name: str, asked_range: str, asked: Asked, probes: Probes, evidence: tuple[str, ...]) -> LockError:
    version = re.sub(r"^[<>=!~]+", "", asked_range.split(",")[0])
    if probes.as_of and (today := probes.without_day().newest(f"{name}{asked_range}")):
        return _too_new(name, asked_range, today, asked, probes, evidence)
    if "+" in version:
        return _local_version(name, version, asked, probes, evidence)
    if version.endswith(".*") or not version:
        below, above = probes.newest(name), None
    else:
        below, above = probes.nearest(name, version)
    near = [each for each in (below, above) if each]
    if not near and probes.without_day().newest("pip") is None:
        return nonsense(index_shown(probes.uv.environment), evidence)
    direct = asked.named(name)
    named = f"{name} {version}" if asked_range.startswith("==") else f"{name}{asked_range}"
    return LockError(
        f"There is no {named}.",
        (
            f"The nearest for Python {probes.target.python}: {' and '.join(near)}."
            if near
            else "The index has no version near it."
        )
        + ("" if direct else " One of your packages asks for it."),
        f"Ask for {name}=={near[0]} in {FIELDS[direct[1]] if direct else 'image.requirements'}."
        if near
        else f"Ask for {name} without a version.",
        kind=Problem.NO_VERSION,
        package=name,
        instead={direct[0]: f"{name}=={near[0]}" if near else name} if direct else None,
        evidence=evidence,
    )


def _local_version(name: str, version: str, asked: Asked, probes: Probes, evidence: tuple[str, ...]) -> LockError:
    plain, _, variant = version.partition("+")
    direct = asked.named(name)
    field = FIELDS[direct[1]] if direct else "image.requirements"
    if probes.newest(f"{name}=={plain}"):
        nearest = plain
    else:
        below, above = probes.nearest(name, plain)
        nearest = below or above or ""
    return LockError(
        f"The package index has no {name} {version}.",
        f"+{variant} marks a build that only its publisher's own index has; serving needs the plain version.",
        f"Ask for {name}=={nearest} in {field}." if nearest else f"Ask for {name} without a version in {field}.",
        kind=Problem.LOCAL_VERSION,
        package=name,
        instead={direct[0]: f"{name}=={nearest}" if nearest else name} if direct else None,
        evidence=evidence,
    )


def _too_new(
    name: str, asked_range: str, today: str, asked: Asked, probes: Probes, evidence: tuple[str, ...]
) -> LockError:
    """The version exists and is younger than the model's side may be."""
    then = probes.newest(name)
    released = release_date(name, today, cancel=probes.uv.reporter.cancel) if asked_range.startswith("==") else None
    if probes.as_of and released and released.isoformat() <= probes.as_of:
        # Only the build for this Python is younger; its day is not known.
        released = None
    named = f"{name} {today}" if asked_range.startswith("==") else f"Every {name}{asked_range}"
    fix = f"Set model.as_of to {released} or later" if released else "Set model.as_of to a later day"
    direct, older = asked.named(name), bool(then) and name != asked.framework
    return LockError(
        f"{named} came out after {probes.as_of}, the day the model's packages are taken from.",
        f"model.as_of is {probes.as_of}" + (f", and it came out on {released}." if released else "."),
        # Another version of what saved the model is no answer: it may load the file and predict other numbers.
        f"{fix}; or ask for {name}=={then}, the newest of that day." if older else f"{fix}.",
        kind=Problem.TOO_NEW,
        package=name,
        instead={direct[0]: f"{name}=={then}"} if direct and older else None,
        settings={"model.as_of": released.isoformat()} if released else None,
        evidence=evidence,
    )
