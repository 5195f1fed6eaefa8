"""A county's files become records once, come back as the same files, and tell every fault in words before anything is written."""

from __future__ import annotations

import csv
import re
import shutil
import tomllib
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import translation

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.places.models import Place
from hanfeng.kernel.indicator.models import Layer, Reading, Source
from hanfeng.kernel.record.models import Batch, Event
from hanfeng.kernel.record.write import save
from hanfeng.kernel.rule.models import Day
from hanfeng.plan import loading, tables
from hanfeng.plan.exporting import export_plan
from hanfeng.plan.files import LoadError
from hanfeng.plan.models import Baseline, Clause, Contradiction, Duty, Plan, Previous, Target, Task

ROOT = Path(__file__).resolve().parents[2]
YUNXI = ROOT / "tests" / "counties" / "yunxi"
COUNTIES = [YUNXI, *sorted(path for path in (ROOT / "county").iterdir() if path.is_dir())]
KINDS = (Place, Body, Day, Source, Reading, Plan, Clause, Task, Target, Baseline, Previous, Contradiction, Duty)
OWN = {"id", "version", "created_at", "changed_at"}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def county(tmp_path):
    """A copy of the invented county, to be spoilt."""
    return Path(shutil.copytree(YUNXI, tmp_path / "yunxi"))


def edit(county: Path, file: str, old: str, new: str) -> None:
    path = county / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def lines(path: Path) -> int:
    with path.open(encoding="utf-8", newline="") as file:
        return sum(1 for _row in csv.DictReader(file))


def rows() -> dict[str, list[dict[str, object]]]:
    """Everything that is kept, without keys and times; what refers to a record names it."""
    found = {}
    for model in KINDS:
        fields = [f for f in model._meta.concrete_fields if f.name not in OWN]
        kept = [{f.name: str(getattr(r, f.name)) for f in fields} for r in model.everything.order_by("pk")]
        found[model._meta.label] = sorted(kept, key=str)
    return found


# --- what is loaded ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("county", COUNTIES, ids=lambda path: path.name)
def test_every_line_becomes_a_record(county):
    loaded = loading.load(county)
    plans = [path for path in (county / "plans").iterdir() if path.is_dir()]

    def of_plans(file: str) -> int:
        return sum(lines(path / file) for path in plans if (path / file).exists())

    assert Plan.objects.count() == len(plans)
    assert Clause.objects.count() == of_plans("clauses.csv")
    assert Task.objects.count() == of_plans("commitments.csv")
    assert Target.objects.count() == of_plans("targets.csv")
    assert Duty.objects.count() == of_plans("duties.csv")
    assert Body.objects.count() == lines(county / "bodies.csv")
    assert Day.objects.count() == lines(county / "calendar.csv")
    assert Reading.objects.count() == lines(county / "published" / "readings.csv")
    assert Place.objects.count() == lines(county / "towns.csv") + lines(county / "published" / "places.csv")
    assert sum(len(target.path) for target in Target.objects.all()) == of_plans("paths.csv")
    assert loaded.total == sum(loaded.counts.values()) == sum(model.objects.count() for model in KINDS)
    assert Event.objects.filter(verb="load").count() == loaded.total


@pytest.mark.parametrize("county", COUNTIES, ids=lambda path: path.name)
def test_loading_again_writes_nothing(county):
    loading.load(county)
    events, batches = Event.objects.count(), Batch.objects.count()
    assert loading.load(county).total == 0
    assert (Event.objects.count(), Batch.objects.count()) == (events, batches)


def test_records_are_the_truth_from_then_on(county):
    loading.load(county)
    target, body = Target.objects.get(slug="water-loss"), Body.objects.get(slug="market-commission")
    save(target, None, {"goal": 14.0})
    save(body, None, {"void": True})
    edit(county, "bodies.csv", "water-bureau,", "park-bureau,公园局,Park Bureau,department,,,,,,\nwater-bureau,")
    assert loading.load(county).counts["body"] == 1
    assert Target.objects.get(slug="water-loss").goal == 14.0
    assert Body.everything.get(slug="market-commission").void
    assert Body.objects.filter(slug="park-bureau").exists()


def test_new_lines_may_refer_to_what_is_only_kept(county):
    loading.load(county)
    path = county / "bodies.csv"
    path.write_text(path.read_text(encoding="utf-8").splitlines(keepends=True)[0], encoding="utf-8")
    edit(
        county, "plans/renewal-2023-2027/duties.csv", "from,to\n", "from,to\ntask,seed-fund,lead,science-bureau,2.1,,\n"
    )
    assert loading.load(county).counts["duty"] == 1
    assert Duty.objects.get(task__commitment="seed-fund").body.slug == "science-bureau"


def test_progress_is_told(county):
    told = []
    loaded = loading.load(county, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (loaded.total, loaded.total)
    assert [done for done, _total in told] == sorted(done for done, _total in told)


# --- what it means ----------------------------------------------------------------------------------------------------


def test_places_lie_in_one_another():
    loading.load(YUNXI)
    district = Place.objects.get(slug="yunxi")
    assert (district.code, district.within.slug) == ("530999", "nanling")
    assert {town.within for town in Place.objects.filter(slug__startswith="530999")} == {district}
    assert Place.objects.get(slug="530999201").kind == Place.Kind.TOWNSHIP


def test_a_district_that_the_list_of_places_leaves_out(county):
    (county / "published" / "places.csv").unlink()
    (county / "published" / "readings.csv").unlink()
    loading.load(county)
    assert Place.objects.get(slug="yunxi").kind == Place.Kind.DISTRICT


def test_bodies_succeed_one_another():
    loading.load(YUNXI)
    assert Body.objects.get(slug="industry-science-bureau").successor.slug == "science-bureau"


def test_values_keep_their_bounds():
    loading.load(YUNXI)
    found = {r.slug: (r.low, r.high, r.about, r.layer) for r in Reading.objects.all()}
    assert found["water-loss-2023"] == (20.2, 20.2, False, Layer.CONFIRMED)
    assert found["rd-intensity-2024"] == (1.2, 1.4, False, Layer.CONFIRMED)
    assert found["high-tech-firms-new-2024"] == (3.0, None, False, Layer.CONFIRMED)
    assert found["high-tech-firms-2025-06-zone"] == (9.0, 9.0, True, Layer.CONFIRMED)
    assert found["school-wireless-2025"] == (None, 80.0, False, Layer.CONFIRMED)
    assert found["rd-intensity-2024-nanling"][3] == Layer.CONTEXT
    assert all(reading.bound for reading in Reading.objects.all())


def test_a_plan_holds_together():
    loading.load(YUNXI)
    plan = Plan.objects.get()
    assert plan.issuer.slug == "county-government"
    assert Clause.objects.get(code="2.2.1").parent.parent.code == "2"
    assert Task.objects.get(commitment="pipe-renewal").home.code == "2.2.1"
    path = Target.objects.get(slug="water-loss").path
    assert [(step["date"], step["value"], step["confidence"]) for step in path] == [
        ("2023-12-31", 20.5, "plan"),
        ("2025-12-31", 18.0, "plan"),
        ("2027-12-31", 15.0, "plan"),
    ]
    kinds = dict(Contradiction.objects.values_list("slug", "kind"))
    assert kinds == {"two-sums": "arithmetic", "base-agrees": "check"}


# --- there and back ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("county", COUNTIES, ids=lambda path: path.name)
def test_a_plan_goes_out_and_comes_back(county, tmp_path):
    copy = Path(shutil.copytree(county, tmp_path / "copy"))
    with transaction.atomic():
        loading.load(county)
        before = rows()
        for folder in (county / "plans").iterdir():
            shutil.rmtree(copy / "plans" / folder.name)
            written = export_plan(folder.name, copy / "plans" / folder.name)
            assert {path.name for path in written} >= {path.name for path in folder.iterdir()}
            for path in folder.iterdir():
                out = copy / "plans" / folder.name / path.name
                if path.suffix == ".csv":
                    assert out.read_bytes() == path.read_bytes(), path.name
                else:
                    assert tomllib.loads(out.read_text("utf-8")) == tomllib.loads(path.read_text("utf-8")), path.name
        transaction.set_rollback(True)
    assert not Plan.everything.exists()
    loading.load(copy)
    assert rows() == before


def test_what_was_changed_or_withdrawn_goes_out_as_it_stands(tmp_path):
    loading.load(YUNXI)
    save(Target.objects.get(slug="water-loss"), None, {"goal": 14.25})
    save(Duty.objects.get(task__commitment="hte-pool"), None, {"void": True})
    save(Duty.objects.filter(target__slug="water-loss").first(), None, {"basis": "云府办〔2023〕9号"})
    export_plan("renewal-2023-2027", tmp_path / "out")
    with (tmp_path / "out" / "targets.csv").open(encoding="utf-8") as file:
        assert next(row["goal"] for row in csv.DictReader(file) if row["id"] == "water-loss") == "14.25"
    with (tmp_path / "out" / "duties.csv").open(encoding="utf-8") as file:
        duties = list(csv.DictReader(file))
    assert [duty["item"] for duty in duties] == ["water-loss", "water-loss"]
    assert {duty["basis"] for duty in duties} == {"", "云府办〔2023〕9号"}


def test_no_plan_of_that_name(tmp_path):
    with pytest.raises(Plan.DoesNotExist):
        export_plan("nothing", tmp_path)


def test_the_worked_example_of_the_format_loads(tmp_path):
    """The blocks of docs/plan-format.md, each put where its headings say, are a county."""
    text = (ROOT / "docs" / "plan-format.md").read_text(encoding="utf-8").partition("## A worked example")[2]
    files = {",".join(table.names): table for table in (*tables.COUNTY, *tables.PLAN) if not table.array}
    files |= {",".join(n for n in t.names if n not in t.optional): t for t in files.values()}
    plan = tmp_path / "plans" / "reading-2030-2032"
    for kind, block in re.findall(r"```(csv|toml)\n(.*?)```", text, re.DOTALL):
        first = block.partition("\n")[0]
        table = files[first] if kind == "csv" else None
        whole = {"[[contradiction]]": plan / "contradictions.toml", "code": tmp_path / "county.toml"}
        path = (
            (plan if table.of_plan else tmp_path) / table.file
            if table
            else whole.get(first.split()[0], plan / "plan.toml")
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block, encoding="utf-8")
    assert loading.load(tmp_path).total == 17
    assert Target.objects.get(slug="science-literacy").path[-1]["value"] == 12


# --- faults -----------------------------------------------------------------------------------------------------------

PLAN = "plans/renewal-2023-2027/"
FAULTS = [
    ("county.toml", 'place = "yunxi"\n', "", 1, "place", "which place it is"),
    ("towns.csv", "530999101,上坪镇", "530999001,上坪镇", 3, "code", "stands here twice"),
    ("towns.csv", "24.51,", "24°51,", 2, "lat", "“24°51” is not a number"),
    ("bodies.csv", ",science-bureau,2025", ",sciense-bureau,2025", 3, "successor", "no body “sciense-bureau”"),
    ("bodies.csv", "2025-03-01,,,2025", "2025-03-01,2025-03-01,industry-science-bureau,2025", 4, "valid_to", "before it starts"),
    ("bodies.csv", "water-bureau,云溪县水务局", "Water Bureau,云溪县水务局", 5, "id", "is not an id"),
    ("bodies.csv", "Yunxi Water Bureau,department", "Yunxi Water Bureau,bureau", 5, "kind", "“bureau” is not a value"),
    ("bodies.csv", ",assumed\nscience-bureau", "\nscience-bureau", 3, "", "has 9 cells, the header 10"),
    ("calendar.csv", "2023-01-28", "2023-02-30", 3, "date", "“2023-02-30” is not a day"),
    ("published/places.csv", "nanling,district", "nanlin,district", 2, "within", "no place “nanlin”"),
    ("published/sources.csv", "official", "good", 2, "quality", "“good” is not a value"),
    ("published/readings.csv", "pipe-water-loss,2023", "pipe-water-los,2023", 2, "measure", "no measure “pipe-water-los”"),
    ("published/readings.csv", "20.2,", "20.2%,", 2, "value", "“20.2%” is not a number"),
    ("published/readings.csv", "20.2,", ",", 2, "value", "must not be empty"),
    ("published/readings.csv", "1.2,1.4", "1.4,1.2", 6, "high", "runs from value up to high"),
    ("published/readings.csv", "2023,2023-12-31", "2023Q5,2023-12-31", 2, "period", "names no period"),
    ("published/readings.csv", "2023,2023-12-31", "2023,2024-12-31", 2, "as_of", "does not lie in the period 2023"),
    ("published/readings.csv", "level,forum", "level,forums", 10, "source", "no source “forums”"),
    (PLAN + "plan.toml", "renewal-2023-2027", "renewal", 2, "id", "its folder “renewal-2023-2027”"),
    (PLAN + "plan.toml", "ends = 2027-12-31", "ends = 2022-12-31", 12, "ends", "before it starts"),
    (PLAN + "plan.toml", "starts = 2023-01-01", 'starts = "soon"', 11, "starts", "“soon” is not a day"),
    (PLAN + "plan.toml", 'issuer = "county-government"', 'issuer = "county"', 8, "issuer", "no body “county”"),
    (PLAN + "plan.toml", 'address = ""', 'adress = ""', 13, "adress", "no field “adress”"),
    (PLAN + "plan.toml", "under = []", 'under = [{ kind = "city", plan = "nowhere" }]', 14, "under", "“nowhere”"),
    (PLAN + "plan.toml", "under = []", 'under = "city"', 14, "under", "not a list of tables"),
    (PLAN + "clauses.csv", "1.1,1,3,section", "1.1,7,3,section", 4, "parent", "no clause “7”"),
    (PLAN + "clauses.csv", "1.1,1,3,section", "1.1,box1,3,section", 4, "parent", "comes back to itself"),
    (PLAN + "clauses.csv", "1.1,1,3,section", "one,1,3,section", 4, "id", "“one” is not an id"),
    (PLAN + "clauses.csv", "1.1,1,3,section", "1.1,1,third,section", 4, "order", "not a whole number"),
    (PLAN + "clauses.csv", "第一节,企业", "第一节," + "企" * 121, 4, "title_zh", "120"),
    (PLAN + "clauses.csv", ",第一节,企业", ",第一节,", 4, "title_zh", "blank"),
    (PLAN + "commitments.csv", "hte-pool", "hte-pol", 10, "commitment", "no commitment “hte-pol”"),
    (PLAN + "commitments.csv", "seed-fund,2.1", "seed-fund,2.9", 14, "clauses", "no clause “2.9”"),
    (PLAN + "commitments.csv", "seed-fund,2.1", "seed-fund,", 14, "clauses", "must not be empty"),
    (PLAN + "commitments.csv", "seed-fund,2.1", "hv-patent,2.1", 15, "commitment", "commitments.csv, line 14"),
    (PLAN + "targets.csv", "range,1.1,2022-12-31", "range,1.1,", 4, "base_value", "together or not at all"),
    (PLAN + "targets.csv", "1.2,1.6", "1.2,", 4, "goal_high", "both edges"),
    (PLAN + "targets.csv", "1.2,1.6", "1.6,1.2", 4, "goal_high", "up to goal_high"),
    (PLAN + "targets.csv", "growth,,,8", "growth,,,-100", 7, "goal", "more than -100"),
    (PLAN + "targets.csv", "water-loss,pipe-water-loss", "water-loss,gdp", 2, "measure", "has no full card"),
    (PLAN + "targets.csv", ",binding,", ",strict,", 2, "nature", "“strict” is not a value"),
    (PLAN + "targets.csv", ",le,,", ",less,,", 2, "comparison", "“less” is not a value"),
    (PLAN + "targets.csv", ",ge,true,", ",ge,yes,", 5, "cumulative", "“yes” is not yes or no"),
    (PLAN + "targets.csv", "%,%,yunxi,,", "%,%,yunxy,,", 2, "place", "no place “yunxy”"),
    (PLAN + "paths.csv", "2025-12-31,18", "2022-12-31,18", 3, "date", "run forward"),
    (PLAN + "paths.csv", "water-loss,2025", "water-gain,2025", 3, "target", "no target “water-gain”"),
    (PLAN + "baselines.csv", "1.0,box1#1", "1.0,box1#9", 2, "repeated_in", "no clause “box1#9”"),
    (PLAN + "previous.csv", "10,7", "10,unknown", 2, "actual", "“unknown” is not a number"),
    (PLAN + "duties.csv", "lead,industry-science-bureau", "leads,industry-science-bureau", 2, "role", "“leads” is not a value"),
    (PLAN + "duties.csv", "hte-pool", "hte-library", 2, "item", "no plan task “hte-library”"),
    (PLAN + "duties.csv", "box1#1,,2026-12-31", "box1#1,2027-01-01,2026-12-31", 4, "to", "before it starts"),
    (PLAN + "contradictions.toml", 'kind = "arithmetic"', 'kind = "sum"', 6, "kind", "“sum” is not a value"),
    (PLAN + "contradictions.toml", "target:high-tech-firms-five-years.", "target:high-tech.", 1, "compute", "which is no figure"),
    (PLAN + "contradictions.toml", "goal / years", "goal // years", 1, "compute", "goal // years"),
    (PLAN + "contradictions.toml", "[[check]]", "[[cheque]]", 1, "cheque", "no field “cheque”"),
    (PLAN + "contradictions.toml", "no = 1", "no = 1\nnumber = 2", 4, "number", "no field “number”"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "line", "column", "what"), FAULTS)
def test_a_fault_tells_its_place_and_its_cure(county, file, old, new, line, column, what):
    edit(county, file, old, new)
    found = loading.problems(county)
    assert (file, line, column) in {(p.file, p.line, p.column) for p in found}, found
    problem = next(p for p in found if (p.file, p.line, p.column) == (file, line, column))
    assert what in problem.what
    with pytest.raises(LoadError):
        loading.load(county)
    assert not any(model.everything.exists() for model in KINDS)


@pytest.mark.parametrize(
    ("file", "content", "line", "what"),
    [
        ("bodies.csv", b"id,name\n\xff\xfe", 2, "not in UTF-8"),
        ("bodies.csv", b"", 1, "is empty"),
        ("bodies.csv", b"id,name\n", 1, "The column “name_en” is missing"),
        ("towns.csv", b"code,name,name_en,kind,lat,lon,col,row,note,colour\n", 1, "no column “colour”"),
        ("towns.csv", b"code,name,name_en,kind,lat,lon,col,row,note,note\n", 1, "stands here twice"),
        ("towns.csv", b'code,name,name_en,kind,lat,lon,col,row,note\n1,"a"b,,,,,,,\n', 2, "not proper CSV"),
        (PLAN + "plan.toml", b'id = "renewal-2023-2027\n', 1, "not proper TOML"),
        (PLAN + "contradictions.toml", b"[[contradiction]]\nid =\n", 2, "not proper TOML"),
    ],
)
def test_a_file_that_cannot_be_read(county, file, content, line, what):
    (county / file).write_bytes(content)
    problem = next(p for p in loading.problems(county) if p.file == file and what in p.what)
    assert problem.line == line
    assert problem.mend


def test_a_file_that_cannot_be_read_is_told_once(county):
    (county / "bodies.csv").write_bytes(b"id,name\n")
    assert {problem.file for problem in loading.problems(county)} == {"bodies.csv"}


def test_no_county_there(tmp_path):
    with pytest.raises(LoadError, match="cannot be read"):
        loading.load(tmp_path / "nowhere")


def test_all_faults_are_told_at_once_and_nothing_is_written(county):
    edit(county, "calendar.csv", "2023-01-28", "28.1.2023")
    edit(county, PLAN + "commitments.csv", "hte-pool", "hte-pol")
    edit(county, PLAN + "targets.csv", "pipe-water-loss", "pipe-water-lost")
    with pytest.raises(LoadError) as caught:
        loading.load(county)
    assert {p.file for p in caught.value.problems} >= {"calendar.csv", PLAN + "commitments.csv", PLAN + "targets.csv"}
    assert "Did you mean “hte-pool”?" in str(caught.value)
    assert not Event.objects.exists()


@pytest.mark.parametrize("county", COUNTIES, ids=lambda path: path.name)
def test_the_files_of_the_house_are_sound(county):
    assert loading.problems(county) == []
