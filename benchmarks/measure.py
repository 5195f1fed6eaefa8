"""How things are timed: two at a time in turn, so that what disturbs one disturbs the other."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median, median_low
from typing import Any

from django.db import connection

Work = Callable[[int], object]
SCHEDSTAT = Path("/proc/thread-self/schedstat")


@dataclass(frozen=True)
class Line:
    """One line of the table. `ours` and `theirs` are in `unit`; a ratio above 1 means that the kernel costs more.

    `limits` are (what, value, most) triples; a line with a value above its most is broken.
    """

    name: str
    unit: str
    ours: float
    theirs: float | None = None
    ratio: float | None = None
    cpu_ms: float | None = None
    p95_ms: float | None = None
    limits: tuple[tuple[str, float, float], ...] = ()
    note: str = ""

    @property
    def broken(self) -> tuple[str, ...]:
        return tuple(what for what, value, most in self.limits if value > most)


def waited() -> float:
    """Seconds for which this thread was ready but had no core, since it began; 0 where the system does not say.

    Taken off where a limit in seconds is judged: what else runs on the machine is not what is measured.
    """
    try:
        return int(SCHEDSTAT.read_text().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of one call: on the wall, and without waiting for a core."""
    start, idle = time.perf_counter(), waited()  # in this order, so that no wait is taken off that was not timed
    work()
    idle = waited() - idle
    wall = time.perf_counter() - start
    return wall, wall - idle


@dataclass
class Timed:
    """Wall seconds of each call, the same without waiting for a core, and CPU seconds for each block of calls."""

    walls: list[float] = field(default_factory=list)
    own: list[float] = field(default_factory=list)
    blocks: list[tuple[float, float]] = field(default_factory=list)
    """(wall, cpu) of one call, averaged over its block."""

    def block(self, work: Work, numbers: range) -> None:
        began, cpu = len(self.walls), time.process_time()
        for n in numbers:
            wall, own = timed(partial(work, n))
            self.walls.append(wall)
            self.own.append(own)
        cpu = time.process_time() - cpu
        self.blocks.append((sum(self.walls[began:]) / len(numbers), cpu / len(numbers)))

    @property
    def wall(self) -> float:
        return median(self.walls)

    @property
    def cpu(self) -> float:
        return median(cpu for _wall, cpu in self.blocks)

    @property
    def p95(self) -> float:
        """Of the time without waiting for a core: the slowest of each 20 calls, its median, which no single hitch moves."""
        return median(max(self.own[at : at + 20]) for at in range(0, max(len(self.own) - 19, 1), 20))


def in_turn(ours: Work, theirs: Work, rounds: int, each: int) -> tuple[Timed, Timed]:
    """Blocks of `each` calls, A B B A A B ...: every round both, every second round the other first. Warmed up before."""
    mine, other = Timed(), Timed()
    for n in range(min(each, 20)):
        ours(n)
        theirs(n)
    gc.collect()
    for turn in range(rounds):
        numbers = range(turn * each, (turn + 1) * each)
        pairs = [(mine, ours), (other, theirs)]
        for timed, work in pairs if turn % 2 == 0 else reversed(pairs):
            timed.block(work, numbers)
    return mine, other


def compare(
    name: str, ours: Work, theirs: Work, *, rounds: int, each: int, most: float | None, p95_ms: float | None = None
) -> Line:
    """Two that do the same, as a line: the ratio is the median over the rounds, of CPU or wall, whichever is worse."""
    mine, other = in_turn(ours, theirs, rounds, each)
    pairs = list(zip(mine.blocks, other.blocks, strict=True))
    wall = median(a[0] / b[0] for a, b in pairs)
    cpu = median(a[1] / b[1] for a, b in pairs)
    limits = [("ratio", max(wall, cpu), most)] if most else []
    if p95_ms:
        limits.append(("p95", mine.p95 * 1000, p95_ms))
    return Line(
        name, "ms", mine.wall * 1000, other.wall * 1000, max(wall, cpu), mine.cpu * 1000, mine.p95 * 1000,
        tuple(limits), f"wall {wall:.2f}, CPU {cpu:.2f}",
    )  # fmt: skip


@dataclass
class Locks:
    """For how many seconds each transaction was open (without waiting for a core, on the wall).

    On SQLite that is how long the write lock was held.
    """

    held: list[tuple[float, float]] = field(default_factory=list)

    def line(self, name: str, most: float, note: str) -> Line:
        """The 99th percentile against its limit, so that one hitch of the machine breaks none; the longest is told."""
        held = sorted(self.held)
        usual, longest, wall = held[round(0.99 * (len(held) - 1))][0], held[-1][0], max(wall for _own, wall in held)
        told = f"99th percentile of {len(held)}; median {median_low(held)[0]:.3f}, longest {longest:.3f}"
        told += f" ({wall:.3f} on the wall). {note}"
        return Line(name, "s", usual, limits=(("lock", usual, most),), note=told.strip())


@contextmanager
def write_locks() -> Iterator[Locks]:
    """Watches the transactions of this connection."""
    locks = Locks()
    began: tuple[float, float] | None = None
    real = connection.set_autocommit

    def watched(autocommit: bool, *args: Any, **kwargs: Any) -> None:
        nonlocal began
        real(autocommit, *args, **kwargs)
        if autocommit and began:
            idle = waited() - began[1]
            wall = time.perf_counter() - began[0]
            locks.held.append((wall - idle, wall))
        began = None if autocommit else (time.perf_counter(), waited())

    connection.set_autocommit = watched  # type: ignore[method-assign]
    try:
        yield locks
    finally:
        del connection.set_autocommit
