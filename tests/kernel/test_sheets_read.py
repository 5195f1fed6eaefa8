"""The readers: the stream of XLSX beside calamine, cells as offices write them, and files made to break them."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import translation
from exchange_sheets import workbook
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook as Maker
from python_calamine import CalamineWorkbook

from hanfeng.kernel.exchange.book import filled, open_book
from hanfeng.kernel.exchange.heading import data, guess
from hanfeng.kernel.exchange.names import core, proper
from hanfeng.kernel.exchange.values import Scale, converter, number
from hanfeng.kernel.exchange.words import SheetError
from hanfeng.kernel.exchange.xlsx import Workbook

YUAN = Scale(Decimal(1), Decimal(10000))
OFTEN = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=12)
CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.floats(-1e9, 1e9, allow_nan=False),
    TEXTS,
    st.dates(date(1901, 1, 1), date(2199, 12, 31)),
)


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def day(said):
    return converter(models.DateField())(said, Scale())


@pytest.mark.parametrize(
    "said",
    [
        "2025-03-01",
        "2025.3.1",
        "2025/3/1",
        "2025年3月1日",
        "2025年3月",
        "2025.03",
        "20250301",
        "202503",
        "２０２５．３．１",
        "二〇二五年三月一日",
        "2025-03-01 00:00:00",
        "2025-03-01T08:30",
        "2025年3月1日 8:30",
        " 2025 年 3 月 1 日 ",
        45717,
        45717.25,
        "45717",
        20250301,
        202503,
        2025.03,
        date(2025, 3, 1),
        datetime(2025, 3, 1, 8, 30),  # noqa: DTZ001 - a sheet knows no zone
    ],
)
def test_days_as_offices_write_them(said):
    assert day(said) == date(2025, 3, 1)


@pytest.mark.parametrize(
    "said", ["2025", "2025年", "去年", "2025-13-01", "2025.2.30", "0", "1", "99999999", 2025, True, "3月1日"]
)
def test_what_is_no_day(said):
    with pytest.raises(ValidationError, match="no day"):
        day(said)


def test_figures_of_ten_in_days():
    assert day("二〇二四年十月二十一日") == date(2024, 10, 21)
    assert day("2024年十二月三十日") == date(2024, 12, 30)


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("1,234.5", "1234.5"),
        ("１２３", "123"),
        ("3万", "30000"),
        ("1.2亿", "120000000"),
        ("(5)", "-5"),
        ("−7", "-7"),
        ("￥1，000元", "1000"),
        ("12%", "12"),
        ("1e3", "1000"),
        (" 8 ", "8"),
        (4, "4"),
        (0.1, "0.1"),
        ("3人", "3"),
        ("'5", "5"),
    ],
)
def test_numbers_as_offices_write_them(said, value):
    assert number(said) == Decimal(value)


@pytest.mark.parametrize(
    ("said", "value"), [("120万元", 120), ("120万", 120), ("5000元", "0.5"), ("1.5亿元", 15000), ("120", 120)]
)
def test_money_that_names_its_unit(said, value):
    assert number(said, YUAN) == Decimal(value)


@pytest.mark.parametrize("said", ["四", "1-2", "约3", "", "--", "3个月", "nan", "inf"])
def test_what_is_no_number(said):
    with pytest.raises(ValidationError, match="no number"):
        number(said)


def test_names_that_are_the_same():
    assert core("甲（集团）有限责任公司") == core("甲(集团)有限公司")
    assert proper("重庆市开州区云帆电子有限公司") == proper("云帆电子有限责任公司") == proper("重庆云帆电子有限公司")
    assert proper("云帆电子有限公司") != proper("云帆电气有限公司")


def test_cells_merged_downwards_are_repeated():
    rows = [(0, ["a", "b"]), (1, ["", "c"]), (2, ["", "d"]), (3, ["", "e"])]
    assert [r[0] for _n, r in filled(iter(rows), [(0, 0, 2, 0)])] == ["a", "a", "a", ""]


@given(st.lists(st.lists(CELLS, min_size=1, max_size=6), min_size=1, max_size=8))
@OFTEN
def test_the_stream_reads_what_calamine_reads(tmp_path: Path, rows):
    path = tmp_path / "x.xlsx"
    path.write_bytes(workbook(rows))
    with Workbook(path) as book:
        ours = {n: row for n, row in book.rows("Sheet") if any(c != "" for c in row)}
    theirs = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    for n, row in enumerate(theirs):
        mine = ours.get(n, [])
        for place, cell in enumerate(row):
            value = mine[place] if place < len(mine) else ""
            if isinstance(cell, datetime):
                cell = cell.date() if not (cell.hour or cell.minute or cell.second) else cell
            assert value == cell or (isinstance(cell, float) and abs(float(value) - cell) <= 1e-9 * abs(cell)), (
                n,
                place,
                value,
                cell,
            )


@cache  # it tells when it was made: two of them may differ in length, and a test draws places in one
def _good() -> bytes:
    return workbook([["标识", "名称"], ["a", "甲"], ["b", "乙"]], ["A2:A3"])


@given(st.data())
@OFTEN
def test_a_broken_workbook_is_told_or_read_but_never_breaks(tmp_path: Path, data_of):
    content = bytearray(_good())
    for _n in range(data_of.draw(st.integers(1, 8))):
        content[data_of.draw(st.integers(0, len(content) - 1))] = data_of.draw(st.integers(0, 255))
    look(tmp_path, bytes(content[: data_of.draw(st.integers(1, len(content)))]))


@given(st.data())
@OFTEN
def test_broken_xml_inside_is_told_or_read(tmp_path: Path, data_of):
    with zipfile.ZipFile(io.BytesIO(_good())) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    name = data_of.draw(st.sampled_from(sorted(n for n in parts if "xl/" in n)))
    text = bytearray(parts[name])
    at = data_of.draw(st.integers(0, len(text)))
    text[at : at + data_of.draw(st.integers(0, 9))] = data_of.draw(st.binary(max_size=9))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for part, content in parts.items():
            package.writestr(part, bytes(text) if part == name else content)
    look(tmp_path, out.getvalue())


@given(st.binary(max_size=300))
@OFTEN
def test_any_bytes_are_told_or_read(tmp_path: Path, content):
    look(tmp_path, content)


def look(folder: Path, content: bytes) -> None:
    """All that an upload does with a file: open it, guess its headings, read its lines."""
    path = folder / "any"
    path.write_bytes(content)
    try:
        with open_book(path) as book:
            for name in book.names:
                head = guess(book, name, {"名称"})
                assert all(len(row) <= 20_000 for _n, row in data(book, name, head))
    except SheetError:
        return


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("hanfeng.kernel.exchange.xlsx.MOST_BYTES", 1000)
    path = tmp_path / "x.xlsx"
    path.write_bytes(_good())
    with pytest.raises(SheetError):
        open_book(path)


def test_hidden_sheets_are_left_out(tmp_path: Path):
    book = Maker()
    book.active.append(["a", "b"])
    book.create_sheet("hidden").sheet_state = "hidden"
    book.save(tmp_path / "x.xlsx")
    with open_book(tmp_path / "x.xlsx") as found:
        assert found.names == ("Sheet",)
