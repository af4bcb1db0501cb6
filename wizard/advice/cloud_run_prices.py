"""What Cloud Run costs: the list prices in US dollars, on the day of the table.

Sources: Google's page https://cloud.google.com/run/pricing, copies of April to August 2026; the memory and CPU of
instance-based billing in tier 2 are reckoned at the 1.4 that all other prices of that tier stand at. Discounts by contract
or commitment are not in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

DATED = "2026-08"
SOURCE = "https://cloud.google.com/run/pricing"

Tier = Literal[1, 2]
"""Google's two price classes of regions."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Dollars per vCPU-second and GiB-second of one tier."""

    active_cpu: Decimal
    """Request-based billing, while an instance works on requests."""
    active_memory: Decimal
    idle_cpu: Decimal
    """Request-based billing, while an instance is kept warm by the minimum and has nothing to do."""
    idle_memory: Decimal
    instance_cpu: Decimal
    """Instance-based billing, for as long as an instance lives."""
    instance_memory: Decimal


RATES: dict[Tier, Rates] = {
    1: Rates(
        active_cpu=Decimal("0.000024"),
        active_memory=Decimal("0.0000025"),
        idle_cpu=Decimal("0.0000025"),
        idle_memory=Decimal("0.0000025"),
        instance_cpu=Decimal("0.000018"),
        instance_memory=Decimal("0.000002"),
    ),
    2: Rates(
        active_cpu=Decimal("0.0000336"),
        active_memory=Decimal("0.0000035"),
        idle_cpu=Decimal("0.0000035"),
        idle_memory=Decimal("0.0000035"),
        instance_cpu=Decimal("0.0000252"),
        instance_memory=Decimal("0.0000028"),
    ),
}

REQUEST = Decimal("0.0000004")
"""Dollars per request (0.40 per million), in both tiers; instance-based billing has no price per request."""

GPU_SECOND = {
    ("nvidia-l4", False): Decimal("0.0001867"),
    ("nvidia-l4", True): Decimal("0.0002909"),
    ("nvidia-rtx-pro-6000", False): Decimal("0.00036522"),
    ("nvidia-rtx-pro-6000", True): Decimal("0.00056913"),
}
"""(GPU, with zonal redundancy) → dollars per second, in us-central1; other regions differ, and are not in the table."""

# Free each month for a billing account, over all its projects. It is a discount of what this much costs in tier 1, so that
# in tier 2 it covers less. Warm instances without requests and GPUs have none.
FREE_ACTIVE_CPU = Decimal(180_000)
"""vCPU-seconds."""
FREE_ACTIVE_MEMORY = Decimal(360_000)
"""GiB-seconds."""
FREE_REQUESTS = Decimal(2_000_000)
FREE_INSTANCE_CPU = Decimal(240_000)
"""vCPU-seconds."""
FREE_INSTANCE_MEMORY = Decimal(450_000)
"""GiB-seconds."""

ROUNDING = Decimal("0.1")
"""Seconds to whose next multiple the time an instance works is rounded up."""
KEPT_WARM = Decimal(900)
"""Seconds after its last request for which Cloud Run may keep an instance; only instance-based billing charges them. Its
least charge, one minute an instance, is never more than this."""
