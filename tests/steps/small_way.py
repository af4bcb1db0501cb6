"""A way through three small steps with a field of every kind: what `Deploy` is to a form, without a model."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wizard.errors import PlanError, SendoffError
from wizard.locking.lock import Lock, Package
from wizard.plan.problem import Problem
from wizard.steps import Answers, Choice, Fact, Field, Inferred, Kind, Session, Step
from wizard.steps.deploy.image_step import Locked

LONG_FIX = (
    "Choose a number between one and eight, or raise the quota of the project: " + "every word counts, " * 12 + "END."
)
LOCK = Lock("3.11", "x86_64-manylinux_2_28", "", (Package("pandas", "2.2.3", "the model"),), None)


class Gate:
    """Something slow, which the test lets through when it wants to."""

    def __init__(self) -> None:
        self.open = threading.Event()

    def wait(self) -> None:
        if not self.open.wait(60):
            raise SendoffError("The gate was never opened.")


class SmallWay:
    """Stands in for `Deploy`: a session of its own, and no plan."""

    def __init__(self, folder: Path) -> None:
        self.regions, self.project = Gate(), Gate()
        self.regions_error: SendoffError | None = None
        self.steps = self._steps()
        facts = (
            Fact("inspection", "reading the model", lambda _answers: None),
            Fact("surroundings", "looking around", lambda _answers: None),
            Fact("lock", "resolving", lambda _answers: Locked(LOCK)),
            Fact("regions", "asking for the regions", self._find_regions),
        )
        self.session = Session(self.steps, facts, debounce=0.0)
        self.folder = folder
        self.plan: Any = None
        self.inspection: Any = None
        self.draft_path: Path | None = None
        self.overwrites: Path | None = None
        self.plan_path = folder / "sendoff.yaml"
        self.refuses: PlanError | None = None
        self.written = 0
        self.closed = False

    def problems(self) -> tuple[Problem, ...]:
        views = (field for step in self.steps for field in self.session.view(step.name).fields if field.visible)
        return tuple(view.error for view in views if view.error is not None)

    def write(self) -> Path:
        if self.refuses is not None:
            raise self.refuses
        self.written += 1
        return self.plan_path

    def close(self) -> None:
        self.closed = True
        for gate in (self.regions, self.project):
            gate.open.set()
        self.session.close()

    def _find_regions(self, _answers: Answers) -> Sequence[Choice]:
        self.regions.wait()
        if self.regions_error is not None:
            raise self.regions_error
        return (Choice("europe-west1", "Belgium", "Near most of your callers."), Choice("us-central1", "Iowa"))

    def _exists(self, value: str, _answers: Answers) -> Problem | None:
        self.project.wait()
        if value != "nowhere":
            return None
        return Problem("project", "The project nowhere does not exist.", "The cloud knows no such project.", LONG_FIX)

    def _steps(self) -> tuple[Step, ...]:
        return (
            Step("first", "First", "The step with the simple questions.", self._first()),
            Step("cloud", "Where to", "The step whose answers come late.", self._cloud()),
            Step("lists", "Lists", "The step with several of everything.", _lists()),
            Step("review", "Review", "Everything once more, before anything is done."),
        )

    def _first(self) -> tuple[Field, ...]:
        made = Inferred("tame-otter", "Made from the file's name.", "file")
        measured = Inferred(2**29, "The model takes 80 MB.", "measured")
        cpus = Field(
            name="cpu",
            label="CPUs",
            why="How many processors.",
            kind=Kind.NUMBER,
            unit="vCPU",
            default=1,
            check=_check_cpu,
        )
        return (
            Field(
                name="model.path",
                label="Model file",
                why="What the model was saved in.",
                kind=Kind.PATH,
                default="model.pkl",
            ),
            Field(name="name", label="Name", why="What the service is called.", default=made),
            cpus,
            Field(name="memory", label="Memory", why="How much memory.", kind=Kind.SIZE, default=measured),
            Field(name="public", label="Public", why="Whether anybody may call it.", kind=Kind.BOOL, required=False),
            Field(
                name="account",
                label="Account",
                why="Who it acts as.",
                required=False,
                visible=lambda answers: not answers["public"],
            ),
            Field(name="rare", label="Rare", why="Hardly ever changed.", required=False, advanced=True),
        )

    def _cloud(self) -> tuple[Field, ...]:
        region = Field(
            name="region",
            label="Region",
            why="Where it runs.",
            kind=Kind.CHOICE,
            choices=lambda answers: answers.fact("regions"),
            default="europe-west1",
        )
        project = Field(
            name="project", label="Project", why="Who pays.", probe=self._exists, probing="asking the cloud"
        )
        return project, region


def _lists() -> tuple[Field, ...]:
    packages = Field(
        name="packages",
        label="Packages",
        why="What is installed.",
        kind=Kind.REQUIREMENTS,
        required=False,
        default=("numpy==2.1.3", "scikit-learn==1.5.2"),
        check=_check_packages,
    )
    env = Field(
        name="env",
        label="Variables",
        why="What the service finds in its environment.",
        kind=Kind.PAIRS,
        required=False,
        placeholder="LOG_LEVEL=info",
    )
    return packages, env, Field(name="token", label="Token", why="Shown nowhere.", kind=Kind.SECRET, required=False)


def _check_cpu(value: Any, _answers: Answers) -> Problem | None:
    if 1 <= value <= 8:
        return None
    return Problem(
        "cpu", "So many processors are not to be had.", f"{value} were asked for, at most 8 are there.", LONG_FIX, 8
    )


def _check_packages(value: tuple[str, ...], _answers: Answers) -> tuple[Problem, ...]:
    names = [text.split("==")[0] for text in value]
    return tuple(
        Problem(f"packages.{row}", f"The package {name} is there twice.", "", "Remove one of the two.")
        for row, name in enumerate(names)
        if name in names[:row]
    )
