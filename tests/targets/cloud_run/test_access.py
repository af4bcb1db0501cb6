"""Who may call a service is as the plan says, and only after the proof."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from google.cloud import run_v2

from tests.targets.cloud_run.releases import SERVICE, Releases, Witness, plan
from wizard.errors import TargetError
from wizard.targets.cloud_run import writing


def members(up: Releases) -> set[str]:
    policy = up.cloud.services.get_iam_policy(request={"resource": up.cloud.place.service(SERVICE)})
    return {member for binding in policy.bindings if binding.role == "roles/run.invoker" for member in binding.members}


def status_of_a_stranger(up: Releases) -> int:
    return httpx.get(f"{up.service().uri}/health", trust_env=False).status_code


def test_a_service_is_private_unless_the_plan_says_otherwise(up: Releases) -> None:
    up()
    assert members(up) == set()
    assert status_of_a_stranger(up) == 403


def test_public_lets_everybody_in(up: Releases) -> None:
    done = up(of=plan(access="public"))
    assert members(up) == {"allUsers"}
    assert status_of_a_stranger(up) == 200
    assert done.call.startswith(f"curl -s {done.url}/predict")


def test_public_without_check_needs_no_policy(up: Releases) -> None:
    up(of=plan(access="public-without-check"))
    assert members(up) == set()
    assert status_of_a_stranger(up) == 200


def test_callers_of_the_plan_join_those_that_others_let_in(up: Releases) -> None:
    up(of=plan(invokers=("user:ada@example.com",)))
    policy = up.cloud.services.get_iam_policy(request={"resource": up.cloud.place.service(SERVICE)})
    policy.bindings[0].members.append("user:mary@example.com")
    up.cloud.services.set_iam_policy(request={"resource": up.cloud.place.service(SERVICE), "policy": policy})
    up(of=plan(invokers=("user:ada@example.com", "user:grace@example.com")))
    assert members(up) == {"user:ada@example.com", "user:grace@example.com", "user:mary@example.com"}
    assert len(up.revisions()) == 1


def test_a_caller_that_leaves_the_plan_may_not_call_any_more(up: Releases) -> None:
    up(of=plan(invokers=("user:ada@example.com", "user:grace@example.com")))
    witness = Witness()
    assert up(of=plan(invokers=("user:grace@example.com",)), witness=witness).changed
    assert members(up) == {"user:grace@example.com"}
    assert any("user:ada@example.com may not call housing any more" in text for text in witness.notices)
    up(of=plan())
    assert members(up) == set()
    assert not up(of=plan()).changed


def test_a_service_that_becomes_private_again_keeps_everybody_out_and_says_so(up: Releases) -> None:
    up(of=plan(access="public", invokers=("user:ada@example.com",)))
    witness = Witness()
    up(of=plan(access="private", invokers=("user:ada@example.com",)), witness=witness)
    assert members(up) == {"user:ada@example.com"}
    assert status_of_a_stranger(up) == 403
    assert any("allUsers may not call it any more" in text for text in witness.notices)


@pytest.mark.parametrize(("before", "after"), [("public-without-check", "private"), ("public", "public-without-check")])
def test_one_way_of_access_becomes_another(up: Releases, before: str, after: str) -> None:
    up(of=plan(access=before))
    up(of=plan(access=after))
    assert status_of_a_stranger(up) == (403 if after == "private" else 200)
    assert not up(of=plan(access=after)).changed


def test_a_service_is_not_opened_to_the_internet_while_anybody_may_call_it(up: Releases) -> None:
    everybody_inside, some_from_anywhere = plan(access="public", ingress="internal"), plan(ingress="all")
    up("1", of=everybody_inside)
    seen: set[tuple[str, bool]] = set()
    witness = Witness(on_event=lambda event: seen.add((up.service().ingress.name, "allUsers" in members(up))))
    up.models.wrong.add("*")
    with pytest.raises(TargetError, match="does not answer"):
        up("2", of=some_from_anywhere, witness=witness)
    assert seen == {("INGRESS_TRAFFIC_INTERNAL_ONLY", True)}, "a release that is not proved opens nothing"
    up.models.wrong.clear()
    up("2", of=some_from_anywhere, witness=witness)
    assert ("INGRESS_TRAFFIC_ALL", True) not in seen
    assert (up.service().ingress.name, members(up)) == ("INGRESS_TRAFFIC_ALL", set())
    assert not up("2", of=some_from_anywhere).changed


def test_a_service_is_closed_to_the_internet_before_everybody_is_let_in(up: Releases) -> None:
    up("1", of=plan(ingress="all"))
    seen: set[tuple[str, bool]] = set()
    witness = Witness(on_event=lambda event: seen.add((up.service().ingress.name, "allUsers" in members(up))))
    up("2", of=plan(access="public", ingress="internal"), witness=witness)
    assert ("INGRESS_TRAFFIC_ALL", True) not in seen
    assert (up.service().ingress.name, members(up)) == ("INGRESS_TRAFFIC_INTERNAL_ONLY", {"allUsers"})


def test_a_service_that_never_served_is_no_more_open_than_its_plan(
    up: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Google reads out no ingress while no revision serves; written back as it was read, that would mean all."""
    read = writing.read_service

    def read_as_google_answers(*how: Any) -> run_v2.Service | None:
        service = read(*how)
        if service is not None and not service.latest_ready_revision:
            service.ingress = run_v2.IngressTraffic.INGRESS_TRAFFIC_UNSPECIFIED
        return service

    monkeypatch.setattr(writing, "read_service", read_as_google_answers)
    for version in ("1", "2"):
        up.plant("crash")
        with pytest.raises(TargetError):
            up(version, of=plan(ingress="internal"))
    assert up.service().ingress.name == "INGRESS_TRAFFIC_INTERNAL_ONLY"


def test_a_service_whose_callers_are_known_is_opened_for_its_proof(up: Releases) -> None:
    up("1", of=plan(ingress="internal"))
    seen: list[str] = []
    witness = Witness(on_event=lambda event: seen.append(f"{up.service().ingress.name} {event}"))
    up("2", of=plan(ingress="all"), witness=witness)
    proof = next(one for one in seen if "proof: asking" in one)
    assert proof.startswith("INGRESS_TRAFFIC_ALL")


def test_nobody_is_let_in_before_the_proof(up: Releases) -> None:
    up.models.wrong.add("*")
    with pytest.raises(TargetError):
        up(of=plan(access="public"))
    assert members(up) == set()
    with pytest.raises(TargetError):
        up(of=plan(access="public-without-check"))
    assert status_of_a_stranger(up) == 403
