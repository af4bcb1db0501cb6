"""What the plan's service will cost in a month, what would cost less or more, and both in sentences."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from wizard.advice.cloud_run_prices import Tier
from wizard.advice.costs import Estimate, Machine, Usage, estimate
from wizard.plan.cloud_run import CloudRunTarget
from wizard.plan.cloud_run_regions import REGIONS, region
from wizard.plan.plan import Plan
from wizard.plan.rules import problems

_WORTH_SAYING = Decimal("0.50")
"""Dollars a month below which a saving is not worth a sentence."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another way to run the same service, legal as the plan is."""

    sentence: str
    """What to change, and what it changes."""
    changes: Mapping[str, Any]
    """Dotted field path → value, as plain data."""
    estimate: Estimate


def monthly_cost(plan: Plan, seconds_per_request: float) -> Estimate:
    """The bill of a month for a plan that leads to Cloud Run, with the plan's guess of its traffic and the time a request was
    measured to take. On a local Cloud Run it is what Google would take."""
    target = _target(plan)
    return estimate(_machine(plan, target), Usage(target.requests_per_day, seconds_per_request))


def alternatives(plan: Plan, seconds_per_request: float) -> tuple[Alternative, ...]:
    """Other ways to run the service that the plan's rules allow, the cheapest first."""
    known = {(problem.field, problem.what) for problem in problems(plan)}
    found = []
    for sentence, changes, slower in _candidates(plan, _target(plan)):
        changed = _with(plan, changes)
        if {(problem.field, problem.what) for problem in problems(changed)} <= known:
            found.append(Alternative(sentence, changes, monthly_cost(changed, seconds_per_request * slower)))
    return tuple(sorted(found, key=lambda one: one.estimate.total))


def explain(estimate: Estimate) -> str:
    """The estimate in one sentence."""
    asked = estimate.usage.requests_per_day
    traffic = (
        f"{asked:,} request{'' if asked == 1 else 's'} a day of {_milliseconds(estimate.usage.seconds_per_request)}"
    )
    free = any(line.free for line in estimate.lines)
    if estimate.total:
        reason, included = "", ", free tier included" if free else ""
    else:
        reason, included = ": all of it is within the free tier" if free else ": nothing runs that is paid for", ""
    bill = f"About {_dollars(estimate.total)} a month at {traffic} each{reason}"
    return f"{bill} (list prices of {estimate.dated}{included})."


def costs_in_words(plan: Plan, seconds_per_request: float) -> tuple[str, ...]:
    """What a person should read before a release: the estimate, and the way that costs clearly less, where there is one."""
    now = monthly_cost(plan, seconds_per_request)
    cheapest = next(iter(alternatives(plan, seconds_per_request)), None)
    if cheapest is None or now.total - cheapest.estimate.total < _WORTH_SAYING:
        return (explain(now),)
    total = cheapest.estimate.total
    instead = f"That is about {_dollars(total)} a month instead." if total else "That costs nothing a month."
    return (explain(now), f"{cheapest.sentence} {instead}")


def _candidates(plan: Plan, target: CloudRunTarget) -> Iterator[tuple[str, dict[str, Any], float]]:
    """What to change, in words and as fields, and how many times longer a request then takes."""
    if target.min_instances:
        yield (
            "Keep no instance warm (target.min_instances: 0): the first request after a quiet while waits for a start.",
            {"target.min_instances": 0},
            1,
        )
    else:
        yield (
            "Keep one instance warm (target.min_instances: 1): no first request waits for a start.",
            {"target.min_instances": 1},
            1,
        )
    if target.billing == "request":
        yield (
            "Pay for as long as instances live (target.billing: instance): cheaper per second, with no price per request.",
            {"target.billing": "instance"},
            1,
        )
    else:
        yield (
            "Pay while requests run only (target.billing: request): nothing is paid between them.",
            {"target.billing": "request"},
            1,
        )
    cpu = plan.service.cpu
    if cpu > 1:
        yield (
            f"Run on half the CPUs (service.cpu: {cpu / 2:g}): many callers at once wait longer.",
            {"service.cpu": cpu / 2},
            1,
        )
    else:
        # Below one CPU an instance takes one request at a time, and a prediction that fills one CPU takes twice as long.
        yield (
            f"Run on half the CPU (service.cpu: {cpu / 2:g}, service.concurrency: 1): a request takes up to twice as long.",
            {"service.cpu": cpu / 2, "service.concurrency": 1},
            2,
        )
    if target.gpu != "none" and target.gpu_zonal_redundancy:
        yield (
            "Do without a second zone for the GPU (target.gpu_zonal_redundancy: false): a lost zone may stop the service.",
            {"target.gpu_zonal_redundancy": False},
            1,
        )
    if region(target.region).tier == 2 and (cheaper := _cheaper_region(target)):
        yield (
            f"Run in {cheaper} ({REGIONS[cheaper].place}), of the cheaper tier (target.region: {cheaper}), if data may go there.",
            {"target.region": cheaper},
            1,
        )


def _cheaper_region(target: CloudRunTarget) -> str:
    """The region of tier 1 that is nearest by name, on the same continent where it has one; "" where none has the GPU."""
    offered = [
        one.name
        for one in REGIONS.values()
        if one.tier == 1 and (target.gpu == "none" or target.gpu in set(one.gpus) - set(one.by_invitation))
    ]
    continent = target.region.partition("-")[0]
    continent = "us" if continent == "northamerica" else continent
    near = [name for name in offered if name.partition("-")[0] == continent] or offered
    return next(iter(difflib.get_close_matches(target.region, near, n=1, cutoff=0)), "")


def _machine(plan: Plan, target: CloudRunTarget) -> Machine:
    tier: Tier = region(target.region).tier
    return Machine(
        cpu=plan.service.cpu,
        memory=plan.service.memory,
        concurrency=plan.service.concurrency,
        min_instances=target.min_instances,
        max_instances=target.max_instances,
        billing=target.billing,
        tier=tier,
        gpu=target.gpu,
        gpu_zonal_redundancy=target.gpu_zonal_redundancy,
    )


def _with(plan: Plan, changes: Mapping[str, Any]) -> Plan:
    """The plan with some fields changed."""
    sections: dict[str, dict[str, Any]] = {}
    for path, value in changes.items():
        section, _, field = path.partition(".")
        sections.setdefault(section, {})[field] = value
    changed = {name: getattr(plan, name).model_copy(update=fields) for name, fields in sections.items()}
    return plan.model_copy(update=changed)


def _target(plan: Plan) -> CloudRunTarget:
    assert isinstance(plan.target, CloudRunTarget), "only a plan for Cloud Run has a bill"
    return plan.target


def _dollars(amount: Decimal) -> str:
    return f"{amount:,.2f} USD" if amount < 1000 else f"{amount:,.0f} USD"


def _milliseconds(seconds: float) -> str:
    """ "0.1 ms", "12 ms": a prediction of a small model is far below a second."""
    return f"{seconds * 1000:,.0f} ms" if seconds >= 0.01 else f"{seconds * 1000:.1f} ms"
