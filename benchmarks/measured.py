"""What one run of a contender cost: CPU of its process with all threads, time, peak memory."""

import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_STATUS = Path("/proc/self/status")
_MEGABYTE = 1024 * 1024


@dataclass(slots=True)
class Measured:
    touches: int = 0
    cpu_seconds: float = 0.0  # of the work alone, without the start of the process
    wall_seconds: float = 0.0
    start_cpu_seconds: float = 0.0  # imports, compiling the templates, the first few touches
    enrol_cpu_seconds: float = 0.0  # of the product alone: once a customer, not once a touch
    peak_megabytes: float = 0.0  # of the whole process
    commits: int = 0
    request_bytes: int = 0  # of one request's body, where the contender knows it

    @property
    def per_second(self) -> float:
        return self.touches / self.wall_seconds

    @property
    def cpu_ms_per_touch(self) -> float:
        return 1000 * self.cpu_seconds / self.touches

    @property
    def per_cpu_second(self) -> float:
        return self.touches / self.cpu_seconds

    @property
    def commits_per_1000(self) -> float:
        return 1000 * self.commits / self.touches


@contextmanager
def measuring(measured: Measured) -> Iterator[None]:
    """Fill in what the work inside cost."""
    before = cpu_seconds()
    measured.start_cpu_seconds = before - measured.enrol_cpu_seconds
    began = time.perf_counter()
    yield
    measured.wall_seconds = time.perf_counter() - began
    measured.cpu_seconds = cpu_seconds() - before
    measured.peak_megabytes = peak_megabytes()


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def group_cpu_seconds(group: int) -> float:
    """What the processes of a group have used so far."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if int(fields[2]) == group:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def peak_megabytes() -> float:
    """Of this program alone: Linux counts a parent's memory into its child's ru_maxrss."""
    if _STATUS.exists():
        for line in _STATUS.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / _MEGABYTE
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / _MEGABYTE
