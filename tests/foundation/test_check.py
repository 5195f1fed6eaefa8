"""`hanfeng check`: what it finds in broken packs, plans and histories, and how it tells."""

import dataclasses
import json

import pytest
from django.db.models import Q

from hanfeng.commons.places.models import Place
from hanfeng.kernel.api import Role, find, save
from hanfeng.kernel.record.models import Record
from hanfeng.site import check
from hanfeng.site.commands import checking
from hanfeng.site.commands.terminal import Refused


def words(findings):
    return [(f.level, f.where, f.message) for f in findings]


def broken(monkeypatch, **changes):
    packs = (dataclasses.replace(find("places"), **changes), find("people"))
    monkeypatch.setattr("hanfeng.kernel.pack.catalogue", lambda: packs)
    return words(check.run(["packs"]))


def test_the_packs_of_this_site_fit_together():
    assert words(check.run(["packs"])) == []


@pytest.mark.django_db
def test_a_commitment_nobody_made(monkeypatch):
    packs = (dataclasses.replace(find("places"), serves=("no-such-commitment",)),)
    monkeypatch.setattr("hanfeng.plan.check.catalogue", lambda: packs)
    assert [(level, where) for level, where, text in words(check.run(["plan"])) if "no-such-commitment" in text] == [
        ("error", "places")
    ]


def test_a_pack_named_otherwise_than_its_folder(monkeypatch):
    assert any("named like its folder" in text for _level, _where, text in broken(monkeypatch, name="place"))


def test_a_role_nobody_can_hold(monkeypatch):
    desk = dataclasses.replace(find("places").desks[0], write=(Role("places.ghost", "ghost"),))
    ((_level, _where, text),) = broken(monkeypatch, desks=(desk,))
    assert "places.ghost" in text


def test_a_pack_without_a_face(monkeypatch, settings):
    settings.PACKS = ("hanfeng.commons.places",)
    ((_level, _where, text),) = broken(monkeypatch, face=None)
    assert "no face" in text


def test_a_model_that_does_not_say_who_sees_it(monkeypatch):
    monkeypatch.delattr(Place, "scope")
    assert [(where, "who may see" in text) for _level, where, text in words(check.run(["packs"]))] == [
        ("places.Place", True)
    ]
    monkeypatch.undo()
    assert Place.scope(None) == Q()
    assert "scope" in vars(Record)


@pytest.mark.django_db
def test_a_row_changed_past_its_history_is_found():
    place = Place(slug="a-town", name="A", kind=Place.Kind.TOWN)
    save(place, None)
    assert words(check.run(["history"])) == []
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("UPDATE places_place SET name = 'B' WHERE id = %s", [place.pk])
    ((level, where, _text),) = words(check.run(["history"]))
    assert level == "error"
    assert where == f"places.place {place.pk} · name"


@pytest.fixture
def toy(monkeypatch):
    def use(*findings):
        monkeypatch.setattr(check, "CHECKS", {"toy": lambda: iter(findings)})

    return use


def test_an_error_is_the_exit_code(toy, capsys):
    toy(check.Finding("toy", "error", "here", "It is [bold]broken[/bold].", "Mend it."))
    assert checking.show([], "json") == 1
    assert json.loads(capsys.readouterr().out) == [
        {"check": "toy", "level": "error", "where": "here", "message": "It is [bold]broken[/bold].", "mend": "Mend it."}
    ]


def test_a_warning_is_not(toy):
    toy(check.Finding("toy", "warning", "here", "It is odd."))
    assert checking.show(["toy"], "json") == 0


def test_an_unknown_check_is_told_with_those_there_are(toy):
    toy()
    with pytest.raises(Refused, match="no check named ghost"):
        checking.show(["ghost"], "table")


def test_a_name_is_given_once():
    with pytest.raises(ValueError, match="two checks are named packs"):
        check.check("packs")(list)
