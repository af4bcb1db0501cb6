"""Which traffic is taken, over all that somebody may write."""

from __future__ import annotations

from google.cloud import run_v2
from hypothesis import given
from hypothesis import strategies as st

from tests.workshop.admin import BY_REVISION, LATEST
from wizard.workshop.traffic import check_traffic, reachable, statuses

tags = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?", fullmatch=True)
revisions = st.sampled_from(["s-a", "s-b", "s-c", ""])


@st.composite
def shares(draw: st.DrawFn) -> list[int]:
    """Percentages that add up to 100."""
    cuts = sorted(draw(st.lists(st.integers(0, 100), max_size=5)))
    return [after - before for before, after in zip([0, *cuts], [*cuts, 100], strict=True)]


def target(revision: str, percent: int, tag: str = "") -> run_v2.TrafficTarget:
    return run_v2.TrafficTarget.pb(
        run_v2.TrafficTarget(type_=BY_REVISION if revision else LATEST, revision=revision, percent=percent, tag=tag)
    )


@given(percents=shares(), names=st.lists(revisions, min_size=6, max_size=6), data=st.data())
def test_shares_that_add_up_and_tags_that_differ_are_taken(
    percents: list[int], names: list[str], data: st.DataObject
) -> None:
    chosen = data.draw(st.lists(tags, unique=True, max_size=len(percents)))
    padded = [*chosen, *[""] * (len(percents) - len(chosen))]
    targets = [target(*each) for each in zip(names, percents, padded, strict=False)]
    assert list(check_traffic("s", targets)) == []
    led_to = reachable(statuses(targets, "s-latest"))
    assert led_to == {
        name or "s-latest" for name, percent, tag in zip(names, percents, padded, strict=False) if percent or tag
    }


@given(st.lists(st.integers(0, 100), min_size=1, max_size=6))
def test_shares_that_do_not_add_up_are_refused_with_their_sum(percents: list[int]) -> None:
    said = [each.description for each in check_traffic("s", [target("s-a", percent) for percent in percents])]
    total = sum(percents)
    assert said == ([] if total == 100 else [f"Traffic percentages must sum to 100, but sum to {total}."])


@given(st.text(max_size=70), st.integers(1, 49))
def test_a_tag_is_taken_exactly_when_it_can_be_part_of_a_host_name(tag: str, length: int) -> None:
    service = "s" * length
    refused = bool(list(check_traffic(service, [target("s-a", 100, tag)])))
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789-")
    fits = not tag or (
        set(tag) <= allowed and not tag.startswith("-") and not tag.endswith("-")
        and len(tag) + length <= 46
    )  # fmt: skip
    assert refused is not fits


def test_a_tag_too_long_for_its_service_is_refused_in_cloud_runs_words() -> None:
    (violation,) = check_traffic("s" * 40, [target("s-a", 100, "release")])
    assert violation.field == "service.traffic[0].tag"
    assert violation.description == (
        f"traffic tag 'release' and service name '{'s' * 40}' together are too long. "
        "Combined traffic tag and service name cannot exceed 46 characters."
    )


def test_a_target_says_either_a_revision_or_the_latest() -> None:
    contrary = [
        run_v2.TrafficTarget.pb(run_v2.TrafficTarget(type_=LATEST, revision="s-a", percent=50)),
        run_v2.TrafficTarget.pb(run_v2.TrafficTarget(type_=BY_REVISION, percent=50)),
    ]
    assert [each.field for each in check_traffic("s", contrary)] == [
        "service.traffic[0].revision", "service.traffic[1].revision"
    ]  # fmt: skip
