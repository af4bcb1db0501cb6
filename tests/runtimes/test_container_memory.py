"""Memory is read from either version of control groups; the figures are of the shape engines really give."""

from __future__ import annotations

from wizard.runtimes.container_memory import Memory

MIB = 1024**2
VERSION_1 = {
    "usage": 150 * MIB,
    "max_usage": 300 * MIB,
    "limit": 512 * MIB,
    "stats": {"cache": 60 * MIB, "inactive_file": 1, "total_inactive_file": 50 * MIB, "total_rss": 90 * MIB},
}
VERSION_2 = {
    "usage": 150 * MIB,
    "limit": 512 * MIB,
    "stats": {"anon": 90 * MIB, "file": 60 * MIB, "inactive_file": 50 * MIB},
}


def test_file_cache_is_left_out_of_version_1() -> None:
    memory = Memory()
    memory.take(VERSION_1, None)
    assert (memory.use().current, memory.use().peak) == (100 * MIB, 250 * MIB)


def test_file_cache_is_left_out_of_version_2_and_its_peak_comes_from_the_kernel() -> None:
    memory = Memory()
    memory.take(VERSION_2, 350 * MIB)
    assert (memory.use().current, memory.use().peak) == (100 * MIB, 300 * MIB)


def test_where_the_kernel_keeps_no_peak_the_largest_look_is_the_peak() -> None:
    memory = Memory()
    memory.take({**VERSION_2, "usage": 400 * MIB}, None)
    memory.take(VERSION_2, None)
    assert (memory.use().current, memory.use().peak) == (100 * MIB, 350 * MIB)


def test_after_the_end_nothing_is_used_and_the_peak_stays() -> None:
    memory = Memory()
    memory.take(VERSION_1, None)
    memory.take({}, None)
    assert (memory.use().current, memory.use().peak) == (0, 250 * MIB)
