"""Everything wrong with a plan that no single field can tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.plan.cloud_run import CloudRunTarget
from wizard.plan.cloud_run_rules import cloud_run_problems
from wizard.plan.names import VARIABLE
from wizard.plan.plan import Plan
from wizard.plan.problem import Problem
from wizard.plan.secrecy import looks_secret, names_a_secret

_RESERVED = frozenset({"PORT", "HOST", "PATH", "PYTHONPATH"})


def problems(plan: Plan) -> tuple[Problem, ...]:
    """All of them, those of every target first; none where the plan is right."""
    found = [*_python(plan), *_trust(plan), *_env(plan)]
    if isinstance(plan.target, CloudRunTarget):
        found += cloud_run_problems(plan, plan.target)
    return tuple(found)


def _python(plan: Plan) -> Iterator[Problem]:
    tag = re.fullmatch(r"(?:.*/)?python:(3\.\d+)[^@]*(?:@.*)?", plan.image.base)
    if tag is not None and tag[1] != plan.image.python:
        yield Problem(
            "image.python",
            f"image.python is {plan.image.python}, but the base image holds Python {tag[1]}.",
            f"image.base is {plan.image.base!r}; what is locked for one Python does not run on another.",
            f"Set image.python to {tag[1]!r}, or image.base to 'python:{plan.image.python}-slim'.",
            tag[1],
        )


def _trust(plan: Plan) -> Iterator[Problem]:
    if plan.model.trusted and plan.model.sha256 is None:
        yield Problem(
            "model.trusted",
            "model.trusted says which file is trusted only together with model.sha256.",
            "Without the digest any file that is put in its place later would be trusted too.",
            "Add model.sha256; `sendoff inspect MODEL --json` shows it.",
            False,
        )


def _env(plan: Plan) -> Iterator[Problem]:
    keep = (
        "Put it into Secret Manager and name it in target.secrets"
        if isinstance(plan.target, CloudRunTarget)
        else "Have handler.py read it at start from a mounted file or a secret store"
    )
    for name, value in plan.service.env.items():
        if not VARIABLE.fullmatch(name):
            yield Problem(
                "service.env",
                f"{name!r} is no name for an environment variable.",
                "Letters, digits and underscores, not starting with a digit.",
                "Rename it.",
            )
        elif name in _RESERVED:
            yield Problem(
                "service.env", f"service.env cannot set {name}.", "Where the service runs decides it.", "Remove it."
            )
        elif names_a_secret(name) or looks_secret(value):
            what = "looks like a secret" if names_a_secret(name) else "holds what looks like a secret"
            yield Problem(
                "service.env",
                f"service.env.{name} {what}.",
                "A plan is read, compared and shared, and an image can be unpacked: a secret would be readable in both.",
                f"{keep}, or rename it if it is none." if names_a_secret(name) else f"{keep}.",
            )
