"""`--target`, `--project` and `--region`: short ways of saying where, as settings of the plan."""

from __future__ import annotations

from wizard.errors import PlanError

WORKSHOP = "workshop"
_KINDS = ("local", "cloud_run", WORKSHOP)


def settings_for(target: str | None, project: str | None, region: str | None, settings: list[str]) -> list[str]:
    """The settings with the short ways spelled out; what `--set` says itself comes last and wins.

    Raises PlanError for an unknown target, and TargetError where no local Cloud Run is up.
    """
    short: list[str] = []
    if target is not None and target not in _KINDS:
        raise PlanError(
            f"There is no target {target!r}.",
            f"Known: {', '.join(_KINDS)}.",
            "workshop is a local Cloud Run to practise on: sendoff workshop up.",
            field="target.kind",
        )
    if target == WORKSHOP:
        from wizard.cli.workshop import running_workshop

        addresses = running_workshop()
        short += ["target.kind=cloud_run", f"target.endpoint={addresses.endpoint}"]
        project, region = project or addresses.project, region or addresses.region
    elif target is not None:
        short.append(f"target.kind={target}")
    elif project is not None or region is not None:
        short.append("target.kind=cloud_run")
    if project is not None:
        short.append(f"target.project={project}")
    if region is not None:
        short.append(f"target.region={region}")
    return short + settings
