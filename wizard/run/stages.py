"""The stages, each a few lines that hand the values to the package that does the work."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.bundle.bundle import Bundle
from wizard.errors import InspectionError
from wizard.events import Reporter
from wizard.images.image import Image
from wizard.inspection.inspection import Inspection
from wizard.locking.environment import Environment
from wizard.locking.lock import Lock
from wizard.rehearsal.report import RehearsalReport
from wizard.run.planning import bring_up_to_date, check_safe, check_servable
from wizard.run.recorded_answers import expected_answers, recorded_stamp, refined_by_plan
from wizard.run.road import Road, Stage, key_of
from wizard.targets.cloud_run.preflight_finding import Preflight
from wizard.targets.release import Release

if TYPE_CHECKING:
    from wizard.images.push import Pushed

# --- inspect ------------------------------------------------------------------------------------------------


def _model_path(road: Road) -> Path:
    return road.project.folder / road.written_plan.model.path


def _inspect_key(road: Road) -> str:
    path = _model_path(road)
    try:
        stat = path.stat()
    except OSError as error:
        raise InspectionError(
            f"There is no model at {path}.",
            f"{error.strerror}; the plan {road.project.plan_path.name} names it.",
            "Put the file there, correct model.path in the plan, or make a new plan: sendoff plan MODEL.",
        ) from None
    return key_of("inspect", str(path), stat.st_size, stat.st_mtime_ns, stat.st_ino, *recorded_stamp(road))


def _inspect(road: Road, reporter: Reporter) -> Inspection:
    from wizard.inspection import inspect_model

    return refined_by_plan(road, inspect_model(_model_path(road), reporter=reporter))


def _still_inspected(_road: Road, inspection: Inspection) -> bool:
    """What was found beside the model may have changed; the file itself has not, or its key had."""
    return not inspection.local_modules


def _inspected(inspection: Inspection) -> str:
    version = f" {inspection.framework_version}" if inspection.framework_version else ""
    return f"{inspection.framework}{version}, {inspection.root.rpartition('.')[2]}, {inspection.task.value}"


# --- plan ---------------------------------------------------------------------------------------------------


def _plan(road: Road, reporter: Reporter) -> Any:
    plan = road.written_plan
    inspection = road.inspection
    if plan.model.sha256 not in {None, inspection.sha256}:
        plan, changes = bring_up_to_date(plan, inspection, road.project.folder)
        reporter.notice(
            f"The model file has changed since the plan was made: it now holds {_inspected(inspection)}, "
            f"{len(inspection.columns)} inputs. This run follows the file"
            + (f": {'; '.join(changes)}. " if changes else "; no value of the plan but its digest differs. ")
            + "`sendoff plan` writes it down."
        )
    check_safe(
        inspection,
        plan.model.trusted,
        f"write into {road.project.plan_path.name} under model: trusted: true and sha256: {inspection.sha256}",
    )
    check_servable(inspection, plan.image.extra_requirements)
    return plan


# --- preflight ----------------------------------------------------------------------------------------------


def _preflight_key(road: Road) -> str:
    plan = road.plan
    values = {path: value for path, value in plan.values().items() if path.startswith(("target.", "service."))}
    return key_of("preflight", values, os.environ.get("GOOGLE_APPLICATION_CREDENTIALS"))


def _preflight(road: Road, reporter: Reporter) -> Preflight:
    from wizard.targets.cloud_run.preflight import preflight

    road.engine_or_none()  # without one nothing can be built for a cloud: better said now
    return preflight(
        road.plan, reporter, cloud=road.cloud(), create_repository=road.consent, project=road.project.folder
    )


# --- lock ---------------------------------------------------------------------------------------------------


def _server_requirements(road: Road) -> tuple[str, ...]:
    from wizard.bundle import server_requirements

    return server_requirements(road.plan.serving.server)


def _lock_key(road: Road) -> str:
    image = road.plan.image
    return key_of(
        "lock",
        image.requirements,
        image.extra_requirements,
        image.python,
        road.plan.model.as_of,
        _server_requirements(road),
    )


def _lock(road: Road, reporter: Reporter) -> Lock:
    from wizard.locking import lock

    return lock(road.plan, _server_requirements(road), reporter)


# --- bundle -------------------------------------------------------------------------------------------------


def _base_reference(road: Road) -> str | None:
    """The base image by digest, where an engine that has it can tell."""
    engine = road.engine_or_none()
    if engine is None:
        return None
    from wizard.images import base_reference

    return base_reference(road.plan.image.base, engine)


def _bundle(road: Road, reporter: Reporter) -> Bundle:
    from wizard.bundle import write_bundle

    if road.plan.target.kind == "cloud_run":
        from wizard.targets.cloud_run.cloud import TO_ASK_FOR_A_REVISION

        road.cloud().warm(TO_ASK_FOR_A_REVISION)
    return write_bundle(
        road.plan,
        road.inspection,
        road.lock,
        road.project.bundle,
        reporter,
        project=road.project.folder,
        base_reference=_base_reference(road),
    )


# --- build --------------------------------------------------------------------------------------------------


def _build_key(road: Road) -> str:
    engine = road.engine_or_none()
    if engine is None:
        return key_of("environment", road.lock.sha256, platform.machine())
    from wizard.images import image_id

    base = image_id(engine, road.plan.image.base)  # a base without a digest may be another one under the same name
    return key_of("image", road.bundle.sha256, base, _labels(road))


def _labels(road: Road) -> dict[str, str]:
    """What the image says about itself. Where it runs is not part of it."""
    plan = road.plan
    values = {path: value for path, value in plan.values().items() if not path.startswith("target.")}
    return {
        "dev.sendoff.service": plan.service.name,
        "dev.sendoff.model.sha256": road.inspection.sha256,
        "dev.sendoff.plan.sha256": hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest(),
        "dev.sendoff.bundle.sha256": road.bundle.sha256,
        "dev.sendoff.framework": f"{plan.model.framework} {plan.model.version or ''}".strip(),
    }


def _build(road: Road, reporter: Reporter) -> Image | Environment:
    plan = road.plan
    engine = road.engine_or_none()
    if engine is None:
        from wizard.locking import ensure_environment

        if plan.target.kind == "local" and plan.target.runtime == "auto":
            reporter.notice(
                "No Docker engine answers here, so the same server will run as a plain process in the locked environment. "
                "`sendoff doctor` says how to get an engine; the rehearsal says what it cannot check without one."
            )
        return ensure_environment(road.lock, road.project.environments, reporter)
    from wizard.images import DockerBuilder

    tag = f"{plan.service.name}:{road.bundle.sha256[:12]}"
    return DockerBuilder(engine).build(road.bundle, tag=tag, labels=_labels(road), reporter=reporter)


def _build_holds(road: Road, built: Image | Environment) -> bool:
    if isinstance(built, Image):
        from wizard.images import exists

        return exists(road.engine(), built.id)
    return Path(built.python).exists()


def _built(built: Image | Environment) -> str:
    from wizard.plan import approximate_bytes

    if isinstance(built, Image):
        return f"{built.reference}, {approximate_bytes(built.size)}"
    return "a locked environment, no image"


# --- rehearse -----------------------------------------------------------------------------------------------


def _rehearse_key(road: Road) -> str:
    built = road.built
    service = road.plan.service
    expected = expected_answers(road)
    return key_of(
        "rehearse",
        built.id if isinstance(built, Image) else built.python,
        road.bundle.sha256,
        service.cpu,
        service.memory,
        service.concurrency,
        service.env,
        *([hashlib.sha256(expected.to_json().encode()).hexdigest()] if expected is not None else []),
    )


def _rehearse(road: Road, reporter: Reporter) -> RehearsalReport:
    from wizard.rehearsal import rehearse, require_passed

    report = rehearse(
        road.plan, road.inspection, road.bundle, road.runtime(), reporter, expected=expected_answers(road)
    )
    for sentence in report.advice:
        reporter.notice(sentence)
    require_passed(report)
    return report


def _rehearsed(report: RehearsalReport) -> str:
    from wizard.rehearsal.report import Outcome

    passed = sum(check.outcome is Outcome.PASSED for check in report.checks)
    parity = f", {report.parity.agreed} of {report.parity.rows} rows agree" if report.parity is not None else ""
    not_covered = sum(check.outcome is Outcome.NOT_COVERED for check in report.checks)
    left_out = f" ({not_covered} cannot be made here)" if not_covered else ""
    return f"{passed} of {len(report.checks)} checks passed{left_out}{parity}, up in {report.start_seconds:.1f} s"


# --- push ---------------------------------------------------------------------------------------------------


def _push(road: Road, reporter: Reporter) -> Pushed:
    from wizard.targets.cloud_run.pushing import hand_over_bundle, push_image

    if isinstance(road.built, Image):
        return push_image(
            road.plan,
            road.built,
            road.engine(),
            reporter,
            cloud=road.cloud(),
            repository=road.preflight.repository,
        )
    reporter.notice("No engine is here: the local Cloud Run takes the bundle itself and runs it as a plain process.")
    return hand_over_bundle(road.plan, road.bundle, road.built, road.cloud())


def _pushed(pushed: Pushed) -> str:
    from wizard.plan import approximate_bytes

    return f"{approximate_bytes(pushed.sent)} sent, {pushed.digest[:19]}"


# --- release ------------------------------------------------------------------------------------------------


def _release(road: Road, reporter: Reporter) -> Release:
    match road.plan.target.kind:
        case "local":
            from wizard.targets import local

            return local.release(
                road.plan, road.bundle, road.image, road.runtime(), reporter, project=road.project.folder
            )
        case "cloud_run":
            from wizard.targets.cloud_run.releasing import release

            for sentence in _costs(road):
                reporter.notice(sentence)
            return release(
                road.plan,
                road.bundle,
                road.pushed,
                road.report,
                reporter,
                project=road.project.folder,
                cloud=road.cloud(),
            )


def _costs(road: Road) -> tuple[str, ...]:
    """What the service will cost in a month, and what would cost less, from the rehearsal's latency."""
    from wizard.targets.cloud_run.cost import costs_in_words

    return costs_in_words(road.plan, road.report.seconds_per_request)


_CLOUD = frozenset({"cloud_run"})

STAGES: tuple[Stage[Any], ...] = (
    Stage(
        name="inspect",
        title="Look into the model",
        work=_inspect,
        note=_inspected,
        kinds=(Inspection,),
        key=_inspect_key,
        holds=_still_inspected,
    ),
    Stage(name="plan", title="Read the plan", work=_plan, note=lambda plan: str(plan.service.name)),
    Stage(
        name="preflight",
        title="Look at the cloud",
        work=_preflight,
        note=lambda found: str(found.summary),
        kinds=(Preflight,),
        key=_preflight_key,
        holds=lambda road, found: found.fresh,
        targets=_CLOUD,
    ),
    Stage(
        name="lock",
        title="Pin the dependencies",
        work=_lock,
        note=lambda lock: f"{len(lock.packages)} packages for Python {lock.python}",
        kinds=(Lock,),
        key=_lock_key,
    ),
    Stage(
        name="bundle",
        title="Write the bundle",
        work=_bundle,
        note=lambda bundle: f"{len(bundle.files)} files in {bundle.folder}",
    ),
    Stage(
        name="build",
        title="Build the image",
        work=_build,
        note=_built,
        kinds=(Image, Environment),
        key=_build_key,
        holds=_build_holds,
    ),
    Stage(
        name="rehearse",
        title="Rehearse the service",
        work=_rehearse,
        note=_rehearsed,
        kinds=(RehearsalReport,),
        key=_rehearse_key,
    ),
    # The registry itself recognises the layers it has.
    Stage(name="push", title="Push the image", work=_push, note=_pushed, targets=_CLOUD),
    # The target itself recognises a service that already runs.
    Stage(name="release", title="Release", work=_release, note=lambda release: str(release.url)),
)
"""In the order of the road."""
