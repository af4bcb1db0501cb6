"""The way into a private network.

Source: the Admin API's reference of VpcAccess, and the naming rules of networks and connectors, November 2026.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.plan.cloud_run import CloudRunTarget, Vpc
from wizard.plan.names import dashed
from wizard.plan.problem import Problem

_NAME = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
_CONNECTOR = re.compile(r"[a-z]([a-z0-9-]{0,23}[a-z0-9])?")
_WHOLE = {
    "connector": re.compile(r"projects/[^/\s]+/locations/(?P<region>[a-z0-9-]+)/connectors/[a-z][a-z0-9-]{0,24}"),
    "network": re.compile(r"projects/[^/\s]+/global/networks/[a-z][a-z0-9-]{0,62}"),
    "subnetwork": re.compile(r"projects/[^/\s]+/regions/(?P<region>[a-z0-9-]+)/subnetworks/[a-z][a-z0-9-]{0,62}"),
}
_TAKES = {
    "connector": "Small letters, digits and dashes, at most 25; or projects/P/locations/L/connectors/NAME.",
    "network": "Small letters, digits and dashes; or projects/P/global/networks/NAME.",
    "subnetwork": "Small letters, digits and dashes; or projects/P/regions/R/subnetworks/NAME.",
}


def network_problems(target: CloudRunTarget) -> Iterator[Problem]:
    """What is wrong with target.vpc."""
    vpc = target.vpc
    if vpc is None:
        return
    if vpc.connector and (vpc.network or vpc.subnetwork):
        yield Problem(
            "target.vpc.connector",
            "target.vpc has a connector and a network.",
            "A service goes one of the two ways.",
            "Keep the network, which needs no connector to pay for, and remove target.vpc.connector.",
            "",
        )
    elif not (vpc.connector or vpc.network or vpc.subnetwork):
        yield Problem(
            "target.vpc",
            "target.vpc leads nowhere.",
            "It names neither a network nor a connector.",
            "Set target.vpc.network (and subnetwork), or remove target.vpc.",
        )
    elif vpc.network_tags and vpc.connector:
        yield Problem(
            "target.vpc.network_tags",
            "target.vpc.network_tags cannot be used with a connector.",
            "A connector's own machines carry the tags.",
            "Remove them, or set target.vpc.network instead of the connector.",
            [],
        )
    yield from _names(vpc, target.region)


def _names(vpc: Vpc, region: str) -> Iterator[Problem]:
    for field, name in (("connector", vpc.connector), ("network", vpc.network), ("subnetwork", vpc.subnetwork)):
        path = f"target.vpc.{field}"
        short = _CONNECTOR if field == "connector" else _NAME
        if not name or short.fullmatch(name):
            continue
        whole = _WHOLE[field].fullmatch(name)
        if whole is None:
            nearest = dashed(name.rpartition("/")[2], 25 if field == "connector" else 63) or "default"
            yield Problem(
                path,
                f"{path} cannot be {name[:100]!r}.",
                _TAKES[field],
                f"The nearest right value is {nearest}.",
                nearest,
            )
        elif (there := whole.groupdict().get("region", region)) != region:
            yield Problem(
                path,
                f"{path} lies in {there}, and the service is to run in {region}.",
                "A service enters a network in its own region.",
                f"Choose one in {region}, or set target.region to {there}.",
            )
    for number, tag in enumerate(vpc.network_tags):
        if not _NAME.fullmatch(tag):
            path = f"target.vpc.network_tags.{number}"
            nearest = dashed(tag, 63) or "service"
            yield Problem(
                path,
                f"{path} cannot be {tag[:80]!r}.",
                "Small letters, digits and dashes, starting with a letter, at most 63.",
                f"The nearest right value is {nearest}.",
                nearest,
            )
