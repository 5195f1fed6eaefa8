"""The dated parameters that packs declare: kept once, found on their days, never told as law when nobody read the document."""

from __future__ import annotations

from datetime import date

import pytest

from hanfeng.kernel.api import Pack, catalogue, parameter, save
from hanfeng.kernel.rule import parameters as rules
from hanfeng.kernel.rule.models import Setting
from hanfeng.packs.innovation.enterprises.parameters import PARAMETERS, stage_by_age, years_valid
from hanfeng.packs.innovation.enterprises.seed import a_body, a_firm, an_honour
from hanfeng.packs.innovation.enterprises.terms import Kind, Stage

pytestmark = pytest.mark.django_db
every_pack = pytest.mark.parametrize("pack", [p for p in catalogue() if p.parameters], ids=lambda pack: pack.name)


@every_pack
def test_what_a_pack_declares_is_kept_once_and_found(pack: Pack) -> None:
    assert rules.load(pack.parameters) == len(pack.parameters)
    assert rules.load(pack.parameters) == 0
    for declared, chinese, english in pack.parameters:
        day = declared.valid_from or date(2025, 1, 1)
        assert parameter(declared.name, day).value == declared.value
        assert chinese
        assert english


@every_pack
def test_a_source_that_nobody_read_is_not_told_as_confirmed(pack: Pack) -> None:
    assert [p.name for p, _zh, _en in pack.parameters if p.confidence == "confirmed" and not p.source] == []


def test_no_period_of_validity_is_told_as_law() -> None:
    assert {p.confidence for p, _zh, _en in PARAMETERS} <= {"unconfirmed", "ours", "example"}


def test_the_end_of_an_honour_comes_from_the_rule_of_its_first_day() -> None:
    rules.load(PARAMETERS)
    rules_told = (
        (Kind.HIGH_TECH, date(2022, 10, 12), date(2025, 10, 12)),
        (Kind.HIGH_TECH, date(2028, 2, 29), date(2031, 3, 1)),
        (Kind.HIGH_TECH, date(2015, 10, 12), None),  # before the document
        (Kind.SCI_TECH, date(2022, 10, 12), None),
    )
    for number, (kind, start, end) in enumerate(rules_told, 1):
        body = a_body(number, "500101")
        save(body, None)
        firm = a_firm(body)
        save(firm, None)
        made = an_honour(firm, kind, start)
        save(made, None)
        assert made.valid_until == end, (kind, start)


def test_an_officers_later_version_holds_from_its_day() -> None:
    rules.load(PARAMETERS)
    kept = Setting.objects.get(name="enterprises.valid-years.high-tech")
    save(kept, None, {"ends": date(2027, 1, 1)})
    save(Setting(name=kept.name, value=5, title=kept.title, starts=date(2027, 1, 1), source="a new document"), None)
    assert (years_valid("high-tech", date(2026, 12, 31)), years_valid("high-tech", date(2027, 1, 1))) == (3, 5)


@pytest.mark.parametrize(
    ("day", "stage"),
    [(date(2024, 12, 31), Stage.START), (date(2025, 1, 1), Stage.GROWTH), (date(2030, 1, 1), Stage.MATURE)],
)
def test_the_years_suggest_a_stage(day: date, stage: Stage) -> None:
    assert stage_by_age(date(2020, 1, 1), day) is None
    rules.load(PARAMETERS)
    assert stage_by_age(date(2020, 1, 1), day) == stage
