"""A version that exists but has no wheel for the image's Python: which Python has one, and which version has one here."""

from __future__ import annotations

import re
from dataclasses import replace

from wizard.errors import LockError
from wizard.locking.asked import FIELDS, Asked
from wizard.locking.probes import PYTHONS, Probes
from wizard.locking.problem import Problem
from wizard.locking.uv_command import Question


def missing_build(name: str, asked: Asked, question: Question, probes: Probes, evidence: tuple[str, ...]) -> LockError:
    """The error, after trying all Pythons with everything asked for, then with the one package, then its neighbours."""
    line, file = asked.named(name) or (name, "")
    pinned = re.search(r"==\s*([\w.+!-]+)", line)
    version = pinned[1] if pinned else None
    named = f"{name} {version}" if version else line
    python = question.target.python

    near = _neighbour(name, version, probes)
    here = {line: f"{name}=={near}"} if near and file and name != asked.framework else None
    if works := probes.pythons(question):
        return LockError(
            f"{named} has no build for Python {python}. Newest Python that works: {works[-1]}.",
            f"With all you asked for, these work: {', '.join(works)}.",
            f"Set image.python to {works[-1]} and image.base to python:{works[-1]}-slim."
            + _here(name, near, asked, probes),
            kind=Problem.NO_WHEEL,
            package=name,
            instead=here,
            settings={"image.python": works[-1], "image.base": f"python:{works[-1]}-slim"},
            evidence=evidence,
        )
    alone = replace(question, files={"probe.in": [line]}, constraints=(), options=("--no-deps", "--no-header"))
    builds = probes.pythons(alone)
    if builds:
        return LockError(
            f"{named} has no build for Python {python}. Newest Python it has one for: {builds[-1]}.",
            f"It has builds for Python {', '.join(builds)}, but there another of your packages has none.",
            f"Set image.python to {builds[-1]} and let go of the version of whatever is missing then."
            + _here(name, near, asked, probes),
            kind=Problem.NO_WHEEL,
            package=name,
            instead=here,
            evidence=evidence,
        )
    other = near or probes.newest(name)
    return LockError(
        f"{named} is published as source only.",
        f"It has no build for any Python from {PYTHONS[0]} to {PYTHONS[-1]}, and a slim image has no compiler to make one."
        + ("" if file else " One of your packages needs it."),
        (f"Ask for {name}=={other}, the nearest that has a build; or build" if other else "Build")
        + f" a wheel yourself (`pip wheel {line}`), put it on an index of your own and set UV_INDEX to that"
        + (f"; or leave {name} out of {FIELDS[file]} if serving does not need it." if file else "."),
        kind=Problem.SDIST_ONLY,
        package=name,
        instead={line: f"{name}=={other}"} if other and file else None,
        evidence=evidence,
    )


def _here(name: str, near: str | None, asked: Asked, probes: Probes) -> str:
    """The nearest version with a build for the Python at hand, where there is one and what taking it would mean."""
    if near is None:
        return ""
    risk = ", but a model saved by another version may not load or answer wrongly" if name == asked.framework else ""
    return f" Or keep Python {probes.target.python} and take {name} {near}{risk}."


def _neighbour(name: str, version: str | None, probes: Probes) -> str | None:
    """The nearest version with a build for the target, newer ones first: old ones lose their builds, not new ones."""
    if version is None:
        return None
    # Whoever changes the version leaves the model's day behind as well.
    below, above = probes.without_day().nearest(name, version)
    return above or below
