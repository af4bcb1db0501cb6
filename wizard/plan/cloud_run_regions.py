"""Where Cloud Run runs: regions, their price tiers and the GPUs they offer.

Table of November 2026. Regions and tiers: Cloud Run's page of locations, copies of 2024 and 2025. GPUs: its page on GPUs,
copies of 2026. Google adds regions: a name that is built like one is taken for a newer one, at the dearer tier, so that no
estimate is too low; preflight asks Google whether it exists.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from wizard.plan.cloud_run import CloudRunTarget, Gpu
from wizard.plan.problem import Problem

AS_OF = "2026-11-22"
"""The day of the table."""


@dataclass(frozen=True, slots=True)
class Region:
    """One region. `known` is False where the table does not have it: its tier and GPUs are then assumed.

    `by_invitation` holds the GPUs among `gpus` that Google gives there to invited projects only.
    """

    name: str
    place: str
    tier: Literal[1, 2]
    gpus: tuple[Gpu, ...] = ()
    by_invitation: tuple[Gpu, ...] = ()
    known: bool = True


_L4: Gpu = "nvidia-l4"
_RTX: Gpu = "nvidia-rtx-pro-6000"

REGIONS = {
    region.name: region
    for region in (
        Region("africa-south1", "Johannesburg", 2),
        Region("asia-east1", "Taiwan", 1),
        Region("asia-east2", "Hong Kong", 2),
        Region("asia-northeast1", "Tokyo", 1),
        Region("asia-northeast2", "Osaka", 1),
        Region("asia-northeast3", "Seoul", 2),
        Region("asia-south1", "Mumbai", 2, (_L4,), (_L4,)),
        Region("asia-south2", "Delhi", 2, (_RTX,), (_RTX,)),
        Region("asia-southeast1", "Singapore", 2, (_L4, _RTX)),
        Region("asia-southeast2", "Jakarta", 2),
        Region("australia-southeast1", "Sydney", 2),
        Region("australia-southeast2", "Melbourne", 2),
        Region("europe-central2", "Warsaw", 2),
        Region("europe-north1", "Finland", 1),
        Region("europe-southwest1", "Madrid", 1),
        Region("europe-west1", "Belgium", 1, (_L4,)),
        Region("europe-west2", "London", 2),
        Region("europe-west3", "Frankfurt", 2),
        Region("europe-west4", "Netherlands", 1, (_L4, _RTX)),
        Region("europe-west6", "Zurich", 2),
        Region("europe-west8", "Milan", 1),
        Region("europe-west9", "Paris", 1),
        Region("europe-west10", "Berlin", 2),
        Region("europe-west12", "Turin", 2),
        Region("me-central1", "Doha", 2),
        Region("me-central2", "Dammam", 2),
        Region("me-west1", "Tel Aviv", 1),
        Region("northamerica-northeast1", "Montreal", 2),
        Region("northamerica-northeast2", "Toronto", 2),
        Region("southamerica-east1", "São Paulo", 2),
        Region("southamerica-west1", "Santiago", 2),
        Region("us-central1", "Iowa", 1, (_L4, _RTX), (_L4,)),
        Region("us-east1", "South Carolina", 1),
        Region("us-east4", "Northern Virginia", 1, (_L4,)),
        Region("us-east5", "Columbus", 1),
        Region("us-south1", "Dallas", 1),
        Region("us-west1", "Oregon", 1),
        Region("us-west2", "Los Angeles", 2),
        Region("us-west3", "Salt Lake City", 2),
        Region("us-west4", "Las Vegas", 2),
    )
}
_BUILT_LIKE_ONE = re.compile(
    r"(?:africa|asia|australia|europe|me|northamerica|southamerica|us)-"
    r"(?:central|(?:north|south)(?:east|west)?|east|west)[1-9]\d?"
)


def region(name: str) -> Region:
    """What is known of a region, and what is assumed of one the table does not have: the dearer tier, every GPU."""
    return REGIONS.get(name) or Region(name, "", 2, (_L4, _RTX), known=False)


def nearest_region(name: str) -> str:
    """The region of the table whose name is nearest: the region of a zone, the right spelling of a slip."""
    text = re.sub(r"[\s_]+", "-", name.strip().lower())
    zone = re.fullmatch(r"([a-z]+-[a-z]+\d+)-[a-z]", text)
    if zone is not None and _BUILT_LIKE_ONE.fullmatch(zone[1]):
        return zone[1]
    places = {known.place.lower(): known.name for known in REGIONS.values()}
    found = difflib.get_close_matches(text, [*REGIONS, *places], n=1, cutoff=0.6)
    return places.get(found[0], found[0]) if found else "us-central1"


def regions_with(gpu: Gpu) -> list[str]:
    """The regions of the table where everybody gets this GPU."""
    return [one.name for one in REGIONS.values() if gpu in one.gpus and gpu not in one.by_invitation]


def nearest_region_with(gpu: Gpu, name: str) -> str:
    """The region nearest by name where everybody gets this GPU: on the same continent where there is one."""
    offered = regions_with(gpu)
    near = [one for one in offered if one.partition("-")[0] == name.partition("-")[0]] or offered
    return difflib.get_close_matches(name, near, n=1, cutoff=0)[0]


def region_problems(target: CloudRunTarget) -> Iterator[Problem]:
    """A region that is none, or that does not offer the GPU."""
    name = target.region
    if name not in REGIONS and not _BUILT_LIKE_ONE.fullmatch(name):
        nearest = nearest_region(name)
        yield Problem(
            "target.region",
            f"target.region cannot be {name[:60]!r}.",
            "Regions are called like us-central1 or europe-west4.",
            f"Did you mean {nearest}{_at_place(nearest)}?",
            nearest,
        )
    elif target.gpu != "none" and target.gpu not in region(name).gpus:
        offered = regions_with(target.gpu)
        nearest = nearest_region_with(target.gpu, name)
        yield Problem(
            "target.region",
            f"target.region cannot be {name} with the GPU {target.gpu}.",
            f"It is offered in {', '.join(offered)} (as of {AS_OF}).",
            f"The nearest right value is {nearest}{_at_place(nearest)}.",
            nearest,
        )


def _at_place(name: str) -> str:
    return f" ({REGIONS[name].place})" if name in REGIONS else ""
