"""`sendoff inspect` and `sendoff plan`: what the model is, and what is proposed for it."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from wizard.cli.asking import may_ask
from wizard.cli.outcome import ask, fold, print_json, say
from wizard.errors import PlanError, UnsafeModelError
from wizard.inspection.inspection import Inspection, Severity
from wizard.printable import one_line

if TYPE_CHECKING:
    from wizard.plan import Plan


def show_inspection(path: Path, as_json: bool) -> None:
    """Print what the file says about itself. Raises InspectionError; UnsafeModelError after showing the danger."""
    from wizard.inspection import inspect_model

    inspection = inspect_model(path)
    if as_json:
        from wizard.inspection import to_dict

        print_json({"ok": not inspection.dangerous, "inspection": to_dict(inspection)})
    else:
        _print(inspection)
    if inspection.dangerous:
        if as_json:
            raise typer.Exit(1)
        raise UnsafeModelError(
            f"{path.name} would run code that no model needs.",
            "Loading it is running it. Sendoff has only read it.",
            "Do not load it unless you know who made it and why.",
        )


_MARKS = {Severity.DANGEROUS: "✗ danger", Severity.UNKNOWN: "? unknown", Severity.NOTE: "· note"}


def _print(inspection: Inspection) -> None:
    from wizard.inspection.summary import summary

    told = summary(inspection)
    say(one_line(inspection.path))
    for label, text in told.rows:
        say(fold(text, f"  {label:<11}", " " * 13))
    if told.tree:
        say()
    for line in told.tree:
        say(f"  {line}")
    if told.columns:
        say()
    wide = min(30, max((len(name) for name, _ in told.columns), default=0))
    for name, text in told.columns:
        say(fold(text, f"  {name:<{wide}}  ", " " * (wide + 4)))
    if told.more_columns:
        say(f"  … and {told.more_columns} more")
    if told.findings:
        say()
    for severity, text in told.findings:
        say(fold(text, f"  {_MARKS[severity]:<10} ", " " * 13))
    if told.more_findings:
        say(f"  … and {told.more_findings} more; --json lists them all")
    say()
    say(f"  Read in {inspection.seconds * 1000:.0f} ms; nothing in it was run.")


def write_plan(model: Path, output: str | None, settings: list[str], yes: bool, as_json: bool) -> None:
    """Make a plan and write it, asking before an existing one is replaced."""
    from wizard.plan import dump_plan, save_plan

    path = _plan_path(model) if output in {None, "-"} else Path(str(output))
    plan, heading = _make(model, path.absolute().parent, settings)
    if output == "-":
        if as_json:
            _plan_json(plan, None)
        else:
            say(dump_plan(plan, heading).rstrip("\n"))
        return
    if path.exists() and not ask(
        f"{path} exists. Replace it, and what was changed in it by hand?", yes, f"sendoff plan {model} -o {path}"
    ):
        raise typer.Exit(1)
    save_plan(plan, path, heading)
    if as_json:
        _plan_json(plan, path)
        return
    _summary(plan)
    shown = os.path.relpath(path)
    say(f"Written to {shown}. Next: sendoff up {shlex.quote(shown)}")


def _plan_path(model: Path) -> Path:
    from wizard.run import PLAN_NAME

    return model.absolute().parent / PLAN_NAME


def _make(model: Path, project: Path, settings: list[str]) -> tuple[Plan, str]:
    from wizard.inspection import inspect_model
    from wizard.plan import parse_settings
    from wizard.run import check_safe, check_servable, make_plan
    from wizard.run.recorded_answers import refined_beside

    given = parse_settings(settings)
    inspection = refined_beside(inspect_model(model))
    check_safe(
        inspection,
        given.get("model.trusted") is True,
        f"sendoff plan {shlex.quote(str(model))} --set model.trusted=true",
    )
    if not inspection.dangerous:
        check_servable(inspection, given.get("image.extra_requirements", ()))
    plan = make_plan(inspection, project, given)
    kind = inspection.root.rpartition(".")[2]
    return (
        plan,
        f"Plan for {model.name}: {kind}, {inspection.framework} {inspection.framework_version}, {inspection.task}.",
    )


def _plan_json(plan: Plan, path: Path | None) -> None:
    sources = {name: {"source": origin.source.value, "why": origin.why} for name, origin in plan.sources.items()}
    print_json({"ok": True, "path": str(path) if path else None, "plan": plan.values(), "sources": sources})


def _summary(plan: Plan) -> None:
    """What matters most, with where it came from."""
    from wizard.plan import format_bytes

    shown = (
        "model.path", "model.framework", "model.version", "model.as_of", "image.base", "image.requirements",
        "serving.server", "serving.batching", "service.name", "service.cpu", "service.memory", "target.kind",
        "target.project", "target.region", "target.endpoint", "target.access", "target.min_instances",
        "target.max_instances",
    )  # fmt: skip
    values = plan.values()
    given = [path for path in shown if values.get(path, "") != ""]
    wide = max(map(len, given))
    for path in given:
        value = values[path]
        text = format_bytes(value) if path == "service.memory" else _written(value)
        origin = plan.origin(path)
        say(f"  {path:<{wide}}  {text}")
        if origin is not None:
            say(fold(f"{origin.why} [{origin.source.value}]", " " * (wide + 4), " " * (wide + 4)))


def _written(value: object) -> str:
    """A value as the plan's file has it."""
    match value:
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
        case list():
            return ", ".join(map(str, value))
    return str(value)


def plan_for(path: Path, settings: list[str], yes: bool, as_json: bool) -> Path:
    """The plan to walk: the file given, or one made for the model given. Ends the command where the person says no."""
    from wizard.plan import load_plan, save_plan

    if path.suffix.lower() in {".yaml", ".yml"}:
        if settings and path.exists():
            raise PlanError(
                "--set, --target, --project and --region change nothing in a plan that is already written.",
                f"{path} says what is done, so that the same is done everywhere.",
                f"Edit {path}, or make it anew: sendoff plan MODEL -o {path} --target …",
            )
        return path
    plan_path = _plan_path(path)
    existing = None
    if plan_path.exists():
        try:
            existing = load_plan(plan_path)
        except PlanError:
            if not settings:
                raise
    if existing is not None and (plan_path.parent / existing.model.path).resolve() != path.resolve():
        existing = None
    plan, heading = (existing, "") if existing and not settings else _make(path, plan_path.parent, settings)
    differing = _differing(existing, plan, settings) if existing else []
    if existing and not differing:
        if not as_json:
            say(f"Following {os.path.relpath(plan_path)}.")
        return plan_path
    if not as_json:
        _summary(plan)
    if plan_path.exists():
        question = f"{os.path.relpath(plan_path)} exists. Replace it with this plan, and go?"
    else:
        question = f"Write this plan to {os.path.relpath(plan_path)}, and go?"
    if may_ask() and not as_json:
        if not ask(question, yes, ""):
            raise typer.Exit(1)
    elif plan_path.exists() and not yes:
        raise PlanError(
            f"{os.path.relpath(plan_path)} exists and is another plan.",
            f"{'; '.join(differing)}." if differing else "",
            "Say --yes to replace it, with what was changed in it by hand, or follow it as it is: "
            f"sendoff up {shlex.quote(os.path.relpath(plan_path))}",
        )
    save_plan(plan, plan_path, heading)
    return plan_path


def _differing(existing: Plan, plan: Plan, settings: list[str]) -> list[str]:
    """Which of the settings given the existing plan does not have, in words."""
    from wizard.plan import parse_settings

    was, now = existing.values(), plan.values()
    fields = dict.fromkeys(".".join(path.split(".")[:2]) for path in parse_settings(settings))
    return [
        f"It says {path}: {_written(was[path])}, not {_written(now[path])}" if path in was else f"It has no {path}"
        for path in fields
        if was.get(path) != now.get(path)
    ]
