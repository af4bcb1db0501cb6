"""A release to Cloud Run: proved before it gets traffic, and the same however often it is run."""

from __future__ import annotations

import pytest
from google.cloud import run_v2

from tests.targets.cloud_run.releases import SERVICE, Releases, Witness, cloud_for, made_by_another_tool, plan, pushed
from wizard.errors import TargetError
from wizard.targets.cloud_run import records
from wizard.targets.cloud_run.moving import PREVIOUS


def test_a_first_release_has_all_traffic_by_name_and_is_found_again(up: Releases) -> None:
    done = up()
    assert (done.target, done.service, done.changed) == ("cloud_run", SERVICE, True)
    assert up.traffic() == done.traffic == {done.revision: 100}
    assert up.tags() == {}, "the address for the proof is gone"
    assert up.models.asked.count(done.revision) == 4, "three rows alone, and all of them at once"
    assert "3 of 3 rows agree" in done.proof
    assert (done.call, done.undo) == (f"sendoff predict {SERVICE}", f"sendoff down {SERVICE}")
    assert done.url == up.service().uri
    [record] = records.read_all()
    assert (record.name, record.project, record.url) == (SERVICE, "demo-project", done.url)


def test_every_setting_of_the_plan_is_in_the_service(up: Releases) -> None:
    up(
        of=plan(
            service={"cpu": 2, "memory": 2**30, "concurrency": 7, "env": {"A": "b"}},
            min_instances=1,
            labels={"team": "x"},
        )
    )
    service = up.service()
    container = service.template.containers[0]
    assert dict(container.resources.limits) == {"cpu": "2", "memory": "1Gi"}
    assert container.resources.cpu_idle and container.resources.startup_cpu_boost
    assert service.template.max_instance_request_concurrency == 7
    assert service.template.scaling.min_instance_count == 1
    assert dict(service.labels) == {"team": "x", "managed-by": "sendoff"}
    assert container.image.endswith(pushed("1").digest), "deployed by digest"


def test_a_second_version_is_proved_while_the_first_serves(up: Releases) -> None:
    first, second = up("1"), up("2")
    assert up.revisions() == [first.revision, second.revision]
    assert up.traffic() == {second.revision: 100}
    assert up.service().annotations[PREVIOUS] == f"{first.revision}=100"
    assert second.undo == f"sendoff rollback {SERVICE}"


def test_without_a_change_nothing_is_written_and_it_says_so(up: Releases) -> None:
    first = up()
    before, asked = up.service(), len(up.models.asked)
    witness = Witness()
    again = up(witness=witness)
    assert up.service() == before
    assert len(up.models.asked) == asked
    assert (again.revision, again.changed) == (first.revision, False)
    assert any("nothing was written" in line for line in witness.lines)


def test_going_back_to_an_earlier_content_takes_its_revision_again(up: Releases) -> None:
    first = up("1")
    up("2")
    asked = len(up.models.asked)
    again = up("1")
    assert again.revision == first.revision
    assert up.traffic() == {first.revision: 100}
    assert len(up.revisions()) == 2
    assert set(up.models.asked[asked:]) == {first.revision}, "it is proved again"


def test_a_setting_that_needs_no_new_revision_makes_none(up: Releases) -> None:
    up()
    up(of=plan(ingress="internal", tags=("stable",)))
    assert len(up.revisions()) == 1
    assert up.service().ingress == run_v2.IngressTraffic.INGRESS_TRAFFIC_INTERNAL_ONLY
    assert list(up.tags()) == ["stable"]


def test_a_first_release_has_all_traffic_even_where_the_plan_would_give_it_less(up: Releases) -> None:
    done = up(of=plan(traffic=(10,)))
    assert up.traffic() == {done.revision: 100}
    assert not up(of=plan(traffic=(10,))).changed


def test_a_log_that_may_not_be_read_holds_nothing_up_and_is_said_once(up: Releases) -> None:
    up.plant("permission-denied", 1000, permission="logging.logEntries.list")
    up.plant("slow", seconds=0.3)
    witness = Witness()
    assert up(witness=witness).changed
    assert len([text for text in witness.notices if "log of the container cannot be shown" in text]) == 1


def test_a_policy_that_may_not_be_read_is_left_alone_where_the_plan_lets_nobody_in(up: Releases) -> None:
    up.plant("permission-denied", 1000, permission="run.services.getIamPolicy")
    witness = Witness()
    assert up(witness=witness).changed
    assert any("could not be read" in text for text in witness.notices)
    with pytest.raises(TargetError, match="read who may call"):
        up(of=plan(access="public"))


def test_the_plans_tags_move_to_the_new_revision(up: Releases) -> None:
    up("1", of=plan(tags=("stable",)))
    second = up("2", of=plan(tags=("stable",)))
    assert up.tags() == {"stable": second.revision}
    assert list(second.tags) == ["stable"]


def test_wrong_answers_leave_the_traffic_where_it_is(up: Releases) -> None:
    first = up("1")
    up.models.wrong.add("*")
    with pytest.raises(TargetError) as caught:
        up("2")
    up.models.wrong.clear()
    error = caught.value
    assert "does not answer what the model alone answers" in error.what
    assert "0 of 3 rows agreed" in error.why
    assert f"The traffic was not touched: {first.revision} goes on serving." in error.why
    assert "expected 0.0, got 1.0" in error.evidence[0]
    assert up.traffic() == {first.revision: 100}
    assert up.tags() == {}


def test_wrong_answers_that_have_been_put_right_need_no_second_revision(up: Releases) -> None:
    up("1")
    up.models.wrong.add("*")
    with pytest.raises(TargetError):
        up("2")
    up.models.wrong.clear()
    second = up("2")
    assert up.traffic() == {second.revision: 100}
    assert len(up.revisions()) == 2


def test_a_first_release_with_wrong_answers_stays_unproved_and_closed(up: Releases) -> None:
    up.models.wrong.add("*")
    public = plan(access="public")
    with pytest.raises(TargetError) as caught:
        up(of=public)
    policy = up.cloud.services.get_iam_policy(request={"resource": up.cloud.place.service(SERVICE)})
    assert not policy.bindings, "nobody was let in"
    assert "nobody has been let in" in caught.value.why
    with pytest.raises(TargetError, match="does not answer"):
        up(of=public)  # it has all the traffic there is, and still has to be proved
    up.models.wrong.clear()
    assert up(of=public).changed
    assert len(up.revisions()) == 1


def test_traffic_that_follows_the_latest_revision_is_held_where_it_is(up: Releases) -> None:
    old = made_by_another_tool(up)
    up.models.wrong.add("*")
    witness = Witness()
    with pytest.raises(TargetError):
        up("1", witness=witness)
    assert up.traffic() == {old: 100}
    assert [one.revision for one in up.service().traffic] == [old], "by name now"
    assert any(old in line and "followed the latest" in line for line in witness.lines)
    assert any("was not made by Sendoff" in text for text in witness.notices)


def test_what_others_have_set_is_kept(up: Releases) -> None:
    made_by_another_tool(up, labels={"cost-centre": "7"}, annotations={"ci.example/run": "42"}, description="ours")
    up("1", of=plan(labels={"team": "x"}))
    service = up.service()
    assert service.description == "ours"
    assert service.annotations["ci.example/run"] == "42"
    assert dict(service.labels) == {"cost-centre": "7", "team": "x"}, "it was not made by Sendoff, and does not say so"
    assert not up("1", of=plan(labels={"team": "x"})).changed


def test_a_label_that_leaves_the_plan_leaves_the_service(up: Releases) -> None:
    up("1", of=plan(labels={"team": "x", "stage": "trial"}))
    up("1", of=plan(labels={"team": "x"}))
    assert dict(up.service().labels) == {"team": "x", "managed-by": "sendoff"}
    assert dict(up.service().template.labels) == {"team": "x", "managed-by": "sendoff"}


def test_without_rows_one_healthy_answer_is_the_proof_and_it_says_so(up: Releases) -> None:
    done = up(rows=())
    assert "not compared" in done.proof
    assert up.models.asked == []


def test_a_developer_who_may_release_and_not_call_is_told_what_is_missing(up: Releases) -> None:
    project = "projects/demo-project"
    policy = up.cloud.projects.get_iam_policy(resource=project)
    for role in ("roles/run.developer", "roles/logging.viewer", "roles/iam.serviceAccountUser"):
        policy.bindings.add(role=role, members=["user:dev@example.com"])
    up.cloud.projects.set_iam_policy(request={"resource": project, "policy": policy})
    with cloud_for(up.local, "dev@example.com") as developer, pytest.raises(TargetError) as caught:
        up(cloud=developer)
    assert "You may not call housing" in caught.value.what
    assert "roles/run.invoker" in caught.value.fix and "user:dev@example.com" in caught.value.fix
