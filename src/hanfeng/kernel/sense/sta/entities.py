"""The entities of the standard, and where their properties and relations stand in our tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import models as django_models

from hanfeng.kernel.sense import models


@dataclass(frozen=True)
class Property:
    """A property: its name in the standard, the field it stands in, what it holds.

    `kind`: text, json, moment, span (an interval of time), result. `required`: a POST without it is refused.
    """

    name: str
    attr: str
    kind: str = "text"
    required: bool = False
    written: bool = True


@dataclass(frozen=True)
class Relation:
    """A relation: its name, the set it leads to, whether to many, the path of lookups from our model, and the way back."""

    name: str
    target: str
    many: bool
    path: str
    back: str


@dataclass(frozen=True)
class Entity:
    """One kind of entity."""

    plural: str
    single: str
    model: type[django_models.Model]
    properties: tuple[Property, ...]
    relations: tuple[Relation, ...]
    by_name: dict[str, Property] = field(default_factory=dict, compare=False)

    def __hash__(self) -> int:
        return hash(self.plural)

    @cached_property
    def coded(self) -> bool:
        """Whether `properties/code` is the code that devices and files use, kept in a column of its own."""
        return self.plural in ("Things", "Datastreams")

    @cached_property
    def property_names(self) -> dict[str, Property]:
        return {p.name: p for p in self.properties}

    @cached_property
    def relation_names(self) -> dict[str, Relation]:
        return {r.name: r for r in self.relations}


_NAME = Property("name", "name", required=True)
_ABOUT = Property("description", "description", required=True)
_MORE = Property("properties", "properties", "json")
_CODED = Property("encodingType", "encoding_type", required=True)

ENTITIES: tuple[Entity, ...] = (
    Entity("Things", "Thing", models.Thing, (_NAME, _ABOUT, _MORE), (
        Relation("Datastreams", "Datastreams", True, "datastreams", "thing"),
        Relation("Locations", "Locations", True, "locations", "things"),
        Relation("HistoricalLocations", "HistoricalLocations", True, "historical_locations", "thing"),
    )),
    Entity("Locations", "Location", models.Location, (
        _NAME, _ABOUT, _CODED, Property("location", "location", "json", True), _MORE,
    ), (
        Relation("Things", "Things", True, "things", "locations"),
        Relation("HistoricalLocations", "HistoricalLocations", True, "historical_locations", "locations"),
    )),
    Entity("HistoricalLocations", "HistoricalLocation", models.HistoricalLocation, (Property("time", "time", "moment", True),), (
        Relation("Thing", "Things", False, "thing", "historical_locations"),
        Relation("Locations", "Locations", True, "locations", "historical_locations"),
    )),
    Entity("Sensors", "Sensor", models.Sensor, (
        _NAME, _ABOUT, _CODED, Property("metadata", "metadata", "json", True), _MORE,
    ), (Relation("Datastreams", "Datastreams", True, "datastreams", "sensor"),)),
    Entity("ObservedProperties", "ObservedProperty", models.ObservedProperty, (
        _NAME, Property("definition", "definition", required=True), _ABOUT, _MORE,
    ), (Relation("Datastreams", "Datastreams", True, "datastreams", "observed_property"),)),
    Entity("Datastreams", "Datastream", models.Datastream, (
        _NAME, _ABOUT, Property("observationType", "observation_type", required=True),
        Property("unitOfMeasurement", "unit", "json", True), Property("observedArea", "observed_area", "json"),
        Property("phenomenonTime", "standing", "span", written=False),
        Property("resultTime", "standing", "span", written=False), _MORE,
    ), (
        Relation("Thing", "Things", False, "thing", "datastreams"),
        Relation("Sensor", "Sensors", False, "sensor", "datastreams"),
        Relation("ObservedProperty", "ObservedProperties", False, "observed_property", "datastreams"),
        Relation("Observations", "Observations", True, "observations", "datastream"),
    )),
    Entity("Observations", "Observation", models.Observation, (
        Property("phenomenonTime", "time", "span"), Property("resultTime", "result_time", "moment"),
        Property("result", "number", "result", True), Property("resultQuality", "more", "json"),
        Property("validTime", "more", "json"), Property("parameters", "more", "json"),
    ), (
        Relation("Datastream", "Datastreams", False, "datastream", "observations"),
        Relation("FeatureOfInterest", "FeaturesOfInterest", False, "feature", "observations"),
    )),
    Entity("FeaturesOfInterest", "FeatureOfInterest", models.FeatureOfInterest, (
        _NAME, _ABOUT, _CODED, Property("feature", "feature", "json", True), _MORE,
    ), (Relation("Observations", "Observations", True, "observations", "feature"),)),
)  # fmt: skip

BY_SET: dict[str, Entity] = {entity.plural: entity for entity in ENTITIES}
OBSERVATIONS = BY_SET["Observations"]


def target(relation: Relation) -> Entity:
    """The entity a relation leads to."""
    return BY_SET[relation.target]


def attr_id(relation: Relation) -> Any:
    """The column of a relation to one."""
    return f"{relation.path}_id"
