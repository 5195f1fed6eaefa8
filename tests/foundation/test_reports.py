"""The commands that report, on a loaded county: JSON for programs, a table for people, sentences for mistakes."""

import json

import pytest
from click.testing import CliRunner

from hanfeng.cli import main
from hanfeng.plan import loading
from hanfeng.plan.models import Task

pytestmark = pytest.mark.django_db


@pytest.fixture
def county(settings, tmp_path):
    settings.HOME = tmp_path  # the file of seals lies there, outside what a test rolls back
    loading.load()


def run(*arguments):
    return CliRunner().invoke(main, arguments)


def test_the_trace_is_one_object_a_commitment(county):
    done = run("trace", "--format", "json")
    assert done.exit_code == 0, done.output
    rows = json.loads(done.stdout)
    assert len(rows) == Task.objects.filter(plan__slug="innovation-2021-2025").count() == 228
    assert all({"id", "kind", "clause", "packs", "indicators"} <= set(row) for row in rows)
    served = {row["id"] for row in rows if row["packs"]}
    left = json.loads(run("trace", "--unserved", "--format", "json").stdout)
    assert {row["id"] for row in rows} - served == {row["id"] for row in left}
    assert served


def test_the_trace_as_a_table_ends_with_the_sum(county):
    assert run("trace").stdout.rstrip().splitlines()[-1].startswith("228 commitments, ")


def test_a_plan_that_is_not_there(county):
    for command in ("trace", "evaluate"):
        done = run(command, "--plan", "none")
        assert done.exit_code == 1
        assert "There is no plan" in done.stderr
        assert done.stdout == ""


def test_the_evaluation_in_both_languages(county):
    told = {}
    for spoken in ("en", "zh-hans"):
        done = run("evaluate", "--as-of", "2025-03-01", "--language", spoken, "--format", "json")
        assert done.exit_code == 0, done.output
        told[spoken] = json.loads(done.stdout)
        assert told[spoken]["as_of"] == "2025-03-01"
    assert told["en"]["headline"] != told["zh-hans"]["headline"]
    assert len(told["en"]["targets"]) == len(told["zh-hans"]["targets"])


def test_the_evaluation_as_a_table(county):
    done = run("evaluate", "--as-of", "2025-03-01", "--language", "en")
    assert done.exit_code == 0, done.output
    assert "As known on 2025-03-01." in done.stdout


def test_a_day_that_is_none():
    done = run("evaluate", "--as-of", "2025-02-30")
    assert done.exit_code == 1
    assert "2025-02-30 is not a day" in done.stderr


def test_a_seal_covers_what_was_loaded(county):
    first = json.loads(run("seal", "--format", "json").stdout)
    assert first["sealed"] > 228
    assert len(first["root"]) == 64
    assert json.loads(run("seal", "--format", "json").stdout) == {"sealed": 0, "root": None}


def test_a_loaded_county_has_no_errors(county):
    run("seal")
    done = run("check", "plan", "history", "packs", "--format", "json")
    assert [row for row in json.loads(done.stdout) if row["level"] == "error"] == []
    assert done.exit_code == 0


def test_the_evaluation_as_a_file(county, tmp_path):
    out = tmp_path / "report.json"
    assert run("evaluate", "--as-of", "2025-03-01", "--out", str(out)).exit_code == 0
    assert json.loads(out.read_text(encoding="utf-8"))["as_of"] == "2025-03-01"
    done = run("evaluate", "--as-of", "2025-03-01", "--out", str(tmp_path / "report.xyz"))
    assert done.exit_code == 1
    assert "json, docx, pdf" in done.stderr
