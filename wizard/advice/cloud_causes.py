"""Why Cloud Run did not bring a service up: from a condition's reason, its message, and what the container said.

The reason is the sure sign where it is a particular one; the same failure has come under different status codes over the
years, so a code alone decides last. "The container failed to start" stands for everything that can go wrong inside it:
there the container's own log lines decide, as they do in a rehearsal.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from wizard.advice import causes
from wizard.advice.cause import Cause, CauseKind, Evidence, Facts, Listener
from wizard.advice.cloud_denials import DENIALS
from wizard.advice.cloud_limits import LIMITS
from wizard.advice.cloud_scene import CloudFacts, Condition, said
from wizard.advice.cloud_settings import SETTINGS

__all__ = ["Cause", "CauseKind", "CloudFacts", "Condition", "recognise_condition"]

_RULES = (*DENIALS, *LIMITS, *SETTINGS)
_VAGUE = frozenset({"", "UNKNOWN", "REVISION_FAILED", "FAILED_PRECONDITION", "INTERNAL", "WAITING_FOR_OPERATION"})
"""Reasons that speak of no cause."""
_CONTAINER = re.compile(
    r"failed to start|failed to listen|startup probe|starting container|Memory limit of|must support amd64"
    r"|exec format error|Container called exit|not ready and cannot serve traffic\.\s*$",
    re.IGNORECASE,
)
_EXIT = re.compile(r"Container called exit\((\d{1,3})\)|exited with (?:status|code) (\d{1,3})")
_SIGNAL = re.compile(r"(?:Container|Application) (?:was )?terminated (?:on|by) signal (\d{1,2})")
_LISTENING = re.compile(
    r"(?:running on|listening (?:at|on)):? (?:https?://)?(?P<host>\[[0-9a-fA-F:]+\]|[\w.*]+):(?P<port>\d{2,5})",
    re.IGNORECASE,
)
"""How uvicorn, gunicorn, hypercorn, Flask and waitress say where they listen."""
_LONGEST = 8_000
"""Characters of a message that are looked at; the longest seen have about 1,000."""
_PROBE = re.compile(r"probe failed|DEADLINE_EXCEEDED.*(?:probe|port)", re.IGNORECASE)


def recognise_condition(condition: Condition, logs: Sequence[str] = (), facts: CloudFacts | None = None) -> Cause:
    """The cause behind a failed condition, operation or call; kind UNKNOWN where it is none of the known ones.

    `logs` are the container's lines, oldest first, with Cloud Run's own among them where they were read together.
    """
    facts = facts or CloudFacts()
    if cause := _by_message(condition, facts):
        return cause
    if condition.words == "HEALTH_CHECK_CONTAINER_ERROR" or _CONTAINER.search(condition.message):
        # A container that cannot have its secret never starts, and only the log says so.
        return _in_logs(logs, facts) or _container(condition, logs, facts)
    if logs and condition.words in _VAGUE:
        found = _in_logs(logs, facts) or _container(condition, logs, facts)
        if found.kind not in (CauseKind.NOT_LISTENING, CauseKind.PROBE_FAILED):
            return found
    if cause := _by_reason(condition, facts):
        return cause
    return Cause(
        CauseKind.UNKNOWN,
        "Cloud Run could not bring the service up.",
        "Its own words are all that is known.",
        said(condition) + _last(logs),
        f"Correct what they name, then run the same command again. The whole log: {_read_logs(facts)}",
    )


def _by_message(condition: Condition, facts: CloudFacts) -> Cause | None:
    for rule in _RULES:
        if rule.pattern is not None and (match := rule.pattern.search(condition.message[:_LONGEST])):
            return rule.cause(condition, facts, match)
    return None


def _by_reason(condition: Condition, facts: CloudFacts) -> Cause | None:
    rule = next((one for one in _RULES if condition.words in one.reasons), None)
    return rule.cause(condition, facts, None) if rule else None


def _in_logs(logs: Sequence[str], facts: CloudFacts) -> Cause | None:
    secrets = [rule for rule in DENIALS if rule.kind in (CauseKind.SECRET_DENIED, CauseKind.SECRET_MISSING)]
    for number, line in reversed(list(enumerate(logs, 1))):
        for rule in secrets:
            if rule.pattern is not None and (match := rule.pattern.search(line)):
                return replace(rule.cause(Condition(), facts, match), evidence=(Evidence(number, line),))
    return None


def _container(condition: Condition, logs: Sequence[str], facts: CloudFacts) -> Cause:
    """The cause inside the container, as the platform's own words tell it, or else the container's log."""
    by_platform = causes.recognise(condition.message.splitlines(), None, False, Facts(memory_limit=facts.memory))
    if by_platform is not None:
        return replace(by_platform, evidence=said(condition))
    seen = Facts(
        port=facts.port or 8080,
        listening=_listeners(logs) or None,
        waited=facts.waited,
        memory_limit=facts.memory,
    )
    code, ending = _ending(logs)
    found = causes.recognise(logs, code, False, seen)
    assert found is not None  # with a port to listen on, not listening is the least it is
    if found.kind is not CauseKind.NOT_LISTENING:
        return replace(found, evidence=found.evidence or ending or said(condition))
    probes = tuple(Evidence(at, line) for at, line in enumerate(logs, 1) if _PROBE.search(line))[-1:]
    evidence = (*(one for one in found.evidence if one not in probes), *probes, *said(condition))
    if any(one.port == seen.port and not one.loopback for one in seen.listening or ()):
        return _probe_failed(seen, evidence)
    return replace(found, evidence=evidence, fix=f"{found.fix} The whole log: {_read_logs(facts)}")


def _probe_failed(seen: Facts, evidence: tuple[Evidence, ...]) -> Cause:
    within = f" within {seen.waited:.0f} s" if seen.waited else " in time"
    return Cause(
        CauseKind.PROBE_FAILED,
        f"The service listens on port {seen.port}, but its startup probe got no good answer{within}.",
        "It was still loading, or the path that the probe asks answers with an error.",
        evidence,
        "See that target.startup_probe.path answers 200 once the model is loaded (GET /health does in a bundle as it was"
        " written), and allow more time: target.startup_probe.failures times period may come to 240 s.",
    )


def _ending(logs: Sequence[str]) -> tuple[int | None, tuple[Evidence, ...]]:
    """How the container ended, where the platform noted it in the log: its exit code (128 + the signal), and that line."""
    for number, line in reversed(list(enumerate(logs, 1))):
        if match := _EXIT.search(line):
            return int(match[1] or match[2]), (Evidence(number, line),)
        if match := _SIGNAL.search(line):
            return 128 + int(match[1]), (Evidence(number, line),)
    return None, ()


def _listeners(logs: Sequence[str]) -> tuple[Listener, ...]:
    """Where servers said they listen. "localhost" and "*" are what servers write for the loopback and for everywhere."""
    names = {"localhost": "127.0.0.1", "*": "0.0.0.0"}
    found = []
    for line in logs:
        for match in _LISTENING.finditer(line):
            host = match["host"].strip("[]")
            found.append(Listener(names.get(host, host), int(match["port"])))
    return tuple(found)


def _last(logs: Sequence[str]) -> tuple[Evidence, ...]:
    return tuple(Evidence(at, line) for at, line in list(enumerate(logs, 1))[-3:])


def _read_logs(facts: CloudFacts) -> str:
    return "gcloud run services logs read {service} --region={region} --project={project}".format(**facts.words())
