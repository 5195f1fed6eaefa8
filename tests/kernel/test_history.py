"""The history proves itself: whatever is changed, put in, taken out or cut off is found."""

import json
import os
import threading
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection, connections
from django.utils.translation import gettext, override

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.models import Person
from hanfeng.commons.series.kinds import GDP
from hanfeng.commons.series.models import SeriesValue
from hanfeng.kernel.alert.models import Incident
from hanfeng.kernel.api import Event, Stale, erase, in_both, save
from hanfeng.kernel.record import audit, seals
from hanfeng.kernel.record.chain import stamp
from hanfeng.kernel.record.models import Seal
from hanfeng.kernel.record.write import before

WRITERS = 16


@pytest.fixture
def home(settings, tmp_path):
    settings.HOME = tmp_path
    return tmp_path


@pytest.fixture
def history(db, home):
    """Three bodies with five events each, sealed, and five more not sealed yet."""
    bodies = [Body(slug=f"b{i}", name=f"B{i}", kind="department") for i in range(3)]
    for body in bodies:
        save(body, None)
        for n in range(4):
            save(body, None, {"name": f"name {n}"})
    seals.seal()
    save(bodies[0], None, {"name": "unsealed"})
    assert list(audit.verify()) == []
    return bodies


def faults():
    return [f"{broken.where}: {broken.what}" for broken in audit.verify()]


def number():
    """The number of the one seal there is: a sequence does not start anew for each test."""
    return Seal.objects.get().pk


def run(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_a_changed_event_is_found(history):
    run("UPDATE record_event SET note = 'quietly' WHERE key = %s AND seq = 2", history[1].pk)
    assert len(faults()) == 1
    assert f"{history[1].pk} · 2" in faults()[0]


def test_a_note_in_both_languages_is_told_in_the_readers_and_proves_itself(history):
    body = history[0]
    with override("en"):
        event = save(body, None, {"name": "renamed"}, note=in_both(lambda: gettext("Nothing has been recorded yet.")))
    kept = Event.objects.get(pk=event.pk)
    with override("en"):
        assert kept.said == "Nothing has been recorded yet."
    with override("zh-hans"):
        assert kept.said == kept.note != "Nothing has been recorded yet."
    plain = save(body, None, {"name": "again"}, note="as somebody wrote it")
    with override("en"):
        assert plain.said == "as somebody wrote it"
        assert save(body, None, {"note": "of @note_en"}, note="by hand").said == "by hand"
    assert before(body, kept) == {"name": "unsealed"}, "the English of a note is no field of the record"
    assert faults() == []
    run("UPDATE record_event SET data = replace(data, 'Nothing', 'Something') WHERE id = %s", event.pk)
    assert faults()[0].startswith(f"bodies.body {body.pk} · {event.seq}:")


def test_an_event_changed_together_with_its_hash_breaks_chain_and_seal(history):
    event = Event.objects.get(key=history[1].pk, seq=2)
    event.note = "quietly"
    run("UPDATE record_event SET note = 'quietly', hash = %s WHERE id = %s", stamp(event), event.pk)
    assert {f.split(":")[0] for f in faults()} == {f"bodies.body {history[1].pk} · 3", f"seal {number()}"}


def test_an_inserted_event_is_found(history):
    first = Event.objects.get(key=history[0].pk, seq=1)
    first.pk, first.seq, first.note = None, 7, "never happened"
    first.save(force_insert=True)
    assert any("· 7" in fault for fault in faults())


def test_a_removed_event_is_found(history):
    sealed = number()
    run("DELETE FROM record_event WHERE key = %s AND seq = 3", history[2].pk)
    found = faults()
    assert any("event 3" in f or "3" in f for f in found)
    assert any(f.startswith(f"seal {sealed}") for f in found)


def test_a_cut_off_end_is_found_sealed_or_not(history):
    sealed = number()
    run("DELETE FROM record_event WHERE key = %s AND seq = 6", history[0].pk)
    assert len(faults()) == 1
    run("UPDATE bodies_body SET version = 5, name = 'name 3' WHERE id = %s", history[0].pk)
    assert faults() == []  # an unsealed end, cut with its record, is what the next seal is for
    run("DELETE FROM record_event WHERE key = %s AND seq = 5", history[1].pk)
    run("UPDATE bodies_body SET version = 4, name = 'name 2' WHERE id = %s", history[1].pk)
    assert any(f.startswith(f"seal {sealed}") for f in faults())


def test_a_row_changed_past_its_history_is_found(history):
    run("UPDATE bodies_body SET name = 'X' WHERE id = %s", history[0].pk)
    assert any("name" in fault for fault in faults())


def test_a_decimal_is_the_same_however_many_places_are_written(db, home):
    value = SeriesValue(series=GDP.name, year=2024, value=Decimal("1200"), vintage=date(2025, 3, 1), source="yearbook")
    save(value, None)
    value.refresh_from_db()
    assert save(value, None, {"value": Decimal("1200.0")}) is None
    assert faults() == []
    save(value, None, {"value": Decimal("1200.5")})
    for told in ("1200.5", "1200.500"):  # as it is told now, and as it was once, with the places that were typed
        event = Event.objects.get(key=value.pk, kind="series.seriesvalue", seq=2)
        event.data = json.dumps({"value": ["1200", told]})
        run("UPDATE record_event SET data = %s, hash = %s WHERE id = %s", event.data, stamp(event), event.pk)
        assert faults() == []
    run("UPDATE series_seriesvalue SET value = 1200.51 WHERE id = %s", value.pk)
    assert len(faults()) == 1


def test_what_no_event_speaks_of_is_empty(db, home):
    """Such a field was left empty, or came later than the record."""
    incident = Incident(title="smoke", state="open")
    save(incident, None)
    event = Event.objects.get(kind="alert.incident")
    told = json.loads(event.data)
    assert told.pop("spent") == [None, {}]
    event.data = json.dumps(told)
    run("UPDATE record_event SET data = %s, hash = %s WHERE id = %s", event.data, stamp(event), event.pk)
    assert faults() == []
    run("UPDATE alert_incident SET spent = '{\"open\": 1}' WHERE id = %s", incident.pk)
    assert len(faults()) == 1


def test_a_deleted_seal_is_found_in_the_file(history):
    sealed = number()
    run("UPDATE record_event SET seal_id = NULL")
    Seal.objects.all().delete()
    assert any(f.startswith(f"seal {sealed}") for f in faults())


def test_a_seal_made_anew_without_the_key_is_found(history, home):
    sealed = number()
    run("UPDATE record_seal SET mac = %s", "0" * 64)
    (home / "seals.log").write_text("")
    assert any(f.startswith(f"seal {sealed}") for f in faults())


def test_an_erased_personal_value_leaves_the_chain_valid(db, home):
    person = Person(name="Li", phone="13800001111")
    save(person, None)
    seals.seal()
    erase(person, None, ["phone"], "asked")
    assert faults() == []


def test_a_changed_personal_value_is_found(db, home):
    person = Person(name="Li", phone="13800001111")
    save(person, None)
    run("UPDATE record_secret SET data = '[null,\"13900000000\"]'")
    assert len(faults()) == 1


def test_the_key_and_the_file_are_the_owners_only(history, home):
    assert oct(os.stat(home / "seal.key").st_mode & 0o777) == "0o600"
    assert oct(os.stat(home / "seals.log").st_mode & 0o777) == "0o600"


def test_a_seal_lost_between_commit_and_file_is_written_later(history, home):
    (home / "seals.log").write_text('{"seal": 1, "torn')
    seals.seal()
    assert faults() == []


@pytest.mark.django_db(transaction=True)
def test_sixteen_writers_at_once_leave_one_whole_chain(home):
    shared = Body(slug="shared", name="Shared", kind="department")
    save(shared, None)
    lost = []

    def work(n):
        try:
            own = Body(slug=f"own{n}", name="own", kind="department")
            save(own, None)
            for i in range(5):
                save(own, None, {"name": f"{n}-{i}"})
                while True:
                    try:
                        save(Body.objects.get(pk=shared.pk), None, {"name": f"{n}-{i}"})
                        break
                    except Stale:
                        continue
        except Exception as why:
            lost.append(why)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(WRITERS)]
    [t.start() for t in threads]
    seals.seal()
    [t.join() for t in threads]
    seals.seal()
    assert lost == []
    assert Body.objects.get(pk=shared.pk).version == 1 + WRITERS * 5
    assert faults() == []
