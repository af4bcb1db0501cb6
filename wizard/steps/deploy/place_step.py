"""The fourth step: where the service will run, and only that place's questions."""

from __future__ import annotations

from functools import partial
from typing import Any

from wizard.steps.answers import Answers
from wizard.steps.deploy.ground import CLOUD_RUN, LOCAL, WORKSHOP
from wizard.steps.deploy.plan_fields import on_this_machine, plan_field
from wizard.steps.deploy.proposals import Proposals
from wizard.steps.fields import Choice, Field, Kind, Step, Verdict

_RUNTIMES = {
    "auto": ("Container, else process", "The usual choice."),
    "container": ("Container", "As in production; needs an engine such as Docker."),
    "process": ("Process", "Needs no engine, and has no limits of memory and CPU."),
}
_ACCESS = {
    "private": ("Private", "Only accounts you name may call it."),
    "public": ("Public", "Everybody on the internet may call it, and you pay for the calls."),
    "public-without-check": (
        "Public, unchecked",
        "The same where a policy of the organisation forbids the grant to everybody: nobody is asked who they are.",
    ),
}


def place_step(proposals: Proposals) -> Step:
    field = partial(plan_field, proposals)
    cloud = partial(plan_field, proposals, target="cloud_run")
    return Step(
        "place",
        "Where to",
        "The same image runs on this machine and in the cloud. Begin here, or with the local Cloud Run: both cost nothing.",
        (
            _where(proposals),
            field("target.runtime", "Runs as", labels=_RUNTIMES, visible=on_this_machine),
            cloud(
                "target.project",
                "Project",
                placeholder="my-project-id",
                probe=_project,
                probing="looking whether the project exists",
            ),
            cloud("target.region", "Region", kind=Kind.CHOICE, choices=lambda answers: _regions(proposals, answers)),
            cloud("target.repository", "Repository for images"),
            cloud("target.access", "Who may call it", labels=_ACCESS),
            cloud("target.invokers", "Callers", placeholder="user:ada@example.com"),
            cloud(
                "target.endpoint", "Address of a local Cloud Run", placeholder="http://127.0.0.1:8790", advanced=True
            ),
            # Asked for both targets, which mean something else by it; each one's own reason comes with its default.
            field(
                "target.port",
                "Port",
                why="Where the service listens: on this machine for callers, on Cloud Run inside the container.",
                advanced=True,
            ),
        ),
    )


def _where(proposals: Proposals) -> Field:
    from wizard.plan.fields import field_paths

    choices = (
        Choice(LOCAL, "This machine", field_paths("local")["target.kind"]),
        Choice(CLOUD_RUN, "Google Cloud Run", field_paths("cloud_run")["target.kind"]),
        Choice(
            WORKSHOP, "Local Cloud Run", "Practise Cloud Run on this machine, without an account and without a bill."
        ),
    )
    return Field(
        name="where",
        label="Where to",
        why="Only what the place needs is asked. You can come back and choose another: the image stays the same.",
        kind=Kind.CHOICE,
        default=LOCAL,
        choices=choices,
        check=lambda _value, answers: proposals.of(answers).at("where"),
    )


def _regions(proposals: Proposals, answers: Answers) -> tuple[Choice, ...]:
    """The regions known, the cheaper tier first; and the one of an opened plan or of the local Cloud Run, whatever it is."""
    from wizard.targets.cloud_run.places import regions

    known = tuple(Choice(region.name, region.label, region.why) for region in regions())
    proposed = proposals.of(answers).draft
    here: Any = answers.given.get("target.region") or getattr(proposed.target, "region", None)
    return known if here is None or any(one.value == here for one in known) else (*known, Choice(here))


def _project(value: str, answers: Answers) -> Verdict:
    from wizard.targets.cloud_run.places import project_problem

    return project_problem(value, answers["target.region"] or "", answers["target.endpoint"] or "")
