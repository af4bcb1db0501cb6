"""The fixtures of a small service, which the rehearsal's tests have too."""

from tests.rehearsal.small_service import (
    build_small,
    bundle,
    container_runtime,
    inspection,
    light_bundle,
    planned,
    process_runtime,
    state,
    trained_bundle,
)

__all__ = [
    "build_small",
    "bundle",
    "container_runtime",
    "inspection",
    "light_bundle",
    "planned",
    "process_runtime",
    "state",
    "trained_bundle",
]
