"""Two requirements that exclude each other: the two lines, and which one to let go."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from wizard.errors import LockError
from wizard.locking.asked import FIELDS, HANDLER, MODEL, Asked, name_of
from wizard.locking.probes import Probes, bind
from wizard.locking.problem import Problem
from wizard.locking.requirements_text import Pin, canonical
from wizard.locking.uv_command import Question

_SPEC = r"[A-Za-z0-9][A-Za-z0-9._-]*(?:\[[^\]]*\])?(?:(?:===?|!=|~=|[<>]=?)[^\s,]+(?:,(?:===?|!=|~=|[<>]=?)[^\s,]+)*)?"
_NEEDS = re.compile(rf"(?<!\S)(?P<who>{_SPEC}) depends? on (?P<what>{_SPEC})")
_REQUIRES = re.compile(rf"you require (?P<first>{_SPEC})(?: and (?P<second>{_SPEC})(?=,))?")
_PINNED = re.compile(r"(?<!\S)(?P<pin>[A-Za-z0-9][A-Za-z0-9._-]*==[^\s,]+)")

_MOST = 6
"""How many pins are tried at most."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One side of the conflict: what is wanted, and who wants it (empty: the plan itself)."""

    wanted: str
    by: str = ""

    @property
    def package(self) -> str:
        return canonical(re.split(r"[\[=<>!~]", self.wanted, maxsplit=1)[0])


def conflict(
    said: str,
    lines: tuple[Wish, Wish] | None,
    asked: Asked,
    question: Question,
    probes: Probes,
    evidence: tuple[str, ...],
) -> LockError:
    """The error, after trying which of the pins can go for the rest to fit."""
    fix, instead = _remedy(said, asked, question, probes)
    return LockError(
        f"{lines[0].package}: two of the requirements exclude each other."
        if lines
        else "The requirements exclude each other.",
        "; ".join(_say(line, asked, question) for line in lines) + "." if lines else "uv's own words say how.",
        fix,
        kind=Problem.CONFLICT,
        package=lines[0].package if lines else "",
        instead=instead,
        evidence=evidence,
    )


def two_lines(said: str) -> tuple[Wish, Wish] | None:
    """The two wishes about one package that cannot both be had; None where uv's explanation holds no such pair."""
    lines = [Wish(_trim(found["what"]), _trim(found["who"])) for found in _NEEDS.finditer(said)]
    # "we can conclude that you require …" is uv's inference, not anybody's wish.
    wishes = re.sub(r"conclude that you require [^.]*?(?:\. |$)", ". ", said)
    for found in _REQUIRES.finditer(wishes):
        lines += [Wish(_trim(spec)) for spec in (found["first"], found["second"]) if spec]
    lines += [Wish(_trim(found["pin"])) for found in _PINNED.finditer(said)]
    wanted = [line for line in dict.fromkeys(lines) if re.search(r"[=<>!~]", line.wanted)]
    for at, line in enumerate(wanted):
        for other in wanted[at + 1 :]:
            if other.package == line.package and other.wanted != line.wanted and (other.by != line.by or not line.by):
                return line, other
    return None


def _trim(spec: str) -> str:
    return spec.rstrip(".,;:")


def _say(line: Wish, asked: Asked, question: Question) -> str:
    if line.by:
        return f"{line.by} needs {line.wanted}"
    for file, lines in asked.files().items():
        if line.wanted in {text.replace(" ", "") for text in lines}:
            return f"{FIELDS[file]} asks for {line.wanted}"
    if line.wanted in question.constraints:
        return f"the model's side has {line.wanted}"
    return f"you ask for {line.wanted}"


def _remedy(said: str, asked: Asked, question: Question, probes: Probes) -> tuple[str, dict[str, str]]:
    """The weakest pin whose absence lets everything else fit, and the version that comes in its place; and what to write."""
    weak = _weakest_first(said, asked, question)
    tries = {pin: bind(probes.together, _without(question, pin)) for pin in weak}
    found = probes.each(tries)
    for file, line in weak:
        if (pins := found[file, line]) is not None:
            name = name_of(line)
            version = next((pin.version for pin in pins if pin.name == name), None)
            instead = f" {name} {version} fits the rest." if version else ""
            return f"Let go of the version of {name} in {FIELDS[file]}: write {name} for {line}.{instead}", {line: name}
    loose = question
    for pin in weak:
        loose = _without(loose, pin)
    if len(weak) > 1 and (pins := probes.together(loose)):
        fix = f"Let go of the versions of {_listed(weak)}: {_versions(weak, pins)} fit together."
        return fix, {line: name_of(line) for _, line in weak}
    if question.constraints and probes.together(replace(question, constraints=())):
        return "They fit where the model's packages may be newer: set model.as_of to a later day.", {}
    return "Loosen one of the two: a range such as >=1.0 leaves room, an exact version does not.", {}


def _weakest_first(said: str, asked: Asked, question: Question) -> list[tuple[str, str]]:
    """(file, line) of the requirements in the conflict that name versions: the handler's first, the framework's never."""
    mentioned = {canonical(name) for name in re.findall(r"[A-Za-z0-9][A-Za-z0-9._-]*(?=[=<>!~,\s])", said)}
    dependants = {Wish(found["who"]).package for found in _NEEDS.finditer(said)}
    pins = []
    for file in (HANDLER, MODEL):
        for line in question.files.get(file, ()):
            name = name_of(line)
            if name in mentioned and name != asked.framework and re.search(r"[=<>!~]", line):
                pins.append((file, line))
    # What another package needs gives way before the one that needs it, and of two wishes the exact one: a range such as
    # numpy<2 mostly says what the file was written with.
    pins.sort(key=lambda pin: (pin[0] != HANDLER, name_of(pin[1]) in dependants, "==" not in pin[1]))
    return pins[:_MOST]


def _without(question: Question, pin: tuple[str, str]) -> Question:
    """The question with one requirement's version let go, and no longer held by the model's side."""
    file, line = pin
    name = name_of(line)
    files = {each: [name if (each, text) == pin else text for text in lines] for each, lines in question.files.items()}
    held = tuple(
        text for text in question.constraints if file != MODEL or canonical(re.split("[=<>]", text)[0]) != name
    )
    options = tuple(option for option in question.options if option != "--generate-hashes")
    return replace(question, files=files, constraints=held, options=options)


def _listed(pins: list[tuple[str, str]]) -> str:
    return ", ".join(line for _, line in pins)


def _versions(weak: list[tuple[str, str]], pins: tuple[Pin, ...]) -> str:
    names = {name_of(line) for _, line in weak}
    return ", ".join(f"{pin.name} {pin.version}" for pin in pins if pin.name in names)
