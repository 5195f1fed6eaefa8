"""The files of a county and of a plan as tables: each column, the field it fills, and how its cells are read.

One declaration serves loading and exporting. docs/plan-format.md tells the same in words.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.places.models import Place
from hanfeng.kernel.indicator.models import Reading, Source, Trust
from hanfeng.kernel.rule.models import Confidence, Day

from .cells import Column, Table
from .models import Baseline, Clause, Contradiction, Duty, Plan, Previous, Target, Task

# --- the county -------------------------------------------------------------------------------------------------------


def _both(name: str, field: str) -> tuple[Column, Column]:
    """The two columns of words in both languages."""
    return Column(f"{name}_zh", field), Column(f"{name}_en", f"{field}_en")


_KINDS = ("country", "city", "region", "district", "zone")
PLACES = Table(
    "place", "published/places.csv", Place, ("slug",),
    (
        Column("id", "slug", "slug", needed=True), Column("zh", "name"), Column("en", "name_en"),
        Column("within", "within", "slug", refers="place", link=True), Column("kind", "kind", choices=_KINDS),
    ),
)  # fmt: skip
TOWNS = Table(
    "place", "towns.csv", Place, ("slug",),
    (
        Column("code", "slug", "slug", needed=True), Column("name", "name"), Column("name_en", "name_en"),
        Column("kind", "kind", choices=("street", "town", "township")), Column("lat", "lat", "number"),
        Column("lon", "lon", "number"), Column("col", "col", "whole"), Column("row", "row", "whole"), Column("note"),
    ),
)  # fmt: skip
BODIES = Table(
    "body", "bodies.csv", Body, ("slug",),
    (
        Column("id", "slug", "slug", needed=True), Column("name", "name"), Column("name_en", "name_en"),
        Column("kind", "kind", choices=Body.Kind.values), Column("valid_from", "starts", "day"),
        Column("valid_to", "ends", "day"), Column("successor", "successor", "slug", refers="body", link=True),
        *_both("note", "note"), Column("source", "source"),
    ),
)  # fmt: skip
CALENDAR = Table(
    "day", "calendar.csv", Day, ("date",),
    (
        Column("date", "date", "day", needed=True), Column("kind", "kind", choices=Day.Kind.values), Column("name", "name"),
        Column("name_en", "name_en"), Column("source", "source"), Column("confidence", "confidence", choices=Confidence.values),
    ),
)  # fmt: skip
SOURCES = Table(
    "source", "published/sources.csv", Source, ("slug",),
    (
        Column("id", "slug", "slug", needed=True), *_both("title", "title"), *_both("publisher", "publisher"),
        Column("published", "published"), Column("address", "address"),
        Column("quality", "trust", choices=(Trust.OFFICIAL, Trust.PRESS, Trust.LEAD)), *_both("quality_reason", "reason"),
    ),
)  # fmt: skip
READING_KINDS = (
    "plan_baseline", "level", "subset", "derived", "increment", "cumulative", "average", "rate", "component",
    "other_definition", "context", "rank",
)  # fmt: skip
BOUNDS = ("exact", "at_least", "at_most", "about")
READINGS = Table(
    "reading", "published/readings.csv", Reading, ("slug",),
    (
        Column("id", "slug", "slug", needed=True), Column("measure", "measure", "slug", refers="measure", needed=True),
        Column("period", "period", needed=True), Column("as_of", "as_of", "day", needed=True),
        Column("value", "low", "number", needed=True), Column("high", "high", "number"), Column("bound", choices=BOUNDS),
        *_both("unit", "unit"), Column("place", "place", "slug", refers="place", needed=True),
        Column("kind", "kind", choices=READING_KINDS),
        Column("source", "source", "slug", refers="source", link=True, needed=True), *_both("page_note", "note"),
        Column("inferred", "inferred"), Column("series", "series", choices=("", "ever", "valid"), optional=True),
    ),
)  # fmt: skip

# --- a plan -----------------------------------------------------------------------------------------------------------

PLANS = Table(
    "plan", "plan.toml", Plan, ("slug",),
    (
        Column("id", "slug", "slug", needed=True), Column("kind", "kind", choices=Plan.Kind.values),
        Column("outline", "outline", "flag"),
        *_both("title", "title"), *_both("short", "short"), Column("issuer", "issuer", "slug", refers="body", link=True),
        Column("document_no", "number"), Column("issued", "issued", "day"), Column("starts", "starts", "day", needed=True),
        Column("ends", "ends", "day", needed=True), Column("address", "address"), Column("under", "under", "as_is"),
    ),
)  # fmt: skip
CLAUSES = Table(
    "clause", "clauses.csv", Clause, ("code",),
    (
        Column("id", "code", "code", needed=True), Column("parent", "parent", "code", refers="clause", link=True),
        Column("order", "order", "whole", needed=True), Column("kind", "kind", choices=Clause.Kind.values),
        Column("number", "number"), *_both("title", "title"), *_both("text", "text"),
    ),
    of_plan=True,
)  # fmt: skip
TASKS = Table(
    "task", "commitments.csv", Task, ("commitment",),
    (
        Column("commitment", "commitment", "slug", refers="commitment", needed=True),
        Column("clauses", "clauses", "ids", refers="clause", needed=True),
    ),
    of_plan=True,
)  # fmt: skip
COMPARISONS = ("ge", "le", "eq", "about")
TARGETS = Table(
    "target", "targets.csv", Target, ("slug",),
    (
        Column("id", "slug", "slug", needed=True), Column("measure", "measure", "slug", refers="measure", needed=True),
        Column("no", "no", "whole"), Column("clauses", "clauses", "ids", refers="clause", needed=True), *_both("name", "name"),
        Column("nature", "nature", choices=Target.Nature.values), Column("shape", "shape", choices=Target.Shape.values),
        Column("base_value", "base", "number"), Column("base_date", "base_date", "day"),
        Column("goal", "goal", "number", needed=True), Column("goal_high", "goal_high", "number"),
        Column("starts", "starts", "day", needed=True), Column("ends", "ends", "day"),
        Column("comparison", "comparison", choices=COMPARISONS), Column("cumulative", "cumulative", "flag"),
        *_both("unit", "unit"), Column("place", "place", "slug", refers="place", needed=True), *_both("note", "note"),
    ),
    of_plan=True,
)  # fmt: skip
PATHS = Table(
    "path", "paths.csv", Target, ("target", "date"),
    (
        Column("target", "target", "slug", refers="target", needed=True), Column("date", "date", "day", needed=True),
        Column("value", "value", "number", needed=True), *_both("basis", "basis"),
        Column("confidence", "confidence", choices=("plan", "ours", "confirmed")),
    ),
    of_plan=True,
)  # fmt: skip
BASELINES = Table(
    "baseline", "baselines.csv", Baseline, ("slug",),
    (
        Column("id", "slug", "slug", needed=True), Column("measure", "measure", "slug", refers="measure", needed=True),
        Column("value", "value", "number", needed=True), *_both("unit", "unit"), Column("date", "date", "day", needed=True),
        Column("clauses", "clauses", "ids", refers="clause", needed=True),
        Column("repeated_in", "repeated", "ids", refers="clause"), *_both("note", "note"),
    ),
    of_plan=True,
)  # fmt: skip
PREVIOUS = Table(
    "previous", "previous.csv", Previous, ("no",),
    (
        Column("no", "no", "whole", needed=True), Column("measure", "measure", "slug", refers="measure", needed=True),
        *_both("name", "name"), *_both("unit", "unit"), Column("nature", "nature", choices=Target.Nature.values),
        Column("target", "goal", "number", needed=True), Column("actual", "actual", "number", needed=True),
        Column("cumulative", "cumulative", "flag"), Column("clauses", "clauses", "ids", refers="clause", needed=True),
    ),
    of_plan=True,
)  # fmt: skip
DUTIES = Table(
    "duty", "duties.csv", Duty, ("kind", "item", "role", "body"),
    (
        Column("kind", "kind", choices=("task", "target")), Column("item", "item", "slug", needed=True),
        Column("role", "role", choices=Duty.Role.values), Column("body", "body", "slug", refers="body", link=True, needed=True),
        Column("clauses", "clauses", "ids", refers="clause"), Column("from", "starts", "day"), Column("to", "ends", "day"),
        Column("basis", "basis", optional=True),
    ),
    of_plan=True,
)  # fmt: skip
_REMARK = (
    *_both("title", "title"), Column("clauses", "clauses", "ids", refers="clause"),
    Column("measures", "measures", "ids", refers="measure"), Column("targets", "targets", "ids", refers="target"),
    Column("zh", "text", needed=True), Column("en", "text_en"), Column("compute", "compute", "as_is"),
)  # fmt: skip
_ID = Column("id", "slug", "slug", needed=True)
_DISPUTES = tuple(kind for kind in Contradiction.Kind.values if kind != Contradiction.Kind.CHECK)
CONTRADICTIONS = Table(
    "contradiction", "contradictions.toml", Contradiction, ("slug",),
    (_ID, Column("no", "order", "whole", needed=True), *_REMARK[:2], Column("kind", "kind", choices=_DISPUTES), *_REMARK[2:]),
    of_plan=True, array="contradiction",
)  # fmt: skip
CHECKS = Table(
    "contradiction", "contradictions.toml", Contradiction, ("slug",), (_ID, *_REMARK),
    of_plan=True, array="check", fixed={"kind": Contradiction.Kind.CHECK},
)  # fmt: skip

COUNTY = (PLACES, TOWNS, BODIES, CALENDAR, SOURCES, READINGS)
PLAN = (CLAUSES, TASKS, TARGETS, PATHS, BASELINES, PREVIOUS, CONTRADICTIONS, CHECKS, DUTIES)

NAMES = {
    "place": gettext_lazy("place"),
    "body": gettext_lazy("body"),
    "source": gettext_lazy("source"),
    "measure": gettext_lazy("measure"),
    "commitment": gettext_lazy("commitment"),
    "clause": gettext_lazy("clause"),
    "plan": gettext_lazy("plan"),
    "target": gettext_lazy("target"),
    "task": gettext_lazy("plan task"),
}
"""How a message calls what an id names."""
