"""Asked of every face and desk of a site where nothing has been recorded yet."""

from __future__ import annotations

from typing import Any

import pytest

from hanfeng.commons.people.roles import OFFICER
from hanfeng.kernel.api import Indicator, Pack, catalogue, count
from hanfeng.kernel.pure import Period

pytestmark = pytest.mark.django_db

FACES = [pack for pack in catalogue() if pack.face]
INDICATORS = [found for pack in catalogue() for found in pack.indicators]


@pytest.mark.parametrize("pack", FACES, ids=lambda pack: pack.name)
def test_a_face_opens_empty(pack: Pack, person: Any, browser_of: Any) -> None:
    answer = browser_of(person(OFFICER, *pack.roles)).get(f"/{pack.name}/")
    assert answer.status_code == 200
    assert "Demo data" not in answer.text


@pytest.mark.parametrize("pack", catalogue(), ids=lambda pack: pack.name)
def test_its_lists_open_empty(pack: Pack, person: Any, browser_of: Any) -> None:
    browser = browser_of(person(OFFICER, *pack.roles))
    assert [desk.url for desk in pack.desks if browser.get(desk.url).status_code != 200] == []


@pytest.mark.parametrize("found", INDICATORS, ids=lambda found: found.name)
def test_a_count_of_nothing_is_zero_and_a_sum_of_nothing_is_unknown(found: Indicator) -> None:
    assert count(found, Period.year(2024)).value in (0, None)
