"""A target is adjusted by the authority that made the plan; until then nothing changes, and what was before stays so judged."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import override
from plan_cases import publish
from year_cases import office

from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.flow.flow import begin, go
from hanfeng.kernel.record.files import attach
from hanfeng.kernel.record.write import save
from hanfeng.plan.evaluate import evaluate
from hanfeng.plan.judging import Verdict
from hanfeng.plan.models import Plan, Revision, Target
from hanfeng.plan.year.flow import adjustment
from hanfeng.plan.year.models import Adjustment

pytestmark = pytest.mark.django_db
FROM = date(2024, 3, 1)
WHOLE = {
    "experts": "Five experts, all in favour.",
    "opinions": "Nine bodies heard, two proposals taken.",
    "meeting": "The 30th standing meeting",
    "decided_on": date(2024, 2, 20),
    "number": "No. 12 of 2024",
    "issued_on": date(2024, 2, 26),
}


@pytest.fixture(autouse=True)
def english():
    with override("en"):
        yield


@pytest.fixture
def target(county):
    return Target.objects.get(plan__slug="innovation-2021-2025", slug="high-tech-firms")


@pytest.fixture
def people():
    return office()


def proposed(target, keeper, **values):
    given = {"plan": target.plan, "target": target, "goal": 80, "effective": FROM, "basis": "The mid-term evaluation."}
    return begin(adjustment, Adjustment(**{**given, **values}), keeper)


def decided(target, keeper, leader, **values):
    """An adjustment walked to its decision, not yet issued."""
    authority = Body.objects.get(slug="district-government")
    case = proposed(target, keeper, **values)
    save(case, keeper, {**WHOLE, "decided_by": authority})
    for move, by in (("argue", keeper), ("consult", keeper), ("deliberate", leader)):
        case = go(adjustment, case, move, by)
    return case


def judged(slug, day):
    return evaluate(day, language="en").target(slug)


def test_each_step_wants_its_paper(target, people):
    keeper, leader = people
    case = proposed(target, keeper)
    with pytest.raises(ValidationError, match="argument of the experts"):
        go(adjustment, case, "argue", keeper)
    save(case, keeper, {"experts": "In favour."})
    case = go(adjustment, case, "argue", keeper)
    with pytest.raises(ValidationError, match="opinions heard"):
        go(adjustment, case, "consult", keeper)
    save(case, keeper, {"opinions": "Heard."})
    case = go(adjustment, case, "consult", keeper)
    with pytest.raises(PermissionDenied):
        go(adjustment, case, "deliberate", keeper)
    with pytest.raises(ValidationError, match="decided by"):
        go(adjustment, case, "deliberate", leader)
    assert not Revision.objects.exists()


def test_without_number_and_file_it_does_not_come_into_force(target, people):
    keeper, leader = people
    case = decided(target, keeper, leader)
    save(case, keeper, {"number": ""})
    with pytest.raises(ValidationError, match="document number"):
        go(adjustment, case, "issue", leader)
    save(case, keeper, {"number": "No. 12 of 2024"})
    with pytest.raises(ValidationError, match="file of the decision"):
        go(adjustment, case, "issue", leader)
    attach(case, keeper, "decision.pdf", BytesIO(b"%PDF-1.4 decision"))
    case = go(adjustment, Adjustment.objects.get(pk=case.pk), "issue", leader)
    (revision,) = Revision.objects.all()
    assert (revision.target, revision.starts, revision.goal, revision.basis) == (
        target, FROM, 80, "No. 12 of 2024 · The 30th standing meeting",
    )  # fmt: skip
    assert Target.objects.get(pk=target.pk).goal == 100  # what the plan printed stays
    with pytest.raises(ValidationError, match="stays as it was decided"):
        save(case, keeper, {"goal": 60})
    save(case, keeper, {"recorded_with": Body.objects.get(slug="district-committee"), "recorded_on": date(2024, 3, 5)})
    assert go(adjustment, case, "record", keeper).state == "recorded"


def test_it_cannot_hold_from_before_its_decision(target, people):
    keeper, leader = people
    case = decided(target, keeper, leader, effective=date(2024, 2, 1))
    attach(case, keeper, "decision.pdf", BytesIO(b"%PDF-1.4 decision"))
    with pytest.raises(ValidationError, match="before it was decided"):
        go(adjustment, Adjustment.objects.get(pk=case.pk), "issue", leader)


def test_nobody_approves_his_own(target, people):
    from django.contrib.auth.models import Group

    keeper, _leader = people
    keeper.groups.add(Group.objects.get(name="plan.leader"))
    both = User.objects.get(pk=keeper.pk)
    case = proposed(target, both)
    save(case, both, {**WHOLE, "decided_by": Body.objects.get(slug="district-government")})
    for move in ("argue", "consult"):
        case = go(adjustment, case, move, both)
    for move in ("deliberate", "refuse"):
        with pytest.raises(ValidationError, match="himself"):
            go(adjustment, case, move, both, "why")


def test_one_target_has_one_adjustment_under_way(target, people):
    proposed(target, people[0])
    with pytest.raises(ValidationError, match="under way"):
        proposed(target, people[0])


def test_the_page_tells_what_would_change_and_what_it_waits_for(target, people, client):
    keeper, leader = people
    case = proposed(target, keeper, goal=80)
    client.force_login(keeper)
    client.cookies["django_language"] = "en"
    page = client.get(f"/year/adjusting/?plan={target.plan.slug}").content.decode()
    for words in (
        "at least 100 firms by 31 December 2025",
        "at least 80 firms by 31 December 2025",
        "Enter first: argument of the experts",
    ):
        assert words in page, words
    assert "Experts have argued it" in page
    authority = Body.objects.get(slug="district-government")
    save(case, keeper, {**WHOLE, "decided_by": authority})
    for move, by in (("argue", keeper), ("consult", keeper), ("deliberate", leader)):
        case = go(adjustment, case, move, by)
    attach(case, keeper, "decision.pdf", BytesIO(b"%PDF-1.4 decision"))
    go(adjustment, Adjustment.objects.get(pk=case.pk), "issue", leader)
    page = client.get(case.get_absolute_url()).content.decode()
    # what held before it and what holds since stand beside one another when it is in force too
    for words in ("Until 1 March 2024", "at least 100 firms", "From 1 March 2024", "at least 80 firms"):
        assert words in page, words


def test_history_is_judged_by_the_old_target_before_the_day_and_by_the_new_after(target, people):
    keeper, leader = people
    publish(
        "high-tech-firms", 70.0, date(2022, 12, 31)
    )  # of 51 -> 100 planned 70.6: on plan; of 51 -> 60 it would be there
    before = judged("high-tech-firms", date(2023, 6, 30))
    case = decided(target, keeper, leader, goal=60)
    assert judged("high-tech-firms", date(2024, 6, 30)).judgement.goal.goal == 100  # proposed changes nothing
    attach(case, keeper, "decision.pdf", BytesIO(b"%PDF-1.4 decision"))
    go(adjustment, Adjustment.objects.get(pk=case.pk), "issue", leader)

    again = judged("high-tech-firms", date(2023, 6, 30))
    assert (again.judgement, again.target.goal) == (before.judgement, before.target.goal)
    # later on, with no newer value: the value of 2022 is still judged by the target of its day, and the change is told
    later = judged("high-tech-firms", date(2024, 6, 30))
    assert (later.judgement.goal.goal, later.judgement.data_at) == (100, date(2022, 12, 31))
    assert any(said.code == "revised" and "60" in said.text and "1 March 2024" in said.text for said in later.reasons)
    # a value of a day after the change is judged by the new target
    publish("high-tech-firms", 70.0, date(2024, 6, 30))
    after = judged("high-tech-firms", date(2024, 9, 30))
    assert (after.judgement.goal.goal, after.verdict) == (60, Verdict.EARLY)
    assert before.verdict is not Verdict.EARLY
    assert judged("high-tech-firms", date(2023, 6, 30)).verdict is before.verdict


def test_a_second_version_follows_the_first(target):
    for starts, goal in ((date(2023, 1, 1), 90), (date(2024, 1, 1), 80)):
        save(Revision(target=target, starts=starts, goal=goal, basis="Decision"), None)
    for day, value, goal in (
        (date(2022, 12, 31), 60.0, 100),
        (date(2023, 6, 30), 61.0, 90),
        (date(2024, 6, 30), 62.0, 80),
    ):
        publish("high-tech-firms", value, day)
        assert judged("high-tech-firms", day).judgement.goal.goal == goal


def test_the_records_of_a_target_do_not_pass_by_the_procedure(target, people, client):
    from hanfeng.kernel.desk.lists import open_desk

    _pack, desk = open_desk("plan", "target")
    assert {"goal", "goal_high", "base", "ends", "starts", "comparison"}.isdisjoint(desk.form)
    _pack, versions = open_desk("plan", "revision")
    assert versions.form == versions.write == ()
    client.force_login(people[0])
    client.post(f"/plan/target/{target.pk}/edit/", {"name": target.name, "nature": target.nature, "goal": "1"})
    assert Target.objects.get(pk=target.pk).goal == 100
    assert Plan.objects.get(slug="innovation-2021-2025")
