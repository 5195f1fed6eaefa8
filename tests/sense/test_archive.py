"""Old months in Parquet files: every question has the same answer before, between and after; a break anywhere loses nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from hanfeng.kernel.api import Quality, Value, arrays, buckets, gaps, ingest, latest, series
from hanfeng.kernel.sense import archive, archiving, client
from hanfeng.kernel.sense.aggregates import work_off
from hanfeng.kernel.sense.models import Archived, Late, Observation, Revision, Standing
from hanfeng.kernel.sense.scope import KEEPER
from hanfeng.kernel.sense.store import Store, stand_of
from hanfeng.site.backup import contents

pytestmark = pytest.mark.django_db
ZONE = timezone.get_default_timezone()
T0 = datetime(2025, 11, 20, tzinfo=ZONE)
STEP = timedelta(hours=18)
COUNT = 120  # to the middle of February
NOW = datetime(2026, 2, 20, tzinfo=ZONE)
END = T0 + COUNT * STEP


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> Path:
    settings.HOME = tmp_path
    return tmp_path


@pytest.fixture
def streams(station: Any) -> tuple[int, int]:
    """Two series over three months, with words, marks and intervals among the numbers."""
    water, level = (row.pk for row in station())
    values: list[Value] = []
    for n in range(COUNT):
        at = T0 + n * STEP
        values.append(Value(water, at, float(n % 50), "M" if n % 17 == 0 else ""))
        if n % 3 == 0:
            values.append(Value(level, at, {"words": n} if n % 9 == 0 else n / 10, until=at + STEP))
        if n % 11 == 0:
            values[-1] = values[-1]._replace(more={"parameters": {"n": n}}, result_time=at + timedelta(seconds=9))
    ingest(values)
    work_off()
    return water, level


QUESTIONS = (
    {}, {"$top": "37"}, {"$top": "37", "$orderby": "phenomenonTime desc"}, {"$top": "39", "$orderby": "phenomenonTime asc"},
    {"$filter": "result gt 40", "$top": "5"}, {"$filter": "result gt 40 and phenomenonTime lt 2025-12-24T00:00:00Z"},
    {"$filter": "result gt 45", "$orderby": "phenomenonTime desc", "$top": "4", "$count": "true"},
    {"$filter": "phenomenonTime ge 2025-12-30T00:00:00Z and phenomenonTime lt 2026-01-03T00:00:00Z"},
    {"$orderby": "result desc", "$top": "50"}, {"$orderby": "result,phenomenonTime desc", "$top": "50", "$filter": "result lt 3"},
    {"$filter": "Datastream/name ne 'x' and parameters/n gt 100", "$count": "true"}, {"$resultFormat": "dataArray", "$top": "60"},
    {"$skip": "30", "$top": "70"}, {"$count": "true", "$top": "2", "$filter": "result eq 7"}, {"$select": "result,resultTime"},
)  # fmt: skip


def pages(web: Client, path: str, query: dict[str, str]) -> Iterator[Any]:
    """Every page of a set."""
    answer = web.get(path, query)
    for _page in range(200):
        assert answer.status_code == 200, answer.content
        told = answer.json()
        yield told
        if "@iot.nextLink" not in told:
            return
        answer = web.get(told["@iot.nextLink"])
    raise AssertionError("the pages do not end")


@pytest.fixture
def answers(account: Any, streams: tuple[int, int]) -> Any:
    """answers() -> all that the questions of people and of clients get to hear."""
    web = Client()
    web.force_login(account("keeper", KEEPER))
    water, _level = streams

    def ask() -> list[Any]:
        told: list[Any] = []
        for query in QUESTIONS:
            told += [
                list(pages(web, f"/sta/v1.1/{path}", query))
                for path in ("Observations", f"Datastreams({water})/Observations")
            ]
        told.append(
            web.get("/sta/v1.1/Things?$expand=Datastreams/Observations($top=4;$orderby=phenomenonTime desc)").json()
        )
        told.append(web.get(f"/sta/v1.1/Observations('{water}-{client.ms(T0)}')").json())
        told.append(
            [
                list(pages(web, f"/sta/v1.1/FeaturesOfInterest({key})/Observations", {"$top": "30"}))
                for key in features()
            ]
        )
        for key in streams:
            told += [
                series(key, T0, END),
                series(key, T0, END, most=5),
                series(key, T0, END, most=200, newest_first=True),
            ]
            told += [
                column.tolist() if column.dtype != float else repr(column.tolist()) for column in arrays(key, T0, END)
            ]
            told += [buckets([key], step, T0, END) for step in ("hour", "day", "month")]
            told += [gaps(key, 36000, T0, END), latest([key]), stand_of(key)]
        return told

    return ask


def features() -> list[int]:
    from hanfeng.kernel.sense.models import FeatureOfInterest

    return list(FeatureOfInterest.objects.values_list("pk", flat=True))


def clear(most: int = 20_000) -> int:
    return Store().clear(most)


def archived() -> list[archiving.Done]:
    done = archiving.run(1, NOW)
    while clear():
        pass
    return done


def test_every_question_has_the_same_answer_before_between_and_after(answers: Any, streams: tuple[int, int]) -> None:
    before = answers()
    done = archiving.run(1, NOW)
    assert [one.month for one in done] == ["2025-11", "2025-12"]
    assert answers() == before  # the rows stand in both places
    steps = 0
    while clear(20):
        steps += 1
        if steps == 2:
            assert answers() == before  # some of them
    assert steps > 2
    assert answers() == before
    assert Observation.objects.filter(time__lt=client.ms(datetime(2026, 1, 1, tzinfo=ZONE))).count() == 0
    assert sum(one.rows for one in done) + Observation.objects.count() == sum(
        Standing.objects.values_list("count", flat=True)
    )
    assert archiving.run(1, NOW) == []
    assert archiving.damaged() == []
    files = {path.relative_to(archive.folder().parent).as_posix() for path in contents.files(archive.folder().parent)}
    assert {f"archive/{path.name}" for path in archive.folder().glob("*.parquet")} <= files  # a backup holds them
    next(archive.folder().glob("*.parquet")).write_bytes(b"PAR1")
    assert len(archiving.damaged()) == 1


def test_late_values_of_an_archived_month_are_taken_merged_and_folded_in(
    answers: Any, streams: tuple[int, int]
) -> None:
    water, level = streams
    archived()
    between, first = T0 + 3 * STEP + timedelta(minutes=1), T0 - timedelta(days=40)
    told = ingest(
        [Value(water, between, 77.0), Value(water, T0, 99.0), Value(water, T0 + STEP, 1.0), Value(level, first, 5.0)]
    )
    assert (told.new, told.changed, told.same) == (2, 1, 1)
    assert client.edit("delete", water, client.ms(T0 + 2 * STEP), who="clerk")
    assert client.edit("judge", water, client.ms(T0 + 4 * STEP), who="clerk", quality=Quality.INVALID)
    assert not client.edit("delete", water, client.ms(T0 + 2 * STEP), who="clerk")
    assert [(o.value, o.quality) for o in series(water, T0, T0 + 5 * STEP)] == [
        (99.0, 0), (1.0, 0), (3.0, 0), (77.0, 0), (4.0, Quality.INVALID),
    ]  # fmt: skip
    assert sorted(json.loads(row)["number"] for row in Revision.objects.values_list("row", flat=True)) == [
        0.0,
        2.0,
        4.0,
    ]
    day = buckets([water], "day", T0, T0 + timedelta(days=1))[water][0]
    assert (day.n, day.valid, day.high) == (2, 2, 99.0)
    days = buckets([water], "day", T0, END)[water]
    assert (sum(b.n for b in days), sum(b.valid for b in days)) == (COUNT, COUNT - 1 - COUNT // 17)
    work_off()
    assert buckets([water], "day", T0, END)[water] == days
    assert days[0] == day
    assert latest([level])[level].first == first
    assert Standing.objects.get(pk=water).count == COUNT
    merged = answers()
    assert Late.objects.count() == 5
    files = set(archive.folder().glob("*.parquet"))
    again = archived()
    assert [(one.month, one.again) for one in again] == [("2025-10", True), ("2025-11", True)]
    assert Late.objects.count() == 0
    assert answers() == merged
    replaced = files - set(archive.folder().glob("*.parquet"))
    assert [(archive.folder() / "old" / path.name).exists() for path in replaced] == [True]
    ingest([Value(water, T0 + 2 * STEP, 2.0)])  # what was deleted may come again
    assert series(water, T0, END)[2].value == 2.0


@pytest.mark.parametrize("broken", ["_write", "_digest", "_sync", "_order", "_put_by"])
@pytest.mark.parametrize("late", [False, True])
def test_a_break_at_any_step_loses_and_doubles_nothing(
    answers: Any, streams: tuple[int, int], broken: str, late: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if late:
        archived()
        ingest([Value(streams[0], T0 + timedelta(minutes=5), 3.0), Value(streams[0], T0, 8.0)])
        work_off()
    before = answers()
    work = getattr(archiving, broken)
    for after in (False, True):  # the step did not happen, or it did and nothing behind it

        def breaks(*args: Any, after: bool = after) -> Any:
            if broken == "_order" and args[0]["do"] == "freeze":
                return work(*args)
            if after:
                work(*args)
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(archiving, broken, breaks)
            if broken == "_put_by" and not late:
                archiving.run(1, NOW)
            else:
                with pytest.raises(KeyboardInterrupt):
                    archiving.run(1, NOW)
        assert answers() == before
    ingest([Value(streams[0], T0 + timedelta(minutes=7), 4.0)])  # while a month waits for its file
    after_late = answers()
    archived()
    assert answers() == after_late
    assert not list(archive.folder().glob(".*.part"))
    known = set(Archived.objects.exclude(file="").values_list("file", flat=True))
    assert {path.name for path in archive.folder().glob("*.parquet")} == known
    assert archiving.damaged() == []


def test_a_month_is_read_again_when_it_moves_while_it_is_read(
    streams: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    water, _level = streams
    before, looked, real = series(water, T0, END), [], archive.view
    archiving.run(2, NOW)  # with a month apart already, what is archived has to be looked at first
    assert Archived.objects.exclude(file="").count() == 1

    def view() -> archive.View:
        seen = real()
        if not looked:  # a reader has looked, and then the archive is made and the table cleared
            looked.append(True)
            archived()
        return seen

    monkeypatch.setattr(archive, "view", view)
    assert series(water, T0, END) == before
    assert looked


def test_what_a_filter_of_another_entity_cannot_reach_is_said(account: Any, streams: tuple[int, int]) -> None:
    web = Client()
    web.force_login(account("keeper", KEEPER))
    archived()
    path = "/sta/v1.1/Datastreams?$filter=Observations/result gt 48"
    answer = web.get(path)
    assert answer.status_code == 501
    assert "archived months" in answer.json()["message"]
    told = web.get(f"{path} and Observations/phenomenonTime ge 2026-01-05T00:00:00Z").json()
    assert [item["@iot.id"] for item in told["value"]] == [streams[0]]


def test_a_site_without_the_extra_says_so(
    account: Any, streams: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    archived()

    def absent(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(archive, "import_module", absent)
    monkeypatch.setattr(archive, "_kept", (0, None))
    with pytest.raises(archive.Lacking, match=r"hanfeng\[archive\]"):
        archiving.run(1, NOW)
    web = Client()
    web.force_login(account("keeper", KEEPER))
    answer = web.get(f"/sta/v1.1/Datastreams({streams[0]})/Observations")
    assert answer.status_code == 501
    assert "duckdb" in answer.json()["message"]
    new = f"/sta/v1.1/Datastreams({streams[0]})/Observations?$orderby=phenomenonTime desc&$top=20"
    assert len(web.get(new).json()["value"]) == 20  # what is in the table needs no extra
    page = web.get(f"/sense/datastreams/{streams[0]}/?span=year")
    assert page.status_code == 200
    assert "hanfeng[archive]" in page.content.decode()


def test_the_worker_archives_what_is_due_once(streams: tuple[int, int]) -> None:
    from hanfeng.kernel.job.models import Job
    from hanfeng.kernel.job.run import now as carried

    long_after = datetime(2027, 2, 20, tzinfo=ZONE)
    archiving.look(NOW)  # thirteen months stay
    assert not Job.objects.exists()
    archiving.look(long_after)
    archiving.look(long_after)
    job = carried(Job.objects.get())
    assert job.state == Job.State.DONE
    archiving.look(NOW)


@pytest.mark.filterwarnings("ignore")  # what Spark's client and pandas say of each other is not ours to mend
def test_spark_reads_the_same_files_through_ibis(streams: tuple[int, int]) -> None:
    """The same question to DuckDB and to a Spark of this machine, written once."""
    ibis = pytest.importorskip("ibis")
    pytest.importorskip("pyspark")
    from pyspark.sql import SparkSession

    archived()
    files = [
        str(archive.folder() / row["file"])
        for row in json.loads((archive.folder() / "manifest.json").read_text())["months"]
    ]
    session = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()

    def means(engine: Any) -> Any:
        table = engine.read_parquet(files[0]).union(engine.read_parquet(files[1]))
        asked = table.group_by("datastream_id").aggregate(
            n=table.count(), mean=table.number.mean(), last=table.time.max()
        )
        return [tuple(row) for row in asked.order_by("datastream_id").execute().itertuples(index=False)]

    try:
        spark = means(ibis.pyspark.connect(session))
    finally:
        session.stop()
    assert spark == means(ibis.duckdb.connect())
    assert [row[0] for row in spark] == sorted(streams)
