"""The questions Cloud Run asks an instance: whether it is up, and whether it still is.

Source: the Admin API's reference of probes, November 2026.
"""

from __future__ import annotations

from collections.abc import Iterator

from wizard.plan.cloud_run import CloudRunTarget, Probe
from wizard.plan.problem import Problem

LONGEST_START = 240
"""Seconds Cloud Run waits at most for an instance to answer: failures x period of the startup probe, and its delay."""


def probe_problems(target: CloudRunTarget) -> Iterator[Problem]:
    """What is wrong with the startup and the liveness probe."""
    yield from _startup(target.startup_probe)
    yield from _either("target.startup_probe", target.startup_probe)
    if target.liveness_probe is not None:
        yield from _either("target.liveness_probe", target.liveness_probe)
        if target.liveness_probe.kind == "tcp":
            yield Problem(
                "target.liveness_probe.kind",
                "target.liveness_probe.kind cannot be tcp.",
                "Cloud Run asks whether an instance still lives by HTTP or gRPC only.",
                "Set it to http: the server answers GET /health.",
                "http",
            )


def _startup(probe: Probe) -> Iterator[Problem]:
    for name, seconds in (("initial_delay", probe.initial_delay), ("period", probe.period)):
        if seconds > LONGEST_START:
            path = f"target.startup_probe.{name}"
            yield Problem(
                path,
                f"{path} cannot be {seconds}.",
                f"A startup probe's is at most {LONGEST_START} s.",
                f"The nearest right value is {LONGEST_START}.",
                LONGEST_START,
            )
            return
    if probe.failures * probe.period > LONGEST_START:
        fewer = LONGEST_START // probe.period
        yield Problem(
            "target.startup_probe.failures",
            f"target.startup_probe waits {probe.failures} times {probe.period} s, which is too long.",
            f"Cloud Run waits {LONGEST_START} s at most for an instance to start: failures times period.",
            f"Lower target.startup_probe.failures to {fewer}.",
            fewer,
        )


def _either(path: str, probe: Probe) -> Iterator[Problem]:
    if probe.timeout > probe.period:
        yield Problem(
            f"{path}.timeout",
            f"{path}.timeout is {probe.timeout} s, longer than its period of {probe.period} s.",
            "An answer must be in before the next question.",
            f"Lower {path}.timeout to {probe.period}, or raise {path}.period.",
            probe.period,
        )
    if probe.kind == "grpc":
        yield Problem(
            f"{path}.kind",
            f"{path}.kind cannot be grpc.",
            "The server that Sendoff makes speaks HTTP: every question would fail.",
            "Set it to http.",
            "http",
        )
    if not probe.path.startswith("/") or any(char.isspace() or not char.isprintable() for char in probe.path):
        nearest = "/" + "".join(char for char in probe.path if char.isprintable() and not char.isspace()).lstrip("/")
        yield Problem(
            f"{path}.path",
            f"{path}.path cannot be {probe.path[:60]!r}.",
            "It is the path part of an address: it starts with / and has no blanks.",
            f"The nearest right value is {nearest[:200]}.",
            nearest,
        )
