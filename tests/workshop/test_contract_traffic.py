"""The contract of traffic: shares, tags with addresses of their own, rollback, and what is refused."""

from __future__ import annotations

import httpx
import pytest
from google.api_core import exceptions
from google.cloud import run_v2

from tests.workshop.admin import BY_REVISION, FAILED, LATEST, SUCCEEDED, Cloud, named, short, states, traffic

OWNER = "you@localhost.example"


def two_revisions(cloud: Cloud) -> None:
    """hello-one with all the traffic, hello-two with none."""
    service = cloud.service(revision="hello-one")
    service.traffic = traffic(("hello-one", 100, ""))
    cloud.deployed(service=service)
    service = cloud.service(revision="hello-two")
    service.name = named("hello")
    service.template.containers[0].env.append(run_v2.EnvVar(name="LEVEL", value="2"))
    service.traffic = traffic(("hello-one", 100, ""), ("hello-two", 0, "candidate"))
    cloud.finished(cloud.update(service))


def asked(cloud: Cloud, url: str, audience: str = "") -> str:
    token = cloud.local.authority.mint_identity(OWNER, audience or url)
    answer = httpx.get(url, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    return answer.text


def test_a_revision_without_traffic_is_reached_by_its_tag_alone(cloud: Cloud) -> None:
    two_revisions(cloud)
    service = cloud.get()
    (serving, tagged) = service.traffic_statuses
    assert (serving.revision, serving.percent, serving.tag, serving.uri) == ("hello-one", 100, "", "")
    assert (tagged.revision, tagged.percent, tagged.tag) == ("hello-two", 0, "candidate")
    assert serving.type_ == tagged.type_ == BY_REVISION
    assert tagged.uri != service.uri
    assert "hello-two" in asked(cloud, tagged.uri)
    assert "hello-two" in asked(cloud, tagged.uri, audience=service.uri)
    assert all("hello-one" in asked(cloud, service.uri) for _ in range(5))


def test_traffic_alone_makes_no_revision_and_a_rollback_is_such_an_update(cloud: Cloud) -> None:
    two_revisions(cloud)
    split = cloud.routed("hello", ("hello-one", 90, ""), ("hello-two", 10, ""))
    assert [(each.revision, each.percent) for each in split.traffic_statuses] == [("hello-one", 90), ("hello-two", 10)]
    assert split.generation == split.observed_generation == 3
    assert short(split.latest_ready_revision) == "hello-two"
    assert len(cloud.revisions()) == 2
    moved = cloud.routed("hello", ("hello-two", 100, ""))
    assert "hello-two" in asked(cloud, moved.uri)
    back = cloud.routed("hello", ("hello-one", 100, ""))
    assert "hello-one" in asked(cloud, back.uri)
    assert back.uri == split.uri


def test_a_tag_keeps_its_address_when_it_moves_and_when_it_comes_back(cloud: Cloud) -> None:
    two_revisions(cloud)
    (address,) = [each.uri for each in cloud.get().traffic_statuses if each.tag]
    moved = cloud.routed("hello", ("hello-two", 100, ""), ("hello-one", 0, "candidate"))
    assert [each.uri for each in moved.traffic_statuses if each.tag] == [address]
    assert "hello-one" in asked(cloud, address)
    cloud.routed("hello", ("hello-two", 100, ""))
    with pytest.raises(httpx.ConnectError):
        httpx.get(address)
    again = cloud.routed("hello", ("hello-two", 100, "candidate"))
    assert [each.uri for each in again.traffic_statuses] == [address]


def test_latest_follows_the_newest_revision(cloud: Cloud) -> None:
    two_revisions(cloud)
    service = cloud.routed("hello", ("", 100, ""))
    assert [(each.type_, each.revision) for each in service.traffic_statuses] == [(LATEST, "hello-two")]


def test_a_revision_nothing_leads_to_is_retired_and_comes_back_when_it_is_needed(cloud: Cloud) -> None:
    two_revisions(cloud)
    cloud.routed("hello", ("hello-two", 100, ""))
    state = cloud.local.plane.services._state
    with state.changed:
        retired = state.changed.wait_for(
            lambda: (
                set(state.entries[named("hello")].running) == {"hello-two"}
                and not state.entries[named("hello")].stopping
            ),
            timeout=30,
        )
    assert retired
    left = cloud.revision(f"{named('hello')}/revisions/hello-one")
    assert states(left.conditions)["Ready"] == SUCCEEDED
    assert states(left.conditions)["Active"] == FAILED
    back = cloud.routed("hello", ("hello-one", 100, ""))
    assert "hello-one" in asked(cloud, back.uri)
    assert states(cloud.revision(left.name).conditions)["Active"] == SUCCEEDED


def test_traffic_to_a_revision_that_is_not_there_fails_and_changes_nothing(cloud: Cloud) -> None:
    two_revisions(cloud)
    with pytest.raises(exceptions.GoogleAPICallError) as caught:
        cloud.routed("hello", ("hello-three", 100, ""))
    assert caught.value.message == (
        "Revision 'hello-three' does not exist or is deleted. "
        "Update all traffic to route to currently available revisions."
    )
    service = cloud.get()
    assert service.terminal_condition.state == FAILED
    assert service.observed_generation == 2
    assert [each.revision for each in service.traffic_statuses] == ["hello-one", "hello-two"]
    assert "hello-one" in asked(cloud, service.uri)


def test_traffic_to_a_revision_that_never_came_up_fails(cloud: Cloud) -> None:
    two_revisions(cloud)
    service = cloud.service("image-missing", revision="hello-bad")
    service.name = named("hello")
    service.traffic = traffic(("hello-one", 100, ""))
    with pytest.raises(exceptions.GoogleAPICallError):
        cloud.finished(cloud.update(service))
    with pytest.raises(exceptions.GoogleAPICallError, match="'hello-bad' is not ready and cannot serve traffic"):
        cloud.routed("hello", ("hello-bad", 100, ""))


def test_a_serving_revision_cannot_be_deleted_and_an_idle_one_can(cloud: Cloud) -> None:
    two_revisions(cloud)
    cloud.routed("hello", ("hello-two", 100, ""))
    one, two = (f"{named('hello')}/revisions/hello-{number}" for number in ("one", "two"))
    with pytest.raises(
        exceptions.FailedPrecondition,
        match=r'Revision "hello-two" cannot be directly deleted because it is actively serving\.',
    ):
        cloud.clients.revisions("delete_revision", name=two)
    operation = cloud.clients.revisions("delete_revision", name=one)
    assert short(cloud.clients.result(operation).name) == "hello-one"
    assert [short(each.name) for each in cloud.revisions()] == ["hello-two"]


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        ((("hello-one", 60, ""),), r"must sum to 100, but sum to 60"),
        ((("hello-one", 50, "a"), ("hello-two", 50, "a")), r"Tags must be unique; given more than once: a\."),
        ((("hello-one", 100, "Bad_Tag"),), r"traffic\[0\]\.tag"),
    ],
)
def test_traffic_that_makes_no_sense_is_refused_at_once(
    cloud: Cloud, targets: tuple[tuple[str, int, str], ...], said: str
) -> None:
    two_revisions(cloud)
    with pytest.raises(exceptions.InvalidArgument, match=said):
        cloud.update(run_v2.Service(name=named("hello"), traffic=traffic(*targets)), "traffic")
