"""What was found of the cloud: whether it is as a release needs it, and the commands that make it so."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from wizard.targets.cloud_run.api_errors import CloudError, retrying
from wizard.targets.cloud_run.api_trouble import Trouble
from wizard.targets.cloud_run.permissions import SOMEBODY

if TYPE_CHECKING:
    from wizard.events import Reporter
    from wizard.plan.cloud_run import CloudRunTarget
    from wizard.plan.plan import Plan
    from wizard.targets.cloud_run.cloud import Cloud

T = TypeVar("T")

REPOSITORY = "Repository"
"""Name of the finding about the repository for images."""
_FRESH = 600.0
"""Seconds for which a look at the cloud that found nothing in the way is believed."""


class Verdict(StrEnum):
    OK = "ok"
    MISSING = "missing"
    """Something a release needs is not there."""
    WRONG = "wrong"
    """Something is there, and a release cannot use it as it is."""
    UNKNOWN = "unknown"
    """It could not be looked at. The release itself will show it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    """What was looked at, in a few words."""
    verdict: Verdict
    found: str
    """What was found, one sentence."""
    why: str = ""
    """Why a release needs it."""
    fix: str = ""
    """The exact command, for whoever may run it."""
    blocks: bool = True
    """Whether a release cannot do without it; the others are advice."""
    value: str = ""
    """What the stages after this one need of it: of the repository, where images are pushed."""

    @property
    def blocking(self) -> bool:
        return self.blocks and self.verdict in {Verdict.MISSING, Verdict.WRONG}


@dataclass(frozen=True, slots=True)
class Preflight:
    """What was found of the cloud. Where one is returned, nothing of it blocks a release."""

    findings: tuple[Finding, ...]
    account: str
    """E-mail of the account that releases; empty where it cannot be known."""
    at: float
    """When it was looked at, seconds since the epoch."""

    @property
    def fresh(self) -> bool:
        """It was looked at so recently that looking again would only cost time; what changed since, the release says."""
        return 0 <= time.time() - self.at < _FRESH

    @property
    def repository(self) -> str:
        """Where images are pushed, host/PROJECT/REPOSITORY; empty where that could not be looked at."""
        return next((one.value for one in self.findings if one.name == REPOSITORY), "")

    @property
    def summary(self) -> str:
        """One line for a stage that is done."""
        good = sum(one.verdict is Verdict.OK for one in self.findings)
        open_ones = len(self.findings) - good
        return f"{good} of {good + open_ones} as needed" + (f", {open_ones} not certain" if open_ones else "")


@dataclass(frozen=True)
class Look:
    """What every check is given."""

    plan: Plan
    target: CloudRunTarget
    cloud: Cloud
    reporter: Reporter
    create_repository: bool
    """The person agreed to have the repository made."""
    project: str = ""
    """Folder of the project that is to be released; empty where that is not known."""

    @property
    def member(self) -> str:
        """You, as an IAM policy and a gcloud command name you."""
        return self.cloud.member or SOMEBODY

    def ask(self, call: Callable[[], T], doing: str) -> T:
        """The answer of a call that changes nothing. Raises CloudError, CancelledError."""
        return retrying(call, self.reporter, doing, safe=True, member=self.member, project=self.target.project)


def ok(name: str, found: str, value: str = "") -> Finding:
    return Finding(name, Verdict.OK, found, value=value)


def not_looked_at(name: str, error: CloudError) -> Finding:
    """A check that could not be made; where the reason is one that stops every release, that."""
    match error.kind:
        case Trouble.BILLING:
            return Finding("Billing", Verdict.WRONG, error.why, "Google runs nothing without it.", error.fix)
        case Trouble.PERMISSION:
            found = f"Your account may not look at it{f' ({error.permission})' if error.permission else ''}."
        case Trouble.API_DISABLED:
            found = f"It cannot be looked at. {error.why}"
        case _ if any(line.startswith("UNIMPLEMENTED") for line in error.evidence):
            found = "It cannot be looked at in this local Cloud Run."
        case _:
            found = f"It could not be looked at: {error.evidence[0] if error.evidence else error.why}"
    return Finding(name, Verdict.UNKNOWN, found, fix=error.command)
