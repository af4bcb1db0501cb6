"""What Cloud Run says of a service is read as it is meant, in every shape it comes in."""

from __future__ import annotations

import pytest
from google.cloud import run_v2

from tests.targets.cloud_run.releases import plan
from wizard.targets.cloud_run.failure import telling_condition
from wizard.targets.cloud_run.keeping import OUR_LABELS, template_for
from wizard.targets.cloud_run.service_state import RevisionState, follows_latest, revision_state, shares, tags

State = run_v2.Condition.State
BY_NAME = run_v2.TrafficTargetAllocationType.TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION
LATEST = run_v2.TrafficTargetAllocationType.TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST
FULL = "projects/p/locations/r/services/s/revisions/"
IMAGE = "host/p/r/s@sha256:" + "a" * 64


def test_latest_is_read_as_the_revision_that_serves() -> None:
    service = run_v2.Service(
        traffic=[run_v2.TrafficTarget(type_=LATEST, percent=100)],
        traffic_statuses=[run_v2.TrafficTargetStatus(type_=LATEST, percent=100)],
        latest_ready_revision=f"{FULL}s-1",
    )
    assert shares(service) == {"s-1": 100}
    assert follows_latest(service)


def test_a_service_without_any_traffic_said_follows_the_latest() -> None:
    assert follows_latest(run_v2.Service())


def test_one_revision_under_two_entries_has_the_sum() -> None:
    entry = {"type_": BY_NAME, "revision": "s-1"}
    service = run_v2.Service(
        traffic_statuses=[{**entry, "percent": 60}, {**entry, "percent": 40}, {**entry, "tag": "t", "uri": "u"}],
        traffic=[{**entry, "percent": 100}, {**entry, "tag": "t"}],
    )
    assert shares(service) == {"s-1": 100}
    assert tags(service) == {"t": "s-1"}
    assert not follows_latest(service)


def test_while_a_change_is_under_way_what_was_asked_for_counts() -> None:
    service = run_v2.Service(
        traffic=[{"type_": BY_NAME, "revision": "new", "percent": 100}],
        traffic_statuses=[{"type_": BY_NAME, "revision": "old", "percent": 100}],
    )
    assert shares(service) == {"old": 100}
    service.reconciling = True
    assert shares(service) == {"new": 100}


def test_a_service_that_never_served_has_no_shares_whatever_was_asked_for() -> None:
    service = run_v2.Service(traffic=[{"type_": BY_NAME, "revision": "new", "percent": 100}], reconciling=True)
    assert shares(service) == {}


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (State.CONDITION_SUCCEEDED, RevisionState.READY),
        (State.CONDITION_FAILED, RevisionState.FAILED),
        (State.CONDITION_RECONCILING, RevisionState.PENDING),
        (State.CONDITION_PENDING, RevisionState.PENDING),
    ],
)
def test_a_revision_is_judged_by_ready_alone(state: run_v2.Condition.State, expected: RevisionState) -> None:
    retired = run_v2.Condition(type_="Active", state=State.CONDITION_FAILED, revision_reason="RETIRED")
    revision = run_v2.Revision(conditions=[retired, run_v2.Condition(type_="Ready", state=state)])
    assert revision_state(revision) is expected
    assert revision_state(None) is RevisionState.MISSING


def test_the_failed_part_tells_more_than_the_sum_of_the_parts() -> None:
    revision = run_v2.Revision(
        conditions=[
            run_v2.Condition(type_="Ready", state=State.CONDITION_FAILED, message="sum", reason="REVISION_FAILED"),
            run_v2.Condition(
                type_="ContainerHealthy",
                state=State.CONDITION_FAILED,
                message="part",
                revision_reason="HEALTH_CHECK_CONTAINER_ERROR",
            ),
        ]
    )
    told = telling_condition(None, revision)
    assert (told.type, told.reason, told.message) == ("ContainerHealthy", "HEALTH_CHECK_CONTAINER_ERROR", "part")


def test_where_the_revision_says_nothing_the_service_does() -> None:
    terminal = run_v2.Condition(type_="Ready", state=State.CONDITION_FAILED, message="why", reason="CONTAINER_MISSING")
    told = telling_condition(run_v2.Service(terminal_condition=terminal), None)
    assert (told.type, told.reason, told.message) == ("Ready", "CONTAINER_MISSING", "why")


def test_a_failure_without_a_word_is_still_a_condition() -> None:
    assert telling_condition(None, None).type == "Ready"


def sidecar(image: str = "host/collector") -> run_v2.Service:
    """A service to which somebody added a container and labels."""
    return run_v2.Service(
        annotations={OUR_LABELS: "team"},
        template=run_v2.RevisionTemplate(
            labels={"team": "x", "theirs": "y"},
            annotations={"tool": "1"},
            containers=[
                run_v2.Container(name="main", image="old", ports=[{"container_port": 8080}], depends_on=["collector"]),
                run_v2.Container(name="collector", image=image, volume_mounts=[{"name": "spool", "mount_path": "/s"}]),
            ],
            volumes=[run_v2.Volume(name="spool", empty_dir={}), run_v2.Volume(name="unused", empty_dir={})],
        ),
    )


def test_a_sidecar_is_kept_with_what_it_needs() -> None:
    template, _ = template_for(plan(), IMAGE, sidecar())
    assert [(one.name, one.image) for one in template.containers] == [("main", IMAGE), ("collector", "host/collector")]
    assert [one.name for one in template.volumes] == ["spool"]
    assert list(template.containers[0].depends_on) == ["collector"]


def test_another_sidecar_is_another_revision_and_another_label_of_others_is_not() -> None:
    _, one = template_for(plan(), IMAGE, sidecar())
    _, other = template_for(plan(), IMAGE, sidecar("host/collector:2"))
    assert one != other
    relabelled = sidecar()
    relabelled.template.labels["theirs"] = "z"
    relabelled.template.annotations["tool"] = "2"
    template, same = template_for(plan(), IMAGE, relabelled)
    assert same == one
    assert dict(template.labels) == {"theirs": "z", "managed-by": "sendoff"}, "a label that left the plan goes"
    assert dict(template.annotations) == {"tool": "2"}


def test_what_is_written_is_recognised_when_it_is_read_again() -> None:
    written, digest = template_for(plan(labels={"team": "x"}), IMAGE, sidecar())
    again = run_v2.Service(template=written, annotations={OUR_LABELS: "team"})
    assert template_for(plan(labels={"team": "x"}), IMAGE, again)[1] == digest
