"""How much memory a container uses, from either version of control groups."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wizard.images.engine import Engine
from wizard.runtimes.runtime import MemoryUse


@dataclass
class Memory:
    """What was measured of one container so far, in bytes."""

    current: int = 0
    peak: int = 0

    def take(self, stats: Mapping[str, Any], kernel_peak: int | None) -> None:
        """Fold in the engine's `memory_stats` and, where known, the most the kernel ever counted.

        The kernel's count holds file cache too, which it gives back when memory is short. What is cached now stands in
        for what was cached at the peak: a model file read once stays in the cache.
        """
        usage = int(stats.get("usage") or 0)
        if not usage:
            self.current = 0  # it has ended
            return
        details = stats.get("stats") or {}
        cached = int(details.get("total_inactive_file", details.get("inactive_file", 0)))
        self.current = max(0, usage - cached)
        most = kernel_peak or int(stats.get("max_usage") or 0)
        self.peak = max(self.peak, self.current, most - cached)

    def use(self) -> MemoryUse:
        """The figures as they stand."""
        return MemoryUse(self.current, self.peak)


def measure(engine: Engine, container: str, memory: Memory) -> None:
    """Ask the engine once and fold the answer into `memory`; a container that is gone changes nothing."""
    from docker.errors import APIError

    with engine.guarding("measuring a container"):
        try:
            stats = engine.api.stats(container, stream=False, one_shot=True).get("memory_stats") or {}
        except APIError:
            memory.current = 0
            return
        # Version 1 tells its peak with the rest; version 2 keeps it in a file the engine does not pass on.
        missing = stats.get("usage") and "max_usage" not in stats
        memory.take(stats, _kernel_peak(engine, container) if missing else None)


def _kernel_peak(engine: Engine, container: str) -> int | None:
    """`memory.peak` of a version 2 control group (Linux 5.19 or later), read from inside; None where it cannot be."""
    from docker.errors import APIError

    with contextlib.suppress(APIError, ValueError):
        command = engine.api.exec_create(container, ["cat", "/sys/fs/cgroup/memory.peak"], stderr=False)
        return int(engine.api.exec_start(command["Id"]))
    return None
