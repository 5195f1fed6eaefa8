"""What a pack adds to the page of a record stands beside what the page has, never in its place."""

from dataclasses import replace

import pytest
from django.test import RequestFactory

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.roles import OFFICER
from hanfeng.kernel.desk import records
from hanfeng.kernel.pack import find

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(monkeypatch, account, body):
    """page(tail) -> the page of a body whose desk has this tail."""
    pack, office = find("bodies"), body("office")
    request = RequestFactory().get("/")
    request.user = account("reader", OFFICER, body=office)

    def draw(**tail):
        desk = replace(pack.desk("body"), tail=lambda request, record: tail)
        monkeypatch.setattr(records, "open_desk", lambda *names: (pack, desk))
        return records.record_page(request, "bodies", "body", office.pk)

    return draw


def test_a_tail_stands_beside_what_the_page_has(page):
    told = page(founded=1984).context_data
    assert told["founded"] == 1984
    assert isinstance(told["object"], Body)


def test_a_tail_that_hides_what_the_page_has_is_refused(page):
    with pytest.raises(ValueError, match=r"^bodies: the tail of body hides .*: files, moves$"):
        page(moves=[], founded=1984, files=[])
