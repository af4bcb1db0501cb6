"""Regions: those of the table are known, newer ones are believed, slips are corrected."""

from __future__ import annotations

import pytest

from wizard.plan.cloud_run_regions import REGIONS, nearest_region, region, regions_with


def test_the_table_has_the_tiers_of_the_page_it_is_from() -> None:
    cheaper = {name for name, one in REGIONS.items() if one.tier == 1}
    assert len(REGIONS) == 40
    assert len(cheaper) == 16
    assert {"us-central1", "europe-west1", "asia-northeast1", "me-west1"} <= cheaper
    assert not {"us-west2", "europe-west3", "asia-southeast1"} & cheaper


def test_a_region_newer_than_the_table_is_taken_at_the_dearer_tier() -> None:
    assert region("europe-north2").tier == 2
    assert not region("europe-north2").known


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("europe_west4", "europe-west4"),
        ("us-centra1", "us-central1"),
        ("us-central1-b", "us-central1"),
        ("europe-north2-a", "europe-north2"),
        ("Tokyo", "asia-northeast1"),
        ("", "us-central1"),
        ("nowhere", "us-central1"),
    ],
)
def test_a_slip_is_led_back_to_the_region_that_was_meant(slip: str, meant: str) -> None:
    assert nearest_region(slip) == meant


def test_gpus_are_offered_where_everybody_gets_them() -> None:
    assert regions_with("nvidia-l4") == ["asia-southeast1", "europe-west1", "europe-west4", "us-east4"]
    assert regions_with("nvidia-rtx-pro-6000") == ["asia-southeast1", "europe-west4", "us-central1"]
