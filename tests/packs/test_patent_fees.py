"""Warnings of annuities: to the holder's people once for each stage, to the officers when it is late, to nobody else."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.api import save
from hanfeng.kernel.notify.models import Letter
from hanfeng.packs.innovation.ip.fees import warn
from hanfeng.packs.innovation.ip.models import Payment
from hanfeng.packs.innovation.ip.roles import HOLDER, OFFICER
from hanfeng.packs.innovation.ip.seed import a_patent

pytestmark = pytest.mark.django_db
DAYS = (date(2023, 2, 1), date(2023, 3, 20), date(2023, 3, 21), date(2023, 5, 20), date(2023, 6, 20), date(2024, 1, 1))


def test_holders_are_warned_once_for_each_stage_and_officers_when_it_is_late(person: Any) -> None:
    body = Body(slug="holder", name="Holder", kind=Body.Kind.ENTERPRISE)
    save(body, None)
    mine, other, officer = person(HOLDER, body=body), person(HOLDER), person(OFFICER)
    patent = a_patent(body, filed=date(2015, 6, 10), granted=date(2018, 3, 1))
    save(patent, None)
    save(Payment(patent=patent, year=8, paid=date(2022, 5, 1), amount=2000), None)

    def told(day: date) -> list[int]:
        warn(datetime(day.year, day.month, day.day, 4, tzinfo=UTC))
        return [Letter.objects.filter(receiver=who).count() for who in (mine, other, officer)]

    assert [told(day) for day in DAYS] == [[0, 0, 0], [1, 0, 0], [1, 0, 0], [2, 0, 0], [3, 0, 1], [3, 0, 1]]
