"""Reading what is personal: hidden by default, shown for a purpose, written down before it is answered."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections, router
from django.test import Client
from django.utils import translation

from hanfeng.commons.people.models import Person
from hanfeng.commons.people.roles import AUDIT, OFFICER, REGISTRAR
from hanfeng.kernel.api import attach, save
from hanfeng.kernel.desk import records
from hanfeng.kernel.watch import log
from hanfeng.kernel.watch.models import Line

pytestmark = pytest.mark.django_db
PHONE = "13800138000"


@pytest.fixture
def person(db):
    someone = Person(name="Li", phone=PHONE, email="li@example.org")
    save(someone, None)
    with translation.override("en"):
        yield someone


@pytest.fixture
def client_of(account):
    def make(name, *roles):
        client = Client(headers={"accept-language": "en"})
        client.force_login(account(name, *roles))
        return client

    return make


def test_it_is_hidden_until_somebody_says_what_for(person, client_of):
    registrar = client_of("registrar", OFFICER, REGISTRAR)
    url = person.get_absolute_url()
    page = registrar.get(url).content.decode()
    assert PHONE not in page
    assert f'action="{url}show/"' in page
    assert registrar.get(f"{url}show/").status_code == 405
    registrar.post(f"{url}show/", {"why": "  x "})
    assert not Line.objects.exists()
    shown = registrar.post(f"{url}show/", {"why": "call about case 7"}, REMOTE_ADDR="10.3.3.3")
    assert PHONE in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    line = Line.objects.get()
    assert (line.book, line.what, line.who, line.kind, line.key) == (
        "access",
        "shown",
        "registrar",
        "people.person",
        person.pk,
    )
    assert (line.fields, line.why, line.address) == (["phone", "email"], "call about case 7", "10.3.3.3")


def test_it_is_not_shown_when_it_cannot_be_written_down(person, client_of, monkeypatch):
    registrar = client_of("registrar", OFFICER, REGISTRAR)
    registrar.raise_request_exception = False

    def full(*args, **kwargs):
        raise OSError("disk full")

    monkeypatch.setattr(records, "read", full)
    answer = registrar.post(f"{person.get_absolute_url()}show/", {"why": "call about case 7"})
    assert answer.status_code == 500
    assert PHONE not in answer.content.decode()


def test_who_may_not_write_the_register_is_not_shown_it(person, client_of):
    officer = client_of("officer", OFFICER)
    url = person.get_absolute_url()
    assert "show/" not in officer.get(url).content.decode()
    assert officer.post(f"{url}show/", {"why": "curious today"}).status_code == 403
    assert client_of("firm").post(f"{url}show/", {"why": "curious today"}).status_code == 404
    assert not Line.objects.exists()


def test_a_form_that_shows_it_is_written_down(person, client_of):
    registrar = client_of("registrar", OFFICER, REGISTRAR)
    assert PHONE in registrar.get(f"{person.get_absolute_url()}edit/").content.decode()
    assert Line.objects.get().what == "form"


def test_a_file_of_a_person_is_written_down(person, client_of):
    kept = attach(person, None, "contract.txt", SimpleUploadedFile("contract.txt", b"text"))
    registrar = client_of("registrar", OFFICER, REGISTRAR)
    answer = registrar.get(f"/files/{kept.pk}/")
    assert b"".join(answer.streaming_content) == b"text"
    assert (Line.objects.get().what, Line.objects.get().why) == ("file", "contract.txt")


def test_reading_a_page_writes_nothing_among_the_records(person, client_of, django_assert_num_queries):
    registrar = client_of("registrar", OFFICER, REGISTRAR)
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        for path in ("", "edit/", "history/"):
            assert registrar.get(f"{person.get_absolute_url()}{path}").status_code == 200
        registrar.get("/people/person/export.csv")
        registrar.get("/people/person/print/")
    if router.db_for_write(Line) != "default":
        assert [q["sql"] for q in asked if not q["sql"].startswith("SELECT")] == []
    assert Line.objects.count() == 3


def test_the_auditor_reads_and_filters_the_log(person, client_of):
    registrar = client_of("registrar", OFFICER, REGISTRAR)
    registrar.post(f"{person.get_absolute_url()}show/", {"why": "call about case 7"})
    registrar.get("/people/person/export.csv")
    auditor = client_of("auditor", AUDIT)
    page = auditor.get("/log/").content.decode()
    assert "call about case 7" in page
    assert f'href="{person.get_absolute_url()}"' in page
    only = auditor.get("/log/?book=access&what=export&who=regis&from=2020-01-01&until=2999-12-31").content.decode()
    assert "call about case 7" not in only
    assert ">csv<" in only
    assert auditor.get("/log/?from=nonsense&what=nonsense&page=x").status_code == 200
    assert registrar.get("/log/").status_code == 403


def test_each_line_is_chained_and_a_lost_one_shows(person, client_of):
    registrar = client_of("registrar", OFFICER, REGISTRAR)
    for n in range(3):
        registrar.post(f"{person.get_absolute_url()}show/", {"why": f"case no. {n}"})
    assert list(log.broken()) == []
    middle = Line.objects.order_by("pk")[1]
    with connections[router.db_for_write(Line)].cursor() as cursor:
        if cursor.connection.__class__.__module__.startswith("psycopg"):
            cursor.execute("ALTER TABLE watch_line DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM watch_line WHERE id = %s", [middle.pk])
    assert [number for number, _why in log.broken()] == [middle.pk + 1]
