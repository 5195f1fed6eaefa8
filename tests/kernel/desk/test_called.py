"""What the values of a column are called is asked once for all the rows of a page or a sheet, not once a row."""

from operator import attrgetter

import pytest

from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.desk.desk import Column, Desk
from hanfeng.kernel.desk.lists import lines
from hanfeng.kernel.exchange.exporting import table

pytestmark = pytest.mark.django_db
ASKED = []


def names(keys):
    ASKED.append(sorted(keys))
    return {key: key.upper() for key in keys}


KEPT_BY = Column("kept_by", "kept by", attrgetter("source"), called=names)
DESK = Desk(Body, columns=("name", KEPT_BY))


@pytest.fixture
def records():
    ASKED.clear()
    return [Body(pk=n, name=f"body {n}", source=source) for n, source in enumerate(("li", "wu", "", "li"), 1)]


def test_a_list_asks_once_for_what_its_rows_have(records):
    assert [line["cells"][1]["text"] for line in lines(DESK, records)] == ["LI", "WU", "—", "LI"]
    assert ASKED == [["li", "wu"]]
    lines(DESK, [])
    assert ASKED[1:] == [[]]


def test_a_sheet_asks_once_for_each_thousand_rows(records):
    head, *told = table(DESK, iter(records * 300), demo=False)
    assert head[-1] == "kept by"
    assert [line[-1] for line in told[:4]] == ["LI", "WU", "", "LI"]
    assert ASKED == [["li", "wu"]] * 2
