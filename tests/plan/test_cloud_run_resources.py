"""CPU, memory, GPU and quota: whatever passes is in Cloud Run's table, and what does not is a few corrections away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from wizard.plan import Plan, problems
from wizard.plan.cloud_run_resources import NEW_PROJECT, Quota, instances_within, least_cpu, memory_range
from wizard.plan.plan import GIB, MIB

Planned = Callable[..., Plan]

cpus = st.one_of(
    st.sampled_from([0.08, 0.5, 1, 2, 3, 4, 6, 8, 20, 44]),
    st.floats(0.08, 44, allow_nan=False),
    st.integers(1, 44),
    st.integers(80, 1000).map(lambda milli: milli / 1000),
)
memories = st.one_of(
    st.sampled_from([MIB * 128, MIB * 512, *(GIB * size for size in (1, 2, 4, 8, 16, 24, 32, 80, 176))]),
    st.integers(128 * MIB, 176 * GIB),
)
sizes = st.fixed_dictionaries(
    {
        "cpu": cpus,
        "memory": memories,
        "concurrency": st.sampled_from([1, 32]),
        "billing": st.sampled_from(["request", "instance"]),
        "gpu": st.sampled_from(["none", "nvidia-l4", "nvidia-rtx-pro-6000"]),
        "execution_environment": st.sampled_from(["default", "gen1", "gen2"]),
        "region": st.sampled_from(["us-central1", "europe-west3", "asia-south2", "europe-west1"]),
        "volumes": st.sampled_from([(), ({"kind": "bucket", "path": "/data", "bucket": "models"},)]),
    }
)


def allowed(size: dict[str, Any]) -> bool:
    """Cloud Run's table, written down once more and another way."""
    cpu, gib, gpu = size["cpu"], size["memory"] / GIB, size["gpu"]
    needs_second = gpu != "none" or bool(size["volumes"])
    second = size["execution_environment"] == "gen2" or needs_second
    if size["execution_environment"] == "gen1" and needs_second:
        return False
    if gpu != "none" and size["billing"] != "instance":
        return False
    if second and gib < 0.5:
        return False
    if gpu == "nvidia-l4":
        return (
            cpu in (4, 6, 8)
            and 16 <= gib <= {4: 16, 6: 24, 8: 32}[int(cpu)]
            and size["region"] in {"us-central1", "europe-west1"}
        )
    if gpu == "nvidia-rtx-pro-6000":
        return (
            cpu == int(cpu)
            and 20 <= cpu <= 44
            and 80 <= gib <= 176
            and size["region"] in {"us-central1", "asia-south2"}
        )
    if cpu < 1:
        return (
            cpu == round(cpu, 3)
            and (gib <= 0.5 or (cpu >= 0.5 and gib <= 1))
            and size["concurrency"] == 1
            and size["billing"] == "request"
            and not second
        )
    limits = {1: (0.125, 4), 2: (0.125, 8), 4: (2, 16), 6: (4, 24), 8: (4, 32)}
    return cpu in limits and limits[int(cpu)][0] <= gib <= limits[int(cpu)][1]


@given(size=sizes)
@settings(max_examples=400)
def test_what_passes_is_what_the_table_allows(planned: Planned, size: dict[str, Any]) -> None:
    assert (problems(planned(**size)) == ()) == allowed(size)


@given(size=sizes)
@settings(max_examples=200, suppress_health_check=[HealthCheck.filter_too_much])
def test_taking_the_nearest_right_values_ends_in_a_plan_that_passes(planned: Planned, size: dict[str, Any]) -> None:
    assume(not allowed(size))
    for _ in range(8):
        found = problems(planned(**size))
        if not found:
            return
        assert found[0].nearest is not None
        size = {**size, found[0].field.partition(".")[2]: found[0].nearest}
    raise AssertionError(found)


@given(memory=st.integers(128 * MIB, 32 * GIB))
def test_the_least_cpu_for_an_amount_of_memory_may_have_it(memory: int) -> None:
    cpu = least_cpu(memory)
    assert cpu is not None
    assert memory <= memory_range(cpu)[1]
    smaller = [other for other in (1, 2, 4, 6, 8) if other < cpu]
    assert all(memory > memory_range(other)[1] for other in smaller)


@pytest.mark.parametrize(
    ("cpu", "memory", "quota", "instances"),
    [
        (1, 512 * MIB, NEW_PROJECT, 20),
        (2, GIB, NEW_PROJECT, 10),
        (4, 2 * GIB, NEW_PROJECT, 5),
        (1, 4 * GIB, NEW_PROJECT, 10),
        (8, 32 * GIB, NEW_PROJECT, 1),
        (20, 80 * GIB, NEW_PROJECT, 0),
        (0.08, 128 * MIB, NEW_PROJECT, 250),
        (4, 2 * GIB, Quota(200, 400 * GIB), 50),
    ],
)
def test_the_quota_says_how_many_instances_there_may_be(cpu: float, memory: int, quota: Quota, instances: int) -> None:
    assert instances_within(cpu, memory, quota) == instances
