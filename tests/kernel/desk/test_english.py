"""A form: English that is left as it was beside changed Chinese would tell what is no longer said, so it is emptied and named."""

import pytest

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.roles import OFFICER, REGISTRAR

pytestmark = pytest.mark.django_db
KEPT = {"name": "办公室", "name_en": "Office", "note": "第一行\n第二行", "note_en": "two lines"}


@pytest.fixture
def change(client, account, body):
    """change(field=text) -> the body after its form was sent with that changed, and the page that came of it."""
    client.force_login(account("keeper", OFFICER, REGISTRAR))
    kept = body("office", **KEPT)

    def send(**typed):
        told = {"slug": "office", "kind": "department", "version": kept.version, **KEPT, **typed}
        told["note"] = told["note"].replace("\n", "\r\n")  # as a browser sends it
        answer = client.post(f"{kept.get_absolute_url()}edit/", told, follow=True, headers={"accept-language": "en"})
        assert answer.status_code == 200
        return Body.objects.get(pk=kept.pk), answer.content.decode()

    return send


def test_english_left_beside_changed_chinese_is_emptied_and_named(change):
    now, page = change(note="第一行改了\n第二行")
    assert (now.note_en, now.name_en) == ("", "Office")
    assert "Emptied, because its Chinese has changed: note in English." in page


@pytest.mark.parametrize(
    ("typed", "english"),
    [
        ({"note": "新注", "note_en": "new note"}, "new note"),
        ({"note_en": "said better"}, "said better"),
        ({"name": "新办公室", "name_en": "New office"}, "two lines"),
    ],
)
def test_english_that_is_written_anew_or_whose_chinese_stays_is_kept(change, typed, english):
    now, page = change(**typed)
    assert now.note_en == english
    assert "Emptied" not in page
