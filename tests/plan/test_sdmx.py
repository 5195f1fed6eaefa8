"""The figures of the plans as SDMX: what a foreign client reads is what is kept, and a bound stays a bound."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest
import sdmx
from django.contrib.auth.models import User
from django.test import Client

from hanfeng.kernel.api import save
from hanfeng.kernel.indicator.models import Layer, Reading, Source, Trust
from hanfeng.kernel.pure import Fault
from hanfeng.kernel.watch.models import Line
from hanfeng.plan import loading
from hanfeng.plan.models import Target
from hanfeng.standards.sdmx import days_of, within

pytestmark = pytest.mark.django_db
ROOT = "/api/sdmx/2.1"
GENERIC = "application/vnd.sdmx.genericdata+xml;version=2.1"
SPECIFIC = "application/vnd.sdmx.structurespecificdata+xml;version=2.1"
JSON = "application/vnd.sdmx.data+json;version=2.0.0"


@pytest.fixture
def reader(settings: Any, tmp_path: Any) -> Client:
    settings.HOME = tmp_path
    loading.load()
    source = Source(slug="told", title="Told", trust=Trust.PRESS)
    save(source, None)
    for slug, low, high, about in (
        ("bound-ge", 67, None, False),
        ("bound-le", None, 3, False),
        ("bound-bt", 4, 5.5, False),
        ("bound-ab", 1600, 1600, True),
    ):
        reading = Reading(
            slug=slug, measure=slug, layer=Layer.CONFIRMED, kind="level", period="2024H1", as_of=date(2024, 7, 1),
            place="china", low=low, high=high, about=about, unit="x", source=source,
        )  # fmt: skip
        save(reading, None)
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(User.objects.create_user("reader"))
    return browser


def structure(reader: Client, flow: str) -> Any:
    answer = reader.get(f"{ROOT}/datastructure/HANFENG/{flow}?references=all")
    assert answer.status_code == 200
    return sdmx.read_sdmx(io.BytesIO(answer.content)).structure[flow]


def read(reader: Client, address: str, accept: str, flow: str = "READINGS") -> dict[tuple[str, ...], Any]:
    """{(codes of the key, period): (value, attributes)} as sdmx1 reads our message."""
    answer = reader.get(f"{ROOT}/{address}", headers={"accept": accept})
    assert answer.status_code == 200, answer.content[:500]
    assert answer["Content-Type"] == accept
    dsd = structure(reader, flow)
    message = sdmx.read_sdmx(io.BytesIO(answer.content), structure=dsd)
    found = {}
    for observation in message.data[0].obs:
        key = {**{k: v.value for k, v in observation.key.values.items()}}
        names = [d.id for d in dsd.dimensions.components]
        told = {name: str(a.value) for name, a in observation.attached_attribute.items()}
        value = None if observation.value in (None, "") else float(observation.value)
        found[tuple(str(key[n]) for n in names)] = (value, told)
    return found


@pytest.mark.parametrize("accept", [GENERIC, SPECIFIC])
def test_a_foreign_client_reads_the_numbers_that_are_kept(reader: Client, accept: str) -> None:
    found = read(reader, "data/READINGS", accept)
    kept = list(Reading.objects.select_related("source"))
    assert len(found) == len(kept) > 100
    by_key = {(k[1], k[2], k[4], k[6], v[1]["AS_OF"], v[0]) for k, v in found.items()}
    for row in kept:
        value = row.low if row.low == row.high else None
        source = row.source.slug if row.source else "_Z"
        assert (row.measure, row.place, row.kind, source, row.as_of.isoformat(), value) in by_key, row.slug


@pytest.mark.parametrize("accept", [GENERIC, SPECIFIC])
def test_a_bound_is_no_number_without_its_qualifier(reader: Client, accept: str) -> None:
    found = {k[1]: v for k, v in read(reader, "data/READINGS", accept).items()}
    told = {name: (value, a["QUALIFIER"], a.get("LOWER"), a.get("UPPER")) for name, (value, a) in found.items()}
    assert told["bound-ge"] == (None, "GE", "67", None)
    assert told["bound-le"] == (None, "LE", None, "3")
    assert told["bound-bt"] == (None, "BT", "4", "5.5")
    assert told["bound-ab"] == (1600.0, "AB", None, None)
    assert all(a["QUALIFIER"] for _value, a in found.values())


def test_targets_are_read_the_same(reader: Client) -> None:
    found = read(reader, "data/HANFENG,TARGETS,1.0/all", GENERIC, "TARGETS")
    told = {(k[1], k[2]): (v[0], v[1]["COMPARISON"]) for k, v in found.items()}
    kept = Target.objects.exclude(goal=None).select_related("plan")
    assert told == {(t.plan.slug, t.slug): (t.goal, t.comparison) for t in kept}


def test_json_and_csv_say_what_the_xml_says(reader: Client) -> None:
    wanted = read(reader, "data/READINGS", GENERIC)
    told = reader.get(f"{ROOT}/data/READINGS", headers={"accept": JSON}).json()
    (one,) = told["data"]["structures"]
    dimensions = one["dimensions"]["series"]
    (time,) = one["dimensions"]["observation"]
    attributes = one["attributes"]["observation"]
    found = {}
    for series, content in told["data"]["dataSets"][0]["series"].items():
        key = [d["values"][int(n)]["id"] for d, n in zip(dimensions, series.split(":"), strict=True)]
        for place, (value, *marks) in content["observations"].items():
            known = {
                a["id"]: a["values"][mark].get("id", a["values"][mark].get("value"))
                for a, mark in zip(attributes, marks, strict=True)
                if mark is not None
            }
            found[(*key, time["values"][int(place)]["value"])] = (value, known)
    assert found == wanted
    table = reader.get(f"{ROOT}/data/READINGS", headers={"accept": "text/csv"}).content.decode()
    rows = {(*list(r.values())[1:8], r["TIME_PERIOD"]): r["OBS_VALUE"] for r in csv.DictReader(io.StringIO(table))}
    assert {k: float(v) if v else None for k, v in rows.items()} == {k: v for k, (v, _a) in wanted.items()}


def test_a_key_and_a_span_narrow_what_is_given(reader: Client) -> None:
    found = read(
        reader,
        "data/READINGS/A.high-tech-firms+sci-tech-firms....?startPeriod=2020&endPeriod=2021".replace(
            "....", ".....", 1
        ),
        GENERIC,
    )
    assert {k[1] for k in found} == {"high-tech-firms", "sci-tech-firms"}
    assert {k[-1] for k in found} <= {"2020", "2021"}
    assert reader.get(f"{ROOT}/data/READINGS/A.nothing.....").status_code == 404
    assert reader.get(f"{ROOT}/data/READINGS/A.B").status_code == 400
    assert reader.get(f"{ROOT}/data/READINGS?startPeriod=soon").status_code == 400
    assert reader.get(f"{ROOT}/data/NOTHING").status_code == 404


def test_structures_are_whole_and_every_code_is_listed(reader: Client) -> None:
    dsd = structure(reader, "READINGS")
    lists = {
        d.id: set(d.local_representation.enumerated.items) for d in dsd.dimensions.components if d.id != "TIME_PERIOD"
    }
    for key in read(reader, "data/READINGS", GENERIC):
        for name, code in zip(lists, key, strict=False):
            assert code in lists[name], (name, code)
    named = dsd.attributes.get("QUALIFIER").local_representation.enumerated["GE"].name.localizations
    assert named["en"] == "at least" != named["zh"]
    for address in ("dataflow", "codelist/HANFENG/CL_LAYER", "conceptscheme/all/all/latest", "dataflow?references=all"):
        answer = reader.get(f"{ROOT}/{address}")
        message = sdmx.read_sdmx(io.BytesIO(answer.content))
        assert message.dataflow or message.codelist or message.concept_scheme
    told = reader.get(f"{ROOT}/datastructure?references=all", headers={"accept": "application/json"}).json()["data"]
    assert {d["id"] for d in told["dataStructures"]} == {"READINGS", "TARGETS"}
    assert "CL_LAYER" in {c["id"] for c in told["codelists"]}


@pytest.mark.parametrize(
    ("accept", "given"),
    [
        ("*/*", GENERIC), ("application/json", JSON), (f"application/xml;q=0.5,{JSON}", JSON), ("application/*", GENERIC),
        ("application/vnd.sdmx.data+json;version=2.0", JSON), ("text/html", None),
        ("application/vnd.sdmx.data+json;version=1.0.0", None),
    ],
)  # fmt: skip
def test_the_form_is_what_is_accepted(reader: Client, accept: str, given: str | None) -> None:
    answer = reader.get(f"{ROOT}/data/TARGETS", headers={"accept": accept})
    assert answer.status_code == (200 if given else 406)
    if given:
        assert answer["Content-Type"] == given


def test_what_goes_out_is_logged_and_a_stranger_gets_nothing(reader: Client) -> None:
    reader.get(f"{ROOT}/data/READINGS")
    logged = Line.objects.get(what=Line.What.EXPORT)
    assert (logged.kind, logged.form, logged.rows) == ("indicator.reading", "sdmx", Reading.objects.count())
    for address in ("data/READINGS", "datastructure"):
        assert Client().get(f"{ROOT}/{address}").status_code == 401


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024", "2024-01-01", "2024-12-31"), ("2024-S2", "2024-07-01", "2024-12-31"), ("2024-Q1", "2024-01-01", "2024-03-31"),
        ("2024-02", "2024-02-01", "2024-02-29"), ("2024-02-03", "2024-02-03", "2024-02-03"),
        ("2021-01-01/P5Y", "2021-01-01", "2025-12-31"), ("2021-01-01/P10D", "2021-01-01", "2021-01-10"),
    ],
)  # fmt: skip
def test_periods(text: str, first: str, last: str) -> None:
    assert days_of(text) == (date.fromisoformat(first), date.fromisoformat(last))
    assert within(text, "2021", "2024")
    assert not within(text, None, "2019")


@pytest.mark.parametrize(
    "text", ["", "0000", "2024-13", "2024-S3", "9999", "x", "2024-01-01/P99999999999Y", "2024-1-1"]
)
def test_what_is_no_period_is_refused_in_words(text: str) -> None:
    with pytest.raises(Fault, match="period"):
        days_of(text)
