"""Vectors of the standards of air, surface water, trophic state and emission monitoring."""

from __future__ import annotations

import csv
import os
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from hanfeng.kernel.pure import Confidence, Fault, valid_day, valid_hour, valid_month
from hanfeng.standards import gb3095, gb3838, hj75, hj633, tli

OLD, NEW = date(2026, 2, 28), date(2026, 3, 1)


@pytest.mark.parametrize(
    ("item", "value", "index"),
    [
        ("pm25_24h", 75, 114), ("pm10_24h", 150, 112), ("pm25_24h", 40, 60), ("no2_1h", 350, 115), ("so2_24h", 475, 150),
        ("so2_1h", 2000, 200), ("o3_8h", 801, 300), ("co_24h", 4.04, 100), ("pm25_24h", 60.5, 100), ("pm25_24h", 60.6, 101),
        ("pm25_24h", 900, 500), ("pm25_24h", 0, 0), ("so2_1h", 800, 200),
    ],
)  # fmt: skip
def test_indices_of_2026(item, value, index):
    """HJ 633-2026 table 3; concentrations are rounded by GB/T 8170 first."""
    assert hj633.iaqi(item, value, hj633.edition(NEW)) == index


@pytest.mark.parametrize(
    ("item", "value", "index"), [("pm25_24h", 75, 100), ("pm10_24h", 150, 100), ("pm25_24h", 40, 57)]
)
def test_indices_of_2012(item, value, index):
    """HJ 633-2012 table 1: PM2.5 75 and PM10 150 stand at 100."""
    assert hj633.iaqi(item, value, hj633.edition(OLD)) == index


@pytest.mark.parametrize(("item", "value"), [("so2_1h", 801), ("o3_8h", 801)])
def test_2012_gives_no_index_where_2026_gives_a_cap(item, value):
    assert np.isnan(hj633.iaqi(item, value, hj633.edition(OLD)))
    assert not np.isnan(hj633.iaqi(item, value, hj633.edition(NEW)))


def test_arrays_keep_what_is_missing():
    found = hj633.iaqi("pm25_24h", [35, np.nan, -1, 60], hj633.edition(NEW))
    assert found[[0, 3]].tolist() == [50, 100]
    assert np.isnan(found[[1, 2]]).all()


def test_the_day_before_and_after_the_new_edition():
    values = {"pm25_24h": 70, "pm10_24h": 80, "so2_24h": 10, "no2_24h": 30, "co_24h": 0.8, "o3_8h": 90}
    before, after = hj633.aqi(values, OLD), hj633.aqi(values, NEW)
    assert (before.value, before.level.key, before.document) == (94, "good", "HJ 633-2012")
    assert (after.value, after.level.key, after.document) == (110, "light", "HJ 633-2026")


def test_ties_are_all_primary_and_a_clean_day_has_none():
    tie = {"pm25_24h": 115, "pm10_24h": 250, "so2_24h": 1, "no2_24h": 1, "co_24h": 0.1, "o3_8h": 1}
    assert hj633.aqi(tie, NEW).primary == ("pm10_24h", "pm25_24h")
    assert hj633.aqi(dict.fromkeys(hj633.DAILY, 1.0), NEW).primary == ()


def test_a_missing_item_withholds_a_clean_index_only():
    """HJ 633-2026 clause 5.3.1."""
    clean, foul = {"pm25_24h": 20.0}, {"pm25_24h": 90.0}
    assert hj633.aqi(clean, NEW).value is None
    assert hj633.aqi(foul, NEW).value == 128
    assert hj633.aqi(clean, OLD).value == 29
    assert hj633.aqi({}, NEW).value is None


def test_before_the_first_edition_there_is_no_index():
    with pytest.raises(Fault, match="2012-02-29"):
        hj633.edition(date(2010, 1, 1))


def test_limits_follow_the_day():
    assert [gb3095.limit("pm25_24h", day) for day in (OLD, NEW, date(2031, 1, 1))] == [75, 60, 50]
    assert gb3095.limit("pm25_24h", NEW, 1) == 35
    assert gb3095.LIMITS.at(date(2031, 1, 1)).confidence is Confidence.UNCONFIRMED
    assert gb3095.exceedance("pm10_24h", 180, NEW) == pytest.approx(0.5)


def test_phosphorus_makes_a_lake_worse_than_a_river():
    """GB 3838-2002 table 1: total phosphorus 0.06 mg/L is class IV in a lake and II in a river."""
    sample = {"do": 6.5, "codmn": 3.8, "cod": 14, "nh3n": 0.3, "tp": 0.06}
    lake, river = gb3838.assess(sample, lake=True), gb3838.assess(sample)
    assert lake is not None
    assert river is not None
    assert (lake.name, lake.deciding) == ("Ⅳ", ("tp",))
    assert lake.main[0].times == pytest.approx(0.2)
    assert (river.name, river.main) == ("Ⅱ", ())


def test_nitrogen_is_told_for_lakes_and_decides_nothing():
    found = gb3838.assess({"do": 8, "tn": 5.0}, lake=True)
    assert found is not None
    assert (found.number, found.apart) == (1, {"tn": 6})
    assert gb3838.assess({"tn": 5.0}, lake=True) is None
    assert gb3838.assess({"do": 8, "tn": 5.0}).apart == {}


def test_oxygen_counts_downwards_and_by_saturation():
    assert [gb3838.class_of("do", value) for value in (7.5, 6, 5, 3, 2, 1.9)] == [1, 2, 3, 4, 5, 6]
    assert gb3838.oxygen_saturation(15) == pytest.approx(10.04, abs=0.01)
    assert gb3838.class_of("do", 7.2, temperature=30) == 1
    assert gb3838.class_of("ph", 9.1) == gb3838.WORSE


def test_main_pollutants_the_worst_first_and_at_most_three():
    found = gb3838.assess({"codmn": 16, "nh3n": 1.6, "tp": 0.5, "bod5": 4.2, "do": 2.5})
    assert found is not None
    assert found.name == "劣Ⅴ"
    assert [row.item for row in found.main] == ["codmn", "tp", "nh3n"]
    assert found.status.zh == "重度污染"


@pytest.mark.parametrize(
    ("values", "index", "key"),
    [
        ((10, 0.05, 1, 1, 4), 48.02, "mesotrophic"),
        ((30, 0.1, 1.5, 0.5, 6), 58.98, "light"),
        ((1, 0.01, 0.2, 5, 1.5), 21.05, "oligotrophic"),
    ],
)
def test_trophic_index(values, index, key):
    """总站生字〔2001〕090号: the weights are 0.2663, 0.1879, 0.1790, 0.1834 and 0.1834."""
    found = tli.trophic(dict(zip(("chla", "tp", "tn", "sd", "codmn"), values, strict=True)))
    assert found is not None
    assert found.value == pytest.approx(index, abs=0.01)
    assert found.grade.key == key
    assert [round(w, 4) for w in found.weights.values()] == [0.2663, 0.1879, 0.1790, 0.1834, 0.1834]


def test_a_missing_item_is_told_and_is_not_zero():
    found = tli.trophic({"chla": 10, "tp": 0.05})
    assert found is not None
    assert found.missing == ("tn", "sd", "codmn")
    assert sum(found.weights.values()) == pytest.approx(1)
    assert 45 < found.value < 51
    assert tli.trophic({"tp": 0.05}) is None
    with pytest.raises(Fault, match="detection limit"):
        tli.trophic({"chla": 0})


def test_grades_at_their_edges():
    assert [tli.grade(v).key for v in (29.99, 30, 50, 50.01, 60, 70, 70.01)] == [
        "oligotrophic", "mesotrophic", "mesotrophic", "light", "light", "moderate", "hyper",
    ]  # fmt: skip


def test_validity_of_emission_data():
    """HJ 76-2017 appendix B."""
    assert (valid_hour(45, 60), valid_hour(44, 60)) == (True, False)
    assert (valid_day(20), valid_day(19)) == (True, False)
    assert (valid_month(24, 2026, 1), valid_month(23, 2026, 2)) == (False, True)
    assert hj75.converted(30, 9, 6) == pytest.approx(37.5)
    assert hj75.converted(30, 21, 6) is None


def samples(name):
    folder = os.environ.get("HANFENG_SAMPLES")
    if not folder:
        pytest.skip("HANFENG_SAMPLES names no folder of samples")
    with (Path(folder) / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_published_hours_of_2019():
    names = {"pm25_24h": "PM2_5", "pm10_24h": "PM10", "so2_1h": "SO2", "no2_1h": "NO2", "co_1h": "CO", "o3_1h": "O3_1h"}
    words = {
        "pm25_24h": "PM2.5",
        "pm10_24h": "PM10",
        "so2_1h": "二氧化硫",
        "no2_1h": "二氧化氮",
        "co_1h": "一氧化碳",
        "o3_1h": "臭氧",
    }
    rows = samples("air/aqi_check_2019_sample.csv")
    for row in rows:
        found = hj633.aqi(
            {k: float(row[v]) for k, v in names.items()}, date.fromisoformat(row["TimePoint"][:10]), hj633.HOURLY
        )
        assert found.value == int(row["AQI"]), row
        told = row["PrimaryPollutant"]
        assert (not found.primary) == (told in ("", "-", "—", "NA", "无")), row
        assert all(words[item] in told for item in found.primary), row


WATER = {"ph": "pH", "do": "DO", "codmn": "CODMn", "nh3n": "NH3N", "tp": "TP"}


def read_number(text):
    try:
        return float(text)
    except ValueError:
        return None


def test_published_classes():
    """A section whose published classes fit the lake limits better is a lake.

    What is left differs by a value rounded at a limit, or by a class published for the sampling before: under one in fifty.
    """
    sections: dict[str, list[tuple[int, int, int]]] = {}
    for row in samples("water/surface_water_4h_2021-04_sample.csv"):
        values = {item: read_number(row[column]) for item, column in WATER.items()}
        river, lake = gb3838.assess(values), gb3838.assess(values, lake=True)
        if row["wq_class"] in gb3838.CLASSES and river and lake:
            told = gb3838.CLASSES.index(row["wq_class"]) + 1
            sections.setdefault(row["section"], []).append((told, river.number, lake.number))
    whole = sum(map(len, sections.values()))
    differ = sum(min(sum(r[0] != r[1] for r in rows), sum(r[0] != r[2] for r in rows)) for rows in sections.values())
    assert whole > 1500
    assert differ / whole < 0.02, f"{differ} of {whole}"
