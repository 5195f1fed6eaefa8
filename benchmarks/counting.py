"""Counting indicators, proving the history, sealing it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from datetime import date

from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.api import Count, Dimension, Event, Ratio, count, indicator, save
from hanfeng.kernel.pure import Period
from hanfeng.kernel.record import audit, seals
from hanfeng.kernel.record.models import Seal
from hanfeng.plan import loading
from hanfeng.plan.evaluate import evaluate

from .measure import Line, Timed, Work, compare, write_locks
from .pages import Browser

MOST = 2.0
FULL = 50_000  # with fewer rows a count costs next to nothing, and its ratio says so little that it has no limit
P95_MS = 100.0
MOST_LOCK = 0.2  # seconds
YEAR = Period.year(2020)


@indicator("benchmark-bodies", "bodies", unit="bodies", by=(Dimension("kind", "kind"),))
def standing(period: Period) -> Count:
    """Bodies that exist at the end of the period."""
    return Count(Body.objects.filter(starts__lte=period.last).exclude(ends__lte=period.last))


@indicator("benchmark-share", "share of enterprises", unit="%")
def share(period: Period) -> Ratio:
    """Enterprises among them."""
    all_of_them = standing.compute(period)
    assert isinstance(all_of_them, Count)
    return Ratio(Count(all_of_them.rows.filter(kind=Body.Kind.ENTERPRISE)), all_of_them)


def indicator_lines(rounds: int) -> Iterator[Line]:
    """An indicator beside the same SQL by hand."""
    sql = "SELECT COUNT(*) FROM bodies_body WHERE NOT void AND starts <= %s AND NOT (ends IS NOT NULL AND ends <= %s)"

    def by_hand(n: int) -> float:
        with connection.cursor() as cursor:
            cursor.execute(sql, [YEAR.last, YEAR.last])
            return float(cursor.fetchone()[0])

    def both_by_hand(n: int) -> float:
        with connection.cursor() as cursor:
            cursor.execute(f"{sql} AND kind = 'enterprise'", [YEAR.last, YEAR.last])
            part = float(cursor.fetchone()[0])
        return 100 * part / by_hand(n)

    if count(standing, YEAR).value != by_hand(0) or count(share, YEAR).value != both_by_hand(0):
        raise RuntimeError("the indicator and the SQL by hand do not count the same")
    most = MOST if Body.objects.count() >= FULL else None
    yield compare("count an indicator", lambda n: count(standing, YEAR), by_hand, rounds=rounds, each=3, most=most)
    yield compare("count a share", lambda n: count(share, YEAR), both_by_hand, rounds=rounds, each=3, most=most)


def plan_lines(user: User, rounds: int) -> Iterator[Line]:
    """The page of the county's plan with the large register behind its indicators: as it is opened again, and after a write.

    The page keeps what it computed until something is written; then all targets are judged anew.
    """
    loading.load()
    with CaptureQueriesContext(connection) as asked:
        found = evaluate(date(2025, 12, 31))
    if not found.targets:
        raise RuntimeError("the plan has no targets")
    browser = Browser(user)
    note = f"{len(found.targets)} targets, {len(asked)} queries to judge them"
    yield _page_line("plan page", lambda n: browser.get("/"), rounds, f"nothing was written since; {note}", P95_MS)
    body = Body.objects.order_by("-pk")[0]

    def after_a_write(n: int) -> bytes:
        save(body, user, {"note": f"{n}"})
        return browser.get("/")

    yield _page_line("plan page after a write", after_a_write, rounds, f"with the write; {note}")


def _page_line(name: str, work: Work, rounds: int, note: str, p95_ms: float | None = None) -> Line:
    work(-1)
    timed = Timed()
    for turn in range(rounds):
        timed.block(work, range(turn * 4, turn * 4 + 4))
    p95 = timed.p95 * 1000
    limits = (("p95", p95, p95_ms),) if p95_ms else ()
    return Line(name, "ms", timed.wall * 1000, cpu_ms=timed.cpu * 1000, p95_ms=p95, limits=limits, note=note)


def history_lines() -> Iterator[Line]:
    """Seal all that is not sealed yet, then prove the whole history beside reading and hashing it plainly."""
    fresh = Event.objects.filter(seal=None).count()
    with write_locks() as locks:
        seconds = _timed(_seal_all)
    yield Line("seal", "events/s", fresh / seconds, note=f"{fresh} events in {Seal.objects.count()} seals")
    yield locks.line("seal, lock", MOST_LOCK, f"At most {seals.MOST_EVENTS} events a seal")
    events = Event.objects.count()
    faults: list[object] = []
    ours = events / _timed(lambda: faults.extend(audit.verify()))
    if faults:
        raise RuntimeError(f"the history is not whole: {faults[0]}")
    theirs = events / _timed(_read_and_hash)
    note = f"{events} events; beside reading and hashing them"
    yield Line("verify the history", "events/s", ours, theirs, theirs / ours, note=note)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _seal_all() -> None:
    while seals.seal():
        pass


def _read_and_hash() -> None:
    for row in Event.objects.values_list().iterator(chunk_size=5000):
        hashlib.sha256(repr(row).encode()).hexdigest()
    for _row in Body.everything.values_list().iterator(chunk_size=5000):
        pass
