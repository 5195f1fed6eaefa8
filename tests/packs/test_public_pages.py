"""What stands open to everybody: each public page of a pack answers a stranger, and the portal leads to it."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.api import save
from hanfeng.kernel.public import opened, services
from hanfeng.packs.innovation.outreach.models import Activity

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("county")]


def seen(address: str) -> str:
    answer = Client().get(address, headers={"accept-language": "en"})
    assert answer.status_code == 200
    return unescape(answer.content.decode())


@pytest.mark.parametrize("page", opened(), ids=lambda p: p.url)
def test_a_stranger_comes_from_the_front_to_each_and_sees_where_he_is(page):
    assert f'<a href="{page.url}">{page.title}</a><p>{page.about}</p>' in seen("/portal/")
    assert f'<a href="{page.url}" aria-current="page">' in seen(page.url)


def test_the_front_tells_of_activities_only_what_is_open():
    def told() -> str:
        return next(one["now"][1] for one in services() if one["page"].url == "/outreach/open/")

    before = int(told().split()[0])
    soon = timezone.now() + timedelta(days=2)
    common = {"kind": "lecture", "audience": "everybody", "starts": soon, "ends": soon + timedelta(hours=2)}
    common["body"] = Body.objects.first()
    save(Activity(title="内部讲座", public=False, **common), None)
    save(Activity(title="取消的讲座", cancelled=True, **common), None)
    assert told() == f"{before} to come"
    save(Activity(title="开放讲座", **common), None)
    assert told() == f"{before + 1} to come"
    assert f"{before + 1} to come" in seen("/portal/")
