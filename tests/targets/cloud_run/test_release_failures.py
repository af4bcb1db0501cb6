"""Every way in which a release fails ends in its cause and what to do about it, and costs no traffic."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest

from tests.targets.cloud_run.releases import SERVICE, Releases, Witness, plan
from wizard.errors import CancelledError, SendoffError, TargetError
from wizard.targets.cloud_run import api_errors, writing

CAUSES = {
    # fault: (said in what or why, said in the fix, where the road goes on)
    "not-listening": ("port", "PORT", "rehearse"),
    "loopback-only": ("127.0.0.1", "0.0.0.0", "rehearse"),
    "out-of-memory": ("memory", "memory", "plan"),
    "crash": ("FileNotFoundError", "", "rehearse"),
    "missing-module": ("pandas", "requirements", "plan"),
    "wrong-architecture": ("processor", "", "build"),
    "probe-timeout": ("", "", "plan"),
    "image-missing": ("image", "", "push"),
    "image-unreadable": ("read", "artifactregistry.reader", "preflight"),
    "gpu-quota": ("quota", "quota", "preflight"),
    "secret-denied": ("secret", "secretAccessor", "preflight"),
}


def fail(up: Releases, version: str = "1", **settings: Any) -> SendoffError:
    with pytest.raises(SendoffError) as caught:
        up(version, of=plan(**settings))
    return caught.value


def settings(fault: str) -> dict[str, Any]:
    """What of the plan the fault needs."""
    if fault == "secret-denied":
        return {"secrets": {"KEY": "api-key"}}
    if fault == "gpu-quota":
        return {
            "gpu": "nvidia-l4",
            "billing": "instance",
            "max_instances": 1,
            "service": {"cpu": 4, "memory": 16 * 2**30},
        }
    return {}


@pytest.mark.parametrize("fault", CAUSES)
def test_a_revision_that_does_not_come_up_is_explained_and_the_old_one_serves(up: Releases, fault: str) -> None:
    if fault == "secret-denied":
        up.cloud.secrets.create_secret(
            parent="projects/demo-project", secret_id="api-key", secret={"replication": {"automatic": {}}}
        )
    first = up("1")
    up.plant(fault)
    error = fail(up, "2", **settings(fault))
    said, fix, stage = CAUSES[fault]
    assert said.lower() in f"{error.what} {error.why} {' '.join(error.evidence)}".lower()
    assert fix.lower() in error.fix.lower()
    assert f"goes on from the stage {stage}" in error.fix
    assert f"The traffic was not touched: {first.revision} goes on serving." in error.why
    assert error.evidence
    assert up.traffic() == {first.revision: 100}


@pytest.mark.parametrize("fault", ["crash", "image-missing"])
def test_a_failed_first_release_is_retried_as_an_update(up: Releases, fault: str) -> None:
    up.plant(fault)
    error = fail(up)
    assert "No revision of the service has served yet" in error.why
    done = up()
    assert done.revision.endswith("-2"), "a failed revision keeps its name"
    assert up.traffic() == {done.revision: 100}
    assert up.tags() == {}


def test_a_failed_update_is_retried_under_the_next_name(up: Releases) -> None:
    first = up("1")
    up.plant("crash", 2)
    fail(up, "2")
    fail(up, "2")
    done = up("2")
    assert done.revision.endswith("-3")
    assert len(up.revisions()) == 4
    assert up.traffic() == {done.revision: 100}
    assert first.revision in up.revisions()


def test_the_containers_log_is_shown_while_it_starts(up: Releases) -> None:
    witness = Witness()
    up.plant("missing-module")
    with pytest.raises(TargetError):
        up(witness=witness)
    assert any("ModuleNotFoundError: No module named 'pandas'" in line for line in witness.lines)


@pytest.mark.parametrize(
    ("fault", "details", "said", "fix"),
    [
        ("permission-denied", {"permission": "run.services.create"}, "run.services.create", "roles/run.developer"),
        ("act-as-denied", {}, "act as", "roles/iam.serviceAccountUser"),
        ("api-disabled", {"api": "run.googleapis.com"}, "run.googleapis.com is not enabled", "gcloud services enable"),
        ("org-policy", {"constraint": "constraints/run.allowedIngress"}, "policy", "organisation"),
    ],
)
def test_a_refused_call_is_explained(up: Releases, fault: str, details: dict[str, str], said: str, fix: str) -> None:
    up.plant(fault, 10, **details)
    error = fail(up)
    assert said in f"{error.what} {error.why} {error.evidence}"
    assert fix in error.fix
    up.local.faults.clear()
    assert up().changed


def test_an_organisation_that_forbids_everybody_is_answered_with_the_two_ways_round(up: Releases) -> None:
    up.plant("org-policy")
    error = fail(up, access="public")
    assert "does not let everybody call" in error.what
    assert "public-without-check" in error.fix
    assert "The new revision is in service" in error.why
    [serving] = up.traffic()
    done = up(of=plan(access="public-without-check"))
    assert done.revision == serving
    assert up.service().invoker_iam_disabled


def test_cloud_run_that_is_never_done_is_not_waited_for_forever(up: Releases) -> None:
    up.plant("never-done")
    with pytest.raises(TargetError, match="still at work") as caught:
        up(patience=1.0)
    assert "makes no second one" in caught.value.fix
    up.local.faults.clear()
    done = up()
    assert up.revisions() == [done.revision]
    assert up.traffic() == {done.revision: 100}


def test_a_request_to_stop_while_the_revision_starts_costs_nothing(up: Releases) -> None:
    first = up("1")
    up.plant("slow", seconds=0.5)
    witness = Witness()
    witness.on_event = lambda event: witness.cancel.set() if "container" in getattr(event, "what", "") else None
    with pytest.raises(CancelledError):
        up("2", witness=witness)
    assert up.local.plane.settle(20)
    assert up.traffic() == {first.revision: 100}
    assert up.tags() == {}
    second = up("2")
    assert up.revisions() == [first.revision, second.revision]


@pytest.mark.parametrize("fault", ["unavailable", "answer-lost"])
@pytest.mark.parametrize(
    "method", ["CreateService", "UpdateService", "GetService", "GetRevision", "SetIamPolicy", "ListLogEntries"]
)
def test_a_network_that_is_cut_in_any_call_is_got_over(up: Releases, fault: str, method: str) -> None:
    up.plant(fault, 2, method=method)
    first = up("1", of=plan(access="public"))
    second = up("2", of=plan(access="public"))
    assert up.revisions() == [first.revision, second.revision]
    assert up.traffic() == {second.revision: 100}


@pytest.mark.parametrize("method", ["UpdateService", "GetRevision"])
def test_a_network_that_stays_cut_ends_the_release_and_the_next_one_goes_on(
    up: Releases, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_errors, "_FIRST_PAUSE", 0.01)
    monkeypatch.setattr(writing, "_PAUSE", 0.01)
    first = up("1")
    up.plant("unavailable", 1000, method=method)
    error = fail(up, "2")
    assert "goes on from here" in error.fix
    up.local.faults.clear()
    assert up.traffic() == {first.revision: 100}
    second = up("2")
    assert up.traffic() == {second.revision: 100}
    assert up.revisions() == [first.revision, second.revision]


def test_a_service_that_cannot_be_created_is_nobody_elses_doing(up: Releases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "_PAUSE", 0.01)
    up.plant("unavailable", 1000, method="CreateService")
    error = fail(up, "1")
    assert error.what == f"It was not possible to create the service {SERVICE}."
    assert "goes on from here" in error.fix


def test_advice_names_the_project_and_its_number(up: Releases) -> None:
    quota = fail(up, "1", service={"cpu": 4, "memory": 2 * 2**30}, max_instances=1000)
    assert "project=demo-project" in quota.fix
    up.plant("image-unreadable")
    unreadable = fail(up, "1")
    assert re.search(r"service-\d+@serverless-robot-prod", str(unreadable))
    assert "SERVICE_AGENT" not in str(unreadable)


def test_every_call_of_a_release_has_an_end(up: Releases, monkeypatch: pytest.MonkeyPatch) -> None:
    endless: set[str] = set()

    @dataclass
    class Watched:
        client: Any

        def __getattr__(self, name: str) -> Any:
            method = getattr(self.client, name)

            def call(*args: Any, **options: Any) -> Any:
                if not options.get("timeout"):
                    endless.add(name)
                return method(*args, **options)

            return call

    for name in ("services", "revisions", "logs", "projects"):
        client = Watched(getattr(up.cloud, name))
        monkeypatch.setattr(type(up.cloud), name, property(lambda self, client=client: client))
    up("1", of=plan(access="public"))
    up.plant("crash")
    fail(up, "2")
    assert endless == set()


def test_an_etag_conflict_is_read_again_and_written_again(up: Releases) -> None:
    up("1")
    up.plant("etag-conflict", 2)
    witness = Witness()
    second = up("2", witness=witness)
    assert up.traffic() == {second.revision: 100}
    assert any("Somebody else changed the service in between" in line for line in witness.lines)


def test_one_who_keeps_changing_the_service_is_named(up: Releases) -> None:
    first = up("1")
    up.plant("etag-conflict", 50)
    with pytest.raises(TargetError) as caught:
        up("2")
    assert f"The service {SERVICE} is being changed by somebody else" in caught.value.what
    up.local.faults.clear()
    assert up.traffic() == {first.revision: 100}
