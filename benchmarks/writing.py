"""Writing records beside plain Django on the same file: one in its own transaction, and many."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from statistics import median

from django.contrib.auth.models import User
from django.db import transaction

from benchmarks.handwritten.models import PlainBody
from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.api import save, save_many

from . import register
from .measure import Line, Locks, compare, write_locks

MOST_ONE = 4.0
MOST_LOCK = 0.2  # seconds
BLOCKS = 10


def fill(user: User, rows: int, progress: Callable[[int], None]) -> Iterator[Line]:
    """Fill both registers in turn, block by block: rows a second of save_many beside bulk_create, and the locks held."""
    ours, theirs, locks = list[float](), list[float](), Locks()
    for block in range(BLOCKS):
        numbers = range(rows * block // BLOCKS, rows * (block + 1) // BLOCKS)
        first = list(Body.objects.order_by("pk").values_list("pk", flat=True)[:50])
        plain_first = list(PlainBody.objects.order_by("pk").values_list("pk", flat=True)[:50])
        with write_locks() as watched:
            ours.append(len(numbers) / _seconds(lambda n=numbers, f=first: _many(n, f, user)))  # type: ignore[misc]
        locks.held += watched.held
        theirs.append(len(numbers) / _seconds(lambda n=numbers, f=plain_first: _plain(n, f)))  # type: ignore[misc]
        progress(numbers.stop)
    yield Line(
        "save_many beside bulk_create", "rows/s", median(ours), median(theirs),
        median(b / a for a, b in zip(ours, theirs, strict=True)), note=f"first block {ours[0]:.0f}, last {ours[-1]:.0f} rows/s",
    )  # fmt: skip
    yield locks.line("save_many, lock of a chunk", MOST_LOCK, "")


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _many(numbers: range, first: list[int], user: User) -> None:
    done = save_many(register.bodies(numbers, first), user, title="benchmark")
    if done.errors:
        raise RuntimeError(f"row {done.errors[0][0]}: {done.errors[0][1]}")


def _plain(numbers: range, first: list[int]) -> None:
    rows = [PlainBody(**register.values(n), successor_id=register.successor(n, first)) for n in numbers]
    with transaction.atomic():
        PlainBody.objects.bulk_create(rows)


def lines(user: User, rounds: int, each: int) -> Iterator[Line]:
    """One record in a transaction of its own; changing one."""

    def ours(n: int) -> None:
        save(Body(**register.values(900_000 + next(count))), user)

    def theirs(n: int) -> None:
        with transaction.atomic():
            PlainBody.objects.create(**register.values(900_000 + next(count)))

    count = iter(range(1_000_000))
    yield compare("create one record", ours, theirs, rounds=rounds, each=each, most=MOST_ONE)

    def change(n: int) -> None:
        save(Body.objects.get(slug=f"body-{n % 900:06}"), user, {"note": f"note {next(count)}"})

    def plain_change(n: int) -> None:
        with transaction.atomic():
            found = PlainBody.objects.get(slug=f"body-{n % 900:06}")
            found.note = f"note {next(count)}"
            found.save(update_fields=["note"])

    yield compare("change one record", change, plain_change, rounds=rounds, each=each, most=MOST_ONE)
