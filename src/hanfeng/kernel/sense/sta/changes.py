"""POST, PATCH, PUT and DELETE of entities, with what is inserted along with them. All but observations are records."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from hanfeng.kernel.record.models import Reader
from hanfeng.kernel.record.write import save
from hanfeng.kernel.roles import visible
from hanfeng.kernel.sense import client, models
from hanfeng.kernel.sense.archive import KEY
from hanfeng.kernel.sense.declare import feature_of, place
from hanfeng.kernel.sense.scope import may_send, may_write
from hanfeng.kernel.sense.store import now_ms

from .answers import about_feature, properties, stamp
from .entities import BY_SET, OBSERVATIONS, Entity, Property, Relation, attr_id, target
from .grammar import Wrong, moment

MOST_EDITS = 10_000
Later = list[tuple[Any, dict[str, Any]]]


class Forbidden(Exception):
    """The account may not do this."""


class Missing(Exception):
    """There is no such entity, or the account does not see it."""


class Clash(Exception):
    """What is asked goes against what is kept."""


class _Sent(NamedTuple):
    """A part of data arrays on its way: its group on the wire, where its ids go, its times unless they are assigned."""

    key: int
    group: Any
    where: Sequence[int]
    times: list[int] | None


class Changes:
    """What one account writes. Errors are Wrong, Forbidden, Missing, Clash, and what the writer says."""

    def __init__(self, user: Reader) -> None:
        self.user = user

    def _require_keeper(self) -> None:
        if not may_write(self.user):
            raise Forbidden("This account may not declare or change stations; the role is sense.keeper.")

    # --- POST ---------------------------------------------------------------------------------------------------------

    def create(self, entity: Entity, body: Any, parent: tuple[Entity, Any, Relation] | None = None) -> Any:
        """A new entity with all that its body holds, wholly or not at all; for an observation, its id as text."""
        data = _object(body)
        links: dict[str, Any] = {}
        if parent is not None:
            links = self._from_parent(entity, parent)
        if entity is OBSERVATIONS:
            return self.observe(data, links)
        self._require_keeper()
        later: list[tuple[Any, dict[str, Any]]] = []
        with transaction.atomic():
            made = self._create(entity, data, links, later)
        for datastream, observation in later:
            self.observe(observation, {"Datastream": datastream})
        return made

    def _from_parent(self, entity: Entity, parent: tuple[Entity, Any, Relation]) -> dict[str, Any]:
        """The relation that a POST to Things(1)/Datastreams names."""
        _of, row, relation = parent
        for back in entity.relations:
            if back.path == relation.back:
                return {back.name: [row] if back.many else row}
        return {}

    def _create(
        self, entity: Entity, data: Mapping[str, Any], links: Mapping[str, Any], later: list[tuple[Any, dict[str, Any]]]
    ) -> Any:
        values = _values(entity, data, whole=True)
        record: Any = entity.model(**values)
        for relation in entity.relations:
            if not relation.many:
                given = links.get(relation.name)
                if given is None:
                    given = self._one(relation, data.get(relation.name), later)
                if given is None:
                    raise Wrong(f"A {entity.single} needs its {relation.name}.")
                setattr(record, relation.path, given)
        _save(record, self.user)
        self._many(entity, record, data, links, later)
        return record

    def _many(
        self,
        entity: Entity,
        record: Any,
        data: Mapping[str, Any],
        links: Mapping[str, Any],
        later: list[tuple[Any, dict[str, Any]]],
    ) -> None:
        """What stands inline under relations to many."""
        if entity.plural == "Things":
            places = [*links.get("Locations", ()), *self._all("Locations", data, later)]
            if places:
                place(record, places, self.user)
        elif entity.plural == "Locations":
            for thing in [*links.get("Things", ()), *self._all("Things", data, later)]:
                place(thing, [record], self.user)
            for past in links.get("HistoricalLocations", ()):
                past.locations.add(record)
        elif entity.plural == "HistoricalLocations":
            record.locations.set([*links.get("Locations", ()), *self._all("Locations", data, later)])
            newest = record.thing.historical_locations.order_by("-time", "-pk").first()
            if newest is not None and newest.pk == record.pk:
                _put(record.thing, list(record.locations.all()), self.user)
        for child in _array(data.get("Datastreams"), "Datastreams"):
            back = next(
                r for r in BY_SET["Datastreams"].relations if r.path == entity.relation_names["Datastreams"].back
            )
            self._create(BY_SET["Datastreams"], _object(child), {back.name: record}, later)
        if entity.plural == "Datastreams":
            later += [(record, _object(child)) for child in _array(data.get("Observations"), "Observations")]
            if later and not may_send(self.user):
                raise Forbidden("This account may not send values; the role is sense.device.")

    def _all(self, name: str, data: Mapping[str, Any], later: list[tuple[Any, dict[str, Any]]]) -> list[Any]:
        relation = Relation(name, name, True, "", "")
        return [self._one(relation, item, later) for item in _array(data.get(name), name)]

    def _one(self, relation: Relation, given: Any, later: list[tuple[Any, dict[str, Any]]]) -> Any:
        """The entity that is linked by its id or stands inline; None when nothing is given."""
        if given is None:
            return None
        to = target(relation)
        data = _object(given, relation.name)
        if (key := _id(data)) is not None:
            return self.find(to, key)
        return self._create(to, data, {}, later)

    def find(self, entity: Entity, key: Any) -> Any:
        """The entity of this id that the account sees. Raises Missing."""
        if isinstance(key, bool) or not isinstance(key, int) or abs(key) > 2**62:
            raise Missing(f"There is no {entity.single} {key!r}.")
        found = visible(entity.model, self.user).filter(pk=key).first()  # type: ignore[type-var]
        if found is None:
            raise Missing(f"There is no {entity.single} {key!r}.")
        return found

    # --- PATCH and PUT ------------------------------------------------------------------------------------------------

    def change(self, entity: Entity, row: Any, body: Any, *, whole: bool) -> Any:
        """Change an entity by what a body gives (PATCH), or make it what the body says (PUT)."""
        data = _object(body)
        if entity is OBSERVATIONS:
            return self._change_observation(row, data, whole)
        self._require_keeper()
        values = _values(entity, data, whole=whole)
        with transaction.atomic():
            for relation in entity.relations:
                if relation.name not in data:
                    continue
                if relation.many:
                    self._link_many(entity, row, relation, data)
                else:
                    values[relation.path] = self._linked(relation, data[relation.name])
            _save(row, self.user, values)
        return row

    def _linked(self, relation: Relation, given: Any) -> Any:
        key = _id(_object(given, relation.name))
        if key is None:
            raise Wrong(f"A change links {relation.name} by its @iot.id; it cannot make one.")
        return self.find(target(relation), key)

    def _link_many(self, entity: Entity, row: Any, relation: Relation, data: Mapping[str, Any]) -> None:
        items = _array(data[relation.name], relation.name)
        if entity.plural == "Things" and relation.name == "Locations":
            found = [self._linked(relation, item) for item in items]
            if {one.pk for one in found} != set(row.locations.values_list("pk", flat=True)):
                place(row, found, self.user)
            return
        if entity.plural == "HistoricalLocations":
            row.locations.set([self._linked(relation, item) for item in items])
            return
        for item in items:  # what comes back as it was sent is no change; anything else cannot be done here
            child = self._linked(relation, item)
            if relation.back and getattr(child, f"{relation.back}_id", row.pk) != row.pk:
                raise Wrong(f"Change the {target(relation).single} itself to give it another {entity.single}.")

    # --- DELETE -------------------------------------------------------------------------------------------------------

    def delete(self, entity: Entity, row: Any) -> None:
        """Withdraw an entity and what cannot stand without it; a value becomes a revision."""
        if entity is OBSERVATIONS:
            self._require_sender()
            if not client.edit("delete", row.datastream_id, row.time, who=self._who()):
                raise Missing("There is no such observation.")
            return
        self._require_keeper()
        edits: list[tuple[int, int]] = []
        with transaction.atomic():
            self._withdraw(entity, row, edits)
        for key, time in edits:
            client.edit("delete", key, time, who=self._who(), why="feature deleted")

    def _withdraw(self, entity: Entity, row: Any, edits: list[tuple[int, int]]) -> None:
        for relation in entity.relations:
            to = target(relation)
            if not relation.many or to is OBSERVATIONS:
                continue
            if to.plural in ("Datastreams", "HistoricalLocations") and relation.back not in ("locations",):
                for child in to.model._default_manager.filter(**{relation.back: row}):
                    self._withdraw(to, child, edits)
        if entity.plural == "Locations":
            for thing in row.things.all():
                _put(thing, [one for one in thing.locations.all() if one.pk != row.pk], self.user)
        if entity.plural == "FeaturesOfInterest":
            if models.Thing.objects.filter(feature=row).exists():
                raise Clash("The feature stands for the place of a thing; move the thing first.")
            about = models.About.objects.filter(feature_id=row.pk).values("datastream_id")
            found = about_feature(row, models.Datastream.everything.filter(pk__in=about))
            edits += [(one.datastream_id, one.time) for one in found.page(("pk",), KEY, None, None, 0, MOST_EDITS + 1)]
            if len(edits) > MOST_EDITS:
                raise Clash(f"More than {MOST_EDITS} observations are about this feature.")
        save(row, self.user, {"void": True}, verb="delete")

    # --- observations -------------------------------------------------------------------------------------------------

    def _who(self) -> str:
        return str(getattr(self.user, "username", ""))

    def _require_sender(self) -> None:
        if not may_send(self.user):
            raise Forbidden("This account may not send values; the role is sense.device.")

    def observe(self, data: Mapping[str, Any], links: Mapping[str, Any]) -> str:
        """Keep one observation; its id. It is on the disk when this returns."""
        self._require_sender()
        datastream = links.get("Datastream")
        key = datastream.pk if datastream is not None else self._datastream(data.get("Datastream"))
        about = links.get("FeatureOfInterest")
        feature = about.pk if about is not None else self._feature(data.get("FeatureOfInterest"))
        assigned, row = row_of(data, feature)
        answer = client.send({"groups": [[key, [row], assigned]]}, again=not assigned)
        if answer["errors"]:
            raise Wrong(client.words(answer["errors"][0][2]))
        return f"{key}-{answer['times'][0] if assigned else row[0]}"

    def _datastream(self, given: Any) -> int:
        if given is None:
            raise Wrong('An observation needs its Datastream: {"Datastream": {"@iot.id": 1}}.')
        data = _object(given, "Datastream")
        key = _id(data)
        if key is None:
            self._require_keeper()
            return int(self.create(BY_SET["Datastreams"], data).pk)
        return self.stream(key)

    def stream(self, key: Any) -> int:
        """The key of a datastream that the account sees. Raises Missing."""
        if isinstance(key, bool) or not isinstance(key, int) or abs(key) > 2**62:
            raise Missing(f"There is no Datastream {key!r}.")
        known: set[int] | None = getattr(self.user, "_hanfeng_streams", None)  # of an account that sends: see `who`
        if known is not None and key in known:
            return key
        if not visible(models.Datastream, self.user).filter(pk=key).exists():
            raise Missing(f"There is no Datastream {key!r}.")
        if known is not None:
            known.add(key)
        return key

    def _feature(self, given: Any) -> int | None:
        if given is None:
            return None
        data = _object(given, "FeatureOfInterest")
        if (key := _id(data)) is not None:
            return int(self.find(BY_SET["FeaturesOfInterest"], key).pk)
        values = _values(BY_SET["FeaturesOfInterest"], data, whole=True)
        made = models.FeatureOfInterest(**values)
        _save(made, self.user)
        return int(made.pk)

    def _change_observation(self, row: Any, data: Mapping[str, Any], whole: bool) -> str:
        self._require_sender()
        now = dict(properties(OBSERVATIONS, row))
        if "resultQuality" in now and not (isinstance(row.more, dict) and "resultQuality" in row.more):
            now.pop("resultQuality")  # what we judged ourselves is not what was sent
        told = {**({} if whole else now), **{k: v for k, v in data.items() if k in OBSERVATIONS.property_names}}
        told.setdefault("phenomenonTime", now["phenomenonTime"])
        if "result" not in told:
            raise Wrong("An observation needs its result.")
        if "Datastream" in data:
            key = self._datastream(data["Datastream"])
            if key != row.datastream_id:
                raise Wrong("An observation cannot move to another Datastream; delete it and send it there.")
        feature = self._feature(data["FeatureOfInterest"]) if data.get("FeatureOfInterest") else row.feature_id
        _assigned, made = row_of(told, feature)
        if not client.edit("replace", row.datastream_id, row.time, who=self._who(), row=made):
            raise Missing("There is no such observation.")
        return f"{row.datastream_id}-{made[0]}"

    # --- data arrays --------------------------------------------------------------------------------------------------

    def observe_arrays(self, body: Any) -> list[str | None]:
        """Keep data arrays in one commit; the id of each row, None for one that was refused."""
        self._require_sender()
        if not isinstance(body, list):
            raise Wrong("CreateObservations takes a list of data arrays.")
        sent: list[_Sent] = []
        ids: list[str | None] = []
        for item in body:
            self._array(_object(item, "data array"), sent, ids)
        again = all(part.times is not None for part in sent)
        answer = client.send({"groups": [part.group for part in sent]}, again=again)
        assigned = iter(answer["times"])
        wrong = {(g, i) for g, i, _fault in answer["errors"]}
        faulty = {g for g, _i in wrong}
        for g, (key, _group, where, times) in enumerate(sent):
            if times is not None and g not in faulty and isinstance(where, range):
                ids[where.start : where.stop] = [f"{key}-{time}" for time in times]
                continue
            for i, at in enumerate(where):
                if (g, i) not in wrong:
                    ids[at] = f"{key}-{next(assigned) if times is None else times[i]}"
        return ids

    def _array(self, item: Mapping[str, Any], sent: list[_Sent], ids: list[str | None]) -> None:
        names, rows = item.get("components"), item.get("dataArray")
        if not isinstance(names, list) or not isinstance(rows, list):
            raise Wrong("A data array has components and a dataArray.")
        for name in names:
            if name not in _COMPONENTS:
                raise Wrong(f"There is no component {name!r}; there are {', '.join(_COMPONENTS)}.")
        start = len(ids)
        ids += [None] * len(rows)
        try:
            key = self._datastream(item.get("Datastream"))
        except Missing:
            return
        if names == ["phenomenonTime", "result"] and (plain := _columns(rows)) is not None:
            group = {"stream": key, "times": plain[0], "numbers": plain[1]}
            sent.append(_Sent(key, group, range(start, start + len(rows)), plain[0]))
            return
        for assigned in (False, True):
            made, where = [], []
            for at, row in enumerate(rows, start):
                if (found := self._cells(names, row)) is not None and found[0] is assigned:
                    made.append(found[1])
                    where.append(at)
            if made:
                times = None if assigned else [row[0] for row in made]
                sent.append(_Sent(key, (key, made, assigned), where, times))

    def _cells(self, names: Sequence[str], row: Any) -> tuple[bool, list[Any]] | None:
        if not isinstance(row, list) or len(row) != len(names):
            return None
        data = dict(zip(names, row, strict=True))
        about = data.pop("FeatureOfInterest/id", None)
        if about is None:
            about = data.pop("FeatureOfInterest/@iot.id", None)
        try:
            feature = None if about is None else int(self.find(BY_SET["FeaturesOfInterest"], about).pk)
            return row_of(data, feature)
        except (Wrong, Missing):
            return None


_COMPONENTS = (
    "phenomenonTime", "result", "resultTime", "resultQuality", "validTime", "parameters", "FeatureOfInterest/id",
    "FeatureOfInterest/@iot.id",
)  # fmt: skip
_iso = datetime.fromisoformat


def _columns(rows: list[Any]) -> tuple[list[int], list[Any]] | None:
    """The times and results of the usual data array (instant, number), quickly; None when one of them is something else."""
    if set(map(type, rows)) != {list} or set(map(len, rows)) != {2}:
        return None
    texts, numbers = zip(*rows, strict=True)
    if set(map(type, texts)) != {str} or not set(map(type, numbers)) <= {int, float}:
        return None
    if not all(text[-1:] == "Z" or text[-6:-5] in ("+", "-") for text in texts):
        return None
    try:
        return [int(_iso(text).timestamp() * 1000 + 0.5) for text in texts], list(numbers)
    except (ValueError, OverflowError):
        return None


def row_of(data: Mapping[str, Any], feature: int | None) -> tuple[bool, list[Any]]:
    """An observation's properties as a row of the wire, and whether its time was assigned here. Raises Wrong."""
    if "result" not in data:
        raise Wrong("An observation needs its result.")
    given = data.get("phenomenonTime")
    assigned = given is None
    start, end = (now_ms(), None) if assigned else times(given, "phenomenonTime")
    result = data["result"]
    number = text = None
    if isinstance(result, int | float) and not isinstance(result, bool):
        number = result
    else:
        text = orjson.dumps(result).decode()
    told = data.get("resultTime")
    more = {name: data[name] for name in ("resultQuality", "validTime", "parameters") if data.get(name) is not None}
    if "validTime" in more:
        times(more["validTime"], "validTime")
    row = [
        start, number, text, None, None, end, None if told is None else times(told, "resultTime")[0], feature,
        orjson.dumps(more).decode() if more else None,
    ]  # fmt: skip
    while len(row) > 2 and row[-1] is None:
        row.pop()
    return assigned, row


def times(given: Any, name: str) -> tuple[int, int | None]:
    """An instant or an interval, as milliseconds since 1970 UTC. Raises Wrong."""
    if not isinstance(given, str):
        raise Wrong(f"{name} is a time such as 2026-03-01T08:00:00+08:00.")
    start, slash, end = given.partition("/")
    first = round(moment(start).timestamp() * 1000)
    return first, round(moment(end).timestamp() * 1000) if slash else None


def _object(body: Any, what: str = "body") -> dict[str, Any]:
    if not isinstance(body, dict):
        raise Wrong(f"The {what} is not a JSON object.")
    return body


def _array(given: Any, what: str) -> list[Any]:
    if given is None:
        return []
    if isinstance(given, dict):
        return [given]
    if not isinstance(given, list):
        raise Wrong(f"{what} is not a list.")
    return given


def _id(data: Mapping[str, Any]) -> Any:
    return data.get("@iot.id", data.get("id"))


def _values(entity: Entity, data: Mapping[str, Any], *, whole: bool) -> dict[str, Any]:
    """The fields that a body sets. `whole`: what is required must be there, what is not given becomes empty."""
    found: dict[str, Any] = {}
    for prop in entity.properties:
        if not prop.written:
            continue
        if data.get(prop.name) is None:
            if whole and prop.required:
                raise Wrong(f"A {entity.single} needs {prop.name}.")
            if (whole or prop.name in data) and not prop.required:
                found[prop.attr] = _empty(entity, prop)
            elif prop.name in data:
                raise Wrong(f"{prop.name} may not be null.")
            continue
        found[prop.attr] = _value(prop, data[prop.name])
        if prop.name == "properties" and entity.coded and "code" in found[prop.attr]:
            found[prop.attr], found["code"] = _coded(found[prop.attr])
    return found


def _coded(given: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """`properties` without its code, and the code: null or an empty text takes it away, one left out stays as it is."""
    more = dict(given)
    code = more.pop("code")
    if code is not None and not isinstance(code, str):
        raise Wrong("properties.code is a text: the number (MN) of a device as it sends it.")
    return more, (code or "").strip()


def _empty(entity: Entity, prop: Property) -> Any:
    field = entity.model._meta.get_field(prop.attr)
    return field.get_default()  # type: ignore[union-attr]


def _value(prop: Property, value: Any) -> Any:
    if prop.kind == "moment":
        if not isinstance(value, str):
            raise Wrong(f"{prop.name} is a time such as 2026-03-01T08:00:00+08:00.")
        return moment(value)
    if prop.kind == "json":
        if prop.name in ("properties", "unitOfMeasurement") and not isinstance(value, dict):
            raise Wrong(f"{prop.name} is a JSON object.")
        if "\\u0000" in json.dumps(value):
            raise Wrong("A text may not hold a NUL character.")
        return value
    if not isinstance(value, str) or "\0" in value:
        raise Wrong(f"{prop.name} is a text, without NUL characters.")
    return value


def _save(record: Any, user: Reader, values: Mapping[str, Any] | None = None) -> None:
    try:
        save(record, user, values)
    except ValidationError as bad:
        if hasattr(bad, "message_dict"):
            if any(one.code == "unique" for one in bad.error_dict.get("code", ())):
                raise Clash(" ".join(bad.message_dict["code"])) from bad
            raise Wrong("; ".join(f"{name}: {' '.join(told)}" for name, told in bad.message_dict.items())) from bad
        raise Wrong(" ".join(bad.messages)) from bad


def _put(thing: Any, locations: list[Any], user: Reader) -> None:
    """Where a thing is now, without another entry in its history."""
    before = sorted(thing.locations.values_list("pk", flat=True))
    after = sorted(one.pk for one in locations)
    if before != after:
        thing.locations.set(locations)
        feature = feature_of(locations[0], user) if locations else None
        save(thing, user, {"feature": feature}, verb="place", more={"locations": (before, after)})


# --- RFC 6902 -----------------------------------------------------------------------------------------------------------


def patched(entity: Entity, row: Any, steps: Any) -> dict[str, Any]:
    """A body for `change` out of a JSON Patch on the entity's properties. Raises Wrong, Clash when a test fails."""
    if not isinstance(steps, list):
        raise Wrong("A JSON Patch is a list of operations.")
    before = properties(entity, row)
    now: dict[str, Any] = deepcopy(before)
    for step in steps:
        data = _object(step, "operation")
        now = _step(now, data)
    changed = {name: value for name, value in now.items() if before.get(name, ...) != value}
    changed |= {name: None for name in before if name not in now}
    if "code" in (before.get("properties") or {}) and "code" not in now.get("properties", {"code"}):
        changed["properties"]["code"] = None  # taken away, not left out
    return changed


def _step(doc: dict[str, Any], step: Mapping[str, Any]) -> dict[str, Any]:
    name, path = step.get("op"), step.get("path")
    if not isinstance(path, str) or name not in ("add", "replace", "remove", "test", "copy", "move"):
        raise Wrong("An operation has op (add, replace, remove, test, copy, move) and path.")
    if name in ("copy", "move"):
        source = step.get("from")
        if not isinstance(source, str):
            raise Wrong(f"{name} needs from.")
        value = deepcopy(_at(doc, source))
        if name == "move":
            _set(doc, source, None, "remove")
        _set(doc, path, value, "add")
        return doc
    if name == "test":
        if _at(doc, path) != step.get("value"):
            raise Clash(f"The test of {path} failed.")
        return doc
    if name != "remove" and "value" not in step:
        raise Wrong(f"{name} needs a value.")
    _set(doc, path, step.get("value"), name)
    return doc


def _keys(path: str) -> list[str]:
    if not path.startswith("/"):
        raise Wrong(f"{path!r} is no path; write /properties/owner.")
    return [part.replace("~1", "/").replace("~0", "~") for part in path[1:].split("/")]


def _down(here: Any, key: str) -> Any:
    if isinstance(here, dict) and key in here:
        return here[key]
    if isinstance(here, list) and key.isdecimal() and len(key) < 9 and int(key) < len(here):
        return here[int(key)]
    raise Wrong(f"There is nothing at {key!r}.")


def _at(doc: Any, path: str) -> Any:
    for key in _keys(path):
        doc = _down(doc, key)
    return doc


def _set(doc: Any, path: str, value: Any, how: str) -> None:
    *way, last = _keys(path)
    for key in way:
        if how == "add" and isinstance(doc, dict) and key not in doc and key == "properties":
            doc[key] = {}
        doc = _down(doc, key)
    if isinstance(doc, dict):
        if how == "remove":
            _down(doc, last)
            del doc[last]
        else:
            doc[last] = value
    elif isinstance(doc, list):
        if last == "-" and how == "add":
            doc.append(value)
            return
        if not (last.isdecimal() and len(last) < 9) or int(last) > len(doc) - (how != "add"):
            raise Wrong(f"There is nothing at {path!r}.")
        if how == "add":
            doc.insert(int(last), value)
        elif how == "remove":
            del doc[int(last)]
        else:
            doc[int(last)] = value
    else:
        raise Wrong(f"There is nothing at {path!r}.")


__all__ = ("Changes", "Clash", "Forbidden", "Missing", "attr_id", "patched", "row_of", "stamp", "timezone")
