"""Another house vouches for people: a real OpenID Connect provider beside us, and the rule by which accounts are found."""

from __future__ import annotations

import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import Group, User
from django.test import Client, RequestFactory
from django.utils import translation
from openid_house import described, provider

from hanfeng.commons.people.models import Person
from hanfeng.commons.people.roles import AUDIT
from hanfeng.kernel.api import save
from hanfeng.kernel.watch.models import Line
from hanfeng.site.identity import sources
from hanfeng.site.identity.sources import IdentitySource, SourceError, account_for, load

pytestmark = pytest.mark.django_db
PEOPLE = (
    {"sub": "u-1", "preferred_username": "wu", "email": "wu@city.example", "email_verified": True},
    {"sub": "u-2", "preferred_username": "stranger"},
    {"sub": "u-3", "preferred_username": "auditor"},
)


@pytest.fixture(scope="module")
def city() -> Iterator[str]:
    with provider(*PEOPLE) as address:
        yield address


@pytest.fixture
def vouched(city: str, settings: Any, tmp_path: Path) -> Iterator[Any]:
    """vouched(rule) -> the site knows the provider, by this rule."""
    settings.HOME = tmp_path

    def by(rule: str = "username") -> None:
        (tmp_path / "identity.toml").write_text(described(city, rule), encoding="utf-8")

    with translation.override("en"):
        yield by


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def authorised(url: str, subject: str) -> str:
    """What a person does at the provider: say who he is; the address he is sent back to."""
    asked = urllib.request.Request(url, urllib.parse.urlencode({"sub": subject}).encode(), method="POST")
    try:
        urllib.request.build_opener(_Stay).open(asked, timeout=10)
    except urllib.error.HTTPError as answer:
        with answer:
            return str(answer.headers["Location"])
    raise AssertionError("the provider did not send us back")


def come(
    subject: str, start: str = "/sign-in/with/city/?next=/me/", client: Client | None = None
) -> tuple[Client, Any]:
    """Sign in by the provider; the client and the last answer."""
    client = client or Client(headers={"accept-language": "en"})
    sent = client.get(start)
    assert sent.status_code == 302, sent.content
    assert "code_challenge=" in sent["Location"]
    back = urllib.parse.urlsplit(authorised(sent["Location"], subject))
    assert back.path == "/sign-in/with/city/back/"
    return client, client.get(f"{back.path}?{back.query}")


def test_somebody_with_an_account_comes_in(vouched):
    vouched()
    wu = User.objects.create_user("wu")
    page = Client(headers={"accept-language": "en"}).get("/sign-in/?next=/me/").content.decode()
    assert 'href="/sign-in/with/city/?next=%2Fme%2F"' in page
    assert "City sign-in" in page
    client, answer = come("u-1")
    assert answer["Location"] == "/me/"
    assert client.get("/me/").status_code == 200
    assert SocialAccount.objects.get().user == wu
    assert [line.what for line in Line.objects.filter(whom="wu").order_by("pk")] == ["linked", "in"]
    assert "city" in Line.objects.filter(what="in").get().why
    come("u-1")
    assert SocialAccount.objects.count() == 1


def test_nobody_becomes_an_account_by_being_known_elsewhere(vouched):
    vouched()
    client, answer = come("u-2")
    assert answer["Location"] == "/sign-in/"
    assert "No account here belongs to this sign-in." in client.get("/sign-in/").content.decode()
    assert client.get("/me/").status_code == 302
    assert not User.objects.exists()
    assert Line.objects.get().what == "refused"


def test_an_administrator_is_found_by_no_rule_but_may_connect_himself(vouched):
    vouched()
    auditor = User.objects.create_user("auditor", password="Kestrel-over-4-lakes")
    auditor.groups.add(Group.objects.get_or_create(name=AUDIT.name)[0])
    _client, answer = come("u-3")
    assert answer["Location"] == "/sign-in/"
    client = Client(headers={"accept-language": "en"})
    client.post("/sign-in/", {"login": "auditor", "password": "Kestrel-over-4-lakes"})
    client.post("/me/confirm/", {"password": "Kestrel-over-4-lakes"})
    _client, answer = come("u-3", "/sign-in/with/city/?process=connect", client)
    assert answer["Location"] == "/me/other-sign-in/"
    assert "connected" in client.get("/me/other-sign-in/").content.decode()
    other, answer = come("u-3")
    assert other.get("/me/").status_code == 200
    client.post("/me/other-sign-in/city/end/")
    assert not SocialAccount.objects.exists()


def test_a_shut_account_stays_shut(vouched):
    vouched()
    User.objects.create_user("wu", is_active=False)
    client, answer = come("u-1")
    assert answer["Location"] == "/sign-in/"
    assert client.get("/me/").status_code == 302


def test_an_answer_that_was_not_asked_for_is_refused(vouched):
    vouched()
    User.objects.create_user("wu")
    client = Client(headers={"accept-language": "en"})
    assert client.get("/sign-in/with/city/back/?code=stolen&state=made-up")["Location"] == "/sign-in/"
    assert "did not succeed" in client.get("/sign-in/").content.decode()
    assert client.get("/me/").status_code == 302


def test_a_house_that_cannot_be_reached_is_told(vouched, tmp_path):
    (tmp_path / "identity.toml").write_text(described("http://127.0.0.1:9"), encoding="utf-8")
    client = Client(headers={"accept-language": "en"})
    assert client.get("/sign-in/with/city/")["Location"] == "/sign-in/"
    assert "did not succeed" in client.get("/sign-in/").content.decode()
    assert client.get("/sign-in/with/nobody/").status_code == 404


def test_the_rules():
    wu, zhao = User.objects.create_user("wu"), User.objects.create_user("zhao")
    save(Person(name="Wu", account=wu, email="Wu@city.example"), None)
    by = {rule: IdentitySource("city", "市", rule=rule) for rule in sources.RULES}
    assert account_for(by["username"], {"preferred_username": "zhao"}) == zhao
    assert account_for(by["username"], {"preferred_username": "ZHAO"}) is None
    assert account_for(by["username"], {}) is None
    assert account_for(by["email"], {"email": "wu@city.example", "email_verified": True}) == wu
    assert account_for(by["email"], {"email": "wu@city.example"}) is None
    assert account_for(by["email"], {"email": "", "email_verified": True}) is None
    assert account_for(by["connect"], {"preferred_username": "zhao"}) is None
    save(Person(name="Other", account=zhao, email="wu@city.example"), None)
    assert account_for(by["email"], {"email": "wu@city.example", "email_verified": True}) is None


def test_another_kind_of_source_arrives_by_the_same_door(settings):
    from allauth.account.middleware import AccountMiddleware
    from django.contrib.messages.storage.fallback import FallbackStorage
    from django.contrib.sessions.middleware import SessionMiddleware

    wu = User.objects.create_user("wu")
    cas = IdentitySource("cas", "统一认证", kind="cas", rule="username", claim="user")

    def land(request: Any) -> Any:
        request.user = wu.__class__()
        request._messages = FallbackStorage(request)
        return sources.arrive(request, cas, "7", {"user": "wu"}, "/me/")

    request = RequestFactory().get("/sign-in/cas/back/")
    answer = SessionMiddleware(AccountMiddleware(land))(request)
    assert answer["Location"] == "/me/"
    assert request.session["_auth_user_id"] == str(wu.pk)
    assert SocialAccount.objects.get().provider == "cas"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[[source]]\nname="a"\ntitle="A"\nrule="guess"\nserver="s"\nclient="c"', "rule is one of"),
        ('[[source]]\nname="a"\ntitle="A"', "server and client"),
        ('[[source]]\nname="a"\ntitle="A"\ncolour="red"', "colour"),
        ('[[source]]\nname="a"\ntitle="A"\nkind="cas"\n[[source]]\nname="a"\ntitle="A"\nkind="cas"', "same name"),
    ],
)
def test_a_wrong_description_is_told(text, why):
    with pytest.raises(SourceError, match=why):
        load(text)


def test_a_secret_may_stand_in_the_environment(monkeypatch):
    monkeypatch.setenv("CITY_SECRET", "s3cret")
    (source,) = load('[[source]]\nname="a"\ntitle="A"\nserver="s"\nclient="c"\nsecret_env="CITY_SECRET"')
    assert source.secret == "s3cret"
    assert "s3cret" not in repr(source)
