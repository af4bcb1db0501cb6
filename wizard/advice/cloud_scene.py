"""What Cloud Run said about something that failed, what is known beside it, and how a rule makes a cause of the two."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from wizard.advice.cause import Cause, CauseKind, Evidence

SERVICE_AGENT = "service-{number}@serverless-robot-prod.iam.gserviceaccount.com"
"""The account with which Cloud Run itself reads images and keys; `number` is the project's."""
DEFAULT_ACCOUNT = "{number}-compute@developer.gserviceaccount.com"
"""The account a service runs as where none is named."""
UNKNOWN_ACCOUNT = "SERVICE_ACCOUNT"
"""Stands in a command for the account a service runs as, where nobody knows it."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of a service or revision, the error of an operation, or that of a call."""

    type: str = ""
    """"Ready", "ContainerHealthy" …; "" where it is no condition."""
    reason: str = ""
    """Name of its reason or status code, as either API writes it: "HEALTH_CHECK_CONTAINER_ERROR", "HealthCheckContainerError"."""
    message: str = ""

    @property
    def words(self) -> str:
        """The reason in capitals with underscores."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", self.reason).upper().replace("-", "_")


@dataclass(frozen=True, slots=True)
class CloudFacts:
    """What is known beside the message. "" and None mean that nobody knows; then the fix has the word in capitals."""

    project: str = ""
    project_number: str = ""
    region: str = ""
    service: str = ""
    service_account: str = ""
    """The account the service runs as; where it is not told, that is the project's default compute account."""
    account: str = ""
    """The account that makes the calls: yours."""
    repository: str = ""
    image: str = ""
    port: int | None = None
    memory: int | None = None
    """Bytes the service may have."""
    waited: float | None = None
    """Seconds the startup probe gave it."""

    def words(self) -> dict[str, str]:
        """The names as they are put into sentences and commands."""
        agent = SERVICE_AGENT.format(number=self.project_number) if self.project_number else "SERVICE_AGENT"
        default = DEFAULT_ACCOUNT.format(number=self.project_number) if self.project_number else UNKNOWN_ACCOUNT
        return {
            "project": self.project or "PROJECT",
            "region": self.region or "REGION",
            "service": self.service or "SERVICE",
            "runtime": self.service_account or default,
            "member": member(self.account),
            "repository": self.repository or "REPOSITORY",
            "image": self.image or "the image",
            "agent": agent,
        }


def member(account: str) -> str:
    """An account as IAM writes it: "user:ada@example.com"."""
    if not account:
        return "user:YOU"
    if ":" in account:
        return account
    return f"{'serviceAccount' if account.endswith('gserviceaccount.com') else 'user'}:{account}"


Filling = Callable[[Mapping[str, str]], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A cause and how it is known: by its words, or else by its reason.

    The three sentences may name what the pattern's groups hold, what `CloudFacts.words` gives, and what `fill` makes of both.
    """

    kind: CauseKind
    title: str
    why: str
    fix: str
    pattern: re.Pattern[str] | None = None
    reasons: tuple[str, ...] = ()
    fill: Filling = lambda words: {}

    def cause(self, condition: Condition, facts: CloudFacts, match: re.Match[str] | None) -> Cause:
        """The cause of a condition this rule is right for; `match` is None where only its reason is known."""
        named = {key: value for key, value in (match.groupdict() if match else {}).items() if value}
        unnamed = dict.fromkeys(self.pattern.groupindex if self.pattern else (), "")
        words = {**unnamed, **facts.words(), **named}
        words.update(self.fill(words))
        title, why, fix = (sentence.format(**words) for sentence in (self.title, self.why, self.fix))
        return Cause(self.kind, title, why, said(condition), fix)


def rule(
    kind: CauseKind, pattern: str, *, title: str, why: str, fix: str, reasons: tuple[str, ...] = (),
    fill: Filling = lambda words: {},
) -> Rule:  # fmt: skip
    """A rule by a pattern, which is searched for in the message whatever the case; "" for one by its reasons alone."""
    return Rule(kind, title, why, fix, re.compile(pattern, re.IGNORECASE) if pattern else None, reasons, fill)


def said(condition: Condition) -> tuple[Evidence, ...]:
    """The platform's own words as evidence."""
    text = " ".join(condition.message.split())
    return (Evidence(0, f"{condition.reason}: {text}" if condition.reason and text else text or condition.reason),)
