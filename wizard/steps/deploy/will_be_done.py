"""What a run of the plan will do, in order and in plain words; and what is there already that it will replace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.errors import PlanError
from wizard.plan.quantities import approximate_bytes, format_bytes

if TYPE_CHECKING:
    from wizard.inspection.inspection import Inspection
    from wizard.plan.cloud_run import CloudRunTarget
    from wizard.plan.plan import LocalTarget, Plan


def what_will_be_done(plan: Plan, plan_path: Path, inspection: Inspection | None = None) -> tuple[str, ...]:
    """A sentence for each thing, in order."""
    return tuple(_sentences(plan, plan_path, inspection))


def _sentences(plan: Plan, plan_path: Path, inspection: Inspection | None) -> Iterator[str]:
    target = plan.target
    size = f" ({approximate_bytes(inspection.size)})" if inspection is not None else ""
    yield f"Write the plan to {plan_path.name}, which is enough to repeat all of this with no questions."
    yield f"Read {plan.model.path}{size} again without running it, and see that it is the file the plan speaks of."
    if target.kind == "cloud_run":
        yield (
            f"Look at the project {target.project} in {target.region}: login, permissions, repository, name, quota."
            " Nothing is changed."
        )
    packages = [*plan.image.requirements, *plan.image.extra_requirements]
    as_of = f", the model's as of {plan.model.as_of}" if plan.model.as_of else ""
    yield (
        f"Pin {_count(len(packages), 'package')}, the server's and all they need for Python {plan.image.python}{as_of}, with"
        " hashes."
    )
    yield f"Write the folder {plan_path.parent / 'bundle'}: server, handler, lock, Dockerfile, model."
    if target.kind == "local" and target.runtime == "process":
        yield f"Install the lock into an environment of its own under {plan_path.parent / '.sendoff'}."
    else:
        yield f"Build the image {plan.service.name} on {plan.image.base} with the engine of this machine."
    recorded = f" as recorded in {plan.model.recorded}" if plan.model.recorded else ""
    yield (
        f"Run it here with {format_bytes(plan.service.memory)} of memory and {plan.service.cpu:g} CPU, ask it good and bad"
        f" requests, compare its answers with the model's{recorded}, then stop it."
    )
    yield from _local(target) if target.kind == "local" else _cloud(plan, target)


def _local(target: LocalTarget) -> Iterator[str]:
    port = f"port {target.port}" if target.port else "a free port"
    what = {
        "process": "a process",
        "container": "a container",
        "auto": "a container, or as a process where no engine is,",
    }
    yield f"Leave it running as {what[target.runtime]} at {port} of 127.0.0.1, where only this machine reaches it."


_WHO = {
    "private": "Let nobody call it but those with the right to",
    "public": "Let everybody call it",
    "public-without-check": "Let everybody call it, without a look at who calls",
}


def _cloud(plan: Plan, target: CloudRunTarget) -> Iterator[str]:
    from wizard.steps.by_hand.gcloud_deploy import remote_image

    where = f"the local Cloud Run at {target.endpoint}" if target.endpoint else "Cloud Run"
    image = remote_image(plan, target).rpartition(":")[0]
    yield (
        f"Push the image to the repository {target.repository} of the local Cloud Run."
        if target.endpoint
        else f"Push the image to {image}."
    )
    yield f"Make a new revision of {plan.service.name} on {where}, with no traffic, and ask it at an address of its own."
    steps = [f"{step} %" for step in target.traffic]
    if len(steps) > 1:
        yield f"Move the traffic to it by steps of {', '.join(steps)}, {target.traffic_wait} s apart, asking it again before each."
    else:
        yield f"Give it {steps[0]} of the traffic once it has proved itself; where it does not, nothing is moved."
    callers = f": {', '.join(target.invokers)}" if target.invokers and target.access == "private" else ""
    yield f"{_WHO[target.access]}{callers}."


def what_is_replaced(plan: Plan, plan_path: Path) -> tuple[str, ...]:
    """A sentence for each thing that is there already; asks nobody but this machine's notes."""
    return tuple(_replaced(plan, plan_path))


def _replaced(plan: Plan, plan_path: Path) -> Iterator[str]:
    yield from _written(plan, plan_path)
    bundle = plan_path.parent / "bundle"
    if bundle.is_dir() and any(bundle.iterdir()):
        yield f"The folder {bundle.name} is made anew; a handler.py or routes.py you edited is kept, and so are files you added."
    yield from _standing(plan)


def _written(plan: Plan, plan_path: Path) -> Iterator[str]:
    """The plan file that lies there, where it says something else."""
    if not plan_path.exists():
        return
    from wizard.plan import load_plan

    try:
        standing = load_plan(plan_path)
    except PlanError:
        yield f"{plan_path.name} is there already and is no plan that can be read; it is written anew."
        return
    if standing.model.path != plan.model.path:
        yield f"{plan_path.name} is there already, for the model {standing.model.path}; it is written anew."
    elif standing.sha256 != plan.sha256:
        was, now = standing.values(), plan.values()
        changed = [path for path in now if was.get(path) != now[path]]
        which = _count(len(changed), "value")
        yield f"{plan_path.name} is there already and is written anew, with {which} changed."


def _standing(plan: Plan) -> Iterator[str]:
    """The service of that name at that place, where this account has released one."""
    name, target = plan.service.name, plan.target
    if target.kind == "local":
        from wizard.targets import registry

        record = registry.read(name)
        if record is not None:
            yield (
                f"The service {name} at {record.url}, released from {record.project}, is replaced by the new revision once that"
                " is healthy."
            )
        return
    from wizard.targets.cloud_run import records

    place = (name, target.project, target.region, target.endpoint)
    if any(place == (one.name, one.project, one.region, one.endpoint) for one in records.read_all()):
        yield f"The service {name} is there already: it gets a new revision, and the one before stays to go back to."


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
