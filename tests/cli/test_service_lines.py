"""How a service and its traffic read in a line."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from wizard.cli.service import _since, _state
from wizard.cli.traffic import _digest
from wizard.targets.status import ServiceStatus

CLOUD = ServiceStatus(
    name="housing",
    url="https://housing.example",
    runtime="cloud run",
    running=True,
    healthy=True,
    started=0.0,
    memory=0,
    revision="housing-1a2b3c4d",
    project="/home/ada/housing",
    target="cloud_run",
)


@pytest.mark.parametrize(
    ("seconds", "passed"),
    [(1.5, "1 second"), (45.5, "45 seconds"), (60.5, "1 minute"), (7300.0, "2 hours"), (9e4, "1 day")],
)
def test_how_long_ago_is_told_in_the_largest_unit_and_in_its_number(seconds: float, passed: str) -> None:
    status = replace(CLOUD, started=time.time() - seconds)
    assert _since(status) == f", last changed {passed} ago"
    assert _since(replace(status, target="local")) == f", for {passed}"


def test_no_time_is_made_up_for_a_service_that_could_not_be_asked() -> None:
    unknown = replace(CLOUD, running=False, healthy=False, note="No local Cloud Run answers.")
    assert _since(unknown) == ""
    assert _state(unknown) == "not seen"


def test_a_service_whose_first_revision_is_on_its_way_is_not_ready_and_a_container_without_its_engine_is_not_seen() -> (
    None
):
    going = replace(CLOUD, running=False, healthy=False, started=time.time(), note="Cloud Run is at work on a change.")
    assert _state(going) == "not ready"
    assert _state(replace(going, target="local", note="No engine answers.")) == "not seen"
    assert _state(replace(going, target="local", note="")) == "stopped"


def test_an_image_is_told_by_the_beginning_of_its_digest() -> None:
    assert _digest(f"europe-docker.pkg.dev/p/r/housing@sha256:{'ab' * 32}") == "sha256:abababababab"
    assert _digest("housing:1") == "housing:1"
