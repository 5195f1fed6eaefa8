"""Writing records: one, many, undone, erased; and what is refused."""

import json

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.models import Person
from hanfeng.kernel.api import Event, Stale, erase, save, save_many, undo
from hanfeng.kernel.record.models import Secret
from hanfeng.kernel.record.write import own_fields

pytestmark = pytest.mark.django_db


def story(record):
    return list(Event.objects.filter(key=record.pk, kind=record._meta.label_lower).order_by("seq"))


def test_a_new_record_tells_what_it_holds(body, account):
    registrar = account("zhang")
    made = Body(slug="office", name="Office", kind="department")
    event = save(made, registrar)
    assert (made.version, event.seq, event.verb, event.who) == (1, 1, "create", "zhang")
    assert json.loads(event.data) == {"slug": [None, "office"], "name": [None, "Office"], "kind": [None, "department"]}


def test_a_change_tells_before_and_after_and_leaves_the_rest_alone(body):
    made = body("office")
    other = Body.objects.get(pk=made.pk)
    event = save(made, None, {"name": "New", "kind": "department"})
    assert json.loads(event.data) == {"name": ["OFFICE", "New"]}
    assert event.prev == story(made)[0].hash
    assert Body.objects.get(pk=made.pk).name == "New"
    assert other.version == 1


def test_a_word_that_changes_without_its_english_empties_it(body):
    kept = body("office", name="办公室", name_en="Office", note="旧注", note_en="old note")
    save(kept, None, {"name": " 办公室\n", "note": "新注"})
    assert (kept.name_en, kept.note_en) == ("Office", "")
    save(kept, None, {"name": "新办公室", "name_en": "Office"})
    assert kept.name_en == "Office", "whoever tells both says that it still holds"
    save(kept, None, {"name_en": "New office"})
    assert kept.name == "新办公室"


def test_nothing_changed_leaves_no_event(body):
    made = body("office")
    assert save(made, None, {"name": made.name}) is None
    assert len(story(made)) == 1


def test_a_refused_change_leaves_record_and_history_as_they_were(body):
    made = body("office")
    with pytest.raises(ValidationError):
        save(made, None, {"code": "91110000600037341X"})
    assert made.code == ""
    assert made.version == 1
    assert len(story(made)) == 1


def test_a_refused_new_record_can_be_mended_and_written(body):
    body("office")
    again = Body(slug="office", name="Other", kind="department")
    with pytest.raises(ValidationError):
        save(again, None)
    assert again.pk is None
    save(again, None, {"slug": "other"})
    assert Body.objects.count() == 2


def test_the_slower_of_two_is_told_and_shown_both(body):
    made = body("office")
    mine, hers = Body.objects.get(pk=made.pk), Body.objects.get(pk=made.pk)
    save(hers, None, {"name": "Hers"})
    with pytest.raises(Stale) as told:
        save(mine, None, {"name": "Mine"})
    assert told.value.current.name == "Hers"
    assert told.value.wanted == {"name": "Mine"}
    assert mine.name == "OFFICE"


def test_a_form_filled_from_an_old_version_is_stale_although_the_row_is_fresh(body):
    made = body("office")
    save(made, None, {"name": "Hers"})
    with pytest.raises(Stale):
        save(Body.objects.get(pk=made.pk), None, {"name": "Mine"}, version=1)


@pytest.mark.parametrize("write", ["save", "delete"])
def test_a_record_writes_itself_never(body, write):
    made = body("office")
    with pytest.raises(TypeError, match=r"record\.save|never deleted"):
        getattr(made, write)()


@pytest.mark.parametrize("write", ["update", "delete", "create", "bulk_create", "get_or_create", "update_or_create"])
def test_rows_are_not_written_past_the_history(db, write):
    with pytest.raises(TypeError, match="leaves an event"):
        getattr(Body.objects, write)()


def test_an_event_is_never_deleted(body):
    with pytest.raises(TypeError):
        story(body("office"))[0].delete()


def test_many_are_written_and_the_wrong_ones_named(db):
    rows = [Body(slug=f"b{i}", name=f"B{i}", kind="department" if i % 10 else "nonsense") for i in range(40)]
    done = save_many(rows, None, title="sheet")
    assert done.batch.created == 36
    assert [place for place, _why in done.errors] == [0, 10, 20, 30]
    assert Event.objects.filter(batch=done.batch).count() == 36


def test_a_double_in_a_batch_is_named_and_the_rest_kept(db):
    rows = [Body(slug=f"b{i % 7}", name=f"B{i}", kind="department") for i in range(9)]
    done = save_many(rows, None, title="sheet")
    assert (done.batch.created, [p for p, _ in done.errors]) == (7, [7, 8])


def test_undo_takes_back_what_is_unchanged_and_refuses_the_rest(body):
    kept = body("kept")
    new = [Body(slug=f"n{i}", name=f"N{i}", kind="department") for i in range(3)]
    done = save_many([*new, (kept, {"name": "Import"})], None, title="sheet")
    save(Body.objects.get(slug="n1"), None, {"name": "Touched since"})
    back = undo(done.batch, None)
    assert sorted(Body.objects.values_list("slug", flat=True)) == ["kept", "n1"]
    assert Body.objects.get(slug="kept").name == "KEPT"
    assert len(back.errors) == 1
    assert back.batch.undoes == done.batch


def test_personal_values_stand_as_digests_and_can_be_erased(db):
    person = Person(name="Li Ming", phone="13800001111")
    save(person, None)
    save(person, None, {"phone": "13900002222"})
    for event in story(person):
        assert "1380000" not in event.data
        assert "1390000" not in event.data
    erase(person, None, ["phone"], "asked by the person")
    assert Person.objects.get(pk=person.pk).phone == ""
    assert not Secret.objects.exclude(data="").exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT data, salt FROM record_secret")
        assert all(data == salt == "" for data, salt in cursor.fetchall())


def test_own_fields_leave_out_what_the_kernel_keeps():
    names = {f.name for f in own_fields(Body)}
    assert "name" in names
    assert names.isdisjoint({"id", "version", "created_at"})
