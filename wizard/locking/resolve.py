"""From a plan to a lock, in two resolutions.

The model's side comes first, as of the model's day: wheels of old packages name no upper bounds, and a scikit-learn of
2023 resolved today gets a numpy it was not compiled for. The server's packages come second, as of now, with the model's
side held where it is.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from wizard.errors import LockError
from wizard.events import Reporter
from wizard.locking.asked import HANDLER, MODEL, SERVER, Asked, check_requirements, name_of
from wizard.locking.index_trouble import out_of_reach
from wizard.locking.lock import Lock, Package
from wizard.locking.probes import Probes
from wizard.locking.problem import Problem
from wizard.locking.requirements_text import Pin, canonical, read_pins, read_wheels, write_requirements
from wizard.locking.uv_command import CONSTRAINTS, Outcome, Question, Target, Uv

if TYPE_CHECKING:
    from wizard.plan.plan import Plan

PLATFORM = "x86_64-manylinux_2_28"
"""What the image runs on: Linux on x86-64 with the C library of 2018 or later, which every slim base image has."""

_STEPS = 3
_ROUNDS = 8
"""How often a package of the model's side may be moved to fit the server before the conflict is the person's to solve."""


def lock(plan: Plan, serving: Sequence[str], reporter: Reporter, *, platform: str = PLATFORM) -> Lock:
    """Exact requirements with hashes for the plan's image.

    `serving` are the server's requirements ("fastapi>=0.115"): give them lower bounds, so that an old package of the
    model's side cannot pull the server back with it. Raises `LockError`, whose `kind` is a `Problem`, and
    `CancelledError`; nothing is left behind.
    """
    target = Target(plan.image.python, platform)
    uv = Uv(reporter)
    asked = check_requirements(plan, serving, Probes(uv, target, plan.model.as_of))

    reporter.progress(0, _STEPS, what="the model's packages")
    model, as_of = _model_side(uv, asked, target)
    reporter.check()
    reporter.progress(1, _STEPS, what="the server's packages")
    question, pins, moved = _together(uv, asked, target, model)
    reporter.progress(2, _STEPS, what="sizes")
    sizes = _sizes(uv, pins, target)
    for text in moved:
        reporter.notice(text)

    whys = {pin.name: _why(pin) for pin in pins}
    text = write_requirements(pins, whys, _header(asked, question, target, as_of, moved))
    reporter.log(f"{len(pins)} packages for Python {target.python} on {target.platform}.")
    reporter.progress(_STEPS, _STEPS)
    return Lock(
        python=target.python,
        platform=target.platform,
        requirements=text,
        packages=tuple(Package(pin.name, pin.version, whys[pin.name], sizes.get(pin.name)) for pin in pins),
        as_of=as_of,
    )


def _model_side(uv: Uv, asked: Asked, target: Target) -> tuple[tuple[Pin, ...], str | None]:
    """The model's packages as of its day, and that day; None in its place where the index knows no days."""
    question = Question({MODEL: asked.model}, target, as_of=asked.as_of, options=("--no-header",))
    outcome = _ask(uv, question)
    if not outcome.ok and asked.as_of and "missing an upload date" in outcome.said:
        dateless = replace(question, as_of=None)
        outcome = _ask(uv, dateless)
        if outcome.ok:
            uv.reporter.notice(
                f"The package index does not say when packages came out, so the model's packages are today's and not those of "
                f"{asked.as_of}. If the model does not load, add upper bounds to image.requirements, such as numpy<2."
            )
            return read_pins(outcome.stdout), None
        question = dateless
    if not outcome.ok:
        raise _explain(uv, asked, question, outcome)
    return read_pins(outcome.stdout), asked.as_of


def _together(
    uv: Uv, asked: Asked, target: Target, model: tuple[Pin, ...]
) -> tuple[Question, tuple[Pin, ...], tuple[str, ...]]:
    """Model, server and handler in one environment: the question that could be answered, its packages, what was moved."""
    constraints = {pin.name: pin.spelled for pin in model if "==" in pin.spelled}
    # The person's own pins and the packages with compiled parts that a model's arrays and trees live in never move.
    fixed = {name_of(line) for line in asked.model} | _HELD
    moved: dict[str, str] = {}
    for _ in range(_ROUNDS):
        question = Question(
            asked.files(), target, tuple(constraints.values()), options=("--generate-hashes", "--no-header")
        )
        outcome = _ask(uv, question)
        if outcome.ok:
            break
        name = _in_the_way(outcome, constraints, fixed)
        if name is None:
            raise _explain(uv, asked, question, outcome)
        moved[name] = constraints[name].partition("==")[2]
        constraints[name] = f"{name}>={moved[name]}"
    else:
        raise _explain(uv, asked, question, outcome)
    pins = read_pins(outcome.stdout)
    if bare := [pin.name for pin in pins if not pin.hashes]:
        raise LockError(
            f"The package index gives no hash for {bare[0]}.",
            "Without hashes nobody can tell whether the image gets the files that were locked.",
            "Use an index that gives hashes, as every current one does.",
            kind=Problem.INDEX,
            package=bare[0],
        )
    now = {pin.name: pin.version for pin in pins}
    return (
        question,
        pins,
        tuple(
            f"{name} is {now[name]} and not {before} as on the model's day: what serves the model needs it newer."
            for name, before in moved.items()
            if name in now and now[name] != before
        ),
    )


_HELD = frozenset(
    {"numpy", "scipy", "pandas", "scikit-learn", "joblib", "pyarrow", "torch", "tensorflow", "keras", "xgboost"}
)


def _in_the_way(outcome: Outcome, constraints: dict[str, str], fixed: set[str]) -> str | None:
    """A package of the model's side whose exact version uv's explanation names and which may move; None where none is."""
    for found in re.finditer(r"([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s,]+)", outcome.said):
        name = canonical(found[1])
        if name not in fixed and constraints.get(name) == f"{name}=={found[2]}":
            return name
    return None


def _ask(uv: Uv, question: Question) -> Outcome:
    """The answer; from uv's cache, with a notice, where the index is out of reach and the cache holds everything."""
    outcome = uv.resolve(question, loud=True)
    if outcome.ok:
        for withdrawn in re.findall(r"^warning: .*yanked.*$", outcome.stderr, re.MULTILINE):
            uv.reporter.notice(withdrawn.removeprefix("warning: "))
        return outcome
    if not out_of_reach(outcome):
        return outcome
    cached = uv.resolve(replace(question, options=(*question.options, "--offline")))
    if not cached.ok:
        return outcome
    uv.reporter.notice(
        "The package index cannot be reached; uv's cache held all that was needed, so the lock is as of its last visit."
    )
    return cached


def _explain(uv: Uv, asked: Asked, question: Question, outcome: Outcome) -> LockError:
    from wizard.locking.diagnosis import explain

    return explain(uv, asked, question, outcome)


def _sizes(uv: Uv, pins: tuple[Pin, ...], target: Target) -> dict[str, int]:
    """Bytes of each wheel where the index tells. Only an estimate rests on them, so an index that does not is no error."""
    question = Question(
        {"pinned.in": [pin.spelled for pin in pins]}, target, options=("--no-deps", "--format", "pylock.toml")
    )
    outcome = uv.resolve(question)
    if not outcome.ok:
        return {}
    return {name: size for name, (size, _) in read_wheels(outcome.stdout).items() if size is not None}


def _why(pin: Pin) -> str:
    """Who asked: those the person knows first, then the packages that need it."""
    known = {MODEL: "the model", SERVER: "the server", HANDLER: "your handler"}
    return ", ".join(
        [
            *(known[file] for file in known if file in pin.asked_by),
            *(name for name in pin.asked_by if name not in known),
        ]
    )


def _header(asked: Asked, question: Question, target: Target, as_of: str | None, moved: Sequence[str]) -> list[str]:
    """How the file was made, in words and by hand."""
    side = Question({MODEL: asked.model}, target, as_of=as_of)
    files = asked.files()
    return [
        f"Every package of the service, for Python {target.python} on {target.platform}. Made by Sendoff with uv.",
        f"The model's packages are those of {as_of}, the rest are today's." if as_of else "All packages are today's.",
        *moved,
        "By hand, with one requirement a line in",
        *(f"  {name}: {', '.join(lines)}" for name, lines in files.items()),
        f"  uv {shlex.join(side.arguments())} -o {CONSTRAINTS}",
        f"  uv {shlex.join(replace(question, options=('--generate-hashes',)).arguments())} -o requirements.txt",
        *(
            [f"  (in between, in {CONSTRAINTS}: {', '.join(line for line in question.constraints if '>=' in line)})"]
            if moved
            else []
        ),
    ]
