"""What is proposed for Cloud Run fits the model, the machine and itself, and says why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wizard.errors import PlanError
from wizard.inspection.inspection import Inspection
from wizard.plan import Plan, Source, Surroundings, field_paths, problems, propose
from wizard.plan.cloud_run import CloudRunTarget
from wizard.plan.plan import GIB, MIB

Inspected = Callable[..., Inspection]
HERE = Surroundings(python="3.11", project=Path("/models"))
CLOUD = {"target.kind": "cloud_run", "target.project": "my-project"}


def target_of(plan: Plan) -> CloudRunTarget:
    assert isinstance(plan.target, CloudRunTarget)
    return plan.target


def test_every_value_has_a_source_and_a_reason(inspected: Inspected) -> None:
    plan = propose(inspected(), HERE, CLOUD)
    assert set(plan.sources) == set(field_paths("cloud_run")) == set(plan.values())
    assert all(origin.why for origin in plan.sources.values())
    assert problems(plan) == ()


def test_a_missing_project_is_asked_for_with_the_way_to_give_it(inspected: Inspected) -> None:
    with pytest.raises(PlanError) as caught:
        propose(inspected(), HERE, {"target.kind": "cloud_run"})
    assert caught.value.field == "target.project"
    assert "--set target.project=PROJECT" in caught.value.fix


def test_project_region_and_endpoint_come_from_the_machine_where_it_knows(inspected: Inspected) -> None:
    here = replace(
        HERE,
        project_id="demo-project",
        project_id_why="A local Cloud Run is up.",
        region="europe-west1",
        region_why="gcloud's own.",
        endpoint="http://127.0.0.1:8089",
        endpoint_why="It is up.",
    )
    plan = propose(inspected(), here, {"target.kind": "cloud_run"})
    target = target_of(plan)
    assert (target.project, target.region, target.endpoint) == ("demo-project", "europe-west1", "http://127.0.0.1:8089")
    assert plan.sources["target.project"].source is Source.ENVIRONMENT
    assert plan.sources["target.region"].why == "gcloud's own."
    assert target_of(propose(inspected(), here, CLOUD)).project == "my-project"


def test_what_the_machine_says_of_google_cloud_does_not_touch_a_local_plan(inspected: Inspected) -> None:
    here = replace(HERE, project_id="demo-project", project_id_why="It is up.")
    assert propose(inspected(), here).values() == propose(inspected(), HERE).values()


def test_the_number_of_instances_stays_within_a_new_projects_quota(inspected: Inspected) -> None:
    small = propose(inspected(), HERE, CLOUD)
    large = propose(inspected(), HERE, {**CLOUD, "service.cpu": 8, "service.memory": "16Gi"})
    assert (target_of(small).max_instances, target_of(large).max_instances) == (4, 2)
    assert "20 CPUs" in large.sources["target.max_instances"].why
    assert target_of(propose(inspected(), HERE, {**CLOUD, "target.min_instances": 6})).max_instances == 6


def test_the_startup_probe_waits_longer_for_a_larger_model(inspected: Inspected) -> None:
    small = target_of(propose(inspected(), HERE, CLOUD)).startup_probe
    large = target_of(propose(inspected(memory=2 * GIB), HERE, CLOUD)).startup_probe
    assert (small.period, small.failures) == (1, 60)
    assert 60 < large.period * large.failures <= 240


def test_cpu_follows_the_memory_that_is_wanted(inspected: Inspected) -> None:
    for memory, cpu in (("2Gi", 1), ("6Gi", 2), ("12Gi", 4), ("20Gi", 6), ("32Gi", 8)):
        assert propose(inspected(), HERE, {**CLOUD, "service.memory": memory}).service.cpu == cpu


def test_less_than_one_cpu_takes_one_request_at_a_time(inspected: Inspected) -> None:
    plan = propose(inspected(), HERE, {**CLOUD, "service.cpu": 0.5})
    assert plan.service.concurrency == 1
    assert "one request at a time" in plan.sources["service.concurrency"].why


@pytest.mark.parametrize(
    ("gpu", "cpu", "memory", "region"),
    [("nvidia-l4", 4, 16 * GIB, "us-east4"), ("nvidia-rtx-pro-6000", 20, 80 * GIB, "us-central1")],
)
def test_a_gpu_brings_what_it_needs(inspected: Inspected, gpu: str, cpu: int, memory: int, region: str) -> None:
    plan = propose(inspected(), HERE, {**CLOUD, "target.gpu": gpu})
    target = target_of(plan)
    assert (plan.service.cpu, plan.service.memory, target.billing, target.region) == (cpu, memory, "instance", region)


def test_a_long_name_is_cut_to_what_cloud_run_leaves(inspected: Inspected) -> None:
    name = propose(inspected(path=f"/models/{'price-' * 10}model-a.pkl"), HERE, CLOUD).service.name
    assert len(name) <= 36


def test_one_value_deep_inside_can_be_given(inspected: Inspected) -> None:
    plan = propose(
        inspected(),
        HERE,
        {
            **CLOUD,
            "target.startup_probe.initial_delay": 3,
            "target.liveness_probe.period": 30,
            "target.labels.team": "a",
        },
    )
    target = target_of(plan)
    assert (target.startup_probe.initial_delay, target.startup_probe.failures) == (3, 60)
    assert target.liveness_probe is not None
    assert (target.liveness_probe.period, target.labels) == (30, {"team": "a"})
    assert plan.sources["target.startup_probe"].source is Source.PERSON


@pytest.mark.parametrize(
    ("given_values", "field", "says"),
    [
        ({"target.project": "my-project"}, "target.project", "Set target.kind to cloud_run"),
        ({**CLOUD, "target.runtime": "process"}, "target.runtime", "setting of the target local"),
        ({"target.kind": "gke"}, "target.kind", "local, cloud_run"),
        ({"target.kind": "cloudrun"}, "target.kind", "Did you mean cloud_run?"),
        ({**CLOUD, "target.projct": "x"}, "target.projct", "Did you mean target.project?"),
        ({**CLOUD, "target.startup_probe.perod": 3}, "target.startup_probe.perod", "Did you mean period?"),
        ({**CLOUD, "target.region.name": "x"}, "target.region.name", "Did you mean target.region?"),
        ({**CLOUD, "service.cpu": "many"}, "service.cpu", "number"),
        ({**CLOUD, "service.memory": "much"}, "service.memory", "512Mi"),
        ({**CLOUD, "target.min_instances": "some"}, "target.min_instances", "integer"),
        ({**CLOUD, "target.gpu": 7}, "target.gpu", "nvidia-l4"),
        ({**CLOUD, "target.region": 7}, "target.region", "in quotes"),
    ],
)
def test_a_wrong_given_value_is_named(
    inspected: Inspected, given_values: dict[str, Any], field: str, says: str
) -> None:
    with pytest.raises(PlanError) as caught:
        propose(inspected(), HERE, given_values)
    assert caught.value.field == field
    assert says in str(caught.value)


@given(
    memory=st.integers(1_000, 12 * GIB),
    cpu=st.sampled_from([None, 1, 2, 4, 6, 8]),
    env=st.sampled_from(["default", "gen2"]),
)
def test_a_model_of_any_size_gets_a_plan_that_passes_or_a_reason(
    inspected: Inspected, memory: int, cpu: int | None, env: str
) -> None:
    chosen = {**CLOUD, "target.execution_environment": env, **({"service.cpu": cpu} if cpu else {})}
    try:
        plan = propose(inspected(memory=memory), HERE, chosen)
    except PlanError as error:
        assert cpu is not None
        assert error.field == "service.memory"
    else:
        assert plan.service.memory >= min(memory, 512 * MIB)


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["nvidia-l4", "gen2", "1Gi"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["kind", "path", "size", "a"]), inner, max_size=3)
    ),
    max_leaves=4,
)
paths = st.sampled_from(
    [*field_paths("cloud_run"), "target.vpc.network", "target.labels.a", "target.startup_probe.kind"]
)


@given(values=st.dictionaries(paths, anything, min_size=1, max_size=3))
@settings(max_examples=300)
def test_no_given_value_makes_it_fail_in_another_way(inspected: Inspected, values: dict[str, Any]) -> None:
    try:
        plan = propose(inspected(), HERE, {**CLOUD, **values})
    except PlanError as error:
        assert error.what and error.fix
        assert error.field
    else:
        assert problems(plan) == ()
