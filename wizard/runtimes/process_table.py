"""What the system says of its processes: when one started, which belong together, how much memory they hold."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

_PROC = Path("/proc")


def started(pid: int) -> str:
    """When that process started, in the system's own terms; "" where there is none (any more).

    With the number it names one process for good: numbers are used again, the pair is not.
    """
    if _has_proc():
        fields = _stat(pid)
        return fields[19] if fields and fields[0] not in ("Z", "X") else ""
    line = _ps("-p", str(pid), "-o", "stat=,lstart=")
    state, _, start = line.strip().partition(" ")
    return "" if not state or state.startswith("Z") else "-".join(start.split()).replace(":", ".")


def group_memory(group: int) -> tuple[int, int]:
    """(bytes now, most bytes so far) held by the processes of a group, shared pages counted for each.

    The peak is the sum of each process's own, which need not have been at one time; 0 where the system keeps none.
    """
    if not _has_proc():
        rows = (line.split() for line in _ps("-ax", "-o", "pgid=,rss=").splitlines())
        return sum(int(row[1]) * 1024 for row in rows if len(row) == 2 and row[0] == str(group)), 0
    current = peak = 0
    for pid in _group_members(group):
        with contextlib.suppress(OSError, ValueError):
            for line in (_PROC / str(pid) / "status").read_text().splitlines():
                if line.startswith("VmRSS:"):
                    current += int(line.split()[1]) * 1024
                elif line.startswith("VmHWM:"):
                    peak += int(line.split()[1]) * 1024
    return current, peak


def group_alive(group: int) -> bool:
    """Some process of the group has not ended."""
    if _has_proc():
        return any(started(pid) for pid in _group_members(group))
    rows = (line.split() for line in _ps("-ax", "-o", "pgid=,stat=").splitlines())
    return any(row[0] == str(group) and not row[1].startswith("Z") for row in rows if len(row) == 2)


def memory_kills() -> int:
    """How many processes the kernel has ended for want of memory since it started; 0 where it does not say."""
    with contextlib.suppress(OSError, ValueError):
        for line in (_PROC / "vmstat").read_text().splitlines():
            name, _, value = line.partition(" ")
            if name == "oom_kill":
                return int(value)
    return 0


def _has_proc() -> bool:
    return (_PROC / "self" / "stat").exists()


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from the third (state) on; the second, the name, may hold blanks and brackets."""
    try:
        return (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def _group_members(group: int) -> Iterator[int]:
    for folder in _PROC.iterdir():
        if folder.name.isdigit():
            fields = _stat(int(folder.name))
            if len(fields) > 2 and fields[2] == str(group):
                yield int(folder.name)


def _ps(*arguments: str) -> str:
    try:
        return subprocess.run(["ps", *arguments], capture_output=True, text=True, timeout=10, check=False).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
