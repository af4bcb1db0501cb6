"""Preflight: everything a release needs of the cloud, looked at before a byte is built, and all findings told at once.

Nothing is changed, but for one thing: a missing repository is made where the person agreed to that.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.errors import TargetError
from wizard.targets.cloud_run.api_errors import CloudError
from wizard.targets.cloud_run.api_trouble import Trouble
from wizard.targets.cloud_run.preflight_apis import look_at_apis
from wizard.targets.cloud_run.preflight_finding import Finding, Look, Preflight, Verdict, not_looked_at
from wizard.targets.cloud_run.preflight_limits import look_at_limits
from wizard.targets.cloud_run.preflight_name import look_at_name
from wizard.targets.cloud_run.preflight_repository import look_at_repository
from wizard.targets.cloud_run.preflight_rights import look_at_rights, look_at_run_account
from wizard.targets.cloud_run.preflight_secrets import look_at_secrets
from wizard.targets.cloud_run.preflight_trial import look_at_trial

if TYPE_CHECKING:
    from wizard.events import Reporter
    from wizard.plan.plan import Plan
    from wizard.targets.cloud_run.cloud import Cloud

__all__ = ["Finding", "Preflight", "PreflightError", "Verdict", "preflight"]

Check = Callable[[Look], list[Finding]]


class PreflightError(TargetError):
    """Something that a release needs is missing or wrong: everything of the kind at once, each with its command."""

    def __init__(self, blocking: Sequence[Finding], findings: Sequence[Finding]) -> None:
        stand = f"{len(blocking)} things stand" if len(blocking) > 1 else "One thing stands"
        super().__init__(
            f"{stand} in the way of a release to Cloud Run.",
            " ".join(dict.fromkeys(one.why for one in blocking if one.why)),
            "Do what is said there, or have an administrator do it, then run the same command again.",
            # A finding and the command for it: lines of evidence are shown unbroken, ready to be copied.
            evidence=[
                line for one in blocking for line in (f"{one.name}: {one.found}", f"  {one.fix}") if line.strip()
            ],
        )
        self.findings = tuple(findings)

    def as_dict(self) -> dict[str, Any]:
        return {**super().as_dict(), "findings": [asdict(one) for one in self.findings]}


def preflight(
    plan: Plan,
    reporter: Reporter,
    *,
    cloud: Cloud | None = None,
    create_repository: bool = False,
    project: str | Path = "",
) -> Preflight:
    """Look at everything a release of `plan` needs of the cloud, side by side.

    `create_repository`: the person agreed to have the plan's repository made where it is missing. `project`: the folder of
    the project, which tells its own service from another's. Raises PreflightError with
    all that stands in the way, CloudError where nobody is logged in or no network is, CancelledError.
    """
    from wizard.targets.cloud_run.cloud import Cloud
    from wizard.targets.cloud_run.desired import cloud_run_target

    target = cloud_run_target(plan)
    own = cloud is None
    cloud = cloud or Cloud.of(target)
    try:
        reporter.progress(0, unit="checks", what="finding your login")
        account = cloud.principal  # whoever is not logged in learns that first, and alone
        reporter.log(f"Looking at the project {target.project} in {target.region} as {account or 'your account'}.")
        findings = _without_echoes(_all(Look(plan, target, cloud, reporter, create_repository, str(project))))
    finally:
        if own:
            cloud.close()
    for one in findings:
        reporter.log(f"{one.verdict.value:8}{one.name}: {one.found}")
        if one.verdict in {Verdict.MISSING, Verdict.WRONG} and not one.blocks:
            reporter.notice(f"{one.name}: {one.found} {one.why} {one.fix}")
    if blocking := [one for one in findings if one.blocking]:
        raise PreflightError(blocking, findings)
    return Preflight(tuple(findings), account, time.time())


def _repository_and_rights(look: Look) -> list[Finding]:
    """One after the other: which permissions are needed depends on whether the repository is there."""
    repository = look_at_repository(look)
    try:
        return [*look_at_rights(look, repository.verdict is Verdict.MISSING), repository]
    except CloudError as error:
        return [not_looked_at("Permissions", error), repository]


_CHECKS: tuple[tuple[str, Check], ...] = (
    ("APIs", look_at_apis),
    ("Repository and permissions", _repository_and_rights),
    ("Name", look_at_name),
    ("Account of the service", look_at_run_account),
    ("Secrets", look_at_secrets),
    ("Limits", look_at_limits),
    ("Trial", look_at_trial),
)


def _all(look: Look) -> list[Finding]:
    """The findings of every check, in the order of the checks."""
    pool = ThreadPoolExecutor(len(_CHECKS), thread_name_prefix="preflight")
    try:
        running: dict[Future[list[Finding]], str] = {
            pool.submit(_guarded, name, check, look): name for name, check in _CHECKS
        }
        waiting = set(running)
        while waiting:
            look.reporter.progress(
                len(running) - len(waiting), len(running), unit="checks", what=running[next(iter(waiting))]
            )
            _, waiting = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
            look.reporter.check()
        look.reporter.progress(len(running), len(running), unit="checks")
        return [finding for done in running for finding in done.result()]
    finally:
        # A call that is under way ends by its own timeout; nobody waits for it.
        pool.shutdown(wait=False, cancel_futures=True)


def _guarded(name: str, check: Check, look: Look) -> list[Finding]:
    try:
        return check(look)
    except CloudError as error:
        # Nobody is logged in; or Cloud Run, which the trial is the check of, does not answer.
        if error.kind is Trouble.CREDENTIALS or check is look_at_trial:
            raise
        return [not_looked_at(name, error)]


def _without_echoes(findings: list[Finding]) -> list[Finding]:
    """What the trial only repeats is left out: a permission that its own check has found missing, with the same command."""
    kept: list[Finding] = []
    for one in findings:
        said = one.blocking and one.fix and any(one.fix in earlier.fix for earlier in kept if earlier.blocking)
        if not said:
            kept.append(one)
    return kept
