"""The evaluation of the real county: published values judge, leads and ledger stand beside, and what is open says whom to ask."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from plan_cases import publish

from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.pure import Bound
from hanfeng.kernel.record.write import save, save_many
from hanfeng.kernel.rule.models import Setting
from hanfeng.plan import summary
from hanfeng.plan.assess import OPEN
from hanfeng.plan.evaluate import NoPlan, evaluate
from hanfeng.plan.judging import Verdict
from hanfeng.plan.models import Cause, Duty, Plan, Target
from hanfeng.plan.parameters import PARAMETERS, BadThreshold, rules

pytestmark = pytest.mark.django_db
END = date(2025, 12, 31)
DECIDED = {verdict for verdict in Verdict if verdict not in OPEN}


@pytest.fixture(scope="module")
def evaluation(county):
    return evaluate(END, language="en")


def judged(slug, day=END):
    return evaluate(day, language="en").target(slug)


# --- the real county --------------------------------------------------------------------------------------------------


def test_high_tech_firms_cannot_be_judged_from_a_part(evaluation):
    row = evaluation.target("high-tech-firms")
    judgement = row.judgement
    assert row.verdict is Verdict.UNKNOWN
    assert judgement.value == Bound.at_least(67)
    assert (judgement.data_at, judgement.point.place, judgement.point.trust) == (
        date(2022, 8, 31),
        "kaizhou-zone",
        "press",
    )
    assert {Verdict.MISSED, Verdict.MET} <= set(judgement.possible)
    assert judgement.attainment == Bound.at_least(0.67)
    assert judgement.progress.low == pytest.approx(16 / 49)
    assert judgement.elapsed == pytest.approx(20 / 60)  # of the date of the data, not of the day of judging
    assert judgement.elapsed_today == 1


def test_it_says_why_and_whom_to_ask(evaluation):
    row = evaluation.target("high-tech-firms")
    assert (
        row.why[0]
        == "The newest value, dated 31 August 2022, covers only Kaizhou high-tech zone and is a lower bound for the whole."
    )
    assert "There is no value for the whole at the end of the term, 31 December 2025." in row.why
    assert "No release date of the value is known." in row.why
    assert row.ask.startswith("Ask the science and technology bureau, the tax service")
    assert "31 December 2025" in row.ask
    assert row.ask.endswith("No data-providing body has been assigned to this target.")


def test_its_lead_stands_in_the_annex_only(evaluation):
    row = evaluation.target("high-tech-firms")
    (lead,) = [value for value in row.leads if value.measure == "high-tech-firms"]
    assert (lead.bound, lead.at, lead.use) == (Bound.exact(93), date(2025, 9, 28), "lead")
    assert lead in evaluation.leads
    assert lead.id not in {value.id for value in row.values}
    told = [said.text for said in row.reasons] + [*row.why, row.ask, row.target.goal]
    assert not any("93" in text for text in told)
    assert "2 leads are listed in the annex and do not judge." in told


def test_every_lead_is_in_the_annex_and_none_judges(evaluation):
    leads = {value.id for value in evaluation.leads}
    assert len(leads) >= 10
    for row in evaluation.targets:
        assert {value.id for value in row.leads} <= leads
        assert leads.isdisjoint(value.id for value in row.values)
        assert row.judgement.point is None or row.judgement.point.id not in leads


def test_no_target_is_met_or_missed_without_a_value_of_the_whole(evaluation):
    """Nobody has published a value of the whole district for the end, so nothing is decided."""
    assert {row.verdict for row in evaluation.targets} <= set(OPEN)
    assert all(row.why and row.ask for row in evaluation.targets)


def test_a_known_release_is_awaited_until_its_day(evaluation):
    row = evaluation.target("rd-intensity")
    assert (row.verdict, row.release_on) == (Verdict.NOT_OUT, date(2026, 10, 31))
    assert "The value is due for release on 31 October 2026." in row.why
    later = judged("rd-intensity", date(2026, 11, 1))
    assert later.verdict is Verdict.UNKNOWN
    assert "The release date 31 October 2026 has passed." in later.why


def test_kinds_are_counted_apart_and_never_added_up(evaluation):
    assert len(evaluation.main) == 8
    expected = Counter(row.verdict for row in evaluation.targets if row.target.nature == "expected")
    assert {verdict: count for verdict, count in evaluation.expected.items() if count} == expected
    assert sum(evaluation.binding.values()) == 0


def test_components_and_other_places_stand_beside(evaluation):
    row = evaluation.target("rd-and-service-institutions")
    assert row.judgement.value == Bound.at_least(92)
    assert row.judged_by.kind == "derived"
    beside = {value.id: value.use for value in row.values}
    assert beside["professional-rd-institutions-2022-08-zone"] == "beside"
    literacy = evaluation.target("science-literacy")
    assert literacy.judgement.point is None
    assert {value.place for value in literacy.values} == {"chongqing", "china"}


def test_contradictions_are_computed_and_bite_on_their_targets(evaluation):
    sums = {found.slug: found.sums for found in evaluation.contradictions}
    assert sums["sci-tech-arithmetic"][0].text.endswith(
        "204 + 5 × 50 = 454 firms; target: 500 firms; short by 46 firms."
    )
    assert all(
        computed.as_stated for found in (*evaluation.contradictions, *evaluation.checks) for computed in found.sums
    )
    assert "sci-tech-arithmetic" in evaluation.target("sci-tech-firms").contradictions
    assert not any(found.is_check for found in evaluation.contradictions)
    assert {found.slug for found in evaluation.checks} == {"institutions-add-up", "mean-credit-loan"}


def test_tasks_and_the_period_before(evaluation):
    tasks = evaluation.tasks
    assert tasks.total == tasks.assigned + tasks.unassigned == tasks.served + tasks.unserved == 228
    assert tasks.assigned == 4
    assert [row.no for row in evaluation.previous if not row.met] == [7]


# --- its form ---------------------------------------------------------------------------------------------------------


def test_it_takes_few_queries(county):
    with CaptureQueriesContext(connection) as queries:
        evaluate(END)
    assert len(queries) <= 20


def test_more_targets_and_readings_cost_no_query(county):
    with CaptureQueriesContext(connection) as before:
        evaluate(END)
    for target in list(Target.objects.filter(no__isnull=False)):
        target.pk, target.slug, target._state.adding = None, f"{target.slug}-again", True
        assert not save_many([target], None, title="again").errors
        publish(target.measure, 1.0, END, trust="press")
    with CaptureQueriesContext(connection) as after:
        assert len(evaluate(END).targets) == 41
    assert len(after) == len(before)


def test_the_same_day_gives_the_same_bytes(county):
    texts = {
        json.dumps(evaluate(END, language="zh-hans").to_dict(), ensure_ascii=False, sort_keys=True) for _ in range(2)
    }
    assert len(texts) == 1
    plain = json.loads(texts.pop())
    row = next(row for row in plain["targets"] if row["target"]["slug"] == "high-tech-firms")
    assert (row["verdict_title"], row["judgement"]["verdict"], row["judgement"]["data_at"]) == (
        "无法判断",
        "unknown",
        "2022-08-31",
    )
    assert plain["leads"]
    assert f"无法判断{plain['expected']['unknown']}项" in plain["headline"]


def test_it_speaks_the_language_asked_for(county):
    assert evaluate(END, language="zh-hans").target("high-tech-firms").name == "高新技术企业"
    assert evaluate(END, language="en").target("high-tech-firms").name == "High-tech enterprises"


def test_a_plan_that_is_not_there_is_refused(county):
    with pytest.raises(NoPlan, match="no-such-plan"):
        evaluate(END, "no-such-plan")
    assert evaluate(END).plan.slug == "innovation-2021-2025"


# --- what may judge -----------------------------------------------------------------------------------------------------


def test_a_value_of_the_whole_decides(county):
    publish("high-tech-firms", 104, END)
    row = judged("high-tech-firms")
    assert row.verdict is Verdict.EXCEEDED
    assert (row.judgement.value, row.judgement.point.whole) == (Bound.exact(104), True)
    assert (row.why, row.ask) == ((), "")
    assert row.judgement.progress.value == pytest.approx(53 / 49)


def test_a_lead_an_invented_value_and_a_ledger_reading_decide_nothing(county):
    publish("high-tech-firms", 150, END, trust="lead")
    publish("high-tech-firms", 160, END, trust="press", demo=True)
    row = judged("high-tech-firms")
    assert row.verdict is Verdict.UNKNOWN
    assert row.judgement.value == Bound.at_least(67)
    assert [value.demo for value in row.values if value.bound == Bound.exact(160)] == [True]
    assert not any(value.demo and value.use == "judges" for value in row.values)


def test_increments_do_not_add_up_to_a_stock(county):
    for year in range(2021, 2026):
        publish("high-tech-firms-new", 30, date(year, 12, 31), kind="increment")
    row = judged("high-tech-firms")
    assert row.verdict is Verdict.UNKNOWN
    assert row.judgement.value == Bound.at_least(67)
    assert any(said.code == "increment-not-stock" for said in row.reasons)
    assert judged("high-tech-firms-new").verdict in (Verdict.MET, Verdict.EXCEEDED)


@pytest.mark.parametrize("kind", ["component", "other_definition", "context", "plan_baseline"])
def test_other_kinds_never_judge(county, kind):
    publish("invention-patents-per-10000", 9.0, END, kind=kind)
    assert judged("invention-patents-per-10000").judgement.point is None


def test_a_value_of_another_place_never_judges(county):
    publish("invention-patents-per-10000", 9.0, END, place="chongqing")
    assert judged("invention-patents-per-10000").judgement.point is None


def test_a_share_of_a_part_says_nothing_about_the_whole(county):
    publish("invention-patents-per-10000", 9.0, END, place="kaizhou-zone", kind="subset")
    row = judged("invention-patents-per-10000")
    assert row.judgement.point is None
    assert any(said.code == "part-says-nothing" for said in row.reasons)


def test_firms_valid_today_are_a_lower_bound_of_those_ever_recognised(county):
    publish("high-tech-firms", 90, END, series="valid")
    row = judged("high-tech-firms")
    assert row.judgement.value == Bound.at_least(90)
    assert row.verdict is Verdict.UNKNOWN
    assert row.judged_by.bound == Bound.exact(90)  # told as published


def test_what_was_not_yet_published_is_not_yet_known(county):
    assert judged("high-tech-firms", date(2022, 8, 31)).judgement.point is None
    assert judged("high-tech-firms", date(2022, 9, 1)).judgement.value == Bound.at_least(67)


def test_while_the_plan_runs_the_data_date_decides_the_pace(county):
    publish("rd-intensity", 1.9, date(2023, 12, 31))
    row = judged("rd-intensity", date(2025, 6, 30))
    assert row.verdict is Verdict.AHEAD
    assert (row.judgement.elapsed, row.judgement.expected) == (pytest.approx(0.6), pytest.approx(1.8))
    assert row.judgement.needed == pytest.approx(0.05)
    assert row.planned[0] == (date(2020, 12, 31), 1.5)
    assert row.planned[-1] == (END, 2.0)
    assert {each.parameter for each in row.judgement.sensitivity} >= {"on", "ahead"}


# --- who owes it ------------------------------------------------------------------------------------------------------


def test_the_data_providing_body_is_asked_and_a_reform_passes_it_on(county):
    plan, target = Plan.objects.get(slug="innovation-2021-2025"), Target.objects.get(slug="high-tech-firms")
    new = Body(slug="new-bureau", name="新局", name_en="New Bureau", kind="department")
    assert not save_many([new], None, title="bodies").errors
    old = Body(
        slug="old-bureau", name="旧局", name_en="Old Bureau", kind="department", ends=date(2024, 1, 1), successor=new
    )
    assert not save_many([old], None, title="bodies").errors
    save_many([Duty(plan=plan, target=target, role=role, body=old) for role in ("lead", "data")], None, title="duties")
    row = judged("high-tech-firms")
    assert [(owed.role, owed.name) for owed in row.bodies] == [("lead", "New Bureau"), ("data", "New Bureau")]
    assert row.ask == "Ask New Bureau for the value of the whole for 31 December 2025."
    assert judged("high-tech-firms", date(2023, 6, 30)).bodies[0].name == "Old Bureau"


def test_a_cause_says_who_gave_it_and_a_later_one_is_not_known_yet(county):
    plan, target = Plan.objects.get(slug="innovation-2021-2025"), Target.objects.get(slug="high-tech-firms")
    body = Body.objects.first()
    given = [Cause(plan=plan, target=target, body=body, day=date(year, 3, 1), text=str(year)) for year in (2024, 2026)]
    assert not save_many(given, None, title="causes").errors
    (cause,) = judged("high-tech-firms").causes
    assert (cause.text, cause.body, cause.day) == ("2024", body.slug, date(2024, 3, 1))


def test_a_target_that_contradicts_itself_says_so_and_breaks_nothing(county):
    target = Target.objects.get(slug="rd-intensity")
    save(target, None, {"ends": date(2019, 12, 31)})
    row = judged("rd-intensity")
    assert row.verdict in OPEN
    assert row.why[0].startswith(
        "The target cannot be judged as it is entered (rd-intensity: the term ends on 2019-12-31"
    )


# --- the thresholds ---------------------------------------------------------------------------------------------------


def threshold(name, value, **more):
    row = Setting(name=name, value=value, title="阈值", title_en="Threshold", **more)
    assert not save_many([row], None, title="parameters").errors


def test_the_declared_thresholds_hold_until_a_record_says_otherwise(county):
    assert (rules(END).method.ahead, rules(END).method.tolerance) == (1.1, None)
    threshold("evaluation.on", 0.8, confidence="confirmed", source="Notice 1", starts=date(2025, 1, 1))
    assert rules(date(2024, 12, 31)).method.on == 0.9
    found = rules(END)
    assert found.method.on == 0.8
    assert "on" not in found.method.ours
    assert "ahead" in found.method.ours
    line = next(each for each in evaluate(END, language="en").thresholds if each.name == "evaluation.on")
    assert (line.value, line.ours, line.basis) == ("0.8", False, "Notice 1")


def test_a_threshold_changes_the_verdict(county):
    publish("rd-intensity", 1.75, date(2023, 12, 31))
    assert judged("rd-intensity", date(2025, 6, 30)).verdict is Verdict.BEHIND  # 0.25 of 0.30 is a pace of 0.83
    threshold("evaluation.on", 0.8)
    assert judged("rd-intensity", date(2025, 6, 30)).verdict is Verdict.ON


@pytest.mark.parametrize(
    ("name", "value"), [("ahead", "fast"), ("max-age", 1.5), ("press-judges", 1), ("on", -1), ("ahead", True)]
)
def test_a_threshold_that_cannot_be_used_is_refused_in_words(county, name, value):
    threshold(f"evaluation.{name}", value)
    with pytest.raises(BadThreshold, match=f"evaluation.{name}"):
        rules(END)


def test_thresholds_that_contradict_one_another_are_refused(county):
    threshold("evaluation.on", 2)
    with pytest.raises(BadThreshold, match="cannot be used together"):
        evaluate(END)


def test_every_threshold_is_ours_and_titled_in_both_languages(evaluation):
    assert all(parameter.confidence == "ours" and zh and en and zh != en for parameter, zh, en in PARAMETERS)
    assert {line.name for line in evaluation.thresholds} == {parameter.name for parameter, _zh, _en in PARAMETERS}


# --- for a leader -----------------------------------------------------------------------------------------------------


def test_the_headline_is_one_computed_sentence(evaluation):
    assert evaluation.headline == (
        "As of 31 December 2025, Innovation Plan 2021-2025: of 33 expected targets "
        "not published yet 7, cannot be judged yet 12, cannot be judged 14; 28 of them have no published value to judge by."
    )


def test_the_headline_names_what_is_furthest_behind_and_counts_binding_targets_apart(county):
    publish("rd-intensity", 1.6, date(2024, 12, 31))
    publish("science-literacy", 8.0, date(2024, 12, 31))
    save(Target.objects.get(slug="rd-intensity"), None, {"nature": "binding"})
    told = evaluate(date(2025, 6, 30), language="en").headline
    assert "of 1 binding target behind plan 1; of 32 expected targets behind plan 1," in told
    assert "; furthest behind is R&D intensity; " in told


def test_the_worst_are_ordered_by_the_stated_rule(county):
    day = date(2025, 6, 30)
    publish("rd-intensity", 1.7, date(2024, 12, 31))
    publish("science-literacy", 8.0, date(2024, 12, 31))
    slugs = [found.row.slug for found in summary.worst(evaluate(day), 5)]
    assert slugs[:2] == ["science-literacy", "rd-intensity"]  # the slower pace first
    assert slugs[2] == "digital-economy-share"  # then those without any value, in the order of the plan
    save(Target.objects.get(slug="rd-intensity"), None, {"nature": "binding"})
    first = summary.worst(evaluate(day, language="en"))[0]
    assert first.row.slug == "rd-intensity"
    assert first.text == "0.30 percentage points short of the target"
    assert first.owed_by == ()


def test_what_is_due_follows_the_release_of_past_years(evaluation):
    due = {(each.slug, each.value_at): each for each in summary.due(evaluation)}
    coming = due["sci-tech-firms", END]
    assert (coming.on, coming.late, coming.confirmed) == (date(2026, 1, 31), False, False)
    assert due["rd-intensity", date(2024, 12, 31)].late
    assert ("rd-intensity", END) not in due  # ten months away
    assert [each.on for each in summary.due(evaluation)] == sorted(each.on for each in due.values())


def test_ranks_are_published_ones(evaluation):
    (rank,) = evaluation.ranks
    assert rank.lead
    assert rank.value in evaluation.leads
    assert summary.rank_and_trend(evaluation) == ("Rank in technology competitiveness: place 3 (2021), to be verified",)


def test_the_ledger_never_moves_a_verdict(evaluation):
    """Whatever the registers count: the verdicts of the same evaluation without any ledger are the same."""
    bare = replace(evaluation, targets=tuple(replace(row, ledger=()) for row in evaluation.targets))
    assert [row.verdict for row in bare.targets] == [row.verdict for row in evaluation.targets]
    ledger = evaluation.target("high-tech-firms").ledger
    assert {figure.series: figure.means_target for figure in ledger} == {"ever": True, "valid": False}
    assert [figure.at for figure in ledger] == [END, END]
