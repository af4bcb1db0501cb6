"""A road of three short stages for the real runner, so that what is around a run can be tested in a moment.

Called in a kernel: `take_short_road()` has every run walk it. The middle stage waits for a file `go` in the project.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wizard.errors import BuildError
from wizard.events import Reporter
from wizard.run.road import Road, Stage
from wizard.run.run import Run


def _inspect(_road: Road, reporter: Reporter) -> dict[str, Any]:
    reporter.log("looked into it")
    return {"seen": True}


def _wait(road: Road, reporter: Reporter) -> dict[str, Any]:
    reporter.log("waiting for the sign")
    reporter.notice("This takes as long as you like.")
    while not (road.project.folder / "go").exists():
        reporter.check()
        reporter.cancel.wait(0.02)
    if (road.project.folder / "go").read_text(encoding="utf-8").startswith("fail"):
        raise BuildError("It could not be built.", "There was <b>no</b> room.", "Make room.", evidence=["disk full"])
    return {"built": True}


def _release(_road: Road, _reporter: Reporter) -> dict[str, Any]:
    return {
        "target": "local",
        "service": "short",
        "revision": "short-00001-abc",
        "url": "http://127.0.0.1:9",
        "call": "curl http://127.0.0.1:9/predict",
        "undo": "sendoff down short",
        "changed": True,
    }


STAGES: tuple[Stage[Any], ...] = (
    Stage(
        name="inspect",
        title="Look into the model",
        work=_inspect,
        note=lambda _: "a model",
        key=lambda _: "1",
        kinds=(dict,),
    ),
    Stage(name="build", title="Build the image", work=_wait, note=lambda _: "built"),
    Stage(name="release", title="Release", work=_release, note=lambda _: "http://127.0.0.1:9"),
)


def begin_short_run(plan_path: Path, consent: bool = False, **_: Any) -> Run:
    from wizard.plan import load_plan

    return Run(plan_path, consent=consent, plan=load_plan(plan_path), stages=STAGES).start()


def take_short_road() -> None:
    """Every run of this program walks it from now on."""
    from wizard.steps import run_questions

    run_questions.begin_run = begin_short_run
