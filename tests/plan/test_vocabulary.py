"""The shared vocabulary holds together, and a county adds to it without touching it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from django.utils import translation

from hanfeng.plan.files import LoadError
from hanfeng.plan.vocabulary import (
    DIRECTIONS,
    FORMS,
    KINDS,
    commitments,
    groups,
    measure_groups,
    measures,
    vocabulary,
)

YUNXI = Path(__file__).resolve().parents[1] / "counties" / "yunxi"
BARE = YUNXI / "plans"  # a folder that adds no words


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def test_commitments_are_complete():
    found = commitments(BARE)
    assert len(found) == 228
    assert all(c.kind in KINDS and c.group in groups(BARE) for c in found.values())
    assert all(w.zh and w.en for c in found.values() for w in (c.words, c.does))
    assert {c.group for c in found.values()} == set(groups(BARE))


def test_measures_are_complete():
    found = measures(BARE)
    assert len(found) > 100
    assert all(
        m.direction in DIRECTIONS and m.form in FORMS and m.group in measure_groups(BARE) for m in found.values()
    )
    assert all(m.words.zh and m.words.en and m.unit.zh and m.unit.en for m in found.values())
    assert all((m.release_months is None) == (m.release_confidence == "") for m in found.values())
    carded = [m for m in found.values() if m.meaning.zh]
    assert carded
    assert all(m.has_card for m in carded)


def test_names_follow_the_language():
    pool, intensity = commitments(BARE)["hte-pool"], measures(BARE)["rd-intensity"]
    assert pool.name("en").startswith("High-tech")
    assert re.search(r"[\u4e00-\u9fff]", pool.name("zh-hans"))
    with translation.override("zh-hans"):
        assert pool.name() == pool.name("zh")
        assert intensity.name() == intensity.name("zh")
    assert intensity.name() == intensity.name("en")


def test_a_county_adds_its_own():
    own = set(vocabulary(YUNXI).commitments) - set(vocabulary(BARE).commitments)
    assert own == {"pipe-renewal"}
    assert measures(YUNXI)["pipe-water-loss"].direction == "down"
    assert "pipe-water-loss" not in measures(BARE)


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "column", "what"),
    [
        ("commitments.csv", "pipe-renewal", "hte-pool", 2, "id", "is taken already"),
        ("commitments.csv", "pipe-renewal", "Pipe_Renewal", 2, "id", "is not an id"),
        ("commitments.csv", ",P,", ",X,", 2, "kind", "“X” is not a value"),
        ("commitments.csv", "city-management", "city-managment", 2, "group", "“city-managment” is not a value"),
        ("measures.toml", "[pipe-water-loss]", "[rd-intensity]", 1, "id", "is taken already"),
        ("measures.toml", 'direction = "down"', 'direction = "sideways"', 7, "direction", "“sideways” is not a value"),
        ("measures.toml", "decimals = 1", 'decimals = "one"', 6, "decimals", "is not a whole number"),
        ("measures.toml", "scope_zh", "scop_zh", 14, "scop_zh", "has no field"),
        ("measures.toml", 'group = "environment"', 'group = "environment', 9, "", "not proper TOML"),
        (
            "measures.toml",
            "decimals = 1",
            'decimals = 1\npart_of = "water"',
            1,
            "pipe-water-loss",
            "“water”, which does not",
        ),
    ],
)
def test_faults_of_a_countys_words(tmp_path, file, old, new, line, column, what):
    shutil.copytree(YUNXI / "vocabulary", tmp_path / "vocabulary")
    path = tmp_path / "vocabulary" / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(LoadError) as caught:
        vocabulary(tmp_path)
    problem = caught.value.problems[0]
    assert (problem.file, problem.line, problem.column) == (f"vocabulary/{file}", line, column)
    assert what in problem.what
    assert problem.mend


def test_a_near_word_is_offered(tmp_path):
    shutil.copytree(YUNXI / "vocabulary", tmp_path / "vocabulary")
    path = tmp_path / "vocabulary" / "commitments.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("city-management", "city-managment"), encoding="utf-8")
    with pytest.raises(LoadError, match="Did you mean “city-management”"):
        vocabulary(tmp_path)
