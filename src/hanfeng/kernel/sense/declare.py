"""How a pack says which stations it has and what they measure, and how a thing is put in its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar, cast

from django.db import transaction
from django.utils import timezone

from hanfeng.kernel.record.models import Record
from hanfeng.kernel.record.write import save

from .models import Datastream, FeatureOfInterest, HistoricalLocation, Location, ObservedProperty, Sensor, Thing

R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Property:
    """What is observed: the code of the field's own list, its names, the address of its definition."""

    code: str
    name: str
    name_en: str = ""
    definition: str = ""


@dataclass(frozen=True)
class Unit:
    """A unit as SensorThings writes it."""

    name: str
    symbol: str
    definition: str = ""


@dataclass(frozen=True)
class Series:
    """A datastream of a station. `interval`: seconds between values that are due. `checks`: see `quality.Checks.read`."""

    observes: Property
    unit: Unit
    code: str = ""
    interval: int | None = None
    checks: Mapping[str, Any] = field(default_factory=dict)
    sensor: str = ""
    name: str = ""
    name_en: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Its code within the station: that of the property where none is given."""
        return self.code or self.observes.code


@dataclass(frozen=True)
class Station:
    """A thing with its place and its series. `code` is what devices call it; `pack` who works with it; `body` whose it is.

    `point` is (longitude, latitude) in CGCS2000.
    """

    code: str
    name: str
    name_en: str = ""
    kind: str = ""
    pack: str = ""
    body: int | None = None
    point: tuple[float, float] | None = None
    series: Sequence[Series] = ()
    description: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)


def declare(stations: Iterable[Station], by: Any = None, *, demo: bool = False) -> dict[tuple[str, str], Datastream]:
    """Keep stations as declared: new ones are made, known ones (by their codes) changed where they differ, none removed.

    Returns the datastreams by (code of the station, code of the series).
    """
    kept: dict[tuple[str, str], Datastream] = {}
    shared: dict[tuple[type[Any], str], Any] = {}
    for station in stations:
        with transaction.atomic():
            thing = _thing(station, by, demo)
            for series in station.series:
                kept[station.code, series.key] = _datastream(thing, station, series, by, demo, shared)
    return kept


def _thing(station: Station, by: Any, demo: bool) -> Thing:
    wanted = {
        "name": station.name, "name_en": station.name_en, "description": station.description, "kind": station.kind,
        "pack": station.pack, "body": station.body, "properties": dict(station.properties),
    }  # fmt: skip
    known = cast("Thing | None", Thing.objects.filter(code=station.code).first())
    thing = _kept(known or Thing(code=station.code, demo=demo), wanted, by)
    if station.point:
        shape = {"type": "Point", "coordinates": list(station.point)}
        if not thing.locations.filter(location=shape).exists():
            location = Location(name=station.name, name_en=station.name_en, location=shape, demo=demo)
            save(location, by)
            place(thing, [location], by)
    return thing


def _datastream(
    thing: Thing, station: Station, series: Series, by: Any, demo: bool, shared: dict[tuple[type[Any], str], Any]
) -> Datastream:
    told = series.observes
    observed = _shared(ObservedProperty, "code", told.code, shared, by, demo, {
        "name": told.name, "name_en": told.name_en, "definition": told.definition,
    })  # fmt: skip
    sensor = _shared(Sensor, "name", series.sensor or "—", shared, by, demo, {"name": series.sensor or "—"})
    wanted = {
        "name": series.name or told.name, "name_en": series.name_en or told.name_en, "sensor": sensor,
        "observed_property": observed, "interval": series.interval, "checks": dict(series.checks),
        "unit": {"name": series.unit.name, "symbol": series.unit.symbol, "definition": series.unit.definition},
        "properties": dict(series.properties),
    }  # fmt: skip
    found = cast("Datastream | None", Datastream.objects.filter(thing=thing, code=series.key).first())
    return _kept(found or Datastream(thing=thing, code=series.key, demo=demo), wanted, by)


def _shared(
    model: type[Any], by_name: str, value: str, shared: dict[tuple[type[Any], str], Any], by: Any, demo: bool,
    wanted: Mapping[str, Any],
) -> Any:  # fmt: skip
    key = model, value
    if key not in shared:
        found = model.objects.filter(**{by_name: value}).order_by("pk").first()
        shared[key] = found or _kept(model(**{by_name: value, "demo": demo}), wanted, by)
    return shared[key]


def _kept(record: R, wanted: Mapping[str, Any], by: Any) -> R:
    save(record, by, wanted)
    return record


def place(thing: Thing, locations: Sequence[Location], by: Any, at: datetime | None = None) -> HistoricalLocation:
    """Put a thing where it is now: its locations, the entry of where it has been, the feature its values are about."""
    with transaction.atomic():
        before = sorted(thing.locations.values_list("pk", flat=True))
        after = sorted(location.pk for location in locations)
        feature = feature_of(locations[0], by) if locations else None
        thing.locations.set(locations)
        save(thing, by, {"feature": feature}, verb="place", more={"locations": (before, after)})
        past = HistoricalLocation(thing=thing, time=at or timezone.now(), demo=thing.demo)
        save(past, by)
        past.locations.set(locations)
    return past


def feature_of(location: Location, by: Any) -> FeatureOfInterest:
    """The feature of interest that stands for a location; made once."""
    rows = FeatureOfInterest.objects.filter(of=location).order_by("pk")
    found = cast("FeatureOfInterest | None", rows.first())
    if found is None:
        found = FeatureOfInterest(
            name=location.name, name_en=location.name_en, description=location.description,
            encoding_type=location.encoding_type, feature=location.location, of=location, demo=location.demo,
        )  # fmt: skip
        save(found, by)
    return found
