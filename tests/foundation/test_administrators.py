"""Three administrators, three people: who may do what to an account, what is refused, and that it is written down."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import translation

from hanfeng.commons.people.roles import AUDIT, OFFICER, SECURITY, SYSTEM
from hanfeng.kernel.api import Role
from hanfeng.kernel.notify.models import Letter
from hanfeng.kernel.watch.models import Line
from hanfeng.site.check import run
from hanfeng.site.identity import duties
from hanfeng.site.identity.models import Session

pytestmark = pytest.mark.django_db
THREE = (SYSTEM, SECURITY, AUDIT)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def account() -> Callable[..., User]:
    def make(name: str, *roles: Role) -> User:
        user = User.objects.create_user(name, password="Kestrel-over-4-lakes")
        user.groups.set([Group.objects.get_or_create(name=role.name)[0] for role in roles])
        return user

    return make


def client_of(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def holds(user: User) -> set[str]:
    return set(user.groups.values_list("name", flat=True))


@pytest.mark.parametrize("held", THREE, ids=lambda role: role.name)
@pytest.mark.parametrize("wanted", THREE, ids=lambda role: role.name)
def test_no_account_is_two_of_the_three(account, held, wanted):
    giver, user = account("giver", SECURITY), account("wu", held)
    client = client_of(giver)
    client.post(f"/accounts/{user.pk}/role/", {"role": wanted.name, "act": "give"})
    assert holds(user) == {held.name}
    assert list(run(["accounts"])) == []


def test_what_was_done_past_the_pages_is_found(account):
    account("wu", SYSTEM, AUDIT)
    (found,) = run(["accounts"])
    assert (found.level, found.where) == ("error", "wu")
    assert "system administrator, audit administrator" in found.message


def test_a_role_is_given_and_taken_written_down_and_told(account):
    giver, user = account("giver", SECURITY), account("wu")
    client = client_of(giver)
    client.post(f"/accounts/{user.pk}/role/", {"role": OFFICER.name, "act": "give"})
    assert holds(user) == {OFFICER.name}
    client.post(f"/accounts/{user.pk}/role/", {"role": OFFICER.name, "act": "take"})
    assert holds(user) == set()
    lines = Line.objects.filter(whom="wu").order_by("pk")
    assert [(line.who, line.what, line.why) for line in lines] == [
        ("giver", "given", "people.officer"),
        ("giver", "taken", "people.officer"),
    ]
    assert "officer" in Letter.objects.filter(receiver=user)[0].message.text("en")
    assert "工作人员" in Letter.objects.filter(receiver=user)[0].message.text("zh-hans")


def test_nobody_changes_his_own_account(account):
    giver = account("giver", SECURITY)
    account("second", SECURITY)
    client = client_of(giver)
    client.post(f"/accounts/{giver.pk}/role/", {"role": OFFICER.name, "act": "give"})
    client.post(f"/accounts/{giver.pk}/shut/")
    assert holds(giver) == {SECURITY.name}
    assert User.objects.get(pk=giver.pk).is_active


def test_the_last_security_administrator_stays(account):
    giver, last = account("giver", SECURITY), account("last", SECURITY)
    duties.take(giver, last, SECURITY, None)
    duties.give(giver, last, SECURITY, None)
    User.objects.filter(pk=giver.pk).update(is_active=False)
    for act in (lambda: duties.take(giver, last, SECURITY, None), lambda: duties.shut(giver, last, None)):
        with pytest.raises(ValidationError, match="last security administrator"):
            act()
    assert holds(last) == {SECURITY.name}


def test_shutting_an_account_ends_its_sessions(account, django_capture_on_commit_callbacks):
    giver, user = account("giver", SECURITY), account("wu")
    theirs = client_of(user)
    assert theirs.get("/me/").status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        client_of(giver).post(f"/accounts/{user.pk}/shut/")
    assert not Session.objects.filter(user=user.pk).exists()
    assert theirs.get("/me/").status_code == 302
    client_of(giver).post(f"/accounts/{user.pk}/open/")
    assert User.objects.get(pk=user.pk).is_active
    assert list(Line.objects.filter(whom="wu").order_by("pk").values_list("what", flat=True)) == ["shut", "opened"]


def test_a_lost_telephone_and_a_forgotten_password(account, django_capture_on_commit_callbacks):
    giver, user = account("giver", SECURITY), account("wu")
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    client = client_of(giver)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"/accounts/{user.pk}/without-factor/")
    assert not Authenticator.objects.exists()
    page = client.post(f"/accounts/{user.pk}/password/")
    assert page["Cache-Control"] == "no-store"
    password = page.context["password"]
    assert password in page.content.decode()
    assert User.objects.get(pk=user.pk).check_password(password)
    assert password not in client.get(f"/accounts/{user.pk}/").content.decode()


def test_a_session_of_an_account_is_ended_by_the_administrator(account):
    giver, user = account("giver", SECURITY), account("wu")
    theirs = Client(REMOTE_ADDR="10.1.1.1")
    theirs.post("/sign-in/", {"login": "wu", "password": "Kestrel-over-4-lakes"})
    assert "10.1.1.1" in client_of(giver).get(f"/accounts/{user.pk}/").content.decode()
    client_of(giver).post(f"/accounts/{user.pk}/sessions/all/end/")
    assert theirs.get("/me/").status_code == 302
    assert Line.objects.filter(what="ended").get().who == "giver"


def test_accounts_are_made_by_the_system_administrator_without_any_role(account):
    system, security = account("sys", SYSTEM), account("sec", SECURITY)
    assert client_of(security).get("/accounts/new/").status_code == 403
    page = client_of(system).post("/accounts/new/", {"username": "neu", "name": "新人"})
    made = User.objects.get(username="neu")
    assert holds(made) == set()
    assert made.check_password(page.context["made"]["password"])
    assert client_of(system).post("/accounts/new/", {"username": "NEU", "name": "x"}).status_code == 422
    assert (
        client_of(system).post(f"/accounts/{made.pk}/role/", {"role": OFFICER.name, "act": "give"}).status_code == 403
    )
    assert client_of(system).post(f"/accounts/{made.pk}/shut/").status_code == 403


def test_each_administrator_sees_his_own_pages_only(account):
    pages = {
        "/accounts/": {"system", "security"},
        "/log/": {"audit"},
        "/audit/": {"audit"},
        "/exports/": {"audit"},
        "/notices/sent/": {"system"},
        "/notices/webhooks/": {"system"},
    }
    clients = {
        name: client_of(account(name, role)) for name, role in zip(("system", "security", "audit"), THREE, strict=True)
    }
    clients["officer"] = client_of(account("officer", OFFICER))
    for path, may in pages.items():
        assert {name for name, client in clients.items() if client.get(path).status_code == 200} == may, path
        assert {client.get(path).status_code for name, client in clients.items() if name not in may} == {403}, path


def test_the_list_of_accounts_asks_the_same_for_many(account, django_assert_max_num_queries):
    giver = account("giver", SECURITY)
    for n in range(45):
        account(f"u{n}", OFFICER)
    client = client_of(giver)
    client.get("/accounts/")
    with django_assert_max_num_queries(12):
        page = client.get("/accounts/?role=people.officer&state=open&q=u").content.decode()
    assert page.count('href="/accounts/') > 40
