"""The two databases: how passages are written and how candidates are asked for. Everything else is the same for both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db import connection

from .places import KEY, bounds
from .words import TITLE, Word, indexed

COLUMNS = "place, record, title, body, text"
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


def holding(slots: Sequence[int], words: Sequence[Word]) -> list[int]:
    """Those of the kinds that the index holds any candidate of, in one statement."""
    if not slots:
        return []
    if _lite():
        sql, params = _HOPS, list[Any]([asked(words)] * 2)
    else:
        values = ", ".join(["(%s)"] * len(slots))
        sql = (
            f"SELECT kinds.slot FROM (VALUES {values}) kinds (slot) CROSS JOIN LATERAL (SELECT 1 FROM search_passage p "
            f"WHERE p.words @@ (%s || ' & ''{MARK}' || kinds.slot || '''')::tsquery LIMIT 1) found"
        )
        params = [*slots, asked(words)]
    wanted = set(slots)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [slot for (slot,) in cursor.fetchall() if slot in wanted]


def statement(
    slot: int, words: Sequence[Word], limit: int, scope: tuple[str, Sequence[Any]] | None, *, titles: bool = False
) -> tuple[str, list[Any]]:
    """The newest passages of a kind that hold every word, at most `limit`, as SQL.

    `scope` is a condition on the record `p.record`. The full-text index proposes in order of place, newest first; the
    plain form decides; the database stops as soon as it has enough.
    """
    held = "' ' || p.title || ' '" if titles else "' ' || p.title || ' ' || p.body || ' '"
    find = "instr" if _lite() else "strpos"
    checks = [f"{find}({held}, %s) > 0" for _word in words]
    params: list[Any] = [word.needle for word in words]
    if scope:
        checks.append(scope[0])
        params += scope[1]
    where = " AND ".join(checks)
    if _lite():
        low, high = bounds(slot)
        sql = (
            "SELECT p.place, p.record, p.title, p.body FROM search_index CROSS JOIN search_passage p "
            "ON p.place = search_index.rowid WHERE search_index MATCH %s AND search_index.rowid BETWEEN %s AND %s "
            f"AND {where} ORDER BY search_index.rowid DESC LIMIT %s"
        )
        return sql, [asked(words, titles=titles), low, high, *params, limit]
    sql = (
        "SELECT p.place, p.record, p.title, p.body FROM (SELECT place FROM search_passage WHERE words @@ %s::tsquery "
        "ORDER BY place DESC OFFSET 0) c CROSS JOIN LATERAL (SELECT * FROM search_passage p WHERE p.place = c.place "
        f"AND {where} OFFSET 0) p LIMIT %s"
    )
    return sql, [f"{asked(words, titles=titles)} & '{MARK}{slot}'", *params, limit]


def candidates(
    slot: int, words: Sequence[Word], limit: int, scope: tuple[str, Sequence[Any]] | None, *, titles: bool = False
) -> list[tuple[int, int, str, str]]:
    """(place, record, title, body) of the newest passages of a kind that hold every word."""
    sql, params = statement(slot, words, limit, scope, titles=titles)
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
