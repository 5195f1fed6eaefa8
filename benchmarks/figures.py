"""The indicators of R&D statistics over many firm-years beside one hand-written statement each; one return to the plan page."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.series.models import SeriesValue
from hanfeng.kernel.api import Indicator, count, save, save_many
from hanfeng.kernel.pure import Period
from hanfeng.packs.innovation.innovation_statistics.indicators import (
    industry_rd_ratio,
    rd_activity_coverage,
    rd_intensity,
    rd_spending_growth,
)
from hanfeng.packs.innovation.innovation_statistics.models import Call, Filing
from hanfeng.packs.innovation.innovation_statistics.seed import a_filing
from hanfeng.packs.innovation.innovation_statistics.terms import State
from hanfeng.plan import loading
from hanfeng.plan.evaluate import evaluate
from hanfeng.plan.ledger import log

from .measure import Line, Timed, compare

MOST = 1.5
FULL = 500_000  # with fewer firm-years a statement costs next to nothing: its ratio has no limit
FIRST, YEARS = 2019, 7
YEAR = Period.year(2024)
DAY = date(2025, 12, 31)
SIGHT = frozenset({Filing})  # who makes the statistics; for others the figures stand until an edition
GDP = """SELECT value FROM series_seriesvalue g WHERE NOT void AND series = 'gdp' AND quarter IS NULL AND year = 2024
 AND NOT EXISTS (SELECT 1 FROM series_seriesvalue l WHERE NOT l.void AND l.series = g.series AND l.basis = g.basis
 AND l.year = g.year AND l.quarter IS NULL AND l.vintage > g.vintage)"""
DONE = "FROM innovation_statistics_filing WHERE NOT void AND state = 'accepted' AND year = 2024"
ALL = "FROM innovation_statistics_filing WHERE NOT void AND state <> 'excused' AND year = 2024"
BY_HAND = {
    rd_intensity: f"SELECT (SELECT SUM(internal) {DONE}) * 0.001 / ({GDP})",
    rd_spending_growth: f"""SELECT (SELECT SUM(internal) {DONE}) * 100.0
        / (SELECT SUM(internal) {DONE.replace("2024", "2023")}) - 100""",
    industry_rd_ratio: f"SELECT SUM(internal) * 100.0 / SUM(revenue) {DONE} AND above_scale",
    rd_activity_coverage: f"""SELECT (SELECT COUNT(*) {DONE} AND above_scale AND internal > 0) * 100.0
        / (SELECT COUNT(*) {ALL} AND above_scale)""",
}


def fill(rows: int, told: Callable[[int], None] = lambda done: None) -> None:
    """Firm-years, written past the history: what is measured is counting. One firm of them is a real one."""
    loading.load()
    firms = max(rows // YEARS, 1)
    calls = [Call(year=y, called=date(y + 1, 1, 12), due=date(y + 1, 3, 10)) for y in range(FIRST, FIRST + YEARS)]
    save_many(calls, None, title="benchmark")
    values = [SeriesValue(series="gdp", year=y, value=700, vintage=date(y + 1, 2, 1), source="x") for y in (2023, 2024)]
    save_many(values, None, title="benchmark")
    body = Body(slug="figures-firm", name="Figures", kind=Body.Kind.ENTERPRISE)
    save(body, None)
    pattern = a_filing(calls[0], body, 9_000, 500_000, above_scale=True, demo=False, filed=timezone.now())
    fields = [f for f in Filing._meta.concrete_fields if f.column != "id"]
    columns = ", ".join(str(f.column) for f in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bodies_body (slug, name, kind, name_en, code, source, note, note_en, version, created_at, changed_at,"
            " void, demo) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %s) SELECT 'figure-' || i,"
            " 'firm', 'enterprise', '', '', '', '', '', 1, %s, %s, %s, %s FROM n",
            [firms, timezone.now(), timezone.now(), False, False],
        )
        for place, call in enumerate(calls):
            pattern.call, pattern.year = call, call.year
            given = [f.get_db_prep_save(getattr(pattern, f.attname), connection) for f in fields]
            chosen = ", ".join(_chosen(str(f.column), call.year) for f in fields)
            kept = [v for f, v in zip(fields, given, strict=True) if "%s" in _chosen(str(f.column), call.year)]
            cursor.execute(
                f"INSERT INTO innovation_statistics_filing ({columns}) SELECT {chosen} FROM bodies_body b"
                " WHERE b.slug LIKE 'figure-%%'",
                kept,
            )
            told(firms * (place + 1))
        cursor.execute("ANALYZE")


def _chosen(column: str, year: int) -> str:
    """What a firm-year has in a column: amounts that differ, one in ten not accepted, half of them industrial."""
    differing = {
        "body_id": "b.id",
        "internal": f"1000 + b.id %% 9000 + {year - FIRST}",
        "revenue": "400000 + b.id %% 90000",
        "state": "CASE WHEN b.id %% 10 = 0 THEN 'called' ELSE 'accepted' END",
        "above_scale": "(b.id %% 2 = 0)",
        "version": "1",
    }
    return differing.get(column, "%s")


def lines(rows: int, rounds: int) -> Iterator[Line]:
    """Each indicator beside its statement by hand, and one return on its way to the plan page."""
    most = MOST if rows >= FULL else None
    for found, sql in BY_HAND.items():
        ours, theirs = count(found, YEAR).value, _run(sql)
        if ours is None or abs(ours - theirs) > 1e-6 * max(abs(theirs), 1):
            raise RuntimeError(f"{found.name} counts {ours}, the statement by hand {theirs}")
        yield compare(f"figure {found.name}", _counting(found), _running(sql), rounds=rounds, each=3, most=most)
    yield _one_return()


def _counting(found: Indicator) -> Callable[[int], object]:
    return lambda n: count(found, YEAR)


def _running(sql: str) -> Callable[[int], object]:
    return lambda n: _run(sql)


def _run(sql: str) -> float:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return float(cursor.fetchone()[0])


def _one_return() -> Line:
    """One return is accepted, then the plan page's figures are made anew, as a running site makes them: what that takes."""
    call = Call.objects.get(year=2024)
    body = Body.objects.get(slug="figures-firm")
    filing = a_filing(
        call, body, 9_000, 500_000, above_scale=True, demo=False, filed=timezone.now(), state=State.AUDITED
    )
    save(filing, None)
    evaluate(DAY, sight=SIGHT)
    timed = Timed()
    with CaptureQueriesContext(connection) as asked, _counted_anew() as anew:

        def work(n: int) -> Any:
            save(filing, None, {"state": State.ACCEPTED})
            return evaluate(DAY, sight=SIGHT)

        timed.block(work, range(1))
    figures, of = anew
    note = (
        f"{len(asked)} queries: the return with its event, and the whole evaluation; of {of} figures {len(figures)} were counted "
        f"anew: {', '.join(f'{name} {n}x' for name, n in Counter(name for name, _period in figures).items())}"
    )
    return Line("one return to the plan page", "ms", timed.wall * 1000, cpu_ms=timed.cpu * 1000, note=note)


@contextmanager
def _counted_anew() -> Iterator[list[Any]]:
    """What the ledger says that it counted: the figures with their periods, and how many were asked for."""
    told: list[Any] = []
    hearing = logging.Handler(logging.DEBUG)
    hearing.emit = lambda record: told.extend(record.args or ())  # type: ignore[method-assign]
    log.addHandler(hearing)
    log.setLevel(logging.DEBUG)
    try:
        yield told
    finally:
        log.removeHandler(hearing)
        log.setLevel(logging.NOTSET)
