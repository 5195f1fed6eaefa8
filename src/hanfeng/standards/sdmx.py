"""SDMX: statistical data and their structures, written as SDMX-ML 2.1, SDMX-JSON 2.0 and SDMX-CSV 1.0.

Documents: SDMX 2.1 Technical Specifications (ISO 17369:2013), section 3A (SDMX-ML) and section 7 (web services: paths, keys,
startPeriod and endPeriod); SDMX-JSON 2.0.0 (SDMX 3.0, 2021), data and structure messages; SDMX-CSV 1.0.

A structure has dimensions, one of them time and the last, one measure (OBS_VALUE), and attributes of the observation. An
observation without a single value has none written: what is known of it stands in its attributes. Values are text or floats;
units are attributes like others. Errors: KeyFault for a key that does not fit, in words.
"""

from __future__ import annotations

import csv
import io
import re
from calendar import monthrange
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from xml.etree import ElementTree as XML

from hanfeng.kernel.pure import Fault
from hanfeng.kernel.pure import gettext_noop as _

TIME, VALUE = "TIME_PERIOD", "OBS_VALUE"
ID = re.compile(r"[A-Za-z0-9_@$\-]+", re.ASCII)
ABSENT = "_Z"  # "not applicable" in the codelists of SDMX
Names = Mapping[str, str]

_XML = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/"
MES, COM, STR, GEN = (_XML + part for part in ("message", "common", "structure", "data/generic"))
SPECIFIC = _XML + "data/structurespecific"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
SPACES = {"mes": MES, "com": COM, "str": STR, "gen": GEN, "ss": SPECIFIC, "xsi": XSI}

GENERIC = "application/vnd.sdmx.genericdata+xml;version=2.1"
STRUCTURED = "application/vnd.sdmx.structurespecificdata+xml;version=2.1"
DATA_JSON = "application/vnd.sdmx.data+json;version=2.0.0"
DATA_CSV = "application/vnd.sdmx.data+csv;version=1.0.0"
STRUCTURE_XML = "application/vnd.sdmx.structure+xml;version=2.1"
STRUCTURE_JSON = "application/vnd.sdmx.structure+json;version=2.0.0"
JSON_SCHEMA = "https://raw.githubusercontent.com/sdmx-twg/sdmx-json/master/{part}-message/tools/schemas/2.0.0/sdmx-json-{part}-schema.json"


class KeyFault(Fault):
    """A key or a period that does not fit the structure; `.code` is `length`, `code` or `period`."""


@dataclass(frozen=True)
class Code:
    """One code of a list, with its names by language."""

    id: str
    names: Names


@dataclass(frozen=True)
class Codelist:
    """A list of codes."""

    id: str
    names: Names
    codes: tuple[Code, ...]


@dataclass(frozen=True)
class Component:
    """A dimension or an attribute: `codes` where it is coded, else `text` is its kind (String, Double, Boolean, ...)."""

    id: str
    names: Names
    codes: Codelist | None = None
    text: str = "String"
    needed: bool = False


@dataclass(frozen=True)
class Structure:
    """A data structure definition with its flow, which bears the same id. Time is the last dimension and not among these."""

    agency: str
    id: str
    names: Names
    dimensions: tuple[Component, ...]
    attributes: tuple[Component, ...]
    time: Names
    value: Names
    version: str = "1.0"

    @property
    def codelists(self) -> dict[str, Codelist]:
        """The codelists of its components, by id."""
        return {c.codes.id: c.codes for c in (*self.dimensions, *self.attributes) if c.codes}

    @property
    def concepts(self) -> tuple[tuple[str, Names], ...]:
        """Its concepts: those of its components, of time and of the value."""
        own = tuple((c.id, c.names) for c in (*self.dimensions, *self.attributes))
        return (*own, (TIME, self.time), (VALUE, self.value))

    def urn(self, kind: str = "datastructure.DataStructure") -> str:
        """The name of the structure, or of its flow."""
        return f"urn:sdmx:org.sdmx.infomodel.{kind}={self.agency}:{self.id}({self.version})"


@dataclass(frozen=True)
class Observation:
    """One observation: a code for each dimension, the period, the value if it is a single one, the attributes that are known."""

    key: tuple[str, ...]
    period: str
    value: float | None
    attributes: Mapping[str, str]


@dataclass(frozen=True)
class Message:
    """Who sends, when, under which id."""

    id: str
    sender: str
    prepared: datetime
    test: bool = False


# --- what is asked ----------------------------------------------------------------------------------------------------


def read_key(text: str, structure: Structure) -> tuple[Collection[str] | None, ...]:
    """A key such as `A.rd-intensity+gdp..confirmed`: for each dimension the codes that are wanted, None for all.

    `all` and an empty text want everything. Raises KeyFault.
    """
    if text in {"", "all"}:
        return tuple(None for _d in structure.dimensions)
    parts = text.split(".")
    if len(parts) != len(structure.dimensions):
        told = _("The key has %(given)s parts, this flow has %(wanted)s: %(names)s.")
        names = ".".join(d.id for d in structure.dimensions)
        raise KeyFault("length", told, {"given": len(parts), "wanted": len(structure.dimensions), "names": names})
    for part in parts:
        for code in filter(None, part.split("+")):
            if not ID.fullmatch(code):
                raise KeyFault("code", _("“%(code)s” cannot be a code."), {"code": code})
    return tuple(frozenset(filter(None, part.split("+"))) or None for part in parts)


def wanted(key: Sequence[str], asked: Sequence[Collection[str] | None]) -> bool:
    """Whether an observation's key is among those asked for."""
    return all(codes is None or code in codes for code, codes in zip(key, asked, strict=True))


_PERIODS = (
    (re.compile(r"(\d{4})(?:-A1)?", re.ASCII), 12),
    (re.compile(r"(\d{4})-S([12])", re.ASCII), 6),
    (re.compile(r"(\d{4})-Q([1-4])", re.ASCII), 3),
    (re.compile(r"(\d{4})-M?(\d{2})", re.ASCII), 1),
)
_RANGE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T[0-9:]+)?/P(\d+)([DMY])", re.ASCII)


def days_of(period: str) -> tuple[date, date]:
    """The first and the last day of a period: 2024, 2024-S1, 2024-Q2, 2024-05, 2024-05-01, 2021-01-01/P5Y. Raises KeyFault."""
    try:
        for form, months in _PERIODS:
            if match := form.fullmatch(period):
                number = int(match[2]) if form.groups > 1 else 1
                first = date(int(match[1]), (number - 1) * months + 1, 1)
                return first, _after_months(first, months) - timedelta(days=1)
        if match := _RANGE.fullmatch(period):
            first = date.fromisoformat(match[1])
            many = int(match[2])
            after = (
                first + timedelta(days=many)
                if match[3] == "D"
                else _after_months(first, many * (12 if match[3] == "Y" else 1))
            )
            return first, after - timedelta(days=1)
        if len(period) == 10:
            return (day := date.fromisoformat(period)), day
    except (ValueError, OverflowError):
        pass
    told = _("“%(period)s” is no period of SDMX: write it like 2024, 2024-S1, 2024-Q2, 2024-05 or 2024-05-01.")
    raise KeyFault("period", told, {"period": period[:40]})


def _after_months(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def within(period: str, start: str | None, end: str | None) -> bool:
    """Whether a period overlaps the days from the first of `start` to the last of `end`."""
    first, last = days_of(period)
    return (start is None or last >= days_of(start)[0]) and (end is None or first <= days_of(end)[1])


# --- SDMX-ML 2.1 ------------------------------------------------------------------------------------------------------


def structure_xml(
    message: Message, structures: Sequence[Structure], parts: Collection[str], lists: Collection[str] | None = None
) -> bytes:
    """A structure message. `parts` are among dataflow, codelist, conceptscheme, datastructure; `lists` narrows the codelists."""
    root = _root("Structure")
    _header(root, message)
    body = XML.SubElement(root, _n(MES, "Structures"))
    if "dataflow" in parts:
        box = XML.SubElement(body, _n(STR, "Dataflows"))
        for one in structures:
            _flow_xml(box, one)
    if "codelist" in parts:
        box = XML.SubElement(body, _n(STR, "Codelists"))
        for agency, codelist in _codelists(structures, lists):
            _codelist_xml(box, agency, codelist)
    if "conceptscheme" in parts:
        box = XML.SubElement(body, _n(STR, "Concepts"))
        for one in structures:
            scheme = _maintained(box, "ConceptScheme", one, f"CS_{one.id}", one.names)
            for name, names in one.concepts:
                _names(XML.SubElement(scheme, _n(STR, "Concept"), {"id": name}), names)
    if "datastructure" in parts:
        box = XML.SubElement(body, _n(STR, "DataStructures"))
        for one in structures:
            _dsd_xml(box, one)
    return _bytes(root)


def _codelists(structures: Sequence[Structure], only: Collection[str] | None) -> Iterator[tuple[str, Codelist]]:
    found = {name: (one.agency, kept) for one in structures for name, kept in one.codelists.items()}
    return (kept for name, kept in sorted(found.items()) if only is None or name in only)


def _n(space: str, tag: str) -> str:
    return f"{{{space}}}{tag}"


def _root(tag: str) -> XML.Element:
    for prefix, space in SPACES.items():
        XML.register_namespace(prefix, space)
    return XML.Element(_n(MES, tag))


def _bytes(root: XML.Element) -> bytes:
    XML.indent(root)
    return bytes(XML.tostring(root, encoding="utf-8", xml_declaration=True))


def _header(root: XML.Element, message: Message) -> XML.Element:
    header = XML.SubElement(root, _n(MES, "Header"))
    XML.SubElement(header, _n(MES, "ID")).text = message.id
    XML.SubElement(header, _n(MES, "Test")).text = str(message.test).lower()
    XML.SubElement(header, _n(MES, "Prepared")).text = message.prepared.isoformat(timespec="seconds")
    XML.SubElement(header, _n(MES, "Sender"), {"id": message.sender})
    return header


def _names(parent: XML.Element, names: Names) -> None:
    for language, text in names.items():
        XML.SubElement(parent, _n(COM, "Name"), {LANG: language}).text = text


def _maintained(box: XML.Element, tag: str, one: Structure, name: str, names: Names) -> XML.Element:
    made = XML.SubElement(
        box, _n(STR, tag), {"id": name, "agencyID": one.agency, "version": one.version, "isFinal": "false"}
    )
    _names(made, names)
    return made


def _ref(parent: XML.Element, **told: str) -> None:
    names = {"agency": "agencyID", "scheme": "maintainableParentID", "scheme_version": "maintainableParentVersion"}
    XML.SubElement(parent, "Ref", {names.get(name, name).rstrip("_"): value for name, value in told.items()})


def _flow_xml(box: XML.Element, one: Structure) -> None:
    flow = _maintained(box, "Dataflow", one, one.id, one.names)
    to = XML.SubElement(flow, _n(STR, "Structure"))
    _ref(to, id=one.id, version=one.version, agency=one.agency, package="datastructure", class_="DataStructure")


def _codelist_xml(box: XML.Element, agency: str, kept: Codelist) -> None:
    told = {"id": kept.id, "agencyID": agency, "version": "1.0", "isFinal": "false"}
    made = XML.SubElement(box, _n(STR, "Codelist"), told)
    _names(made, kept.names)
    for code in kept.codes:
        _names(XML.SubElement(made, _n(STR, "Code"), {"id": code.id}), code.names)


def _dsd_xml(box: XML.Element, one: Structure) -> None:
    parts = XML.SubElement(
        _maintained(box, "DataStructure", one, one.id, one.names), _n(STR, "DataStructureComponents")
    )
    dimensions = XML.SubElement(parts, _n(STR, "DimensionList"), {"id": "DimensionDescriptor"})
    for place, dimension in enumerate(one.dimensions, 1):
        made = XML.SubElement(dimensions, _n(STR, "Dimension"), {"id": dimension.id, "position": str(place)})
        _identity(made, one, dimension.id)
        _representation(made, one, dimension)
    time = {"id": TIME, "position": str(len(one.dimensions) + 1)}
    made = XML.SubElement(dimensions, _n(STR, "TimeDimension"), time)
    _identity(made, one, TIME)
    local = XML.SubElement(made, _n(STR, "LocalRepresentation"))
    XML.SubElement(local, _n(STR, "TextFormat"), {"textType": "ObservationalTimePeriod"})
    attributes = XML.SubElement(parts, _n(STR, "AttributeList"), {"id": "AttributeDescriptor"})
    for attribute in one.attributes:
        status = {"id": attribute.id, "assignmentStatus": "Mandatory" if attribute.needed else "Conditional"}
        made = XML.SubElement(attributes, _n(STR, "Attribute"), status)
        _identity(made, one, attribute.id)
        _representation(made, one, attribute)
        relation = XML.SubElement(made, _n(STR, "AttributeRelationship"))
        _ref(XML.SubElement(relation, _n(STR, "PrimaryMeasure")), id=VALUE)
    measures = XML.SubElement(parts, _n(STR, "MeasureList"), {"id": "MeasureDescriptor"})
    made = XML.SubElement(measures, _n(STR, "PrimaryMeasure"), {"id": VALUE})
    _identity(made, one, VALUE)
    local = XML.SubElement(made, _n(STR, "LocalRepresentation"))
    XML.SubElement(local, _n(STR, "TextFormat"), {"textType": "Double"})


def _identity(parent: XML.Element, one: Structure, name: str) -> None:
    identity = XML.SubElement(parent, _n(STR, "ConceptIdentity"))
    _ref(
        identity, id=name, scheme=f"CS_{one.id}", scheme_version=one.version, agency=one.agency,
        package="conceptscheme", class_="Concept",
    )  # fmt: skip


def _representation(parent: XML.Element, one: Structure, component: Component) -> None:
    local = XML.SubElement(parent, _n(STR, "LocalRepresentation"))
    if component.codes is None:
        XML.SubElement(local, _n(STR, "TextFormat"), {"textType": component.text})
        return
    to = XML.SubElement(local, _n(STR, "Enumeration"))
    _ref(to, id=component.codes.id, version="1.0", agency=one.agency, package="codelist", class_="Codelist")


def generic_xml(message: Message, one: Structure, observations: Iterable[Observation]) -> bytes:
    """A generic data message: series by key, each observation with its attributes."""
    root = _root("GenericData")
    _data_header(root, message, one)
    data = XML.SubElement(root, _n(MES, "DataSet"), {"structureRef": one.id, "action": "Information"})
    for key, group in _series(observations):
        series = XML.SubElement(data, _n(GEN, "Series"))
        told = XML.SubElement(series, _n(GEN, "SeriesKey"))
        for dimension, code in zip(one.dimensions, key, strict=True):
            XML.SubElement(told, _n(GEN, "Value"), {"id": dimension.id, "value": code})
        for found in group:
            made = XML.SubElement(series, _n(GEN, "Obs"))
            XML.SubElement(made, _n(GEN, "ObsDimension"), {"value": found.period})
            if found.value is not None:
                XML.SubElement(made, _n(GEN, "ObsValue"), {"value": number(found.value)})
            more = XML.SubElement(made, _n(GEN, "Attributes"))
            for name, text in found.attributes.items():
                XML.SubElement(more, _n(GEN, "Value"), {"id": name, "value": text})
    return _bytes(root)


def specific_xml(message: Message, one: Structure, observations: Iterable[Observation]) -> bytes:
    """A structure-specific data message: dimensions, value and attributes are XML attributes."""
    space = f"{one.urn()}:ObsLevelDim:{TIME}"
    XML.register_namespace("own", space)
    root = _root("StructureSpecificData")
    _data_header(root, message, one, space)
    told = {
        _n(SPECIFIC, "structureRef"): one.id, _n(SPECIFIC, "dataScope"): "DataStructure",
        _n(SPECIFIC, "action"): "Information", _n(XSI, "type"): "own:DataSetType",
    }  # fmt: skip
    root.set("xmlns:own", space)
    data = XML.SubElement(root, _n(MES, "DataSet"), told)
    for key, group in _series(observations):
        series = XML.SubElement(data, "Series", {d.id: code for d, code in zip(one.dimensions, key, strict=True)})
        for found in group:
            value = {} if found.value is None else {VALUE: number(found.value)}
            XML.SubElement(series, "Obs", {TIME: found.period, **value, **found.attributes})
    return _bytes(root)


def _data_header(root: XML.Element, message: Message, one: Structure, space: str = "") -> None:
    told = {"structureID": one.id, "dimensionAtObservation": TIME, **({"namespace": space} if space else {})}
    made = XML.SubElement(_header(root, message), _n(MES, "Structure"), told)
    to = XML.SubElement(made, _n(COM, "Structure"))
    _ref(to, id=one.id, version=one.version, agency=one.agency, package="datastructure", class_="DataStructure")


def _series(observations: Iterable[Observation]) -> Iterator[tuple[tuple[str, ...], Iterator[Observation]]]:
    ordered = sorted(observations, key=lambda found: (found.key, found.period))
    return ((key, group) for key, group in groupby(ordered, key=lambda found: found.key))


def number(value: float) -> str:
    """A number with no digit more than it has: 51, 1.5."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


# --- SDMX-JSON 2.0 ----------------------------------------------------------------------------------------------------


def data_json(message: Message, one: Structure, observations: Iterable[Observation], language: str) -> dict[str, Any]:
    """A data message as what a JSON writer writes: series and observations by the places of their codes."""
    found = sorted(observations, key=lambda o: (o.key, o.period))
    places = [_places(one.dimensions[n].codes, [o.key[n] for o in found]) for n in range(len(one.dimensions))]
    periods = {p: n for n, p in enumerate(dict.fromkeys(sorted(o.period for o in found)))}
    known = {a.id: dict[str, int]() for a in one.attributes}
    series: dict[str, Any] = {}
    for o in found:
        key = ":".join(str(place[code]) for place, code in zip(places, o.key, strict=True))
        cells: list[Any] = [o.value]
        for attribute in one.attributes:
            text = o.attributes.get(attribute.id)
            values = known[attribute.id]
            cells.append(None if text is None else values.setdefault(text, len(values)))
        series.setdefault(key, {"observations": {}})["observations"][str(periods[o.period])] = cells
    dimensions = [
        _json_component(d, list(p), language, n) for n, (d, p) in enumerate(zip(one.dimensions, places, strict=True))
    ]
    time = {
        "id": TIME, "name": _in(one.time, language), "names": dict(one.time), "keyPosition": len(dimensions),
        "roles": [TIME], "values": [_json_period(period) for period in periods],
    }  # fmt: skip
    measure = {"id": VALUE, "name": _in(one.value, language), "names": dict(one.value)}
    structure = {
        "links": [{"rel": "DataStructure", "urn": one.urn()}],
        "dimensions": {"dataSet": [], "series": dimensions, "observation": [time]},
        "measures": {"dataSet": [], "series": [], "observation": [measure]},
        "attributes": {
            "dataSet": [], "series": [],
            "observation": [_json_component(a, list(known[a.id]), language) for a in one.attributes],
        },
        "dataSets": [0],
    }  # fmt: skip
    data = {"structures": [structure], "dataSets": [{"structure": 0, "action": "Information", "series": series}]}
    return {"meta": _meta(message, "data"), "data": data}


def _places(kept: Codelist | None, used: Sequence[str]) -> dict[str, int]:
    return {code: n for n, code in enumerate(dict.fromkeys(sorted(used)))}


def _in(names: Names, language: str) -> str:
    return names.get(language) or next(iter(names.values()), "")


def _json_component(component: Component, used: list[str], language: str, place: int | None = None) -> dict[str, Any]:
    known = {code.id: code for code in component.codes.codes} if component.codes else {}

    def value(text: str) -> dict[str, Any]:
        if (code := known.get(text)) is not None:
            return {"id": text, "name": _in(code.names, language), "names": dict(code.names)}
        return {"id": text} if component.codes else {"value": text}

    told: dict[str, Any] = {"id": component.id, "name": _in(component.names, language), "names": dict(component.names)}
    if place is not None:
        told["keyPosition"] = place
    else:
        told["relationship"] = {"observation": {}}
        told["isMandatory"] = component.needed
    return {**told, "values": [value(text) for text in used]}


def _json_period(period: str) -> dict[str, str]:
    first, last = days_of(period)
    return {"value": period, "start": f"{first}T00:00:00", "end": f"{last}T23:59:59"}


def _meta(message: Message, part: str) -> dict[str, Any]:
    return {
        "schema": JSON_SCHEMA.format(part=part), "id": message.id, "test": message.test,
        "prepared": message.prepared.isoformat(timespec="seconds"), "sender": {"id": message.sender},
    }  # fmt: skip


def structure_json(
    message: Message, structures: Sequence[Structure], parts: Collection[str], language: str,
    lists: Collection[str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """A structure message as what a JSON writer writes; `parts` and `lists` as in `structure_xml`."""

    def named(agency: str, name: str, names: Names, **more: Any) -> dict[str, Any]:
        told = {"id": name, "agencyID": agency, "version": "1.0", "name": _in(names, language), "names": dict(names)}
        return {**told, **more}

    def item(name: str, names: Names) -> dict[str, Any]:
        return {"id": name, "name": _in(names, language), "names": dict(names)}

    data: dict[str, Any] = {}
    if "dataflow" in parts:
        data["dataflows"] = [named(s.agency, s.id, s.names, structure=s.urn()) for s in structures]
    if "codelist" in parts:
        data["codelists"] = [
            named(agency, kept.id, kept.names, codes=[item(c.id, c.names) for c in kept.codes])
            for agency, kept in _codelists(structures, lists)
        ]
    if "conceptscheme" in parts:
        data["conceptSchemes"] = [
            named(s.agency, f"CS_{s.id}", s.names, concepts=[item(*concept) for concept in s.concepts])
            for s in structures
        ]
    if "datastructure" in parts:
        data["dataStructures"] = [
            named(s.agency, s.id, s.names, dataStructureComponents=_json_parts(s)) for s in structures
        ]
    return {"meta": _meta(message, "structure"), "data": data}


def _json_parts(one: Structure) -> dict[str, Any]:
    base = f"{one.agency}:CS_{one.id}({one.version})"

    def concept(name: str) -> str:
        return f"urn:sdmx:org.sdmx.infomodel.conceptscheme.Concept={base}.{name}"

    def local(component: Component) -> dict[str, Any]:
        if component.codes is None:
            return {"format": {"dataType": component.text}}
        return {"enumeration": f"urn:sdmx:org.sdmx.infomodel.codelist.Codelist={one.agency}:{component.codes.id}(1.0)"}

    def told(component: Component) -> dict[str, Any]:
        return {
            "id": component.id, "conceptIdentity": concept(component.id), "localRepresentation": local(component),
        }  # fmt: skip

    time = {
        "id": TIME, "conceptIdentity": concept(TIME),
        "localRepresentation": {"format": {"dataType": "ObservationalTimePeriod"}},
    }  # fmt: skip
    attributes = [
        {**told(a), "usage": "mandatory" if a.needed else "optional", "attributeRelationship": {"observation": {}}}
        for a in one.attributes
    ]
    measure = {
        "id": VALUE,
        "conceptIdentity": concept(VALUE),
        "localRepresentation": {"format": {"dataType": "Double"}},
    }
    return {
        "dimensionList": {
            "id": "DimensionDescriptor",
            "dimensions": [{**told(d), "position": n} for n, d in enumerate(one.dimensions)],
            "timeDimension": time,
        },
        "attributeList": {"id": "AttributeDescriptor", "attributes": attributes},
        "measureList": {"id": "MeasureDescriptor", "measures": [measure]},
    }


# --- SDMX-CSV 1.0 -----------------------------------------------------------------------------------------------------


def data_csv(one: Structure, observations: Iterable[Observation]) -> bytes:
    """A data message as a table: the flow, each dimension, time, the value, each attribute."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    attributes = [a.id for a in one.attributes]
    writer.writerow(["DATAFLOW", *(d.id for d in one.dimensions), TIME, VALUE, *attributes])
    flow = f"{one.agency}:{one.id}({one.version})"
    for o in sorted(observations, key=lambda o: (o.key, o.period)):
        value = "" if o.value is None else number(o.value)
        writer.writerow([flow, *o.key, o.period, value, *(o.attributes.get(name, "") for name in attributes)])
    return text.getvalue().encode()
