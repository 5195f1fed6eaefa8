"""Asked of every face and every figure: open with the demo, within a fixed number of questions to the database."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from hanfeng.commons.people.roles import OFFICER
from hanfeng.kernel.api import Indicator, Pack, catalogue, count, open_rows, visible
from hanfeng.kernel.indicator.indicator import Band, Count, Ratio, Sum
from hanfeng.kernel.pure import Period

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("county")]

FACES = [pack for pack in catalogue() if pack.face]
INDICATORS = [found for pack in catalogue() for found in pack.indicators]
every_face = pytest.mark.parametrize("pack", FACES, ids=lambda pack: pack.name)
every_figure = pytest.mark.parametrize("found", INDICATORS, ids=lambda found: found.name)
MOST_OF_A_FACE, MOST_OF_A_FIGURE = 30, 6
YEAR = Period.year(2024)
CLOSED = {"innovation_statistics.Filing", "literacy.Visit"}
"""What an enterprise or a citizen stated for statistics: an officer without a role there reads no row of it."""


@every_face
def test_a_face_opens_with_the_demo(pack: Pack, person: Any, browser_of: Any, asked: Any) -> None:
    browser = browser_of(person(OFFICER, *pack.roles))
    browser.get(f"/{pack.name}/")
    with asked() as questions:
        answer = browser.get(f"/{pack.name}/")
    assert answer.status_code == 200
    assert "Demo data" in answer.text
    assert questions.count <= MOST_OF_A_FACE, questions.most


@every_face
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_face_speaks_both_languages(pack: Pack, language: str, person: Any, browser_of: Any) -> None:
    answer = browser_of(person(OFFICER, *pack.roles)).get(f"/{pack.name}/", headers={"accept-language": language})
    assert f'<html lang="{language}"' in answer.text


@every_figure
def test_a_figure_is_counted_with_few_questions(found: Indicator, asked: Any) -> None:
    with asked() as questions:
        counted = count(found, Period.year(2024))
        parts = [found.compute(Period.year(2024)).by(dimension.field) for dimension in found.by]
    assert questions.count <= MOST_OF_A_FIGURE, questions.most
    rowset = found.compute(YEAR)
    if isinstance(rowset, Band):  # it has two ends and no value of its own
        assert counted.value is None
        assert counted.low is not None
        assert counted.high is not None
        assert counted.low < counted.high
    else:
        assert counted.value is not None
    if rowset.secret:  # its parts are told by an edition only
        assert not any(parts)
    else:
        assert all(parts)


@every_figure
def test_its_parts_add_up(found: Indicator) -> None:
    """A firm stands in one town, one industry and one stage: the parts are the whole.

    A secret figure has no parts to read; what it is made of adds up all the same, above and, unless each part is divided by
    the whole amount, below.
    """
    rowset = found.compute(YEAR)
    whole = count(found, YEAR).value
    for dimension in found.by:
        if rowset.secret:
            assert rowset.by(dimension.field) == {}, dimension.field
            assert isinstance(rowset, Sum | Ratio)
            sides = (
                [rowset] if isinstance(rowset, Sum) else [rowset.part] if rowset.of_all else [rowset.part, rowset.of]
            )
            for side in sides:
                parts = side.plainly_by(dimension.field) if isinstance(side, Sum) else side.by(dimension.field)
                assert sum(map(float, parts.values())) == pytest.approx(float(side.value() or 0)), dimension.field
            continue
        assert sum(map(float, found.compute(Period.year(2024)).by(dimension.field).values())) == whole, dimension.field


@every_figure
def test_it_opens_to_the_rows_it_was_counted_from(found: Indicator, person: Any, browser_of: Any) -> None:
    officer = person(OFFICER)
    opened, rowset = open_rows(found, YEAR, officer), found.compute(YEAR)
    assert opened.total == rowset.rows.count() > 0
    assert opened.rows.count() == (0 if rowset.rows.model._meta.label in CLOSED else opened.total)
    if isinstance(rowset, Count):  # a sum and a ratio are not numbers of rows
        assert opened.total >= rowset.value()
    assert browser_of(officer).get(f"/figures/{found.name}/?period=2024").status_code == 200


def test_a_demo_site_says_so_on_every_record() -> None:
    unmarked = [
        desk.model._meta.label
        for pack in FACES
        for desk in pack.desks
        if desk.model.objects.exists() and desk.model.objects.filter(demo=False).exists()
    ]
    assert unmarked == ["alert.AlertRule"]  # limits are declared by packs, not invented for the demo


def test_the_demo_is_small_enough_to_be_made_at_the_first_start() -> None:
    from hanfeng.kernel.record.models import Batch

    made = Batch.objects.filter(events__verb="seed").distinct()
    assert 1000 < sum(batch.created for batch in made) <= 3000 * len(FACES)
    assert sum(batch.failed for batch in made) == 0


OF_THE_HOUSE = {
    "innovation_statistics.Call",  # which year is asked for, and until when: said to all who file
    "macro.DigitalDefinition",  # how a figure is counted
    "outreach.Activity", "outreach.Entry", "outreach.Venue",  # open events, their places, teams of schools: no person named
}  # fmt: skip
"""Kinds without rows of anybody's own: their scope is `signed_in`, so no role is needed to see them."""


def test_nobody_sees_rows_by_a_role_that_is_not_his(person: Any) -> None:
    nobody = person()
    seen = {desk.model._meta.label for pack in FACES for desk in pack.desks if visible(desk.model, nobody).exists()}
    assert seen == OF_THE_HOUSE


def test_a_stranger_sees_no_rows_of_a_desk() -> None:
    assert not any(visible(desk.model, AnonymousUser()).exists() for pack in FACES for desk in pack.desks)
