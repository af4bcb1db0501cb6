"""Traffic moves by the plan's steps, goes back where a step goes bad, and is never taken from somebody else."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.targets.cloud_run.releases import SERVICE, Releases, Witness, cloud_for, plan
from wizard.errors import CancelledError, TargetError
from wizard.events import Event, StageProgress
from wizard.targets.cloud_run.moving import PREVIOUS, OvertakenError
from wizard.targets.release import Release


def when(witness: Witness, words: str, do: object) -> None:
    """Call `do` once, when the progress first says these words."""
    done = threading.Event()

    def on_event(event: Event) -> None:
        if isinstance(event, StageProgress) and words in event.what and not done.is_set():
            done.set()
            do()  # type: ignore[operator]  # a function without arguments

    witness.on_event = on_event


def test_traffic_moves_step_by_step_and_the_proof_is_asked_for_between(up: Releases) -> None:
    up("1")
    seen: list[dict[str, int]] = []
    witness = Witness()
    witness.on_event = lambda event: (
        seen.append(up.traffic()) if "asking for the answers again" in getattr(event, "what", "") else None
    )
    second = up("2", of=plan(traffic=(10, 50, 100)), witness=witness)
    assert [split[second.revision] for split in seen] == [10, 50]
    assert all(sum(split.values()) == 100 for split in seen)
    assert up.models.asked.count(second.revision) == 3 * 4
    assert up.traffic() == {second.revision: 100}


def test_a_plan_may_stop_short_of_all_traffic(up: Releases) -> None:
    first = up("1")
    second = up("2", of=plan(traffic=(20,)))
    assert up.traffic() == second.traffic == {first.revision: 80, second.revision: 20}
    assert not up("2", of=plan(traffic=(20,))).changed
    up("2", of=plan(traffic=(20, 100)))
    assert up.traffic() == {second.revision: 100}
    assert up.service().annotations[PREVIOUS] == f"{first.revision}=100"


def test_a_step_that_goes_bad_gives_the_traffic_back(up: Releases) -> None:
    first = up("1")
    witness = Witness()
    when(witness, "10 %, waiting", lambda: up.models.wrong.add("*"))
    with pytest.raises(TargetError) as caught:
        up("2", of=plan(traffic=(10, 100)), witness=witness)
    assert f"The traffic is back where it was: {first.revision}." in caught.value.why
    assert up.traffic() == {first.revision: 100}
    assert up.tags() == {}


def test_a_request_to_stop_between_two_steps_gives_the_traffic_back(up: Releases) -> None:
    first = up("1")
    witness = Witness()
    when(witness, "10 %, waiting", witness.cancel.set)
    with pytest.raises(CancelledError):
        up("2", of=plan(traffic=(10, 100), traffic_wait=600), witness=witness)
    assert up.traffic() == {first.revision: 100}


def test_a_request_to_stop_while_a_step_is_being_taken_gives_the_traffic_back(up: Releases) -> None:
    first = up("1")
    witness = Witness()

    def stop_once_it_is_asked_for() -> None:
        end = time.monotonic() + 20
        while len([one for one in up.service().traffic if one.percent]) < 2 and time.monotonic() < end:
            pass
        witness.cancel.set()

    def take_long() -> None:
        up.plant("slow", seconds=0.5)
        threading.Thread(target=stop_once_it_is_asked_for).start()

    when(witness, "10 % of the traffic", take_long)
    with pytest.raises(CancelledError) as caught:
        up("2", of=plan(traffic=(10, 100)), witness=witness)
    assert f"The traffic is back where it was: {first.revision}." in caught.value.why
    assert up.traffic() == {first.revision: 100}
    assert up.tags() == {}


def both(up: Releases, one: str, other: str) -> list[Release | TargetError]:
    """Two people release at once: both have seen what is there before either writes."""
    ready = threading.Barrier(2)

    def go(version: str) -> Release | TargetError:
        witness = Witness()
        when(witness, "asking for", lambda: ready.wait(20))
        with cloud_for(up.local) as cloud:
            try:
                return up(version, cloud=cloud, witness=witness)
            except TargetError as error:
                return error

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(go, (one, other)))


def test_of_two_releases_at_once_one_wins_and_the_other_is_told_who(up: Releases) -> None:
    first = up("1")
    results = both(up, "2", "3")
    won = [one for one in results if isinstance(one, Release)]
    lost = [one for one in results if isinstance(one, TargetError)]
    assert len(won) == 1 and len(lost) == 1, results
    assert isinstance(lost[0], OvertakenError)
    assert "you@localhost.example released housing at the same time" in lost[0].what
    assert won[0].revision in lost[0].why
    assert up.traffic() == {won[0].revision: 100}
    assert len(up.revisions()) == 3, first
    assert up.tags() == {}, "neither leaves an address behind"


def test_whoever_lost_gets_the_traffic_by_asking_again(up: Releases) -> None:
    up("1")
    results = both(up, "2", "3")
    again = next(version for version, one in zip("23", results, strict=True) if isinstance(one, TargetError))
    done = up(again)
    assert up.traffic() == {done.revision: 100}
    assert len(up.revisions()) == 3
    assert up.tags() == {}


def test_two_releases_of_the_same_content_at_once_make_one_revision(up: Releases) -> None:
    up("1")
    results = both(up, "2", "2")
    assert all(isinstance(one, Release) for one in results), results
    assert len(up.revisions()) == 2


def test_two_first_releases_at_once_leave_a_service_that_serves(up: Releases) -> None:
    results = both(up, "1", "2")
    won = [one for one in results if isinstance(one, Release)]
    assert won, results
    assert sum(up.traffic().values()) == 100
    assert up.traffic() == {won[-1].revision: 100} or len(won) == 2


@pytest.mark.parametrize("tags_too", [True, False], ids=["tags kept", "tags removed"])
def test_traffic_that_somebody_moved_in_between_is_not_moved_back(up: Releases, tags_too: bool) -> None:
    first, second = up("1"), up("2")
    witness = Witness()

    def somebody() -> None:
        service = up.service()
        kept = [{"type_": 2, "revision": name, "tag": tag} for tag, name in up.tags().items()] if tags_too else []
        service.traffic = [{"type_": 2, "revision": first.revision, "percent": 100}, *kept]
        up.cloud.services.update_service(service=service).result(timeout=20)

    when(witness, "rows at once", somebody)
    with pytest.raises(OvertakenError):
        up("3", witness=witness)
    assert up.traffic() == {first.revision: 100}, second.revision


def test_a_service_that_is_deleted_in_between_is_said_to_be_gone(up: Releases) -> None:
    up("1")
    witness = Witness()
    name = up.cloud.place.service(SERVICE)
    when(witness, "rows at once", lambda: up.cloud.services.delete_service(name=name).result(timeout=20))
    with pytest.raises(TargetError, match=f"(The service {SERVICE} is gone|There is no service {SERVICE})"):
        up("2", witness=witness)
