"""Rows of a desk out to a sheet and in from one, within what an account may."""

import csv
import io
import json

import pytest
from django.contrib.auth.models import Group, User
from openpyxl import Workbook
from python_calamine import CalamineWorkbook

from hanfeng.commons.places.models import Place
from hanfeng.kernel.api import save
from hanfeng.site.commands import sheets
from hanfeng.site.commands.terminal import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def registrar():
    user = User.objects.create_user("registrar")
    user.groups.add(Group.objects.create(name="people.registrar"))
    return user


def a_place(**changes):
    place = Place(**{"slug": "a", "name": "甲镇", "kind": "town", "code": "500154100"} | changes)
    save(place, None)
    return place


def test_export_marks_demo_rows_and_defuses_formulas(registrar):
    a_place()
    a_place(slug="b", name="=1+1", code="500154101", demo=True)
    rows = list(csv.reader(io.StringIO(sheets.export("places/place", "registrar", None))))
    assert rows[0][-1] == "demo data"
    assert [(row[0], row[-1]) for row in rows[1:]] == [("甲镇", ""), ("'=1+1", "yes")]


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "json"])
def test_export_to_each_kind_of_file(registrar, tmp_path, suffix):
    a_place()
    out = tmp_path / f"places.{suffix}"
    assert sheets.export("places/place", "registrar", out) == ""
    if suffix == "json":
        cells = list(json.loads(out.read_text(encoding="utf-8"))[0].values())
    elif suffix == "csv":
        assert out.read_bytes().startswith(b"\xef\xbb\xbf")
        cells = list(csv.reader(io.StringIO(out.read_text(encoding="utf-8-sig"))))[1]
    else:
        cells = CalamineWorkbook.from_path(str(out)).get_sheet_by_index(0).to_python()[1]
    assert cells[:3] == ["甲镇", "town", "500154100"]


def sheet(path, *rows):
    if path.suffix == ".csv":
        path.write_text("\n".join(",".join(map(str, row)) for row in rows), encoding="utf-8")
        return path
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_import_by_field_name_or_shown_name_with_related_rows_as_shown(registrar, tmp_path, suffix):
    a_place(slug="district", name="某区", kind="district")
    file = sheet(
        tmp_path / f"towns{suffix}",
        ["slug", "name", "kind", "within", "division code", "remarks"],
        ["b", "乙镇", "town", "某区", 500154102, "left out"],
        ["c", "", "town", "", "", ""],
        ["d", "丁镇", "town", "no such place", "", ""],
        ["", "", "", "", "", ""],
        ["e", "戊镇", "street", "", "", ""],
    )
    taken = sheets.take("places/place", file, "registrar", dry=False)
    assert taken.written == 2
    assert [line for line, _words in taken.errors] == [3, 4]
    assert "name: This field is required." in taken.errors[0][1]
    made = Place.objects.get(slug="b")
    assert (made.name, made.within.name, made.code, made.version) == ("乙镇", "某区", "500154102", 1)


def test_a_dry_run_writes_nothing(registrar, tmp_path):
    file = sheet(tmp_path / "a.csv", ["slug", "name", "kind"], ["b", "乙镇", "town"], ["c", "", "town"])
    taken = sheets.take("places/place", file, "registrar", dry=True)
    assert (taken.written, [line for line, _words in taken.errors], Place.objects.count()) == (0, [3], 0)


def test_a_sheet_of_an_old_office_program(registrar, tmp_path):
    file = tmp_path / "old.csv"
    file.write_bytes("slug,name,kind\nb,乙镇,town\n".encode("gb18030"))
    assert sheets.take("places/place", file, "registrar", dry=False).written == 1
    assert Place.objects.get().name == "乙镇"


def test_two_rows_alike_one_is_told(registrar, tmp_path):
    file = sheet(tmp_path / "a.csv", ["slug", "name", "kind"], ["b", "乙镇", "town"], ["b", "丙镇", "town"])
    taken = sheets.take("places/place", file, "registrar", dry=False)
    assert (taken.written, [line for line, _words in taken.errors]) == (1, [3])


def test_who_may_not_write_is_told(registrar, tmp_path):
    User.objects.create_user("guest")
    file = sheet(tmp_path / "a.csv", ["slug"], ["b"])
    with pytest.raises(Refused, match="guest may not write to places/place"):
        sheets.take("places/place", file, "guest", dry=False)


def test_mistakes_are_sentences(registrar, tmp_path):
    with pytest.raises(Refused, match=r"There is no desk places/none\. There are: .*places/place"):
        sheets.export("places/none", "registrar", None)
    with pytest.raises(Refused, match="no active account ghost"):
        sheets.export("places/place", "ghost", None)
    with pytest.raises(Refused, match="is not a kind of sheet"):
        sheets.export("places/place", "registrar", tmp_path / "a.doc")
    with pytest.raises(Refused, match="names none of the fields: slug"):
        sheets.take("places/place", sheet(tmp_path / "a.csv", ["x"], ["y"]), "registrar", dry=False)
    (tmp_path / "not.xlsx").write_text("no sheet")
    with pytest.raises(Refused, match="not a sheet that can be read"):
        sheets.take("places/place", tmp_path / "not.xlsx", "registrar", dry=False)
