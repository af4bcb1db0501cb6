"""Who may call a service is as the plan says, and only after the proof."""

from __future__ import annotations

import httpx
import pytest

from tests.targets.cloud_run.releases import SERVICE, Releases, Witness, plan
from wizard.errors import TargetError


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
    up(of=plan(invokers=("user:grace@example.com",)))
    assert members(up) == {"user:ada@example.com", "user:grace@example.com"}
    assert len(up.revisions()) == 1


def test_a_service_that_becomes_private_again_keeps_everybody_out_and_says_so(up: Releases) -> None:
    up(of=plan(access="public", invokers=("user:ada@example.com",)))
    witness = Witness()
    up(of=plan(access="private"), witness=witness)
    assert members(up) == {"user:ada@example.com"}
    assert status_of_a_stranger(up) == 403
    assert any("allUsers may not call it any more" in text for text in witness.notices)


@pytest.mark.parametrize(("before", "after"), [("public-without-check", "private"), ("public", "public-without-check")])
def test_one_way_of_access_becomes_another(up: Releases, before: str, after: str) -> None:
    up(of=plan(access=before))
    up(of=plan(access=after))
    assert status_of_a_stranger(up) == (403 if after == "private" else 200)
    assert not up(of=plan(access=after)).changed


def test_nobody_is_let_in_before_the_proof(up: Releases) -> None:
    up.models.wrong.add("*")
    with pytest.raises(TargetError):
        up(of=plan(access="public"))
    assert members(up) == set()
    with pytest.raises(TargetError):
        up(of=plan(access="public-without-check"))
    assert status_of_a_stranger(up) == 403
