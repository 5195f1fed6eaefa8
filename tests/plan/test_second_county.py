"""A second, invented county with a plan of other shapes runs on the same code, and no name of the first stands in that code."""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.utils import translation

from hanfeng.commons.places.models import Place
from hanfeng.kernel.indicator.models import Reading
from hanfeng.kernel.pack import catalogue
from hanfeng.plan import loading
from hanfeng.plan.evaluate import evaluate
from hanfeng.plan.models import Plan, Target, Task
from hanfeng.plan.trace import trace
from hanfeng.plan.vocabulary import commitments

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "hanfeng"
YUNXI = ROOT / "tests" / "counties" / "yunxi"
FIRST = ROOT / "county" / "kaizhou"


@pytest.fixture
def second(settings):
    settings.COUNTY = YUNXI
    with translation.override("en"):
        yield loading.load()


@pytest.mark.django_db
def test_it_loads_and_traces_with_the_same_packs(second):
    rows = {row["id"]: row for row in trace()}
    assert set(rows) == set(Task.objects.values_list("commitment", flat=True))
    assert rows["pipe-renewal"]["latest"]["text"] == "17.8%"
    served = {name for name, row in rows.items() if row["served"]}
    assert served == {name for pack in catalogue() for name in pack.serves if name in rows}
    assert len(served) >= 4


@pytest.mark.django_db
def test_it_is_evaluated(second):
    """Targets that fall, hold, stay in a range, add up, cover and grow: each is judged as its shape asks."""
    assert set(Target.objects.values_list("shape", flat=True)) == {
        "level",
        "hold",
        "range",
        "sum",
        "coverage",
        "growth",
    }
    found = {row.slug: row.judgement for row in evaluate(date(2025, 7, 1), language="en").targets}
    assert set(found) == set(Target.objects.values_list("slug", flat=True))
    assert found["water-loss"].verdict.value == "ahead"  # 17.8 a year before the path asks for 18
    assert found["sci-tech-firms-new"].verdict.value == "behind"  # five in a year that asks for six
    assert found["school-wireless"].verdict.value == "unjudged"  # nothing but a lead is known


@pytest.mark.django_db
def test_two_counties_in_one_house(second):
    """Plans of both are traced side by side, each by its own words; the records of one say nothing of the other."""
    before = trace("renewal-2023-2027")
    loading.load(FIRST)
    assert trace("renewal-2023-2027") == before
    whole = Plan.objects.exclude(slug="renewal-2023-2027").get(outline=False)
    assert {row["id"] for row in trace(whole)} <= set(commitments(FIRST))
    assert Place.objects.filter(kind=Place.Kind.DISTRICT).count() == 2
    assert set(Reading.objects.values_list("place", flat=True)) <= set(Place.objects.values_list("slug", flat=True))


# --- no name of the first county in the code --------------------------------------------------------------------------

ALLOWED = {
    ("kernel/exchange/words.toml", "重庆"): "one of the four municipalities, which a name in a sheet may begin with",
    ("site/settings.py", "kaizhou"): "the county that a checkout runs when none is named",
    ("kernel/base/clocks.py", "Chongqing"): "the source of a parameter says where it was seen",
}
"""File and name: why it may stand there."""

PROPER = {
    "wky-corridor": "the corridor is named after the three places it joins",
    "hanfeng-platform": "the lake is what the platform is about",
}
"""Commitments of the vocabulary's first edition that are proper nouns: another county uses others."""


def names() -> Iterator[str]:
    """What the first county is called, in all its files: itself, its city, towns, places, bodies and plans."""
    card = tomllib.loads((FIRST / "county.toml").read_text(encoding="utf-8"))
    yield from (card[key] for key in ("code", "name", "name_en", "short_zh", "short_en", "full_zh", "city", "city_en"))
    yield from (FIRST.name, card["city"][:-1], "浦里", "Pulin", "汉丰湖", "汉丰街道", "Hanfeng Lake")
    for file, columns in (("towns.csv", ("name", "name_en", "code")), ("bodies.csv", ("name",))):
        with (FIRST / file).open(encoding="utf-8", newline="") as lines:
            yield from (row[column] for row in csv.DictReader(lines) for column in columns)
    yield from (path.name for path in (FIRST / "plans").iterdir())


def code() -> Iterator[Path]:
    kinds = {".py", ".html", ".txt", ".toml", ".csv", ".css", ".js", ".json", ".svg", ".po"}
    yield from (path for path in sorted(SOURCE.rglob("*")) if path.suffix in kinds and "vendor" not in path.parts)


def text_of(path: Path) -> str:
    """A file, the vocabulary without its proper nouns."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if path == SOURCE / "plan" / "vocabulary" / "commitments.csv":
        lines = [line for line in lines if line.partition(",")[0] not in PROPER]
    return "\n".join(lines)


def found() -> set[tuple[str, str]]:
    pattern = re.compile("|".join(sorted(map(re.escape, set(names())), key=len, reverse=True)), re.IGNORECASE)
    hits = ((path, hit) for path in code() for hit in pattern.findall(text_of(path)))
    return {(str(path.relative_to(SOURCE)), hit) for path, hit in hits}


def test_no_name_of_the_first_county_stands_in_the_code():
    assert sum(1 for _path in code()) > 50
    assert found() - set(ALLOWED) == set()


def test_every_exception_is_still_needed():
    assert set(ALLOWED) <= found()
    assert set(PROPER) <= set(commitments(FIRST))
