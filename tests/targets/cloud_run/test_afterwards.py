"""After a release: the service is listed, called, logged, split, rolled back and taken down."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.targets.cloud_run.releases import SERVICE, Releases, answer, made_by_another_tool, plan
from wizard import targets
from wizard.errors import TargetError
from wizard.targets import ReleasedService
from wizard.targets.cloud_run import logs, records
from wizard.targets.cloud_run.api_errors import CloudError
from wizard.targets.cloud_run.cloud import Cloud
from wizard.targets.cloud_run.logs import ServiceLog
from wizard.targets.cloud_run.place import Place


@pytest.fixture
def afterwards(up: Releases, monkeypatch: pytest.MonkeyPatch) -> Iterator[Releases]:
    """Commands find the local Cloud Run of the test, which has no HTTP door to be found by."""

    def at(place: Place) -> Cloud:
        return up.cloud

    monkeypatch.setattr(Cloud, "at", at)
    yield up


def service(name: str = SERVICE) -> ReleasedService:
    return targets.find(name)


def test_a_released_service_is_listed_with_its_traffic(afterwards: Releases) -> None:
    first = afterwards("1")
    second = afterwards("2", of=plan(traffic=(20,), tags=("next",)))
    [status] = targets.services()
    assert (status.name, status.target, status.runtime) == (SERVICE, "cloud_run", "cloud run")
    assert status.running and status.healthy
    assert status.place.startswith("demo-project, us-central1")
    assert status.traffic == {first.revision: 80, second.revision: 20}
    assert status.revision == first.revision
    assert list(status.tags) == ["next"]
    assert status.project == str(afterwards.folder)
    assert service().status() == status


def test_a_service_that_was_deleted_elsewhere_is_said_to_be_gone_and_can_be_forgotten(afterwards: Releases) -> None:
    afterwards()
    afterwards.cloud.services.delete_service(name=afterwards.cloud.place.service(SERVICE)).result(timeout=20)
    [status] = targets.services()
    assert not status.running and "gone" in status.note
    service().down()
    assert targets.services() == []


def test_a_cloud_that_does_not_answer_is_a_note(up: Releases) -> None:
    up()
    [record] = records.read_all()
    records.forget(record)
    records.write(records.CloudRecord(SERVICE, "demo-project", "us-central1", "http://127.0.0.1:9", "", "", "http://x"))
    [status] = targets.services()
    assert (status.running, status.url) == (False, "http://x")
    assert "No local Cloud Run answers" in status.note


def test_the_last_failure_is_noted_while_the_old_revision_serves(afterwards: Releases) -> None:
    first = afterwards("1")
    afterwards.plant("crash")
    with pytest.raises(TargetError):
        afterwards("2")
    status = service().status()
    assert status.running and status.traffic == {first.revision: 100}
    assert "did not become ready" in status.note


def test_a_private_service_is_called_with_an_identity(afterwards: Releases) -> None:
    afterwards()
    reply = service().predict({"features": [1.0, 2.0]})
    assert (reply.status, reply.answer) == (200, {"prediction": answer((1.0, 2.0))})


def test_a_caller_without_the_right_is_told_how_to_get_it(afterwards: Releases) -> None:
    afterwards()
    project = "projects/demo-project"
    policy = afterwards.cloud.projects.get_iam_policy(resource=project)
    policy.bindings.add(role="roles/run.viewer", members=["user:dev@example.com"])
    afterwards.cloud.projects.set_iam_policy(request={"resource": project, "policy": policy})
    afterwards.cloud.access.principal = "dev@example.com"  # type: ignore[misc]  # the test's own access
    with pytest.raises(TargetError, match=f"You may not call {SERVICE}") as caught:
        service().predict({"features": [1.0, 2.0]})
    assert "roles/run.invoker" in caught.value.fix and "user:dev@example.com" in caught.value.fix


def test_revisions_are_listed_newest_first_with_what_they_have(afterwards: Releases) -> None:
    first, second = afterwards("1"), afterwards("2")
    afterwards.plant("crash")
    with pytest.raises(TargetError):
        afterwards("3")
    third, newest, oldest = service().revisions()
    assert (newest.name, oldest.name) == (second.revision, first.revision)
    assert (third.ready, newest.ready, oldest.ready) == (False, True, True)
    assert (third.percent, newest.percent, oldest.percent) == (0, 100, 0)
    assert "failed" in third.note
    assert newest.image == second.image
    assert newest.created >= oldest.created > 1e9


def test_traffic_is_split_by_hand_with_shortened_names(afterwards: Releases) -> None:
    first, second = afterwards("1"), afterwards("2")
    moved = service().set_traffic({first.revision.removeprefix(f"{SERVICE}-")[:4]: 10})
    assert afterwards.traffic() == moved.after == {first.revision: 10, second.revision: 90}
    assert moved.before == {second.revision: 100}
    assert str(moved) == f"{second.revision} → {second.revision} 90 %, {first.revision} 10 %"
    service().set_traffic({first.revision: 100})
    assert afterwards.traffic() == {first.revision: 100}


def test_a_revision_that_is_not_there_is_answered_with_the_nearest(afterwards: Releases) -> None:
    first = afterwards("1")
    with pytest.raises(TargetError) as caught:
        service().set_traffic({first.revision[:-1] + "x": 50})
    assert caught.value.fix == f"Did you mean {first.revision}?"


def test_a_revision_that_failed_gets_no_traffic(afterwards: Releases) -> None:
    first = afterwards("1")
    afterwards.plant("crash")
    with pytest.raises(TargetError):
        afterwards("2")
    bad = next(one.name for one in service().revisions() if not one.ready)
    with pytest.raises(TargetError, match="cannot have traffic"):
        service().set_traffic({bad: 10})
    assert afterwards.traffic() == {first.revision: 100}


def test_a_rollback_goes_to_what_served_before_and_back_again(afterwards: Releases) -> None:
    first, second, third = afterwards("1"), afterwards("2"), afterwards("3")
    way = service().way_back()
    assert service().way_back() == way, "to look is not to go"
    moved = service().rollback()
    assert moved == way
    assert str(moved) == f"{third.revision} → {second.revision}"
    assert afterwards.traffic() == {second.revision: 100}
    assert str(service().rollback()) == f"{second.revision} → {third.revision}"
    assert first.revision not in afterwards.traffic()


def test_a_rollback_of_a_split_ends_it(afterwards: Releases) -> None:
    first = afterwards("1")
    afterwards("2", of=plan(traffic=(20,)))
    service().rollback()
    assert afterwards.traffic() == {first.revision: 100}


def test_where_nobody_noted_what_served_before_the_older_ready_revision_does(afterwards: Releases) -> None:
    first, second = afterwards("1"), afterwards("2")
    current = afterwards.service()
    del current.annotations["dev.sendoff.previous"]
    afterwards.cloud.services.update_service(service=current).result(timeout=20)
    assert service().rollback().after == {first.revision: 100}, second


def test_a_rollback_never_goes_to_a_revision_that_was_not_proved(afterwards: Releases) -> None:
    afterwards.models.wrong.add("*")
    with pytest.raises(TargetError, match="does not answer"):
        afterwards("1")  # a first release has all traffic, and keeps it where its proof fails
    afterwards.models.wrong.clear()
    second = afterwards("2")
    assert second.undo == f"sendoff down {SERVICE}"
    with pytest.raises(TargetError, match="nothing to roll back to") as caught:
        service().rollback()
    assert "never proved" in caught.value.why
    assert afterwards.traffic() == {second.revision: 100}


def test_where_what_served_before_is_gone_a_rollback_does_not_guess(afterwards: Releases) -> None:
    afterwards("1")
    afterwards.models.wrong.add("*")
    with pytest.raises(TargetError, match="does not answer"):
        afterwards("2")
    afterwards.models.wrong.clear()
    third = afterwards("3")
    first = afterwards.revisions()[0]
    afterwards.cloud.revisions.delete_revision(name=afterwards.cloud.place.revision(SERVICE, first)).result(timeout=20)
    with pytest.raises(TargetError, match="nothing to roll back to") as caught:
        service().rollback()
    assert f"{first}, which served before, is not ready or gone" in caught.value.why
    assert afterwards.traffic() == {third.revision: 100}


def test_with_nothing_to_go_back_to_a_rollback_refuses(afterwards: Releases) -> None:
    first = afterwards("1")
    with pytest.raises(TargetError, match="nothing to roll back to"):
        service().rollback()
    assert afterwards.traffic() == {first.revision: 100}


def test_a_rollback_after_a_release_that_was_rolled_back_and_released_again(afterwards: Releases) -> None:
    first, second = afterwards("1"), afterwards("2")
    service().rollback()
    again = afterwards("2")
    assert again.revision == second.revision
    assert service().rollback().after == {first.revision: 100}


def test_the_log_has_the_newest_lines_oldest_first(afterwards: Releases) -> None:
    done = afterwards()
    write = afterwards.local.plane.logs.writer(f"{afterwards.cloud.place.service(SERVICE)}/revisions/{done.revision}")
    for number in range(5):
        write(f"line {number}")
    assert list(service().logs(tail=3)) == ["line 2", "line 3", "line 4"]


def test_a_log_may_be_followed_from_now_on_without_what_was_before(afterwards: Releases) -> None:
    done = afterwards()
    write = afterwards.local.plane.logs.writer(f"{afterwards.cloud.place.service(SERVICE)}/revisions/{done.revision}")
    write("before")
    assert list(service().logs(tail=0)) == []
    lines = service().logs(follow=True, tail=0)
    timer = threading.Timer(0.3, lambda: write("after"))
    timer.start()
    assert next(lines) == "after"
    timer.join()


def test_a_log_that_does_not_answer_is_asked_once_where_nobody_waits_for_it(afterwards: Releases) -> None:
    afterwards()
    afterwards.plant("unavailable", 100, method="ListLogEntries")
    with pytest.raises(CloudError):
        ServiceLog(afterwards.cloud, SERVICE, patient=False).new()
    [planted] = afterwards.local.faults.planted()
    assert planted.count == 99


def test_a_long_log_is_read_page_by_page(afterwards: Releases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_PAGE", 2)
    done = afterwards()
    write = afterwards.local.plane.logs.writer(f"{afterwards.cloud.place.service(SERVICE)}/revisions/{done.revision}")
    for number in range(7):
        write(f"line {number}")
    assert list(service().logs(tail=5)) == [f"line {number}" for number in range(2, 7)]


def test_a_line_of_json_is_shown_as_text(afterwards: Releases) -> None:
    done = afterwards()
    write = afterwards.local.plane.logs.writer(f"{afterwards.cloud.place.service(SERVICE)}/revisions/{done.revision}")
    write('{"severity": "WARNING", "message": "slow answer", "milliseconds": 812, "time": "2026-01-01T00:00:00Z"}')
    assert list(service().logs(tail=1)) == ["WARNING: slow answer milliseconds=812"]


def test_a_followed_log_brings_each_line_once_as_it_comes(afterwards: Releases) -> None:
    done = afterwards()
    write = afterwards.local.plane.logs.writer(f"{afterwards.cloud.place.service(SERVICE)}/revisions/{done.revision}")
    lines = service().logs(follow=True, tail=1)
    next(lines)
    for number in range(4):
        write(f"first {number}")
    assert list(itertools.islice(lines, 4)) == [f"first {number}" for number in range(4)]
    timer = threading.Timer(0.2, lambda: [write("same"), write("same")])
    timer.start()
    assert list(itertools.islice(lines, 2)) == ["same", "same"]
    timer.join()


def test_down_lists_what_goes_and_removes_all_of_it(afterwards: Releases) -> None:
    afterwards()
    goes = service().what_goes()
    assert len(goes) == 1 and f"the service {SERVICE}" in goes[0]
    service().down()
    assert targets.services() == []
    assert list(afterwards.cloud.services.list_services(parent=afterwards.cloud.place.parent)) == []
    with pytest.raises(TargetError, match="There is no service"):
        targets.find(SERVICE)


def test_down_leaves_a_service_that_sendoff_did_not_make(afterwards: Releases) -> None:
    made_by_another_tool(afterwards)
    afterwards.models.wrong.add("*")
    with pytest.raises(TargetError, match="does not answer"):
        afterwards("1")  # a slip in the name: the service was another's
    for attempt in (service().what_goes, service().down):
        with pytest.raises(TargetError, match="was not made by Sendoff") as caught:
            attempt()
        assert "gcloud run services delete housing --region=us-central1 --project=demo-project" in caught.value.fix
    assert afterwards.service().uri
    afterwards.models.wrong.clear()
    afterwards("1")
    with pytest.raises(TargetError, match="was not made by Sendoff"):
        service().down()


def test_down_takes_secrets_that_are_ours_and_leaves_others(afterwards: Releases) -> None:
    for name, labels in (("ours", {"managed-by": "sendoff"}), ("theirs", {})):
        secret = {"replication": {"automatic": {}}, "labels": labels}
        made = afterwards.cloud.secrets.create_secret(parent="projects/demo-project", secret_id=name, secret=secret)
        afterwards.cloud.secrets.add_secret_version(parent=made.name, payload={"data": b"x"})
    afterwards(of=plan(secrets={"A": "ours", "B": "theirs"}))
    goes = service().what_goes()
    assert any("secrets/ours" in line for line in goes) and not any("theirs" in line for line in goes)
    service().down()
    left = [
        one.name.rpartition("/")[2] for one in afterwards.cloud.secrets.list_secrets(parent="projects/demo-project")
    ]
    assert left == ["theirs"]


def test_two_services_of_one_name_are_told_apart(afterwards: Releases, tmp_path: Path) -> None:
    afterwards()
    records.write(records.CloudRecord(SERVICE, "other-project", "europe-west1", "", "", ""))
    with pytest.raises(TargetError, match="There are 2 services"):
        targets.find(SERVICE)
    assert targets.find(SERVICE, "other-project/europe-west1").target == "cloud_run"
    assert targets.find(SERVICE, "workshop").url == afterwards.service().uri
    assert targets.names() == (SERVICE,)
    with pytest.raises(TargetError, match="no service 'housing' at local"):
        targets.find(SERVICE, "local")


def test_a_note_that_cannot_be_understood_is_as_good_as_none(afterwards: Releases, home: Path) -> None:
    afterwards()
    folder = home / "services" / "cloud_run"
    for number, text in enumerate(("", "[]", '{"name": 7}', '{"name": "x"}', "\x00")):
        (folder / f"broken-{number}.json").write_text(text)
    assert targets.names() == (SERVICE,)
