"""The door: who comes in, who is kept out and what each is told; sessions, second factor, the log of it all."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.auth.models import Group, User
from django.db import DatabaseError, connections, router, transaction
from django.test import Client
from django.utils import timezone, translation

from hanfeng.commons.people.roles import SECURITY
from hanfeng.kernel.notify.models import Letter
from hanfeng.kernel.watch import log
from hanfeng.kernel.watch.log import address_of
from hanfeng.kernel.watch.models import Line
from hanfeng.site.identity import factor, lockout, sessions
from hanfeng.site.identity.models import Session
from hanfeng.site.identity.passwords import Mixed

pytestmark = pytest.mark.django_db
PASSWORD = "Kestrel-over-4-lakes"


@pytest.fixture(autouse=True)
def _english() -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def wu() -> User:
    return User.objects.create_user("wu", password=PASSWORD)


def visitor(**more: str) -> Client:
    return Client(headers={"accept-language": "en", "user-agent": "Firefox"}, **more)


def sign_in(client: Client, name: str = "wu", password: str = PASSWORD, **more: str) -> Any:
    return client.post("/sign-in/", {"login": name, "password": password, **more})


def codes_now(secret: str, shift: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + shift))


def told(*what: Line.What) -> list[Line]:
    return list(Line.objects.filter(what__in=what).order_by("pk"))


# --- sign-in and lock-out ---------------------------------------------------------------------------------------------


def test_the_right_password_opens_the_page_asked_for_and_is_written_down(wu):
    client = visitor(REMOTE_ADDR="10.0.0.7")
    answer = client.post("/sign-in/?next=/me/", {"login": "wu", "password": PASSWORD, "next": "/me/"})
    assert answer["Location"] == "/me/"
    assert client.get("/me/").status_code == 200
    line = told(Line.What.IN)[0]
    assert (line.who, line.whom, line.address, line.why) == ("wu", "wu", "10.0.0.7", "password")
    assert "sessionid" in client.cookies
    assert client.cookies["sessionid"]["httponly"]


def test_it_leads_to_no_other_house(wu):
    answer = sign_in(visitor(), next="https://evil.example/")
    assert "evil" not in answer["Location"]


@pytest.mark.parametrize("name", ["wu", "nobody"])
def test_a_wrong_password_and_an_unknown_account_are_told_the_same(wu, name):
    answer = sign_in(visitor(), name, "wrong")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Please enter the correct username and password." in page
    assert 'role="alert"' in page


def test_a_shut_account_is_told_what_a_wrong_password_is_told(wu):
    User.objects.update(is_active=False)
    answer = sign_in(visitor())
    assert answer.status_code == 422
    assert "Please enter the correct username and password." in answer.content.decode()


@pytest.mark.parametrize("name", ["wu", "nobody"])
def test_after_five_failed_tries_even_the_right_password_waits(wu, name):
    client = visitor()
    for _n in range(4):
        assert sign_in(client, name, "wrong").status_code == 422
    answer = sign_in(client, name, "wrong")
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 15 * 60 + 1
    assert re.search(r"Too many failed tries\. Try again after \d\d:\d\d\.", answer.content.decode())
    assert sign_in(client, name).status_code == 429
    assert len(told(Line.What.LOCKED)) == 1
    assert Letter.objects.filter(receiver=wu).count() == (name == "wu")
    assert sign_in(visitor(REMOTE_ADDR="10.0.0.9")).status_code == 302


def test_the_lock_ends_by_itself(wu, monkeypatch):
    client = visitor()
    for _n in range(5):
        sign_in(client, password="wrong")
    later = timezone.now() + timedelta(minutes=15, seconds=1)
    monkeypatch.setattr(lockout.timezone, "now", lambda: later)
    assert sign_in(client).status_code == 302


def test_many_addresses_lock_the_account_and_one_address_many_accounts(wu):
    for n in range(20):
        sign_in(visitor(REMOTE_ADDR=f"10.0.1.{n}"), password="wrong")
    assert sign_in(visitor(REMOTE_ADDR="10.0.2.1")).status_code == 429
    User.objects.create_user("zhao", password=PASSWORD)
    for n in range(50):
        sign_in(visitor(REMOTE_ADDR="10.9.9.9"), f"guess{n}", "wrong")
    assert sign_in(visitor(REMOTE_ADDR="10.9.9.9"), "zhao").status_code == 429
    assert sign_in(visitor(REMOTE_ADDR="10.9.9.8"), "zhao").status_code == 302


def test_a_password_typed_into_the_name_is_not_kept(wu):
    sign_in(visitor(), "MySecret-Password1", "x")
    assert "MySecret" not in told(Line.What.WRONG)[0].whom


def test_addresses_that_a_visitor_claims_are_not_believed(wu, settings):
    for n in range(5):
        sign_in(visitor(HTTP_X_FORWARDED_FOR=f"1.2.3.{n}"), password="wrong")
    assert sign_in(visitor(HTTP_X_FORWARDED_FOR="9.9.9.9")).status_code == 429
    settings.PROXIES = ("127.0.0.1",)
    client = visitor(HTTP_X_FORWARDED_FOR="6.6.6.6, 172.16.0.5")
    sign_in(client, password="wrong")
    assert told(Line.What.WRONG)[-1].address == "172.16.0.5"


@pytest.mark.parametrize(
    ("peer", "said", "address"),
    [
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "9.9.9.9", "9.9.9.9"),
        ("10.0.0.1", "1.1.1.1, 9.9.9.9, 10.0.0.2", "9.9.9.9"),  # two proxies of ours
        ("10.0.0.1", "127.0.0.1, 9.9.9.9", "9.9.9.9"),  # a visitor who calls himself by an address of the house
        ("8.8.8.8", "9.9.9.9", "8.8.8.8"),  # past the proxy
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "2001:db8::7", "2001:db8::7"),
        ("", "9.9.9.9", ""),
    ],
)
def test_what_our_proxies_write_is_believed_as_far_as_they_wrote_it(rf, settings, peer, said, address):
    settings.PROXIES = ("10.0.0.0/8",)
    assert address_of(rf.get("/", REMOTE_ADDR=peer, headers={"x-forwarded-for": said})) == address


def test_nobody_signs_up_and_no_page_of_the_library_is_open(wu):
    client = visitor()
    sign_in(client)
    closed = ("/accounts/signup/", "/sign-in/signup/", "/password/reset/", "/3rdparty/", "/accounts/email/", "/2fa/")
    assert {client.get(path).status_code for path in closed} == {404}


# --- sessions ---------------------------------------------------------------------------------------------------------


def test_a_session_lies_on_the_server_and_ends_when_it_is_deleted(wu):
    client = visitor(REMOTE_ADDR="10.0.0.7")
    sign_in(client)
    row = Session.objects.get(user=wu.pk)
    assert (row.address, row.agent) == ("10.0.0.7", "Firefox")
    row.delete()
    assert client.get("/me/").status_code == 302


def test_a_session_ends_when_nobody_uses_it_and_at_the_latest_after_its_age(wu, settings):
    client = visitor()
    sign_in(client)
    Session.objects.update(seen_at=timezone.now() - settings.SESSION_IDLE - timedelta(seconds=1))
    assert client.get("/me/").status_code == 302
    sign_in(client)
    assert client.get("/me/").status_code == 200
    Session.objects.update(expire_date=timezone.now())
    assert client.get("/me/").status_code == 302
    sessions.clear(timezone.now())
    assert not Session.objects.exists()


def test_using_a_session_keeps_it_awake(wu):
    client = visitor()
    sign_in(client)
    before = timezone.now() - timedelta(minutes=5)
    Session.objects.update(seen_at=before)
    client.get("/me/")
    assert Session.objects.get().seen_at > before


def test_one_ends_his_other_sessions_and_nobody_elses(wu):
    here, there = visitor(), visitor(REMOTE_ADDR="10.5.5.5")
    sign_in(here)
    sign_in(there)
    other = visitor()
    User.objects.create_user("zhao", password=PASSWORD)
    sign_in(other, "zhao")
    page = here.get("/me/sessions/").content.decode()
    assert "10.5.5.5" in page
    assert Session.objects.get(address="10.5.5.5").session_key not in page
    ref = re.search(r"/me/sessions/([0-9a-f]{20})/end/", page).group(1)  # type: ignore[union-attr]
    assert other.post(f"/me/sessions/{ref}/end/").status_code == 404
    assert here.post(f"/me/sessions/{ref}/end/").status_code == 302
    assert there.get("/me/").status_code == 302
    assert here.get("/me/").status_code == other.get("/me/").status_code == 200
    assert told(Line.What.ENDED)[0].why == "10.5.5.5"


def test_a_new_password_ends_every_session(wu):
    here, there = visitor(), visitor()
    sign_in(here)
    sign_in(there)
    wrong = here.post(
        "/me/password/", {"oldpassword": "no", "password1": "New-Password-7", "password2": "New-Password-7"}
    )
    assert wrong.status_code == 422
    weak = here.post("/me/password/", {"oldpassword": PASSWORD, "password1": "short", "password2": "short"})
    assert weak.status_code == 422
    new = "Herons-by-7-rivers"
    done = here.post("/me/password/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert done["Location"] == "/sign-in/"
    assert not Session.objects.filter(user=wu.pk).exists()
    assert there.get("/me/").status_code == 302
    assert sign_in(visitor()).status_code == 422
    assert sign_in(visitor(), password=new).status_code == 302
    assert told(Line.What.PASSWORD)[0].whom == "wu"
    assert Letter.objects.get(receiver=wu).message.notice == "identity.password"


def test_signing_out_is_a_post_and_is_written_down(wu):
    client = visitor()
    sign_in(client)
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/")["Location"] == "/portal/"
    assert client.get("/me/").status_code == 302
    assert told(Line.What.OUT)


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("abcdefghijk", False),
        ("abcdefgh123", False),
        ("Abcdefgh123", True),
        ("汉丰湖畔的白鹭7飞a", True),
        ("a" * 20, True),
    ],
)
def test_passwords_are_mixed_or_long(password, good):
    try:
        Mixed().validate(password)
    except Exception:
        assert not good
    else:
        assert good


# --- second factor ----------------------------------------------------------------------------------------------------


def enrol(client: Client) -> tuple[str, list[str]]:
    """Set up the second factor as a person does; its secret and the recovery codes."""
    asked = client.get("/me/second-factor/add/")
    assert asked["Location"].startswith("/me/confirm/")
    wrong = client.post(asked["Location"], {"password": "no", "next": "/me/second-factor/add/"})
    assert wrong.status_code == 422
    client.post(asked["Location"], {"password": PASSWORD, "next": "/me/second-factor/add/"})
    page = client.get("/me/second-factor/add/")
    assert page["Cache-Control"] == "no-store"
    secret = re.search(r'class="code">([A-Z2-7]{32})<', page.content.decode()).group(1)  # type: ignore[union-attr]
    picture = client.get("/me/second-factor/qr.svg")
    assert picture["Content-Type"] == "image/svg+xml"
    assert b"<svg" in picture.content
    assert b"<script" not in picture.content
    assert b"style=" not in picture.content
    assert client.post("/me/second-factor/add/", {"code": "000000"}).status_code == 422
    done = client.post("/me/second-factor/add/", {"code": codes_now(secret)})
    assert done["Location"] == "/me/second-factor/codes/"
    shown = client.get("/me/second-factor/codes/").content.decode()
    codes = re.findall(r'<li class="code">(\d+)</li>', shown)
    assert len(codes) == 10
    assert codes[0] not in client.get("/me/second-factor/codes/").content.decode()
    return secret, codes


def test_the_second_factor_from_setting_up_to_signing_in(wu):
    client = visitor()
    sign_in(client)
    secret, codes = enrol(client)
    kept = Authenticator.objects.get(type="totp")
    assert secret not in str(kept.data)
    assert [line.what for line in told(Line.What.FACTOR)] == ["factor"]
    there = visitor()
    assert sign_in(there)["Location"].startswith("/sign-in/code/")
    assert there.get("/me/").status_code == 302
    assert there.post("/sign-in/code/", {"code": "123456"}).status_code == 422
    code = codes_now(secret, 1)
    assert there.post("/sign-in/code/", {"code": code}).status_code == 302
    assert there.get("/me/").status_code == 200
    assert told(Line.What.IN)[-1].why == "password + mfa"
    again = visitor()
    sign_in(again)
    assert again.post("/sign-in/code/", {"code": code}).status_code == 422  # used before
    assert again.post("/sign-in/code/", {"code": codes[0]}).status_code == 302
    third = visitor()
    sign_in(third)
    assert third.post("/sign-in/code/", {"code": codes[0]}).status_code == 422  # a recovery code is good once


def test_codes_are_not_guessed_for_ever(wu):
    client = visitor()
    sign_in(client)
    enrol(client)
    guess = visitor(REMOTE_ADDR="10.7.7.7")
    sign_in(guess)
    answers = [guess.post("/sign-in/code/", {"code": f"{n:06}"}).status_code for n in range(5)]
    assert answers == [422, 422, 422, 422, 429]
    assert sign_in(visitor(REMOTE_ADDR="10.7.7.7")).status_code == 429


def test_a_site_may_do_without_and_may_require_it_of_a_role(wu, settings):
    client = visitor()
    sign_in(client)
    settings.SECOND_FACTOR = "off"
    assert client.get("/me/second-factor/").status_code == 404
    settings.SECOND_FACTOR = "people.security,people.audit"
    assert client.get("/todo/").status_code == 200
    wu.groups.add(Group.objects.get_or_create(name=SECURITY.name)[0])
    assert client.get("/todo/")["Location"] == "/me/second-factor/"
    enrol(client)
    assert client.get("/todo/").status_code == 200
    assert client.post("/me/second-factor/remove/").status_code == 200  # asked, and refused
    assert factor.has(wu)
    settings.SECOND_FACTOR = ""
    assert client.post("/me/second-factor/remove/")["Location"] == "/me/second-factor/"
    assert not factor.has(wu)
    assert told(Line.What.NO_FACTOR)


# --- the log ----------------------------------------------------------------------------------------------------------


def test_the_log_is_only_added_to_and_shows_what_was_changed_past_it(wu):
    sign_in(visitor(), password="wrong")
    sign_in(visitor())
    assert list(log.broken()) == []
    line = Line.objects.order_by("pk")[0]
    for write in (line.save, line.delete, Line.objects.all().delete):
        with pytest.raises(TypeError):
            write()
    with connections[router.db_for_write(Line)].cursor() as cursor:
        if cursor.connection.__class__.__module__.startswith("psycopg"):
            cursor.execute("ALTER TABLE watch_line DISABLE TRIGGER USER")
        cursor.execute("UPDATE watch_line SET whom = 'zhao' WHERE id = %s", [line.pk])
    assert [number for number, _why in log.broken()] == [line.pk]


def test_the_database_itself_refuses_to_change_a_line(wu):
    sign_in(visitor())
    alias = router.db_for_write(Line)
    if connections[alias].vendor == "sqlite":  # its tables are made without migrations here
        for statement in import_module("hanfeng.kernel.watch.migrations.0002_only_more").SQLITE.strip().splitlines():
            connections[alias].cursor().execute(statement)
    for statement in ("UPDATE watch_line SET who = 'x'", "DELETE FROM watch_line"):
        with pytest.raises(DatabaseError, match="only added to"), transaction.atomic(using=alias):
            connections[alias].cursor().execute(statement)
    assert Line.objects.exists()
