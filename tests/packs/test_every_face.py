"""Asked of every face and every figure: open with the demo, within a fixed number of questions to the database."""

from __future__ import annotations

from typing import Any

import pytest

from hanfeng.commons.people.roles import OFFICER
from hanfeng.kernel.api import Indicator, Pack, catalogue, count, open_rows, visible
from hanfeng.kernel.pure import Period

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("county")]

FACES = [pack for pack in catalogue() if pack.face]
INDICATORS = [found for pack in catalogue() for found in pack.indicators]
every_face = pytest.mark.parametrize("pack", FACES, ids=lambda pack: pack.name)
every_figure = pytest.mark.parametrize("found", INDICATORS, ids=lambda found: found.name)
MOST_OF_A_FACE, MOST_OF_A_FIGURE = 30, 6


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
    assert counted.value is not None
    assert questions.count <= MOST_OF_A_FIGURE, questions.most
    assert all(parts)


@every_figure
def test_its_parts_add_up(found: Indicator) -> None:
    """A firm stands in one town, one industry and one stage: the parts are the whole."""
    whole = count(found, Period.year(2024)).value
    for dimension in found.by:
        assert sum(map(float, found.compute(Period.year(2024)).by(dimension.field).values())) == whole, dimension.field


@every_figure
def test_it_opens_to_the_rows_it_was_counted_from(found: Indicator, person: Any, browser_of: Any) -> None:
    officer = person(OFFICER)
    opened = open_rows(found, Period.year(2024), officer)
    assert opened.total == opened.rows.count() >= (count(found, Period.year(2024)).value or 0)
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


def test_nobody_sees_rows_by_a_role_that_is_not_his(person: Any) -> None:
    nobody = person()
    assert all(not visible(desk.model, nobody).exists() for pack in FACES for desk in pack.desks)
