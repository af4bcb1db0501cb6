"""A month's bill, worked out by hand in ten examples from the prices of August 2026, and what holds for every bill.

A month is 30 × 86,400 = 2,592,000 s. The free tier takes off, at most: with request-based billing 180,000 × 0.000024 = 4.32
of the CPU, 360,000 × 0.0000025 = 0.90 of the memory and 2 × 0.40 = 0.80 of the requests; with instance-based billing
240,000 × 0.000018 = 4.32 of the CPU and 450,000 × 0.000002 = 0.90 of the memory. All in dollars.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.advice import cloud_run_prices as prices
from wizard.advice.costs import Estimate, Machine, Usage, estimate

MIB, GIB = 2**20, 2**30

EXAMPLES = {
    # 1,000 × 30 = 30,000 requests, each 0.05 s and paid as 0.1 s: 3,000 s.
    # CPU 3,000 × 0.000024 = 0.072, memory 1,500 × 0.0000025 = 0.00375, requests 0.03 × 0.40 = 0.012: all free.
    "a small service is free": (Machine(cpu=1, memory=512 * MIB), Usage(1_000, 0.05), "0.00"),
    # 3,000,000 requests of 0.25 s, paid as 0.3 s: 900,000 s, one after the other.
    # CPU 900,000 × 0.000024 = 21.60 - 4.32 = 17.28; memory 900,000 × 0.0000025 = 2.25 - 0.90 = 1.35;
    # requests 3 × 0.40 = 1.20 - 0.80 = 0.40. Together 19.03.
    "beyond the free tier": (Machine(cpu=1, memory=GIB, concurrency=32), Usage(100_000, 0.25), "19.03"),
    # The same in tier 2: CPU 900,000 × 0.0000336 = 30.24 - 4.32 = 25.92; memory 900,000 × 0.0000035 = 3.15 - 0.90 = 2.25;
    # requests 0.40. Together 28.57.
    "the same in a region of tier 2": (
        Machine(cpu=1, memory=GIB, concurrency=32, tier=2), Usage(100_000, 0.25), "28.57",
    ),
    # 3,000 s active, free as above; idle 2,592,000 - 3,000 = 2,589,000 s.
    # CPU 2,589,000 × 0.0000025 = 6.4725; memory 1,294,500 × 0.0000025 = 3.23625. Together 9.70875.
    "one warm instance": (Machine(cpu=1, memory=512 * MIB, min_instances=1), Usage(1_000, 0.05), "9.71"),
    # 300,000 requests × 0.4 s = 120,000 s active. CPU 240,000 × 0.0000336 = 8.064 - 4.32 = 3.744;
    # memory 240,000 × 0.0000035 = 0.84, free. Idle 2 × 2,592,000 - 120,000 = 5,064,000 s:
    # CPU 10,128,000 × 0.0000035 = 35.448, memory the same. Requests 0.3 × 0.40, free. Together 74.64.
    "two larger warm instances in tier 2": (
        Machine(cpu=2, memory=2 * GIB, min_instances=2, tier=2), Usage(10_000, 0.4), "74.64",
    ),
    # 15,000,000 requests × 0.3 s = 4,500,000 s, more than a month has: they overlap on an instance that is always busy, which
    # 15,000,000 × 0.25 / 32 = 117,187.5 s of work at most do not fill. Active 2,592,000 s.
    # CPU 2,592,000 × 0.000024 = 62.208 - 4.32 = 57.888; memory 1,296,000 × 0.0000025 = 3.24 - 0.90 = 2.34;
    # requests 15 × 0.40 = 6.00 - 0.80 = 5.20. Together 65.428.
    "an instance that is always busy": (Machine(cpu=1, memory=512 * MIB, concurrency=32), Usage(500_000, 0.25), "65.43"),
    # 600,000,000 requests × 0.1 s / 10 at a time = 6,000,000 s.
    # CPU 12,000,000 × 0.000024 = 288.00 - 4.32 = 283.68; memory 6,000,000 × 0.0000025 = 15.00 - 0.90 = 14.10;
    # requests 600 × 0.40 = 240.00 - 0.80 = 239.20. Together 536.98.
    "many instances": (Machine(cpu=2, memory=GIB, concurrency=10), Usage(20_000_000, 0.1), "536.98"),
    # A request every 86.4 s, and 15 minutes of life after each: always alive, 2,592,000 s.
    # CPU 2,592,000 × 0.000018 = 46.656 - 4.32 = 42.336; memory 1,296,000 × 0.000002 = 2.592 - 0.90 = 1.692.
    # Together 44.028.
    "instance-based billing": (Machine(cpu=1, memory=512 * MIB, billing="instance"), Usage(1_000, 0.05), "44.03"),
    # 300 requests, each with 2 + 900 s of life: 270,600 s. CPU 270,600 × 0.0000252 = 6.81912 - 4.32 = 2.49912;
    # memory 270,600 × 0.0000028 = 0.75768, free.
    "instance-based billing with few requests in tier 2": (
        Machine(cpu=1, memory=GIB, billing="instance", tier=2), Usage(10, 2.0), "2.50",
    ),
    # 2,592,000 s. CPU 10,368,000 × 0.000018 = 186.624 - 4.32 = 182.304; memory 41,472,000 × 0.000002 = 82.944 - 0.90 =
    # 82.044; GPU 2,592,000 × 0.0001867 = 483.9264. Together 748.2744.
    "a GPU that is kept warm": (
        Machine(cpu=4, memory=16 * GIB, billing="instance", min_instances=1, gpu="nvidia-l4"), Usage(0, 0.1), "748.27",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_estimate_is_what_was_worked_out_by_hand(name: str) -> None:
    machine, usage, dollars = EXAMPLES[name]
    assert estimate(machine, usage).total == Decimal(dollars)


def test_there_are_ten_worked_examples() -> None:
    assert len(EXAMPLES) == 10


def test_an_estimate_says_of_when_its_prices_are_and_what_it_assumes() -> None:
    found = estimate(Machine(cpu=4, memory=16 * GIB, billing="instance", gpu="nvidia-l4"), Usage(1, 0.1))
    assert found.dated == prices.DATED == "2026-08"
    assert any("30 days" in one for one in found.assumptions)
    assert any("us-central1" in one for one in found.assumptions)
    assert any("15 minutes" in one for one in found.assumptions)


def test_each_line_can_be_checked_by_the_reader() -> None:
    found = estimate(*EXAMPLES["beyond the free tier"][:2])
    assert [(line.what, line.quantity, line.unit, line.free, line.cost) for line in found.lines] == [
        ("CPU while working", 900_000, "vCPU-s", Decimal("4.32"), Decimal("17.28")),
        ("Memory while working", 900_000, "GiB-s", Decimal("0.90"), Decimal("1.35")),
        ("Requests", 3_000_000, "requests", Decimal("0.80"), Decimal("0.40")),
    ]


def test_no_more_instances_are_paid_than_may_run() -> None:
    crowded = Machine(cpu=1, memory=GIB, concurrency=1, max_instances=2)
    cpu = estimate(crowded, Usage(10_000_000, 1.0)).lines[0]
    assert cpu.quantity == 2 * 2_592_000


def test_tier_2_costs_what_tier_1_does_times_one_point_four() -> None:
    first, second = prices.RATES[1], prices.RATES[2]
    for name in ("active_cpu", "active_memory", "idle_cpu", "idle_memory", "instance_cpu", "instance_memory"):
        assert getattr(second, name) == getattr(first, name) * Decimal("1.4")


MACHINES = st.builds(
    Machine,
    cpu=st.sampled_from((0.08, 0.5, 1, 2, 4, 8)),
    memory=st.integers(128 * MIB, 32 * GIB),
    concurrency=st.integers(1, 1000),
    min_instances=st.integers(0, 10),
    max_instances=st.integers(10, 1000),
    billing=st.sampled_from(("request", "instance")),
    tier=st.sampled_from((1, 2)),
    gpu=st.sampled_from(("none", "nvidia-l4", "nvidia-rtx-pro-6000")),
    gpu_zonal_redundancy=st.booleans(),
)
SECONDS = st.floats(0, 3600, allow_nan=False)
REQUESTS = st.integers(0, 10**9)
USAGES = st.builds(Usage, REQUESTS, SECONDS)


def sum_of_lines(found: Estimate) -> Decimal:
    return sum((line.cost for line in found.lines), Decimal(0))


@given(MACHINES, USAGES)
def test_a_bill_is_never_negative_and_is_the_sum_of_its_lines(machine: Machine, usage: Usage) -> None:
    found = estimate(machine, usage)
    assert found.total >= 0
    assert abs(found.total - sum_of_lines(found)) <= Decimal("0.005")
    for line in found.lines:
        assert line.cost >= 0 and line.quantity > 0 and line.free >= 0
        assert abs(line.quantity * line.unit_price - line.free - line.cost) <= Decimal("1e-9")


@given(MACHINES, REQUESTS, REQUESTS, SECONDS)
def test_more_requests_never_cost_less(machine: Machine, some: int, more: int, seconds: float) -> None:
    # Warm instances are left out: there a request moves time from the idle price to the free tier.
    cold = replace(machine, min_instances=0)
    few, many = sorted((some, more))
    assert estimate(cold, Usage(few, seconds)).total <= estimate(cold, Usage(many, seconds)).total


@given(MACHINES, USAGES, SECONDS)
def test_longer_requests_never_cost_less(machine: Machine, usage: Usage, seconds: float) -> None:
    cold = replace(machine, min_instances=0)
    short, long = sorted((usage.seconds_per_request, seconds))
    asked = usage.requests_per_day
    assert estimate(cold, Usage(asked, short)).total <= estimate(cold, Usage(asked, long)).total


@given(MACHINES, USAGES)
def test_more_of_anything_never_costs_less(machine: Machine, usage: Usage) -> None:
    now = estimate(machine, usage).total
    assert now <= estimate(replace(machine, cpu=machine.cpu * 2), usage).total
    assert now <= estimate(replace(machine, memory=machine.memory * 2), usage).total
    assert now <= estimate(replace(machine, min_instances=machine.min_instances + 1), usage).total
    assert now >= estimate(replace(machine, tier=1), usage).total


@given(MACHINES, USAGES)
def test_taking_more_requests_at_a_time_never_costs_more_where_none_is_kept_warm(
    machine: Machine, usage: Usage
) -> None:
    cold = replace(machine, min_instances=0)
    roomier = replace(cold, concurrency=cold.concurrency * 2)
    assert estimate(roomier, usage).total <= estimate(cold, usage).total
