"""Published readings as the evaluation uses them: which place they speak of, since when they are known, what they may judge."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import Q
from django.utils.translation import get_language

from hanfeng.commons.places.models import Place
from hanfeng.kernel.desk.wording import local_text
from hanfeng.kernel.indicator.models import Layer, Reading, Source, Trust
from hanfeng.kernel.pure import Bound, Fault, Period

from . import judging
from .assessed import OWN_KINDS, SourceLine, Value
from .judging import Goal, Point, Shape
from .vocabulary import Measure

RANK = "rank"
_DAY = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", re.ASCII)


@dataclass(frozen=True)
class Places:
    """The places by slug: their names in the reader's language, and which place each lies in."""

    names: Mapping[str, str]
    parents: Mapping[str, str | None]

    def within(self, inner: str, outer: str) -> bool:
        """Whether `inner` lies in `outer`, on any level, and is not the same place."""
        seen, place = {inner}, self.parents.get(inner)
        while place and place not in seen:
            if place == outer:
                return True
            seen.add(place)
            place = self.parents.get(place)
        return False


def read_places() -> Places:
    """Every place, in one query."""
    rows = list(Place.objects.order_by("slug").values("slug", "name", "name_en", "within__slug"))
    return Places({row["slug"]: local_text(row) for row in rows}, {row["slug"]: row["within__slug"] for row in rows})


def read_readings(measures: Collection[str], day: date) -> tuple[Reading, ...]:
    """The confirmed readings of some measures and all published ranks, known by a day, oldest first; one query."""
    found = Reading.objects.filter(Q(measure__in=measures) | Q(kind=RANK), as_of__lte=day).exclude(layer=Layer.LEDGER)
    rows = found.exclude(low=None, high=None).select_related("source").order_by("as_of", "slug")
    return tuple(reading for reading in rows if (known_on(reading) or reading.as_of) <= day)


def known_on(reading: Reading) -> date | None:
    """The day a reading was published; of a month or a year the last day. None where no date is given."""
    match = _DAY.fullmatch(reading.source.published.strip()) if reading.source else None
    if match is None:
        return None
    year, month = int(match[1]), int(match[2] or 12)
    try:
        return date(year, month, int(match[3] or monthrange(year, month)[1]))
    except ValueError:
        return None


def point_of(reading: Reading, goal: Goal, measure: Measure, places: Places) -> Point | None:
    """A reading as a point for judging a goal of a measure; None for invented data, which judges nothing."""
    bound = _bound(reading, measure)
    if reading.demo or bound is None or reading.source is None:
        return None
    whole = reading.place == goal.place
    return Point(
        id=reading.slug,
        at=reading.as_of,
        value=bound,
        place=reading.place,
        whole=whole and reading.kind != "subset",
        trust=judging.Trust(reading.trust),
        kind=_kind(reading, goal, measure) if whole or places.within(reading.place, goal.place) else "context",
        year=_year(reading),
        known=known_on(reading),
    )


def _bound(reading: Reading, measure: Measure) -> Bound | None:
    """The value on the series that targets of the measure mean: those valid today are some of those ever recognised."""
    low, high = reading.low, reading.high
    if (measure.target_means, reading.series) == ("ever", "valid"):
        high = None
    if (measure.target_means, reading.series) == ("valid", "ever"):
        low = None
    try:
        return Bound(low, high, reading.about)
    except ValueError:
        return None


def _kind(reading: Reading, goal: Goal, measure: Measure) -> str:
    """How the reading bears on the goal; a value of a related measure is never a value of this one."""
    if reading.measure != measure.id:
        return "increment" if reading.kind == "increment" else "component"
    if goal.shape is Shape.GROWTH and measure.form == "rate" and reading.kind in OWN_KINDS:
        return "average" if _years(reading) > 1 else "rate"
    return reading.kind


def _period(reading: Reading) -> Period | None:
    try:
        return Period.parse(reading.period)
    except Fault:
        return None


def _years(reading: Reading) -> int:
    period = _period(reading)
    return 1 if period is None else period.last.year - period.start.year + 1


def _year(reading: Reading) -> int | None:
    """The year a value belongs to; None where its period spans several."""
    period = _period(reading)
    return period.start.year if period is not None and period.start.year == period.last.year else None


def period_label(reading: Reading) -> str:
    """The period of a reading as officials write it."""
    period = _period(reading)
    return reading.period if period is None else period.label(get_language() or "zh")


def source_line(source: Source) -> SourceLine:
    """A source in the reader's language."""
    return SourceLine(
        slug=source.slug,
        title=local_text(source, "title"),
        publisher=local_text(source, "publisher"),
        published=source.published,
        address=source.address,
        trust=source.trust,
        trust_title=str(Trust(source.trust).label),
        reason=local_text(source, "reason"),
    )


def value_of(reading: Reading, measure: Measure | None, place: str, places: Places) -> Value:
    """A reading as it was published, beside a target for `place`."""
    bound = Bound(reading.low, reading.high, reading.about)
    return Value(
        id=reading.slug,
        measure=reading.measure,
        measure_name=measure.name() if measure else reading.measure,
        period=period_label(reading),
        at=reading.as_of,
        bound=bound,
        unit=local_text(reading, "unit"),
        decimals=measure.decimals if measure else 0,
        place=reading.place,
        place_name=places.names.get(reading.place, reading.place),
        whole=reading.place == place and reading.kind != "subset",
        part=reading.kind == "subset" or places.within(reading.place, place),
        kind=reading.kind,
        series=reading.series,
        use="lead" if reading.trust == Trust.LEAD else "beside",
        source=source_line(reading.source) if reading.source else None,
        inferred=reading.inferred,
        note=local_text(reading, "note"),
        demo=reading.demo,
    )


def used_as(values: Iterable[Value], judges: Collection[str]) -> tuple[Value, ...]:
    """The values with those that judge marked so."""
    return tuple(replace(value, use="judges") if value.id in judges else value for value in values)
