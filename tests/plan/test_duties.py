"""Who owes what on a day, and a division of work taken in from sheets as officials write them."""

from __future__ import annotations

import io
from datetime import date, datetime
from pathlib import Path

import pytest
from django.utils import translation
from openpyxl import Workbook, load_workbook

from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.record.models import Event
from hanfeng.kernel.record.write import save, undo
from hanfeng.plan import loading
from hanfeng.plan.duties import apply_sheet, owners, read_sheet, template_sheet, unassigned
from hanfeng.plan.models import Duty, Plan, Target, Task
from hanfeng.plan.sheets import SheetError

YUNXI = Path(__file__).resolve().parents[1] / "counties" / "yunxi"
HEAD = ["序号", "任务/指标", "类别", "牵头单位", "责任单位", "数据提供单位", "起止时间"]
DAY = date(2026, 1, 1)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def plan(settings):
    settings.COUNTY = YUNXI
    with translation.override("en"):
        loading.load()
        yield Plan.objects.get(slug="renewal-2023-2027")


def sheet(*rows, head=HEAD, merge=()):
    book = Workbook()
    page = book.worksheets[0]
    page.append(["云溪县创新更新行动计划任务分工方案"])
    page.append(head)
    for row in rows:
        page.append(row)
    for cells in merge:
        page.merge_cells(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def task(name):
    return Task.objects.get(commitment=name)


def owed(item, day=DAY):
    return [(owner.role, owner.body.slug) for owner in owners([item], day)[item]]


# --- who owes what ----------------------------------------------------------------------------------------------------


def test_a_task_passes_on_and_its_history_keeps_the_old_name():
    pool = task("hte-pool")
    assert owed(pool, date(2025, 2, 28)) == [("lead", "industry-science-bureau")]
    assert owed(pool, date(2025, 3, 1)) == [("lead", "science-bureau")]
    (owner,) = owners([pool], DAY)[pool]
    assert owner.passed_on
    assert owner.named.slug == owner.duty.body.slug == "industry-science-bureau"


def test_a_chain_of_reforms():
    last = Body(slug="new-bureau", name="云溪县新局", kind="department")
    save(last, None)
    save(Body.objects.get(slug="science-bureau"), None, {"ends": date(2026, 6, 1), "successor": last})
    assert owed(task("hte-pool"), date(2026, 7, 1)) == [("lead", "new-bureau")]


def test_the_last_day_counts():
    loss = Target.objects.get(slug="water-loss")
    assert owed(loss, date(2026, 12, 31)) == [("lead", "water-bureau"), ("data", "water-bureau")]
    assert owed(loss, date(2027, 1, 1)) == [("lead", "water-bureau")]
    assert owed(task("hte-pool"), date(2023, 2, 9)) == []


def test_a_body_that_has_the_part_itself_has_it_once(plan):
    pool = task("hte-pool")
    save(Duty(plan=plan, task=pool, role="lead", body=Body.objects.get(slug="science-bureau")), None)
    (owner,) = owners([pool], DAY)[pool]
    assert not owner.passed_on


def test_many_items_in_few_queries(plan, django_assert_max_num_queries):
    items = [*Task.objects.all(), *Target.objects.all()]
    with django_assert_max_num_queries(3):
        found = owners(items, DAY)
    assert set(found) == set(items)
    assert sum(map(len, found.values())) == 3


def test_nothing_asked_nothing_owed(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert owners([], DAY) == {}


def test_what_nobody_leads(plan):
    found = unassigned(plan, DAY)
    assert (found.tasks, found.all_tasks, found.targets, found.all_targets) == (14, 15, 5, 6)
    assert unassigned(plan, date(2023, 1, 1)).tasks == 15


# --- reading a sheet --------------------------------------------------------------------------------------------------


def test_a_sheet_as_officials_write_it(plan):
    read = read_sheet(
        sheet(
            [1, "高新技术企业培育库", "任务", "县科技局", "县水务局、县市场监管委", "", "2023年3月—2025年12月"],
            [2, "供水管网漏损率", "指标", "县水务局", "", "云溪县水务局", "2027年"],
        ),
        "division.xlsx",
    )
    assert (read.name, read.plan, read.errors) == ("division.xlsx", plan, ())
    pool, loss = read.lines
    assert (pool.number, pool.item) == (3, task("hte-pool"))
    assert [body.slug for body in pool.bodies["lead"]] == ["science-bureau"]
    assert [body.slug for body in pool.bodies["responsible"]] == ["water-bureau", "market-commission"]
    assert (pool.starts, pool.ends) == (date(2023, 3, 1), date(2025, 12, 31))
    assert loss.item == Target.objects.get(slug="water-loss")
    assert (loss.starts, loss.ends) == (None, date(2027, 12, 31))


@pytest.mark.parametrize(
    "name",
    [
        "云溪县科学技术局", "县科学技术局", "科学技术局", "县科技局", "云溪科技局", "南岭市云溪县科学技术局", " 云溪县 科技局 ",
        "Yunxi Bureau of Science and Technology", "science-bureau",
    ],
)  # fmt: skip
def test_names_of_one_body(name):
    (line,) = read_sheet(sheet([1, "高新技术企业培育库", "", name])).lines
    assert [body.slug for body in line.bodies["lead"]] == ["science-bureau"]


def test_an_old_name_is_still_understood():
    (line,) = read_sheet(sheet([1, "高新技术企业培育库", "", "县工业和科学技术局"])).lines
    assert [body.slug for body in line.bodies["lead"]] == ["industry-science-bureau"]


def test_separators_and_doubles():
    (line,) = read_sheet(sheet([1, "hte-pool", "", "县科技局；县水务局\n县科技局/县市场监管委, 县政府"])).lines
    assert [b.slug for b in line.bodies["lead"]] == [
        "science-bureau",
        "water-bureau",
        "market-commission",
        "county-government",
    ]


def test_an_enterprise_is_named_in_full():
    save(Body(slug="acme", name="云溪竹纸有限公司", kind="enterprise"), None)
    whole, part = read_sheet(sheet([1, "hte-pool", "", "云溪竹纸有限公司"], [2, "hte-pool", "", "竹纸公司"])).lines
    assert [body.slug for body in whole.bodies["lead"]] == ["acme"]
    assert part.errors


def test_merged_cells_and_lines_that_continue():
    read = read_sheet(
        sheet(
            [1, "高新技术企业培育库", "任务", "县科技局", "县水务局"],
            [None, None, None, None, "县市场监管委"],
            [2, "供水管网漏损率", "指标", "县水务局", ""],
            [None, "", "", "", "县科技局"],
            merge=("B3:B4", "D3:D4"),
        )
    )
    assert [line.item.commitment for line in read.lines[:2]] == ["hte-pool", "hte-pool"]
    assert [body.slug for body in read.lines[1].bodies["lead"]] == ["science-bureau"]
    assert read.lines[3].item == Target.objects.get(slug="water-loss")
    assert read.lines[3].bodies["lead"] == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_file(encoding, tmp_path):
    path = tmp_path / "division.csv"
    path.write_text("任务,牵头单位,起,止\n1.高新技术企业培育库,县科技局,2023.3,2023/9/30\n", encoding=encoding)
    (line,) = read_sheet(path).lines
    assert (line.number, line.item, line.errors) == (2, task("hte-pool"), ())
    assert (line.starts, line.ends) == (date(2023, 3, 1), date(2023, 9, 30))


def test_days_as_spreadsheets_keep_them():
    head = ["任务", "牵头单位", "起", "止"]
    (line,) = read_sheet(sheet(["hte-pool", "县科技局", datetime(2023, 3, 1), 2024], head=head)).lines  # noqa: DTZ001
    assert (line.starts, line.ends) == (date(2023, 3, 1), date(2024, 12, 31))


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ([1, "高新企业培育库", "", "县科技局"], "Did you mean"),
        ([1, "与此无关的事项", "", "县科技局"], "“与此无关的事项” is not known."),
        ([1, "hte-pool", "", "县水利局"], "“县水利局” is no body of this site. Did you mean “云溪县水务局”?"),
        ([1, "hte-pool", "", "县科技局", "", "", "2025年—2023年"], "ends before it starts"),
        ([1, "hte-pool", "", "县科技局", "", "", "2025年13月"], "is not a day"),
        ([1, "", "", "县科技局"], "names no task"),
        ([1, "high-tech-firms-five-years", "任务", "县科技局"], "is not known"),
    ],
)
def test_what_is_wrong_is_told_in_words(row, what):
    (line,) = read_sheet(sheet(row)).errors
    assert any(what in error for error in line.errors), line.errors


def test_a_short_name_that_means_two():
    save(Body(slug="water-office", name="云溪县水务监督局", kind="department"), None)
    save(Body(slug="water-two", name="云溪县水文事务局", kind="department"), None)
    (line,) = read_sheet(sheet([1, "hte-pool", "", "水事局"], [2, "hte-pool", "", "县水务局"])).errors or (None,)
    assert line is None
    (line,) = read_sheet(sheet([1, "hte-pool", "", "水局"])).errors
    assert "write it in full" in line.errors[0]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\x00\x01\x02", "neither a workbook nor a CSV"),
        (b'"' + b"x" * 200_000, "neither a workbook nor a CSV"),
        (b"a,b\n1,2\n", "No line of headings"),
        ("任务,备注\nhte-pool,\n".encode(), "No line of headings"),
        (b"x" * 10_000_001, "larger than 10 MB"),
    ],
)
def test_a_file_that_is_no_division_of_work(content, what):
    with pytest.raises(SheetError, match=what):
        read_sheet(content)


# --- taking it over ---------------------------------------------------------------------------------------------------


def test_taken_over_and_undone(plan):
    before = {(d.task_id, d.target_id, d.role, d.body_id) for d in Duty.objects.all()}
    read = read_sheet(
        sheet([1, "hte-pool", "", "县科技局", "县水务局"], [2, "seed-fund", "", "县科技局"]), "division.xlsx"
    )
    outcome = apply_sheet(read, plan, None)
    assert outcome.errors == []
    assert (outcome.batch.created, outcome.batch.changed) == (3, 1)
    assert owed(task("hte-pool")) == [("lead", "science-bureau"), ("responsible", "water-bureau")]
    assert Duty.objects.get(task__commitment="seed-fund").basis == "division.xlsx"
    assert undo(outcome.batch, None).errors == []
    assert {(d.task_id, d.target_id, d.role, d.body_id) for d in Duty.objects.all()} == before


def test_again_changes_nothing(plan):
    rows = [1, "hte-pool", "", "县科技局", "县水务局", "", "2023年3月—2025年12月"]
    apply_sheet(read_sheet(sheet(rows)), plan, None)
    events = Event.objects.count()
    outcome = apply_sheet(read_sheet(sheet(rows)), plan, None)
    assert (outcome.batch.created, outcome.batch.changed) == (0, 0)
    assert Event.objects.count() == events


def test_again_updates_instead_of_doubling(plan):
    apply_sheet(read_sheet(sheet([1, "hte-pool", "", "县科技局", "县水务局"])), plan, None)
    apply_sheet(read_sheet(sheet([1, "hte-pool", "", "县科技局", "", "", "2023年—2025年"])), plan, None)
    lead = Duty.objects.get(task__commitment="hte-pool", role="lead")
    assert (lead.starts, lead.ends) == (date(2023, 1, 1), date(2025, 12, 31))
    assert Duty.objects.filter(task__commitment="hte-pool", role="responsible").count() == 1


def test_only_parts_that_are_named_are_replaced(plan):
    apply_sheet(read_sheet(sheet([1, "供水管网漏损率", "指标", "县市场监管委"])), plan, None)
    assert owed(Target.objects.get(slug="water-loss")) == [("lead", "market-commission"), ("data", "water-bureau")]
    assert owed(task("hte-pool")) == [("lead", "science-bureau")]


def test_a_withdrawn_duty_stands_again(plan):
    apply_sheet(read_sheet(sheet([1, "供水管网漏损率", "指标", "县市场监管委"])), plan, None)
    apply_sheet(read_sheet(sheet([1, "供水管网漏损率", "指标", "县水务局"]), "second"), plan, None)
    lead = Duty.objects.get(target__slug="water-loss", role="lead")
    assert (lead.body.slug, lead.basis) == ("water-bureau", "second")
    assert Duty.everything.filter(target__slug="water-loss", role="lead").count() == 2


def test_a_line_with_errors_is_left_out_whole(plan):
    read = read_sheet(sheet([1, "hte-pool", "", "县水务局、不存在的单位"], [2, "seed-fund", "", "县科技局"]))
    outcome = apply_sheet(read, plan, None)
    assert [number for number, _words in outcome.errors] == [3]
    assert owed(task("hte-pool")) == [("lead", "science-bureau")]
    assert owed(task("seed-fund")) == [("lead", "science-bureau")]


def test_a_sheet_read_for_another_plan_is_matched_anew(plan):
    other = Plan(slug="other", kind="yearly", title="另一计划", starts=date(2026, 1, 1), ends=date(2026, 12, 31))
    save(other, None)
    read = read_sheet(sheet([1, "hte-pool", "", "县水务局"]), plan=other)
    assert read.errors
    assert apply_sheet(read, plan, None).batch.created == 1


# --- the form ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_form_lists_everything_and_is_read_back(plan, language):
    with translation.override(language):
        form = template_sheet(plan)
        book = load_workbook(io.BytesIO(form))
        page = book.worksheets[0]
        assert page.max_row == 1 + Task.objects.count() + Target.objects.count()
        place = next(row for row in range(2, page.max_row + 1) if page.cell(row, 1).value == "seed-fund")
        page.cell(place, 5).value = "县科技局"
        page.cell(place, 9).value = date(2025, 12, 31)
        out = io.BytesIO()
        book.save(out)
        read = read_sheet(out.getvalue())
    assert set(read.columns) == {"id", "kind", "item", "lead", "responsible", "data", "starts", "ends"}
    assert read.errors == ()
    assert apply_sheet(read, plan, None).batch.created == 1
    assert Duty.objects.get(task__commitment="seed-fund").ends == date(2025, 12, 31)
