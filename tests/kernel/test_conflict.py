"""Two people edit one record: the second is shown both versions, nothing typed is lost, and only real conflicts are asked."""

import pytest

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.roles import OFFICER, REGISTRAR
from hanfeng.kernel.api import save

pytestmark = pytest.mark.django_db


@pytest.fixture
def edit(client, account, body):
    """A form opened at version 1, after which somebody else changed the note."""
    client.force_login(account("li", OFFICER, REGISTRAR))
    kept = body("office", note="old note", source="old source")
    typed = {
        "slug": "office",
        "name": "Typed",
        "kind": "department",
        "note": "old note",
        "source": "my source",
        "version": "1",
    }
    save(Body.objects.get(pk=kept.pk), None, {"note": "her note", "source": "her source"})
    return kept, typed, f"/bodies/body/{kept.pk}/edit/"


def test_the_second_is_shown_both_versions(client, edit):
    kept, typed, address = edit
    answer = client.post(address, typed)
    assert answer.status_code == 409
    rows = {row["name"]: row for row in answer.context["compared"]}
    assert (rows["note"]["theirs"], rows["note"]["pick"]) == ("her note", "theirs")  # untouched by me
    assert (rows["source"]["theirs"], rows["source"]["mine"], rows["source"]["pick"]) == (
        "her source",
        "my source",
        "mine",
    )
    assert rows["name"]["pick"] == "mine"
    assert ("name", "Typed") in answer.context["typed"]
    assert Body.objects.get(pk=kept.pk).name == "OFFICE"


def test_the_choice_is_written_field_by_field(client, edit):
    kept, typed, address = edit
    answer = client.post(
        address, typed | {"version": "2", "keep.note": "theirs", "keep.source": "mine", "keep.name": "mine"}
    )
    assert answer.status_code == 302
    now = Body.objects.get(pk=kept.pk)
    assert (now.name, now.note, now.source) == ("Typed", "her note", "my source")


def test_a_third_change_meanwhile_is_a_conflict_again(client, edit):
    kept, typed, address = edit
    save(Body.objects.get(pk=kept.pk), None, {"name": "Third"})
    assert client.post(address, typed | {"version": "2", "keep.note": "theirs"}).status_code == 409
