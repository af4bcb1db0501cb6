"""The plan's settings and the rehearsal's seconds become a bill in words, and other ways to run the service with theirs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from wizard.plan import Plan
from wizard.plan.plan import GIB, MIB
from wizard.plan.rules import problems
from wizard.targets.cloud_run.cost import Alternative, alternatives, costs_in_words, explain, monthly_cost


@pytest.fixture
def plan_of() -> Callable[..., Plan]:
    """Makes a plan for Cloud Run with what a test sets in its service and its target."""

    def make(service: dict[str, Any] | None = None, **target: Any) -> Plan:
        return Plan.model_validate(
            {
                "model": {"path": "model.pkl", "framework": "scikit-learn"},
                "image": {"requirements": ["scikit-learn==1.5.2"]},
                "service": {"name": "housing", "concurrency": 32, **(service or {})},
                "target": {"kind": "cloud_run", "project": "my-project", **target},
            }
        )

    return make


def changing(plan: Plan, field: str, seconds: float = 0.05) -> Alternative:
    return next(one for one in alternatives(plan, seconds) if field in one.changes)


def test_a_small_service_costs_nothing_and_the_sentence_says_why(plan_of: Callable[..., Plan]) -> None:
    assert explain(monthly_cost(plan_of(), 0.05)) == (
        "About 0.00 USD a month at 1,000 requests a day of 50 ms each: all of it is within the free tier "
        "(list prices of 2026-08)."
    )


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.000126, "0.1 ms"), (0.0034, "3.4 ms"), (0.05, "50 ms"), (2, "2,000 ms")]
)
def test_times_are_said_in_milliseconds(plan_of: Callable[..., Plan], seconds: float, said: str) -> None:
    assert f"requests a day of {said} each" in explain(monthly_cost(plan_of(), seconds))


def test_a_bill_is_said_in_one_sentence_with_the_date_of_its_prices(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of({"memory": GIB}, requests_per_day=100_000)
    # As worked out by hand in the tests of the estimate.
    assert explain(monthly_cost(plan, 0.25)) == (
        "About 19.03 USD a month at 100,000 requests a day of 250 ms each (list prices of 2026-08, free tier included)."
    )


def test_the_regions_tier_counts(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of({"memory": GIB}, requests_per_day=100_000, region="europe-west3")
    assert monthly_cost(plan, 0.25).total == Decimal("28.57")


def test_a_region_the_table_does_not_have_is_reckoned_at_the_dearer_tier(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of({"memory": GIB}, requests_per_day=100_000, region="europe-north2")
    assert monthly_cost(plan, 0.25).total == Decimal("28.57")


def test_every_setting_of_the_bill_is_taken_from_the_plan(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(
        {"cpu": 4, "memory": 16 * GIB, "concurrency": 7},
        min_instances=1, max_instances=3, billing="instance", gpu="nvidia-l4", region="europe-west1",
        gpu_zonal_redundancy=True, requests_per_day=0,
    )  # fmt: skip
    machine = monthly_cost(plan, 1.0).machine
    assert (machine.cpu, machine.memory, machine.concurrency) == (4, 16 * GIB, 7)
    assert (machine.min_instances, machine.max_instances, machine.billing, machine.tier) == (1, 3, "instance", 1)
    assert (machine.gpu, machine.gpu_zonal_redundancy) == ("nvidia-l4", True)


def test_one_warm_instance_is_offered_with_its_price(plan_of: Callable[..., Plan]) -> None:
    warm = changing(plan_of(), "target.min_instances")
    assert warm.changes == {"target.min_instances": 1}
    assert warm.estimate.total == Decimal("9.71")


def test_doing_without_a_warm_instance_is_offered_where_there_is_one(plan_of: Callable[..., Plan]) -> None:
    cold = changing(plan_of(min_instances=2), "target.min_instances")
    assert cold.changes == {"target.min_instances": 0} and cold.estimate.total == 0


def test_the_other_way_of_billing_is_offered_both_ways(plan_of: Callable[..., Plan]) -> None:
    assert changing(plan_of(), "target.billing").changes == {"target.billing": "instance"}
    assert changing(plan_of(), "target.billing").estimate.total == Decimal("44.03")
    assert changing(plan_of(billing="instance"), "target.billing").changes == {"target.billing": "request"}


def test_half_the_cpus_are_offered_where_the_rules_allow(plan_of: Callable[..., Plan]) -> None:
    assert changing(plan_of({"cpu": 2}), "service.cpu").changes == {"service.cpu": 1}
    half = changing(plan_of({"memory": 512 * MIB}), "service.cpu")
    assert half.changes == {"service.cpu": 0.5, "service.concurrency": 1}
    assert half.estimate.usage.seconds_per_request == 0.1  # a prediction fills its CPU
    too_much_memory = plan_of({"cpu": 2, "memory": 8 * GIB})
    assert not any("service.cpu" in one.changes for one in alternatives(too_much_memory, 0.05))


@pytest.mark.parametrize(
    ("where", "cheaper"),
    [("europe-west3", "europe-"), ("us-west2", "us-west1"), ("northamerica-northeast1", "us-"), ("africa-south1", "")],
)  # fmt: skip
def test_a_cheaper_region_is_offered_on_the_same_continent(
    plan_of: Callable[..., Plan], where: str, cheaper: str
) -> None:
    found = changing(plan_of(region=where), "target.region")
    assert str(found.changes["target.region"]).startswith(cheaper)
    assert found.estimate.machine.tier == 1


def test_no_cheaper_region_is_offered_from_a_cheap_one(plan_of: Callable[..., Plan]) -> None:
    assert not any("target.region" in one.changes for one in alternatives(plan_of(), 0.05))


def test_a_gpu_is_only_offered_where_everybody_gets_it(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(
        {"cpu": 4, "memory": 16 * GIB},
        billing="instance",
        gpu="nvidia-l4",
        region="asia-southeast1",
        gpu_zonal_redundancy=True,
    )
    assert changing(plan, "target.region").changes["target.region"] in {"us-east4", "europe-west1", "europe-west4"}
    assert changing(plan, "target.gpu_zonal_redundancy").estimate.total < monthly_cost(plan, 0.05).total
    assert not any("target.billing" in one.changes for one in alternatives(plan, 0.05))


def test_what_is_offered_is_legal_and_the_cheapest_comes_first(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of({"cpu": 2, "memory": GIB}, region="europe-west3", min_instances=1, requests_per_day=50_000)
    offered = alternatives(plan, 0.2)
    totals = [one.estimate.total for one in offered]
    assert totals == sorted(totals) and len(offered) == 4
    for one in offered:
        data = plan.model_dump(mode="json")
        for path, value in one.changes.items():
            section, _, field = path.partition(".")
            data[section][field] = value
        assert problems(Plan.model_validate(data)) == problems(plan)
        assert one.sentence.endswith(".")


def test_a_clear_saving_is_said_before_a_release_and_a_small_one_is_not(plan_of: Callable[..., Plan]) -> None:
    assert len(costs_in_words(plan_of(), 0.05)) == 1
    warm = costs_in_words(plan_of(min_instances=1), 0.05)
    assert warm[0].startswith("About 9.71 USD a month")
    assert warm[1].startswith("Keep no instance warm") and warm[1].endswith("That costs nothing a month.")


def test_reckoning_needs_no_library_of_googles() -> None:
    import subprocess

    code = "import sys, wizard.targets.cloud_run.cost; print(any(n == 'grpc' or n.startswith('google') for n in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"
