"""The glossary binds: where a term stands in a catalogue by itself, its Chinese is the glossary's."""

import csv
from functools import cache
from pathlib import Path

import pytest

from hanfeng.site import translations

GLOSSARY = Path(__file__).resolve().parents[2] / "docs" / "glossary.csv"


def rows():
    with GLOSSARY.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def said():
    """The Chinese of every message without a context, by its English."""
    found = {}
    for path in translations.catalogues():
        for (context, message), kept in translations.read(path).items():
            if context is None:
                found.setdefault(message, set()).add(translations.words(kept))
    return found


def chinese_of(term):
    """How the catalogues say a term, at the head of a line or within it."""
    return {chinese for word in {term, term[:1].upper() + term[1:]} for chinese in said().get(word, ())}


def test_a_term_stands_once():
    terms = [row["en"] for row in rows()]
    assert sorted(terms) == sorted(set(terms))


def test_most_terms_are_words_of_the_platform():
    used = [row["en"] for row in rows() if chinese_of(row["en"])]
    assert len(used) > len(rows()) * 0.7, sorted({row["en"] for row in rows()} - set(used))


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["en"])
def test_the_catalogues_use_the_term(row):
    assert row["zh"]
    assert [chinese for chinese in chinese_of(row["en"]) if row["zh"] not in chinese] == []
