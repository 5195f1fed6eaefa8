"""Sets and single entities as JSON: scoped, filtered, ordered, paged by key, expanded in a few questions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import numpy as np
import orjson
from django.db.models import Q, QuerySet, Sum

from hanfeng.kernel.record.models import Reader
from hanfeng.kernel.roles import EVERYBODY, visible
from hanfeng.kernel.sense import archive, models
from hanfeng.kernel.sense.quality import Check, Quality

from .conditions import Compiler
from .entities import OBSERVATIONS, Entity, Relation, target
from .grammar import Wrong
from .options import Options, by_time
from .values import Told, Values, bounds


def stamp(ms: int) -> str:
    """Milliseconds since 1970 UTC as the standard writes moments."""
    try:
        return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(0, UTC).isoformat()


def stamps(times: Sequence[int]) -> list[str]:
    """`stamp` for many at once."""
    texts: list[str] = np.datetime_as_string(np.array(times, "M8[ms]")).tolist()
    return [f"{text}Z" for text in texts]


def span(start: int, end: int | None) -> str:
    """An instant, or an interval with its two ends."""
    return stamp(start) if end is None or end == start else f"{stamp(start)}/{stamp(end)}"


def _way(options: Options) -> str | None:
    """The name of an order of observations by their key; None for any other."""
    if not options.order:
        return archive.KEY
    down = by_time(options.order)
    return None if down is None else archive.DOWN if down else archive.UP


def about_feature(row: Any, streams: QuerySet[Any]) -> Values:
    """The observations of these datastreams that are about a feature."""
    live = models.Observation.objects.filter(datastream_id__in=streams.values("pk"), feature_id=row.pk)
    return Values(live, streams, Q(feature_id=row.pk))


def id_of(entity: Entity, row: Any) -> Any:
    """The id as it travels: a number, or the text `datastream-time` of an observation."""
    return f"{row.datastream_id}-{row.time}" if entity is OBSERVATIONS else row.pk


def in_link(key: Any) -> str:
    """An id as it stands in an address."""
    return f"('{key}')" if isinstance(key, str) else f"({key})"


class Answers:
    """What one reader gets to see under one root address."""

    def __init__(self, user: Reader, root: str) -> None:
        self.user, self.root = user, root

    # --- rows ---------------------------------------------------------------------------------------------------------

    def rows(self, entity: Entity) -> Any:
        """All rows of an entity that the reader may see: a QuerySet, or Values."""
        return self.values() if entity is OBSERVATIONS else visible(entity.model, self.user)

    def values(self) -> Values:
        """All observations that the reader may see."""
        streams = visible(models.Datastream, self.user)
        return Values(models.Observation.objects.filter(datastream__in=streams.values("pk")), streams)

    def related(self, entity: Entity, row: Any, relation: Relation) -> Any:
        """The rows a relation of one row leads to."""
        to = target(relation)
        if to is OBSERVATIONS and entity.plural == "Datastreams":  # the row is seen, so are its values
            return Values(models.Observation.objects.filter(datastream_id=row.pk), [row.pk])
        if to is OBSERVATIONS:
            about = models.About.objects.filter(feature_id=row.pk).values("datastream_id")
            return about_feature(row, visible(models.Datastream, self.user).filter(pk__in=about))
        if not relation.many:
            return self.rows(to).filter(pk=getattr(row, f"{relation.path}_id"))
        return self.rows(to).filter(**{relation.back: row.pk})

    def narrowed(self, entity: Entity, rows: Any, options: Options) -> Any:
        """The rows that $filter leaves."""
        if options.where is None:
            return rows
        compiler = Compiler(entity)
        condition = compiler.condition(options.where)
        if compiler.values:
            self._require_table(options.where)
        if entity is OBSERVATIONS:
            return rows.narrowed(condition, options.where, compiler.many)
        rows = rows.filter(condition)
        if compiler.many:
            return self.rows(entity).filter(pk__in=rows.values("pk"))
        return rows

    def _require_table(self, where: Any) -> None:
        """A condition on the values of another entity asks the table alone: it must not reach into the archive."""
        if bounds(where, ("Observations", "phenomenonTime"))[0] < archive.view().border:
            raise archive.Lacking(
                "A filter on the values of another entity does not reach archived months: add "
                "Observations/phenomenonTime ge a moment in the table, or filter the Observations themselves."
            )

    def orders(self, entity: Entity, options: Options) -> Sequence[Any]:
        """The asked order, which is made total by the key."""
        key = ("datastream_id", "time") if entity is OBSERVATIONS else ("pk",)
        down = by_time(options.order)
        if entity is OBSERVATIONS and down is not None:
            return ("-time", "-datastream_id") if down else ("time", "datastream_id")
        if not options.order:
            return key
        compiler = Compiler(entity)
        orders = []
        for node, falls in options.order:
            by = compiler.order(node)
            orders.append(by.desc(nulls_last=True) if falls else by.asc(nulls_first=True))
        if compiler.many:
            raise Wrong("Cannot sort by something that there may be many of.")
        return (*orders, *key)

    # --- sets ---------------------------------------------------------------------------------------------------------

    def collection(
        self,
        entity: Entity,
        rows: Any,
        options: Options,
        here: str,
        given: Mapping[str, str],
        *,
        whole: Any = None,
    ) -> dict[str, Any]:
        """A page of a set with its count and the address of the next. `whole` counts a set that is not narrowed."""
        narrowed = self.narrowed(entity, rows, options)
        told: dict[str, Any] = {}
        if options.count:
            told["@iot.count"] = whole() if whole and options.where is None else narrowed.count()
        page, more = self.page(entity, narrowed, options)
        if more:
            told["@iot.nextLink"] = f"{here}?{self._next(entity, page, options, given)}"
        if options.form == "dataArray" and entity is OBSERVATIONS:
            told["value"] = self._arrays(page, options)
        else:
            told["value"] = self.many(entity, page, options)
        return told

    def page(self, entity: Entity, rows: Any, options: Options) -> tuple[list[Any], bool]:
        """The rows of a page, and whether more follow."""
        orders, size = self.orders(entity, options), options.size
        place, behind = self._after(entity, options) if options.token else (None, None)
        if entity is OBSERVATIONS:
            page = rows.page(orders, _way(options), place, behind, options.skip, size + 1)
            return page[:size], len(page) > size
        rows = rows.order_by(*orders)
        if behind is not None:
            rows = rows.filter(behind)
        if entity.plural == "Datastreams":
            rows = rows.select_related("standing")
        page = list(rows[options.skip : options.skip + size + 1])
        return page[:size], len(page) > size

    def _by_key(self, entity: Entity, options: Options) -> bool:
        if entity is OBSERVATIONS:
            return not options.order or by_time(options.order) is not None
        return not options.order

    def _next(self, entity: Entity, page: Sequence[Any], options: Options, given: Mapping[str, str]) -> str:
        again = {k: v for k, v in given.items() if k not in ("$skip", "$skiptoken")}
        if page and self._by_key(entity, options):
            last = page[-1]
            again["$skiptoken"] = f"{last.datastream_id}:{last.time}" if entity is OBSERVATIONS else str(last.pk)
        else:
            again["$skip"] = str(options.skip + options.size)
        return urlencode(again, quote_via=quote, safe="$")

    def _after(self, entity: Entity, options: Options) -> tuple[Any, Q]:
        """Where the page before ended, and the rows behind it as a condition: no page is slower than the first."""
        try:
            parts = [int(part) for part in options.token.split(":")]
            if entity is not OBSERVATIONS:
                (key,) = parts
                return key, Q(pk__gt=key)
            stream, time = parts
        except ValueError as bad:
            raise Wrong("$skiptoken is not one of ours; follow @iot.nextLink.") from bad
        if not all(abs(part) < 2**62 for part in parts):
            raise Wrong("$skiptoken is not one of ours; follow @iot.nextLink.")
        place = stream, time
        match _way(options):
            case archive.DOWN:
                return place, Q(time__lte=time) & (Q(time__lt=time) | Q(datastream_id__lt=stream))
            case archive.UP:
                return place, Q(time__gte=time) & (Q(time__gt=time) | Q(datastream_id__gt=stream))
        return place, Q(datastream_id__gt=stream) | Q(datastream_id=stream, time__gt=time)

    def total(self) -> int:
        """How many observations the reader sees, from the standings."""
        streams = visible(models.Datastream, self.user)
        return models.Standing.objects.filter(datastream__in=streams.values("pk")).aggregate(n=Sum("count"))["n"] or 0

    # --- entities -----------------------------------------------------------------------------------------------------

    def many(self, entity: Entity, rows: Sequence[Any], options: Options) -> list[Any]:
        """Rows as JSON, with what is expanded: one question a relation, for observations one a series."""
        if entity is OBSERVATIONS and not options.select and not options.expand:
            return self._plain(rows)
        told = [self.one(entity, row, options) for row in rows]
        for name, deeper in options.expand.items():
            self._expand(entity, rows, told, entity.relation_names[name], deeper)
        return told

    def _plain(self, rows: Sequence[Told]) -> list[Any]:
        """Observations with nothing selected or expanded: what most pages are. Those that are a number and no more, which
        nearly all are, are written as text without a dictionary between.
        """
        told: list[Any] = []
        base = orjson.dumps(f"{self.root}/Observations('").decode()[1:-1]
        for row, moment in zip(rows, stamps([row.time for row in rows]), strict=True):
            key, time, until, result_time, number, text, mark, quality, checks, _feature, more, _received = row
            if quality or mark or checks or (until, result_time, text, more) != (None, None, None, None):
                told.append(self.one(OBSERVATIONS, row, _NO_OPTIONS))
                continue
            link = f"{base}{key}-{time}')"
            told.append(orjson.Fragment(
                f'{{"@iot.id":"{key}-{time}","@iot.selfLink":"{link}","phenomenonTime":"{moment}","resultTime":null,'
                f'"result":{"null" if number is None else orjson.dumps(number).decode()},'
                f'"Datastream@iot.navigationLink":"{link}/Datastream",'
                f'"FeatureOfInterest@iot.navigationLink":"{link}/FeatureOfInterest"}}'
            ))  # fmt: skip
        return told

    def one(self, entity: Entity, row: Any, options: Options) -> dict[str, Any]:
        """One row as JSON, relations as addresses."""
        key = id_of(entity, row)
        link = f"{self.root}/{entity.plural}{in_link(key)}"
        told: dict[str, Any] = {"@iot.id": key, "@iot.selfLink": link}
        told |= properties(entity, row)
        if options.select:
            wanted = set(options.select)
            wanted |= {"@iot.id"} if "id" in wanted else set()
            told = {name: value for name, value in told.items() if name in wanted}
        for relation in entity.relations:
            if relation.name in options.expand:
                continue
            if not options.select or relation.name in options.select:
                told[f"{relation.name}@iot.navigationLink"] = f"{link}/{relation.name}"
        return told

    def _expand(
        self, entity: Entity, rows: Sequence[Any], told: list[dict[str, Any]], relation: Relation, options: Options
    ) -> None:
        to = target(relation)
        if not relation.many:
            self._expand_one(rows, told, relation, to, options)
            return
        if to is OBSERVATIONS:
            for row, into in zip(rows, told, strict=True):
                self._fill(entity, row, into, relation, options, self.related(entity, row, relation))
            return
        kept = self._children(entity, rows, relation, to, options)
        for row, into in zip(rows, told, strict=True):
            mine = kept.get(row.pk, [])
            into[f"{relation.name}"] = []
            if options.count:
                into[f"{relation.name}@iot.count"] = len(mine)
            page = mine[options.skip : options.skip + options.size]
            into[relation.name] = page
            if len(mine) > options.skip + options.size:
                self._point_on(entity, row, into, relation, options)
        flat = [child for into in told for child in into[relation.name]]
        unique = {id_of(to, child): child for child in flat}
        made = dict(zip(unique, self.many(to, list(unique.values()), options), strict=True))
        for into in told:
            into[relation.name] = [made[id_of(to, child)] for child in into[relation.name]]

    def _children(
        self, entity: Entity, rows: Sequence[Any], relation: Relation, to: Entity, options: Options
    ) -> dict[Any, list[Any]]:
        """For each parent its children in order: one question for the pairs where things meet many to many."""
        keys = [row.pk for row in rows]
        children = self.narrowed(to, self.rows(to), options).order_by(*self.orders(to, options))
        if to.plural == "Datastreams":
            children = children.select_related("standing")
        kept: dict[Any, list[Any]] = defaultdict(list)
        own = to.model._meta.get_field(relation.back)
        if not own.many_to_many:
            for child in children.filter(**{f"{relation.back}__in": keys}):
                kept[getattr(child, f"{relation.back}_id")].append(child)
            return kept
        pairs = entity.model._base_manager.filter(pk__in=keys).exclude(**{relation.path: None})
        parents: dict[Any, list[Any]] = defaultdict(list)
        for parent, child in pairs.values_list("pk", relation.path):
            parents[child].append(parent)
        for child in children.filter(pk__in=list(parents)):
            for parent in parents[child.pk]:
                kept[parent].append(child)
        return kept

    def _fill(
        self, entity: Entity, row: Any, into: dict[str, Any], relation: Relation, options: Options, rows: Any
    ) -> None:
        to = target(relation)
        narrowed = self.narrowed(to, rows, options)
        if options.count:
            into[f"{relation.name}@iot.count"] = narrowed.count()
        page, more = self.page(to, narrowed, options)
        into[relation.name] = self.many(to, page, options)
        if more:
            self._point_on(entity, row, into, relation, options)

    def _point_on(self, entity: Entity, row: Any, into: dict[str, Any], relation: Relation, options: Options) -> None:
        link = f"{self.root}/{entity.plural}{in_link(id_of(entity, row))}/{relation.name}"
        into[f"{relation.name}@iot.nextLink"] = f"{link}?$top={options.size}&$skip={options.skip + options.size}"

    def _expand_one(
        self, rows: Sequence[Any], told: list[dict[str, Any]], relation: Relation, to: Entity, options: Options
    ) -> None:
        keys = {getattr(row, f"{relation.path}_id") for row in rows} - {None}
        found = self.rows(to).filter(pk__in=keys)
        if to.plural == "Datastreams":
            found = found.select_related("standing")
        kept = list(found)
        made = dict(zip((row.pk for row in kept), self.many(to, kept, options), strict=True))
        for row, into in zip(rows, told, strict=True):
            into[relation.name] = made.get(getattr(row, f"{relation.path}_id"))

    def _arrays(self, rows: Iterable[Any], options: Options) -> list[dict[str, Any]]:
        """Observations as data arrays, one a datastream."""
        names = [n for n in options.select if n in OBSERVATIONS.property_names or n == "id"] or [
            "id", "phenomenonTime", "resultTime", "result",
        ]  # fmt: skip
        groups: dict[int, list[list[Any]]] = defaultdict(list)
        for row in rows:
            told = {"id": id_of(OBSERVATIONS, row), **properties(OBSERVATIONS, row)}
            groups[row.datastream_id].append([told.get(name) for name in names])
        return [
            {
                "Datastream@iot.navigationLink": f"{self.root}/Datastreams({key})",
                "components": names, "dataArray@iot.count": len(values), "dataArray": values,
            }
            for key, values in groups.items()
        ]  # fmt: skip


def properties(entity: Entity, row: Any) -> dict[str, Any]:
    """The properties of a row under the names of the standard."""
    if entity is OBSERVATIONS:
        return _observation(row)
    told: dict[str, Any] = {}
    for prop in entity.properties:
        if prop.kind == "span":
            standing = getattr(row, "standing", None)
            if standing is not None:
                ends = (
                    (standing.first, standing.end)
                    if prop.name == "phenomenonTime"
                    else (standing.first_result, standing.last_result)
                )
                told[prop.name] = f"{stamp(ends[0])}/{stamp(ends[1])}"
            continue
        value = getattr(row, prop.attr)
        if prop.name == "properties" and entity.coded and row.code:
            value = {**value, "code": row.code}
        if prop.kind == "moment":
            value = stamp(int(value.timestamp() * 1000))
        if value is None or (prop.name == "properties" and not value):
            continue
        told[prop.name] = value
    return told


def _observation(row: Any) -> dict[str, Any]:
    result = orjson.loads(row.text) if row.text is not None else row.number
    told: dict[str, Any] = {
        "phenomenonTime": span(row.time, row.until),
        "resultTime": None if row.result_time is None else stamp(row.result_time),
        "result": result,
    }
    if isinstance(row.more, dict):
        told |= {name: row.more[name] for name in ("validTime", "parameters", "resultQuality") if name in row.more}
    if "resultQuality" not in told and (row.quality or row.mark or row.checks):
        told["resultQuality"] = {
            "quality": Quality(row.quality).name.lower(), "mark": row.mark,
            "checks": [check.name.lower() for check in Check if check & row.checks and check.name],
        }  # fmt: skip
    return told


_NO_OPTIONS = Options()
__all__ = ("EVERYBODY", "Answers", "about_feature", "id_of", "in_link", "properties", "span", "stamp", "stamps")
