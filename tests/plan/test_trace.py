"""Each commitment leads from its clause to packs, indicators and the last figure, with nothing stored and few queries."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.utils import translation

from hanfeng.kernel.indicator.models import Layer, Reading, Source
from hanfeng.kernel.pack import catalogue
from hanfeng.kernel.record.write import save
from hanfeng.plan import loading
from hanfeng.plan.check import findings
from hanfeng.plan.models import Clause, Plan, Target, Task
from hanfeng.plan.plans import default_plan
from hanfeng.plan.trace import LIGHTS, clause_view, counts, serving, trace, unserved

ROOT = Path(__file__).resolve().parents[2]
YUNXI = ROOT / "tests" / "counties" / "yunxi"

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(settings):
    settings.COUNTY = YUNXI
    with translation.override("en"):
        loading.load()
        yield Plan.objects.get(slug="renewal-2023-2027")


def row(rows, name):
    return next(row for row in rows if row["id"] == name)


def test_one_row_for_each_commitment_of_the_plan(plan):
    rows = trace()
    assert {row["id"] for row in rows} == set(Task.objects.values_list("commitment", flat=True))
    assert trace(plan) == trace(plan.slug) == rows
    pool = row(rows, "hte-pool")
    assert (pool["kind"], pool["group"]) == ("S", "enterprise-cultivation")
    assert (pool["clause"], pool["clauses"]) == ("2.1", ["2.1", "box1#4"])
    assert pool["en"]
    assert pool["zh"] != pool["en"]


def test_packs_are_those_that_say_so(plan):
    for found in trace():
        assert found["packs"] == [pack.name for pack in catalogue() if found["id"] in pack.serves]
        assert found["served"] == bool(found["packs"])
    assert row(trace(), "hte-pool")["packs"] == ["cultivation"]
    assert not row(trace(), "seed-fund")["served"]


def test_indicators_count_what_the_clauses_want(plan):
    """The target of row 4 is of high-tech firms added; the firms of row 1 are none of its business."""
    pool = row(trace(), "hte-pool")
    wanted = {i.name for pack in catalogue() for i in pack.indicators if i.measure == "high-tech-firms-new"}
    assert wanted
    assert set(pool["indicators"]) == wanted
    assert pool["measures"] == ["high-tech-firms-new"]
    assert row(trace(), "pipe-renewal")["measures"] == ["pipe-water-loss"]
    assert row(trace(), "pipe-renewal")["indicators"] == []


def test_the_latest_figure(plan):
    latest = row(trace(), "pipe-renewal")["latest"]
    assert latest == {"measure": "pipe-water-loss", "text": "17.8%", "as_of": date(2024, 12, 31), "layer": "confirmed"}
    assert row(trace(), "hte-pool")["latest"]["text"] == "≥ 3 firms"


def new_reading(**values):
    source = Source.objects.get(slug=values.pop("source", "valley-news"))
    given = {"measure": "pipe-water-loss", "layer": Layer.CONFIRMED, "kind": "level", "place": "yunxi", "unit": "%"}
    day = values.pop("as_of")
    save(Reading(slug=f"x-{day}", period=str(day.year), as_of=day, source=source, **{**given, **values}), None)


@pytest.mark.parametrize(
    "values",
    [
        {"source": "forum"},
        {"layer": Layer.CONTEXT},
        {"place": "nanling"},
        {"place": "yunxi-zone"},
        {"kind": "other_definition"},
        {"kind": "component"},
    ],
)
def test_what_is_no_figure_of_it(plan, values):
    """A lead, another place, another definition: newer, and still not the last figure."""
    new_reading(low=1.0, high=1.0, as_of=date(2025, 12, 31), **values)
    assert row(trace(), "pipe-renewal")["latest"]["text"] == "17.8%"


def test_a_newer_figure_and_a_withdrawn_one(plan):
    new_reading(low=16.0, high=16.0, as_of=date(2025, 12, 31))
    assert row(trace(), "pipe-renewal")["latest"]["text"] == "16.0%"
    save(Reading.objects.get(slug="x-2025-12-31"), None, {"void": True})
    assert row(trace(), "pipe-renewal")["latest"]["text"] == "17.8%"


def test_of_one_day_the_confirmed_value(plan):
    new_reading(low=15.5, high=15.5, as_of=date(2024, 12, 31), layer=Layer.LEDGER)
    assert row(trace(), "pipe-renewal")["latest"]["layer"] == Layer.CONFIRMED


def test_states_and_counts(plan):
    rows = trace()
    assert {row["state"] for row in rows} == {"figures", "served", "unserved"} == set(LIGHTS)
    assert row(rows, "plan-monitor-eval")["state"] == "served"
    found = counts(rows)
    assert (found.total, found.served) == (15, 15 - len(unserved()))
    assert sum(total for total, _served in found.by_kind.values()) == 15
    assert sum(served for _total, served in found.by_kind.values()) == found.served


def test_queries_do_not_grow_with_the_plan(plan, django_assert_num_queries):
    with django_assert_num_queries(3):
        trace(plan)


def test_no_plan_no_rows():
    assert trace() == []


def test_the_default_plan(plan, settings, tmp_path):
    assert default_plan() == plan
    (tmp_path / "county.toml").write_text('default_plan = "gone"')
    settings.COUNTY = tmp_path
    assert default_plan() == plan
    save(plan, None, {"outline": True})
    assert default_plan() is None


# --- one clause -------------------------------------------------------------------------------------------------------


def test_the_page_of_a_clause(plan):
    view = clause_view(plan, "box1#4", date(2024, 6, 1))
    assert [clause.code for clause in view["parents"]] == ["1", "1.1", "box1"]
    assert view["children"] == []
    assert [target.slug for target in view["targets"]] == ["high-tech-firms-five-years"]
    assert [found.slug for found in view["contradictions"]] == ["two-sums"]
    assert (view["before"].code, view["after"].code) == ("box1#3", "2")
    (pool,) = view["commitments"]
    assert pool["id"] == pool["task"].commitment == "hte-pool"
    assert [pack.name for pack in pool["packs"]] == ["cultivation"]
    assert pool["light"] == "green"
    assert [owner.body.slug for owner in pool["owners"]] == ["industry-science-bureau"]


def test_parts_tell_what_lies_in_them(plan):
    view = clause_view(plan, "1.1")
    (box,) = view["children"]
    assert box["clause"].code == "box1"
    assert (box["commitments"], box["served"]) == (4, 3)  # ent-rd-intensity too, which the statistics serve
    assert clause_view(plan, "1")["before"] is None
    assert clause_view(plan, "3")["after"] is None


def test_a_clause_in_few_queries(plan, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        clause_view(plan, "2.1")


def test_no_such_clause(plan):
    with pytest.raises(Clause.DoesNotExist):
        clause_view(plan, "9.9")


# --- hanfeng check ----------------------------------------------------------------------------------------------------


def test_a_sound_site_has_only_what_is_not_served_yet(plan):
    (found,) = findings()
    assert (found.level, found.where) == ("info", plan.slug)
    assert str(len(unserved())) in found.message


def test_what_officers_broke_is_found(plan):
    save(Target.objects.get(slug="water-loss"), None, {"measure": "pipe-water-los", "place": "yunx", "clauses": ["7"]})
    found = {finding.message: finding for finding in findings() if finding.level == "error"}
    assert set(found) == {
        "There is no measure “pipe-water-los”.",
        "There is no place “yunx”.",
        "There is no clause “7”.",
    }
    assert "pipe-water-loss" in found["There is no measure “pipe-water-los”."].mend


def test_a_broken_file_is_found(plan, settings, tmp_path):
    (tmp_path / "county.toml").write_text("name = ")
    settings.COUNTY = tmp_path
    assert any(finding.where.startswith("county.toml:1") for finding in findings())


def test_every_pack_serves_what_there_is():
    from hanfeng.plan.vocabulary import commitments

    assert set(serving()) <= set(commitments())
