"""The two databases: how passages are written and how candidates are asked for. Everything else is the same for both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db import connection

from .places import KEY, PARAGRAPH, bounds
from .words import TITLE, Word, indexed

COLUMNS = "place, record, title, body, text"
FEW = 2000  # records or files of a kind that are asked for at once
MARK = "§"  # PostgreSQL: before the number of a kind, a token of each of its passages


class Row(NamedTuple):
    """A passage as it is kept."""

    place: int
    record: int
    title: str
    body: str
    text: str = ""


def _lite() -> bool:
    return connection.vendor == "sqlite"


# --- writing ----------------------------------------------------------------------------------------------------------

_KEEP = (
    "INSERT INTO search_passage (place, record, title, body, text{more}) VALUES (%s, %s, %s, %s, %s{value}) "
    "ON CONFLICT (place) DO UPDATE SET record = excluded.record, title = excluded.title, body = excluded.body, "
    "text = excluded.text{set}"
)
KEEP_LITE = _KEEP.format(more="", value="", set="")
KEEP_SERVER = _KEEP.format(more=", words", value=", %s::tsvector", set=", words = excluded.words")
INDEX_LITE = "INSERT INTO search_index (rowid, words) VALUES (%s, %s)"
FORGET_LITE = "INSERT INTO search_index (search_index, rowid, words) VALUES ('delete', %s, %s)"


def put(rows: Sequence[Row], before: Sequence[Row] = ()) -> None:
    """Keep passages, new or changed; `before` are those of them that were kept, as they were."""
    if not rows:
        return
    with connection.cursor() as cursor:
        if _lite():
            if before:
                cursor.executemany(FORGET_LITE, [(r.place, indexed(r.title, r.body)) for r in before])
            cursor.executemany(KEEP_LITE, rows)
            cursor.executemany(INDEX_LITE, [(r.place, indexed(r.title, r.body)) for r in rows])
        else:
            cursor.executemany(KEEP_SERVER, [(*r, vector(r)) for r in rows])


def drop(before: Sequence[Row]) -> None:
    """Take passages out of the index."""
    if not before:
        return
    with connection.cursor() as cursor:
        if _lite():
            cursor.executemany(FORGET_LITE, [(r.place, indexed(r.title, r.body)) for r in before])
        cursor.executemany("DELETE FROM search_passage WHERE place = %s", [(r.place,) for r in before])


def vector(row: Row) -> str:
    """The tokens of a passage as PostgreSQL keeps them: no places, for the plain form tells these."""
    return f"{indexed(row.title, row.body)} {MARK}{row.place >> KEY}"


def kept(places: Iterable[int]) -> dict[int, Row]:
    """The passages kept at these places."""
    wanted, found = list(places), dict[int, Row]()
    with connection.cursor() as cursor:
        for at in range(0, len(wanted), 900):
            part = wanted[at : at + 900]
            marks = ", ".join(["%s"] * len(part))
            cursor.execute(f"SELECT {COLUMNS} FROM search_passage WHERE place IN ({marks})", part)
            found |= {row[0]: Row(*row) for row in cursor.fetchall()}
    return found


def between(low: int, high: int, limit: int) -> list[Row]:
    """The passages kept from one place to another, in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {COLUMNS} FROM search_passage WHERE place BETWEEN %s AND %s ORDER BY place LIMIT %s",
            (low, high, limit),
        )
        return [Row(*row) for row in cursor.fetchall()]


# --- asking -----------------------------------------------------------------------------------------------------------


def asked(words: Sequence[Word], *, titles: bool = False) -> str:
    """The words as the database's own full-text query: every token of every word, in titles alone if so wanted."""
    mark = TITLE if titles else ""
    held = dict.fromkeys(mark + token for word in words for token in word.tokens)
    return " ".join(f'"{t}"' for t in held) if _lite() else " & ".join(f"'{t}'" for t in held)


# from the first passage that answers to the first of a later kind, and so on: as many probes as there are kinds that hold one
_HOPS = f"""WITH RECURSIVE hop (place) AS (
SELECT (SELECT rowid FROM search_index WHERE search_index MATCH %s ORDER BY rowid LIMIT 1)
UNION ALL
SELECT (SELECT rowid FROM search_index WHERE search_index MATCH %s AND rowid >= (hop.place >> {KEY}) + 1 << {KEY}
ORDER BY rowid LIMIT 1) FROM hop WHERE hop.place IS NOT NULL)
SELECT place >> {KEY} FROM hop WHERE place IS NOT NULL"""


# a common word is among the newest of a kind; for another the index is asked, by a CTE, for else the planner, which knows
# nothing of the words here, would rather read the whole table until it meets the first
_PROBES = f"""SELECT kinds.slot, (SELECT min(place) FROM search_passage p WHERE {{within}}),
(SELECT max(place) FROM search_passage p WHERE {{within}}) FROM (VALUES {{values}}) kinds (slot) WHERE EXISTS (
SELECT FROM (SELECT p.words FROM search_passage p WHERE {{within}} ORDER BY p.place DESC LIMIT 50) newest
WHERE newest.words @@ %s::tsquery) OR EXISTS (WITH held AS MATERIALIZED (
SELECT FROM search_passage p WHERE p.words @@ (%s || ' & ''{MARK}' || kinds.slot || '''')::tsquery) SELECT FROM held)"""
_WITHIN = f"p.place >= kinds.slot::bigint << {KEY} AND p.place < kinds.slot + 1::bigint << {KEY}"


class Held(NamedTuple):
    """A kind that holds candidates, and the places between which it lies."""

    slot: int
    low: int
    high: int


def holding(slots: Sequence[int], words: Sequence[Word]) -> list[Held]:
    """Those of the kinds that the index holds any candidate of, in one statement."""
    if not slots:
        return []
    sql, params = _HOPS, list[Any]([asked(words)] * 2)
    if not _lite():
        values = ", ".join(["(%s)"] * len(slots))
        sql, params = _PROBES.format(values=values, within=_WITHIN), [*slots, *params]
    wanted = set(slots)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found = [row if len(row) > 1 else (*row, *bounds(row[0])) for row in cursor.fetchall()]
    return [Held(*row) for row in found if row[0] in wanted]


def statement(
    held: Held, words: Sequence[Word], limit: int, scope: tuple[str, Sequence[Any]] | None, *, titles: bool = False
) -> tuple[str, list[Any]]:
    """The newest passages of a kind that hold every word, at most `limit`, as SQL.

    `scope` is a condition on the record `p.record`. The full-text index proposes in order of place, newest first; the
    plain form decides; the database stops as soon as it has enough.
    """
    text = "' ' || p.title || ' '" if titles else "' ' || p.title || ' ' || p.body || ' '"
    find = "instr" if _lite() else "strpos"
    checks = [f"{find}({text}, %s) > 0" for _word in words]
    params: list[Any] = [word.needle for word in words]
    if scope:
        checks.append(scope[0])
        params += scope[1]
    where, match = " AND ".join(checks), asked(words, titles=titles)
    if _lite():
        sql = (
            "SELECT p.place, p.record, p.title, p.body FROM search_index CROSS JOIN search_passage p "
            "ON p.place = search_index.rowid WHERE search_index MATCH %s AND search_index.rowid BETWEEN %s AND %s "
            f"AND {where} ORDER BY search_index.rowid DESC LIMIT %s"
        )
        return sql, [match, held.low, held.high, *params, limit]
    # whether names of this kind hold a word the planner cannot know: behind a SELECT it takes few for granted, and the index
    query, match = ("(SELECT %s::tsquery)", f"{match} & '{MARK}{held.slot}'") if titles else ("%s::tsquery", match)
    part = (
        f"(SELECT p.* FROM (SELECT place, record, title, body FROM search_passage WHERE words @@ {query} "
        "AND place BETWEEN %s AND %s ORDER BY place DESC OFFSET 0) p "
        f"CROSS JOIN LATERAL (SELECT WHERE {where} OFFSET 0) fit)"
    )
    steps = _steps(held)
    told = [value for low, high in steps for value in (match, low, high, *params)]
    return " UNION ALL ".join([part] * len(steps)) + " LIMIT %s", [*told, limit]


def _steps(held: Held) -> list[tuple[int, int]]:
    """PostgreSQL: the places of a kind in growing parts, newest first.

    Its index has no order, so that all that a statement asks for is fetched and sorted; of parts that follow one another
    it fetches no more than are needed.
    """
    span = held.high - held.low
    many = (span >> PARAGRAPH if held.slot % 2 else span) > FEW
    cuts = [held.high - (span >> bits) for bits in (8, 6, 4, 2)] if many else []
    return list(zip([*cuts, held.low], [held.high, *(cut - 1 for cut in cuts)], strict=True))


def candidates(
    held: Held, words: Sequence[Word], limit: int, scope: tuple[str, Sequence[Any]] | None, *, titles: bool = False
) -> list[tuple[int, int, str, str]]:
    """(place, record, title, body) of the newest passages of a kind that hold every word."""
    sql, params = statement(held, words, limit, scope, titles=titles)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def index_terms() -> tuple[dict[int, int], dict[str, int]]:
    """SQLite: what the full-text table holds, as counts: tokens of each place, places of each token."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE VIRTUAL TABLE IF NOT EXISTS temp.search_held USING fts5vocab(main, search_index, instance)"
        )
        cursor.execute("SELECT doc, count(DISTINCT term) FROM temp.search_held GROUP BY doc")
        by_place = dict(cursor.fetchall())
        cursor.execute("SELECT term, count(DISTINCT doc) FROM temp.search_held GROUP BY term")
        by_term = dict(cursor.fetchall())
        cursor.execute("DROP TABLE temp.search_held")
    return by_place, by_term


def clear() -> None:
    """Empty the index."""
    with connection.cursor() as cursor:
        if _lite():
            cursor.execute("INSERT INTO search_index (search_index) VALUES ('delete-all')")
        cursor.execute("DELETE FROM search_passage")
