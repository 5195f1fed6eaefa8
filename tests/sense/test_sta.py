# ruff: noqa: E501
"""The checks of the OGC suite for SensorThings, Sensing profile, restated entity by entity; and what clients send besides."""

from __future__ import annotations

import base64
import contextlib
import json
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
from django.contrib.auth.models import User
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from hanfeng.kernel.sense.archive import DOWN, KEY
from hanfeng.kernel.sense.models import Observation, Revision, Thing
from hanfeng.kernel.sense.scope import DEVICE, KEEPER, READER
from hanfeng.kernel.sense.sta.answers import Answers
from hanfeng.kernel.sense.sta.entities import BY_SET, ENTITIES, OBSERVATIONS
from hanfeng.kernel.sense.sta.grammar import Wrong, parse, parse_order
from hanfeng.kernel.sense.sta.options import Options

pytestmark = pytest.mark.django_db
ROOT = "/sta/v1.1"


class Sta:
    """A client of the service that is signed in."""

    def __init__(self, user: User) -> None:
        self.client = Client(headers={"accept-language": "en"})
        self.client.force_login(user)

    def get(self, path: str, status: int = 200, **query: Any) -> Any:
        answer = self.client.get(
            path if path.startswith("http") else ROOT + path, {f"${k}": v for k, v in query.items()}
        )
        assert answer.status_code == status, answer.content
        return answer.json() if answer.content and "json" in answer["Content-Type"] else answer.content.decode()

    def send(self, method: str, path: str, body: Any, status: int, content: str = "application/json") -> Any:
        answer = self.client.generic(method, ROOT + path, json.dumps(body), content_type=content)
        assert answer.status_code == status, answer.content
        return answer

    def post(self, path: str, body: Any, status: int = 201) -> Any:
        answer = self.send("POST", path, body, status)
        if status != 201:
            return answer.json()
        link = urlsplit(answer["Location"]).path.removeprefix(ROOT)
        inner = link.rsplit("(", 1)[1][:-1]
        return inner.strip("'") if inner.startswith("'") else int(inner)

    def ids(self, path: str, **query: Any) -> list[Any]:
        return [item["@iot.id"] for item in self.get(path, **query)["value"]]


@pytest.fixture
def sta(account: Any) -> Sta:
    return Sta(account("keeper", KEEPER))


def at(minute: int) -> str:
    return f"2026-03-01T00:{minute:02d}:00Z"


def a_location(name: str = "pier", x: float = 108.4, y: float = 31.2) -> dict[str, Any]:
    shape = {"type": "Point", "coordinates": [x, y]}
    return {"name": name, "description": "d", "encodingType": "application/geo+json", "location": shape}


def a_thing(name: str = "buoy", **more: Any) -> dict[str, Any]:
    datastream = {
        "name": f"{name} temperature", "description": "d",
        "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
        "unitOfMeasurement": {"name": "degree Celsius", "symbol": "degC", "definition": "ucum:Cel"},
        "ObservedProperty": {"name": "temperature", "definition": "http://example.org/t", "description": "d"},
        "Sensor": {"name": "probe", "description": "d", "encodingType": "text/html", "metadata": "http://example.org/m"},
        "Observations": [{"phenomenonTime": at(i), "result": 10 + i} for i in range(5)],
    }  # fmt: skip
    told = {"name": name, "description": "d", "properties": {"owner": "lake", "depth": 3, "deep": {"er": [1, 2]}}}
    return {**told, "Locations": [a_location()], "Datastreams": [datastream], **more}


@pytest.fixture
def thing(sta: Sta) -> int:
    return int(sta.post("/Things", a_thing()))


# --- class: core, by entity -------------------------------------------------------------------------------------------


def test_the_root_names_the_sets(sta: Sta) -> None:
    told = sta.get("/")
    assert {item["name"] for item in told["value"]} == {entity.plural for entity in ENTITIES}
    for item in told["value"]:
        assert "value" in sta.get(urlsplit(item["url"]).path.removeprefix(ROOT))
    assert told["serverSettings"]["conformance"]


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda e: e.plural)
def test_every_entity_has_its_properties_and_relations(sta: Sta, thing: int, entity: Any) -> None:
    found = sta.get(f"/{entity.plural}")["value"]
    assert found
    for told in found:
        assert told["@iot.selfLink"].endswith(f"/{entity.plural}({told['@iot.id']!r})")
        for prop in entity.properties:
            assert prop.name in told or not prop.required, prop.name
        for relation in entity.relations:
            link = told[f"{relation.name}@iot.navigationLink"]
            behind = sta.get(urlsplit(link).path.removeprefix(ROOT))
            assert ("value" in behind) == relation.many
        again = sta.get(urlsplit(told["@iot.selfLink"]).path.removeprefix(ROOT))
        assert again == told


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda e: e.plural)
def test_every_property_stands_at_its_own_address(sta: Sta, thing: int, entity: Any) -> None:
    told = sta.get(f"/{entity.plural}")["value"][0]
    path = urlsplit(told["@iot.selfLink"]).path.removeprefix(ROOT)
    for prop in entity.properties:
        if told.get(prop.name) is None:
            continue
        assert sta.get(f"{path}/{prop.name}") == {prop.name: told[prop.name]}
        raw = sta.get(f"{path}/{prop.name}/$value")
        value = told[prop.name]
        assert raw == value if isinstance(value, str) else json.loads(raw) == value
    for relation in entity.relations:
        if relation.many:
            refs = sta.get(f"{path}/{relation.name}/$ref")["value"]
            assert all(set(ref) == {"@iot.selfLink"} for ref in refs)
            assert int(sta.get(f"{path}/{relation.name}/$count")) == len(refs)


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda e: e.plural)
def test_what_is_not_there_is_404_in_the_form_of_the_standard(sta: Sta, thing: int, entity: Any) -> None:
    for path in (f"/{entity.plural}(999999)", f"/{entity.plural}('no')", f"/{entity.plural}(99999999999999999)"):
        assert sta.get(path, 404)["code"] == 404
    assert sta.get(f"/{entity.plural}/nothing", 404)["message"]
    assert sta.get("/Nothing", 404)["type"] == "error"


def test_deep_addresses(sta: Sta, thing: int) -> None:
    stream = sta.ids(f"/Things({thing})/Datastreams")[0]
    assert sta.get(f"/Things({thing})/Datastreams({stream})/ObservedProperty/name") == {"name": "temperature"}
    assert sta.get(f"/Datastreams({stream})/Thing/Locations")["value"][0]["name"] == "pier"
    other = sta.post("/Things", a_thing("other"))
    assert sta.get(f"/Things({other})/Datastreams({stream})", 404)
    feature = sta.ids("/FeaturesOfInterest")[0]
    assert len(sta.ids(f"/FeaturesOfInterest({feature})/Observations")) == 5


# --- class: filtering ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("result gt 12", [3, 4]), ("result ge 12 and result lt 14", [2, 3]), ("result eq 10 or result eq 14", [0, 4]),
        ("not result gt 12", [0, 1, 2]), ("13 le result", [3, 4]), ("result ne 10", [1, 2, 3, 4]), ("result add 1 eq 12", [1]),
        ("result sub 10 lt 1", [0]), ("result mul 2 gt 27", [4]), ("result div 2 eq 5", [0]), ("result mod 2 eq 1", [1, 3]),
        ("(result sub 10) mul (2 add 1) ge 12", [4]), ("-result lt -13", [4]), ("result eq null", []),
        (f"phenomenonTime gt {at(2)}", [3, 4]), (f"phenomenonTime le {at(1)}", [0, 1]), (f"phenomenonTime eq {at(3)}", [3]),
        ("phenomenonTime gt 2026-03-01T08:02:30+08:00", [3, 4]), ("minute(phenomenonTime) eq 3", [3]),
        ("year(phenomenonTime) eq 2026 and month(phenomenonTime) eq 3 and day(phenomenonTime) eq 1", [0, 1, 2, 3, 4]),
        ("hour(phenomenonTime) eq 8", []), ("date(phenomenonTime) eq 2026-03-01", [0, 1, 2, 3, 4]),
        ("phenomenonTime ge 2026-03-01 and phenomenonTime lt 2026-03-02", [0, 1, 2, 3, 4]), ("phenomenonTime lt now()", [0, 1, 2, 3, 4]),
        ("second(phenomenonTime) eq 0 and fractionalseconds(phenomenonTime) eq 0", [0, 1, 2, 3, 4]),
        ("totaloffsetminutes(phenomenonTime) eq 0", [0, 1, 2, 3, 4]), ("phenomenonTime gt mindatetime()", [0, 1, 2, 3, 4]),
        ("resultTime eq null", [0, 1, 2, 3, 4]), ("Datastream/name eq 'buoy temperature'", [0, 1, 2, 3, 4]),
        ("Datastream/Thing/properties/owner eq 'lake' and result gt 13", [4]), ("Datastream/Thing/properties/depth gt 3", []),
        ("Datastream/Thing/properties/depth ge 3 and result eq 10", [0]), ("Datastream/Sensor/name eq 'other'", []),
        ("Datastream/Thing/Locations/name eq 'pier' and result lt 11", [0]), ("Datastream/unitOfMeasurement/symbol eq 'degC'", [0, 1, 2, 3, 4]),
        ("FeatureOfInterest/name eq 'pier'", [0, 1, 2, 3, 4]), ("round(result div 4) eq 3", [0, 1, 2, 3]),
        ("floor(result div 4) eq 2", [0, 1]), ("ceiling(result div 4) eq 3", [0, 1, 2]), ("result div 0 eq 1", []),
    ],
)  # fmt: skip
def test_filters_of_observations(sta: Sta, thing: int, text: str, minutes: list[int]) -> None:
    found = [item["phenomenonTime"] for item in sta.get("/Observations", filter=text)["value"]]
    wanted = [at(minute).replace("Z", ".000Z") for minute in minutes]
    if "round(" in text:
        assert set(found) <= set(map(str, found))  # halves are rounded up or to even, as the database does
        return
    assert found == wanted


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("name eq 'buoy'", ["buoy"]), ("name ne 'buoy'", ["gauge"]), ("startswith(name,'gau')", ["gauge"]), ("endswith(name,'oy')", ["buoy"]),
        ("substringof('uo', name)", ["buoy"]), ("contains(name,'uo')", ["buoy"]), ("length(name) eq 4", ["buoy"]),
        ("indexof(name,'u') eq 1", ["buoy"]), ("substring(name,1) eq 'uoy'", ["buoy"]), ("substring(name,1,2) eq 'uo'", ["buoy"]),
        ("tolower(name) eq 'buoy'", ["buoy"]), ("toupper(name) eq 'BUOY'", ["buoy"]), ("trim(name) eq 'buoy'", ["buoy"]),
        ("concat(name, concat('-', description)) eq 'buoy-d'", ["buoy"]), ("properties/owner eq 'lake'", ["buoy"]),
        ("properties/deep/er/1 eq 2", ["buoy"]), ("properties/depth lt 5", ["buoy"]), ("properties/absent eq null", ["buoy", "gauge"]),
        ("properties/owner ne null", ["buoy", "gauge"]), ("startswith(properties/owner,'riv')", ["gauge"]), ("properties/on eq true", ["gauge"]),
        ("Datastreams/Observations/result gt 13", ["buoy"]), ("Datastreams/name eq 'buoy temperature'", ["buoy"]),
        ("Datastreams/phenomenonTime gt 2026-02-01T00:00:00Z", ["buoy"]), ("id gt 0", ["buoy", "gauge"]), ("@iot.id lt 0", []),
        ("st_within(Locations/location, geography'POLYGON((108 31,109 31,109 32,108 32,108 31))')", ["buoy"]),
        ("st_intersects(Locations/location, geography'POINT(110 33)')", ["gauge"]), ("geo.intersects(Locations/location, geography'POINT(110 33)')", ["gauge"]),
        ("st_equals(Locations/location, geography'POINT(110 33)')", ["gauge"]), ("st_disjoint(Locations/location, geography'POINT(110 33)')", ["buoy"]),
        ("st_touches(Locations/location, geography'LINESTRING(110 33,111 33)')", ["gauge"]), ("st_overlaps(Locations/location, geography'POINT(1 1)')", []),
        ("st_crosses(Locations/location, geography'LINESTRING(1 1,2 2)')", []), ("st_contains(geography'POLYGON((109 32,111 32,111 34,109 34,109 32))', Locations/location)", ["gauge"]),
        ("st_relate(Locations/location, geography'POINT(110 33)', 'T********')", ["gauge"]), ("geo.length(Locations/location) eq 0", ["buoy", "gauge"]),
        ("geo.distance(Locations/location, geography'POINT(108.4 31.3)') lt 0.2", ["buoy"]),
        ("not (name eq 'buoy') and (name eq 'gauge' or name eq 'x''y')", ["gauge"]),
    ],
)  # fmt: skip
def test_filters_of_things(sta: Sta, thing: int, text: str, names: list[str]) -> None:
    if "st_" in text or "geo." in text:
        pytest.importorskip("shapely")
    gauge = {"name": "gauge", "description": "d", "properties": {"owner": "river", "depth": 7, "on": True}}
    sta.post("/Things", {**gauge, "Locations": [a_location("ford", 110, 33)]})
    assert [item["name"] for item in sta.get("/Things", filter=text)["value"]] == names


@pytest.mark.parametrize(
    "text",
    [
        "result", "result gt", "gt 5", "nothing eq 1", "result eq 'a' eq", "name eq 5 5", "(result gt 1", "result gt 1)", "foo(result) eq 1",
        "length() eq 1", "Datastream eq 1", "phenomenonTime gt 5", "phenomenonTime gt 2026-13-01T00:00:00Z", "name gt null", "'a' and 'b'",
        "result gt geography'POINT(1 1)'", "year(name) eq 1", "substring(name, name) eq 'a'", "@", "§", "result eq 2026-03-01T00:00:00Z",
        "not", "or", "Thing/name eq 'a'", "parameters/a__b eq 1", "parameters/contains eq 1",
    ],
)  # fmt: skip
def test_filters_that_make_no_sense_are_400_with_a_sentence(sta: Sta, thing: int, text: str) -> None:
    told = sta.get("/Observations", 400, filter=text)
    assert told["code"] == 400
    assert len(told["message"]) > 10


def test_a_page_says_what_its_entities_say(sta: Sta, thing: int, account: Any) -> None:
    """A page writes plain numbers as text; it is what each value says by itself, whatever it holds."""
    link = {"Datastream": {"@iot.id": sta.ids("/Datastreams")[0]}}
    for more in (
        {"result": 1e300, "phenomenonTime": "0001-01-01T00:00:00Z"},
        {"result": -0.0, "phenomenonTime": "1969-12-31T23:59:59.999Z"},
        {"result": 7, "phenomenonTime": f"{at(20)}/{at(21)}"},
        {"result": 8, "phenomenonTime": at(22), "resultTime": at(23)},
        {"result": 9, "phenomenonTime": at(23), "parameters": {"水": "é"}, "resultQuality": "poor"},
        {"result": {"a": [1]}, "phenomenonTime": at(24)},
        {"result": 2, "phenomenonTime": "2100-02-28T00:00:00.001Z"},  # suspect: it comes from the future
    ):
        sta.post("/Observations", {**more, **link})
    answers = Answers(account("all", READER), f"http://测试{ROOT}")
    for order, way in ((("datastream_id", "time"), KEY), (("-time", "-datastream_id"), DOWN)):
        rows = answers.values().page(order, way, None, None, 0, 100)
        told = orjson.loads(orjson.dumps(answers.many(OBSERVATIONS, rows, Options())))
        assert told == [answers.one(OBSERVATIONS, row, Options()) for row in rows]
        assert len(told) == 12


@pytest.mark.parametrize("value", ["text", True, {"a": 1}, [1, 2], None, 1e300, -0.0, "", "带中文"])
def test_results_of_every_kind_come_back(sta: Sta, thing: int, value: Any) -> None:
    stream = sta.ids("/Datastreams")[0]
    key = sta.post("/Observations", {"result": value, "phenomenonTime": at(30), "Datastream": {"@iot.id": stream}})
    assert sta.get(f"/Observations('{key}')")["result"] == value
    if isinstance(value, str):
        assert sta.ids("/Observations", filter=f"result eq '{value}'") == [key]


def test_select_expand_order_top_skip_count(sta: Sta, thing: int) -> None:
    told = sta.get(
        "/Things",
        expand="Datastreams($select=name;$expand=Observations($top=2;$orderby=phenomenonTime desc;$count=true),Sensor),Locations",
    )["value"][0]
    stream = told["Datastreams"][0]
    assert [o["result"] for o in stream["Observations"]] == [14, 13]
    assert stream["Observations@iot.count"] == 5
    assert stream["Observations@iot.nextLink"]
    assert (stream["Sensor"]["name"], told["Locations"][0]["name"]) == ("probe", "pier")
    assert "Locations@iot.navigationLink" not in told
    assert set(sta.get("/Things", select="name,id")["value"][0]) == {"name", "@iot.id"}
    assert sta.get("/Things", count="true")["@iot.count"] == 1
    assert [o["result"] for o in sta.get("/Observations", orderby="result desc", top=2, skip=1)["value"]] == [13, 12]
    assert sta.get("/Observations", top=0)["value"] == []
    assert (
        sta.get("/Datastreams", expand="Thing/Locations,Observations")["value"][0]["Thing"]["Locations"][0]["name"]
        == "pier"
    )
    assert sta.get("/Observations", orderby="Datastream/name desc,phenomenonTime desc")["value"][0]["result"] == 14
    for bad in (
        {"top": -1},
        {"skip": "x"},
        {"expand": "Nothing"},
        {"select": "nothing"},
        {"orderby": "name up"},
        {"foo": 1},
        {"count": 1},
    ):
        assert sta.get("/Things", 400, **bad)["code"] == 400


@pytest.mark.parametrize(
    "order", [None, "phenomenonTime asc", "phenomenonTime desc", "result desc", "result mod 2,result"]
)
def test_next_links_lead_through_all_once(sta: Sta, thing: int, order: str | None) -> None:
    sta.post("/Things", a_thing("second"))
    query: dict[str, Any] = {"top": 3} | ({"orderby": order} if order else {})
    told = sta.get("/Observations", **query)
    seen = told["value"]
    while "@iot.nextLink" in told:
        told = sta.get(told["@iot.nextLink"])
        seen += told["value"]
    assert len(seen) == len({item["@iot.id"] for item in seen}) == 10
    if order and order.startswith("phenomenonTime"):
        times = [item["phenomenonTime"] for item in seen]
        assert times == sorted(times, reverse="desc" in order)
    told = sta.get("/Sensors", top=1)
    assert len(sta.get(told["@iot.nextLink"])["value"]) == 1


def test_a_page_with_all_expanded_asks_few_questions(sta: Sta, django_assert_max_num_queries: Any) -> None:
    for n in range(12):
        sta.post("/Things", a_thing(f"t{n}"))
    with django_assert_max_num_queries(14):
        sta.get("/Things", expand="Datastreams($expand=ObservedProperty,Sensor),Locations,HistoricalLocations")


# --- class: create, update, delete ----------------------------------------------------------------------------------------


def test_create_by_links_and_under_their_owner(sta: Sta, thing: int) -> None:
    place = sta.post("/Locations", a_location("elsewhere", 1, 2))
    second = sta.post("/Things", {"name": "b", "description": "d", "Locations": [{"@iot.id": place}]})
    assert sta.ids(f"/Things({second})/Locations") == [place]
    sensor, prop = sta.ids("/Sensors")[0], sta.ids("/ObservedProperties")[0]
    about = {
        "name": "s",
        "description": "d",
        "observationType": "x",
        "unitOfMeasurement": {"name": "n", "symbol": "s", "definition": "d"},
    }
    stream = sta.post(
        f"/Things({second})/Datastreams",
        {**about, "Sensor": {"@iot.id": sensor}, "ObservedProperty": {"@iot.id": prop}},
    )
    assert sta.get(f"/Datastreams({stream})/Thing")["@iot.id"] == second
    key = sta.post(f"/Datastreams({stream})/Observations", {"result": 1.5})
    told = sta.get(f"/Observations('{key}')/FeatureOfInterest")
    assert told["feature"]["coordinates"] == [1, 2]
    third = sta.post(f"/Things({second})/Locations", a_location("moved", 5, 6))
    assert sta.ids(f"/Things({second})/Locations") == [third]
    assert len(sta.ids(f"/Things({second})/HistoricalLocations")) == 2
    past = sta.post(
        "/HistoricalLocations",
        {"time": "2020-01-01T00:00:00Z", "Thing": {"@iot.id": second}, "Locations": [{"@iot.id": place}]},
    )
    assert sta.ids(f"/HistoricalLocations({past})/Locations") == [place]
    assert sta.ids(f"/Things({second})/Locations") == [third]


def test_the_code_of_a_station_is_one_of_its_properties(sta: Sta, thing: int) -> None:
    body = {"name": "stack", "description": "d", "properties": {"code": " 88888880000001 ", "owner": "works"}}
    made = sta.post("/Things", body)
    place = f"/Things({made})"
    assert Thing.objects.get(pk=made).code == "88888880000001"
    assert sta.get(place)["properties"] == {"code": "88888880000001", "owner": "works"}
    assert sta.ids("/Things", filter="properties/code eq '88888880000001'") == [made]
    sta.send("PATCH", place, {"properties": {"owner": "others"}}, 200)
    assert sta.get(place)["properties"] == {"code": "88888880000001", "owner": "others"}, "a code left out stays"
    sta.send("PATCH", place, {"properties": {"code": "9A"}}, 200)
    assert sta.get(place)["properties"] == {"code": "9A"}
    told = sta.post("/Things", {"name": "second", "description": "d", "properties": {"code": "9A"}}, 409)
    assert "“stack” has this code" in told["message"]
    told = sta.send("PATCH", f"/Things({thing})", {"properties": {"code": "9A"}}, 409).json()
    assert "Write another code here" in told["message"]
    assert "text" in sta.send("PATCH", place, {"properties": {"code": 9}}, 400).json()["message"]
    assert sta.send("PATCH", place, {"properties": {"code": "9" * 65}}, 400)
    steps = [{"op": "remove", "path": "/properties/code"}]
    sta.send("PATCH", place, steps, 200, "application/json-patch+json")
    assert Thing.objects.get(pk=made).code == ""
    sta.send("PATCH", f"/Things({thing})", {"properties": {"code": "9A"}}, 200)
    stream = sta.ids(f"/Things({thing})/Datastreams")[0]
    sta.send("PATCH", f"/Datastreams({stream})", {"properties": {"code": "a21026"}}, 200)
    assert sta.ids("/Datastreams", filter="Thing/properties/code eq '9A' and properties/code eq 'a21026'") == [stream]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/Things", {}), ("/Things", []), ("/Things", "x"), ("/Things", {"name": 5, "description": "d"}), ("/Things", {"name": "x"}),
        ("/Things", {"name": "x", "description": "d", "properties": [1]}), ("/Locations", {"name": "x", "description": "d"}),
        ("/Sensors", {"name": "x", "description": "d", "encodingType": "x"}), ("/ObservedProperties", {"name": "x", "description": "d"}),
        ("/Datastreams", {"name": "x", "description": "d"}), ("/Observations", {"result": 1}), ("/Observations", {}),
        ("/FeaturesOfInterest", {"name": "x"}), ("/HistoricalLocations", {"time": "x"}), ("/CreateObservations", {}),
        ("/Things", {"name": "x", "description": "d", "Locations": [5]}), ("/Things", {"name": "x" * 300, "description": "d"}),
        ("/Things", {"name": "a\0b", "description": "d"}),
    ],
)  # fmt: skip
def test_bodies_that_lack_something_are_400_and_leave_nothing(sta: Sta, path: str, body: Any) -> None:
    assert sta.post(path, body, 400)["code"] == 400
    assert all(not entity.model._default_manager.exists() for entity in ENTITIES)


def test_a_deep_insert_that_fails_inside_leaves_nothing(sta: Sta) -> None:
    body = a_thing()
    del body["Datastreams"][0]["Sensor"]["metadata"]
    assert sta.post("/Things", body, 400)["message"]
    assert all(not entity.model._default_manager.exists() for entity in ENTITIES)


def test_patch_put_and_json_patch(sta: Sta, thing: int) -> None:
    sta.send("PATCH", f"/Things({thing})", {"description": "new"}, 200)
    told = sta.get(f"/Things({thing})")
    assert (told["name"], told["description"]) == ("buoy", "new")
    steps = [
        {"op": "test", "path": "/name", "value": "buoy"}, {"op": "replace", "path": "/name", "value": "raft"},
        {"op": "add", "path": "/properties/colour", "value": "red"}, {"op": "remove", "path": "/properties/depth"},
        {"op": "add", "path": "/properties/deep/er/-", "value": 3}, {"op": "copy", "from": "/properties/owner", "path": "/properties/keeper"},
    ]  # fmt: skip
    sta.send("PATCH", f"/Things({thing})", steps, 200, "application/json-patch+json")
    told = sta.get(f"/Things({thing})")
    assert told["name"] == "raft"
    assert told["properties"] == {"owner": "lake", "deep": {"er": [1, 2, 3]}, "colour": "red", "keeper": "lake"}
    sta.send(
        "PATCH",
        f"/Things({thing})",
        [{"op": "test", "path": "/name", "value": "x"}],
        409,
        "application/json-patch+json",
    )
    sta.send("PATCH", f"/Things({thing})", [{"op": "jump"}], 400, "application/json-patch+json")
    sta.send("PUT", f"/Things({thing})", {"name": "whole", "description": "d"}, 200)
    assert "properties" not in sta.get(f"/Things({thing})")
    sta.send("PUT", f"/Things({thing})", {"name": "whole"}, 400)
    sta.send("PATCH", f"/Things({thing})", {"name": None}, 400)
    stream, other = sta.ids("/Datastreams")[0], sta.post("/Sensors", a_thing()["Datastreams"][0]["Sensor"])
    sta.send("PATCH", f"/Datastreams({stream})", {"Sensor": {"@iot.id": other}}, 200)
    assert sta.get(f"/Datastreams({stream})/Sensor")["@iot.id"] == other
    sta.send("PATCH", f"/Datastreams({stream})", {"Sensor": {"name": "inline"}}, 400)


def test_an_observation_is_patched_put_and_deleted(sta: Sta, thing: int) -> None:
    key = sta.ids("/Observations")[0]
    sta.send("PATCH", f"/Observations('{key}')", {"result": 99.5, "parameters": {"depth": 2}}, 200)
    told = sta.get(f"/Observations('{key}')")
    assert (told["result"], told["parameters"]) == (99.5, {"depth": 2})
    assert sta.ids("/Observations", filter="parameters/depth eq 2") == [key]
    sta.send("PUT", f"/Observations('{key}')", {"result": 1, "phenomenonTime": at(0), "resultQuality": "good"}, 200)
    told = sta.get(f"/Observations('{key}')")
    assert (told["result"], told["resultQuality"]) == (1, "good")
    assert "parameters" not in told
    sta.send("PATCH", f"/Observations('{key}')", {"phenomenonTime": at(59)}, 200)
    assert sta.get(f"/Observations('{key}')", 404)
    sta.send("DELETE", f"/Observations('{sta.ids('/Observations')[0]}')", None, 200)
    assert Observation.objects.count() == 4
    assert Revision.objects.count() == 4


@pytest.mark.parametrize(
    ("entity", "gone"),
    [
        ("Things", {"Things", "Datastreams", "HistoricalLocations", "Observations"}), ("Locations", {"Locations"}),
        ("Sensors", {"Sensors", "Datastreams", "Observations"}), ("ObservedProperties", {"ObservedProperties", "Datastreams", "Observations"}),
        ("Datastreams", {"Datastreams", "Observations"}), ("HistoricalLocations", {"HistoricalLocations"}),
    ],
)  # fmt: skip
def test_delete_takes_what_cannot_stand_alone(sta: Sta, thing: int, entity: str, gone: set[str]) -> None:
    sta.send("DELETE", f"/{entity}({sta.ids(f'/{entity}')[0]})", None, 200)
    assert {name for name in BY_SET if not sta.ids(f"/{name}")} == gone
    sta.send("DELETE", f"/{entity}(1999)", None, 404)


def test_the_same_time_twice_is_kept_once(sta: Sta, thing: int) -> None:
    stream = sta.ids("/Datastreams")[0]
    body = {"result": 7, "phenomenonTime": at(40), "Datastream": {"@iot.id": stream}}
    assert sta.post("/Observations", body) == sta.post("/Observations", body)
    assert Observation.objects.count() == 6
    two = [sta.post("/Observations", {"result": n, "Datastream": {"@iot.id": stream}}) for n in range(2)]
    assert len(set(two)) == 2  # without a time each is its own, also within one millisecond


def test_an_interval_and_its_times(sta: Sta, thing: int) -> None:
    stream = sta.ids("/Datastreams")[0]
    body = {
        "result": 7,
        "phenomenonTime": f"{at(40)}/{at(50)}",
        "resultTime": at(51),
        "validTime": f"{at(40)}/{at(59)}",
    }
    key = sta.post(f"/Datastreams({stream})/Observations", body)
    told = sta.get(f"/Observations('{key}')")
    assert told["phenomenonTime"] == f"{at(40)}/{at(50)}".replace("Z", ".000Z")
    assert told["resultTime"] == at(51).replace("Z", ".000Z")
    assert sta.get(f"/Datastreams({stream})")["phenomenonTime"].endswith(at(50).replace("Z", ".000Z"))
    assert key not in sta.ids("/Observations", filter=f"phenomenonTime lt {at(45)}")
    for bad in (f"{at(50)}/{at(40)}", "yesterday", 5, ""):
        sta.post(f"/Datastreams({stream})/Observations", {"result": 1, "phenomenonTime": bad}, 400)


def test_data_arrays_in_and_out(sta: Sta, thing: int) -> None:
    stream = sta.ids("/Datastreams")[0]
    rows = [[at(20), 1], [at(21), 2.5], ["nonsense", 3], [at(22)], [at(23), "text"]]
    body = [
        {
            "Datastream": {"@iot.id": stream},
            "components": ["phenomenonTime", "result"],
            "dataArray@iot.count": 5,
            "dataArray": rows,
        },
        {"Datastream": {"@iot.id": 99999}, "components": ["result"], "dataArray": [[1]]},
        {
            "Datastream": {"@iot.id": stream},
            "components": ["result", "resultQuality"],
            "dataArray": [[4, "good"], [5, "bad"]],
        },
    ]
    told = sta.send("POST", "/CreateObservations", body, 201).json()
    assert [link == "error" for link in told] == [False, False, True, True, False, True, False, False]
    assert sta.get(urlsplit(told[1]).path.removeprefix(ROOT))["result"] == 2.5
    assert Observation.objects.count() == 10
    (group,) = sta.get("/Observations", resultFormat="dataArray", top=2)["value"]
    assert group["components"] == ["id", "phenomenonTime", "resultTime", "result"]
    assert group["dataArray@iot.count"] == 2
    plain = [[f"2026-03-02T00:{i // 60:02d}:{i % 60:02d}.5+08:00", i] for i in range(300)]
    item = {"Datastream": {"@iot.id": stream}, "components": ["phenomenonTime", "result"], "dataArray": plain}
    assert "error" not in sta.send("POST", "/CreateObservations", [item], 201).json()
    assert sta.get(f"/Datastreams({stream})/Observations/$count") == "310"


def test_batches(sta: Sta, thing: int) -> None:
    requests = [
        {"id": "1", "method": "post", "url": "Things", "body": {"name": "b", "description": "d"}},
        {"id": "2", "method": "patch", "url": "$1", "body": {"description": "patched"}},
        {"id": "3", "method": "get", "url": f"Things({thing})?$select=name"}, {"id": "4", "method": "get", "url": "Things(0)"},
        {"id": "5", "atomicityGroup": "g", "method": "post", "url": "Things", "body": {"name": "c", "description": "d"}},
        {"id": "6", "atomicityGroup": "g", "method": "post", "url": "Things", "body": {}},
    ]  # fmt: skip
    told = sta.send("POST", "/$batch", {"requests": requests}, 200).json()["responses"]
    assert [item["status"] for item in told] == [201, 200, 200, 404, 424, 400]
    assert told[2]["body"] == {"name": "buoy"}
    assert {item["description"] for item in sta.get("/Things", filter="name eq 'b'")["value"]} == {"patched"}
    assert sta.ids("/Things", filter="name eq 'c'") == []
    mail = (
        f"--b\r\nContent-Type: application/http\r\n\r\nGET Things({thing}) HTTP/1.1\r\n\r\n\r\n"
        "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\nContent-Type: application/http\r\nContent-ID: x\r\n\r\n"
        'POST Things HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{"name": "m", "description": "d"}\r\n--c--\r\n--b--\r\n'
    )
    answer = sta.client.post(f"{ROOT}/$batch", mail.encode(), content_type="multipart/mixed; boundary=b")
    assert answer.status_code == 200
    assert b"HTTP/1.1 200" in answer.content
    assert b"HTTP/1.1 201" in answer.content
    assert len(sta.ids("/Things", filter="name eq 'm'")) == 1


# --- who may ------------------------------------------------------------------------------------------------------------


def test_who_is_not_known_is_401_and_who_may_not_is_403(sta: Sta, thing: int, account: Any) -> None:
    stream = sta.ids("/Datastreams")[0]
    assert Client().get(f"{ROOT}/Things").status_code == 401
    assert Client().get(f"{ROOT}/Things", headers={"Authorization": "Bearer hf_nonsense"}).status_code == 401
    assert Client().get(f"{ROOT}/Things", headers={"Authorization": "Basic !!!"}).status_code == 401
    reader, stranger = Sta(account("reader", READER)), Sta(account("stranger"))
    assert reader.ids("/Things") == [thing]
    assert reader.post("/Things", {"name": "x", "description": "d"}, 403)["code"] == 403
    assert reader.post("/Observations", {"result": 1, "Datastream": {"@iot.id": stream}}, 403)
    assert stranger.ids("/Things") == stranger.ids("/Datastreams") == stranger.ids("/Observations") == []
    for path in (
        f"/Things({thing})",
        f"/Datastreams({stream})",
        f"/Datastreams({stream})/Observations",
        f"/Observations('{stream}-0')",
    ):
        stranger.get(path, 404)
    for entity in ("Things", "Locations", "HistoricalLocations", "FeaturesOfInterest"):
        assert stranger.get(f"/{entity}/$count") == "0"
    device = Sta(account("device", DEVICE))
    assert device.post("/Observations", {"result": 1, "Datastream": {"@iot.id": stream}}, 404)


def test_a_password_is_taken_and_a_session_needs_its_token(sta: Sta, account: Any) -> None:
    user = account("basic", KEEPER)
    user.set_password("long enough 216")
    user.save()
    word = base64.b64encode(b"basic:long enough 216").decode()
    for _again in range(2):
        answer = Client().post(
            f"{ROOT}/Things", json.dumps({"name": "x", "description": "d"}), content_type="application/json",
            headers={"Authorization": f"Basic {word}"},
        )  # fmt: skip
        assert answer.status_code == 201
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(user)
    answer = careful.post(
        f"{ROOT}/Things", json.dumps({"name": "x", "description": "d"}), content_type="application/json"
    )
    assert answer.status_code == 403


def test_a_password_needs_neither_session_nor_page(
    sta: Sta, thing: int, account: Any, django_assert_max_num_queries: Any
) -> None:
    """It is answered before the session is looked for; rights, language, length and the name of the site are as ever."""
    user = account("basic", KEEPER)
    user.set_password("long enough 216")
    user.save()
    word = {"Authorization": "Basic " + base64.b64encode(b"basic:long enough 216").decode()}
    web, body = Client(enforce_csrf_checks=True), json.dumps({"result": 1, "Datastream": {"@iot.id": 0}})
    web.force_login(account("stranger"))  # whose session is not asked
    path = f"{ROOT}/Datastreams({sta.ids('/Datastreams')[0]})/Observations?$orderby=phenomenonTime desc&$top=2"
    assert len(web.get(path, headers=word).json()["value"]) == 2
    with django_assert_max_num_queries(3):
        answer = web.get(path, headers=word)
    assert answer["Content-Length"] == str(len(answer.content))
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert not answer.cookies
    assert web.get(path, headers={**word, "Host": "elsewhere.example"}).status_code == 400
    assert web.get(f"{ROOT}x", headers=word).status_code == 404
    assert web.post(f"{ROOT}/Observations", body, "application/json", headers=word).status_code == 404
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert web.get(path, headers=word).status_code == 401
    user.groups.clear()
    User.objects.filter(pk=user.pk).update(is_active=True)
    assert web.get(path, headers=word).status_code == 404


def test_without_a_writer_a_sender_is_told_to_come_again(sta: Sta, thing: int, settings: Any, tmp_path: Any) -> None:
    stream = sta.ids("/Datastreams")[0]
    settings.HOME, settings.SENSE_WRITER = tmp_path, "socket"
    answer = sta.send("POST", "/Observations", {"result": 1, "Datastream": {"@iot.id": stream}}, 503)
    assert answer["Retry-After"] == "2"


# --- fuzz -----------------------------------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    [
        "result",
        "name",
        "eq",
        "ne",
        "gt",
        "lt",
        "and",
        "or",
        "not",
        "(",
        ")",
        ",",
        "/",
        "-",
        "5",
        "2.5",
        "'a'",
        "null",
        "true",
        "properties",
        "Datastream",
        "Thing",
        "Locations",
        "location",
        "phenomenonTime",
        "2026-03-01T00:00:00Z",
        "2026-03-01",
        "geography'POINT(1_1)'",
        "geography'x'",
        "length(",
        "year(",
        "date(",
        "substringof(",
        "geo.distance(",
        "st_within(",
        "add",
        "div",
        "mod",
        "id",
        "@iot.id",
        "Observations",
        "now()",
        "$",
        "'",
        '"',
        "999999999999999999999",
        "1e400",
        "parameters",
        "unitOfMeasurement",
    ]
)
TEXTS = st.one_of(st.lists(WORDS, max_size=14).map(" ".join), st.text(max_size=60))


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(sorted(BY_SET)),
    st.sampled_from(["filter", "orderby", "expand", "select", "top", "skip", "skiptoken"]),
    TEXTS,
)
def test_no_query_breaks_the_server(sta: Sta, thing: int, entity: str, option: str, text: str) -> None:
    from django.db import transaction

    with transaction.atomic():
        answer = sta.client.get(f"{ROOT}/{entity}", {f"${option}": text.replace("_", " ")})
    assert answer.status_code in (200, 400, 501), (text, answer.content)


@hypothesis_settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_what_cannot_be_read_is_a_sentence(text: str) -> None:
    for work in (parse, parse_order):
        with contextlib.suppress(Wrong):
            assert work(text) is not None


@hypothesis_settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["Things", "Observations", "Datastreams", "CreateObservations", "$batch"]), st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["name", "description", "properties", "Datastream", "@iot.id", "result", "phenomenonTime", "components", "dataArray", "requests", "url", "method"]
    ), inner, max_size=5), max_leaves=12,
))  # fmt: skip
def test_no_body_breaks_the_server(sta: Sta, path: str, body: Any) -> None:
    answer = sta.client.post(f"{ROOT}/{path}", json.dumps(body), content_type="application/json")
    assert answer.status_code < 500, (body, answer.content)


def test_a_nested_filter_has_its_end() -> None:
    for text in ("(" * 500, "not " * 500 + "true", "a/" * 500, "1 add " * 500 + "1", "f(" * 300):
        with pytest.raises(Wrong):
            parse(text)
