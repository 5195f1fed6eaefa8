"""The interface for other systems: reading, writing, versions, keys, moves, files; who is let in and how often."""

from __future__ import annotations

import io
import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser
from django.utils import timezone

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.models import Person, belong
from hanfeng.commons.people.roles import OFFICER, REGISTRAR
from hanfeng.kernel.api import Event, save
from hanfeng.kernel.rest import clients, meter
from hanfeng.kernel.rest.models import Client, Kept, Token, digest_of
from hanfeng.kernel.watch.models import Line

pytestmark = pytest.mark.django_db
BODIES = "/api/v1/bodies/body"
READ = ["bodies.body:read"]
WRITE = [f"bodies.body:{verb}" for verb in ("read", "create", "change", "void", "attach")]


class Caller:
    """A system that calls with a token: JSON in, JSON out."""

    def __init__(self, token: str, language: str = "en") -> None:
        self.browser = Browser(headers={"accept-language": language, "authorization": f"Bearer {token}"})

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.browser.generic(method, path, data, content_type="application/json", headers=named)


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Any) -> None:
    settings.HOME = tmp_path


@pytest.fixture
def office(body: Any) -> Body:
    return body("office", note="first note")


@pytest.fixture
def client_of(office: Body, account: Any) -> Any:
    """client_of(scopes, roles, ...) -> a client that was kept, and its token."""
    keeper = account("keeper")

    def make(scopes: list[str], *roles: Any, **values: Any) -> tuple[Client, str]:
        told = {
            "name": "Ledger of the city",
            "purpose": "Reads bodies each night",
            "contact": "Li Ming",
            "body": office.pk,
            "body_name": office.name,
            "roles": [role.name for role in roles],
            "scopes": scopes,
            "expires": timezone.localdate() + timedelta(days=30),
            "addresses": [],
        }
        made = clients.register(keeper, told | values)
        return made, clients.issue(made, keeper)[1]

    return make


@pytest.fixture
def writer(client_of: Any) -> Caller:
    return Caller(client_of(WRITE, OFFICER, REGISTRAR)[1])


# --- who is let in ----------------------------------------------------------------------------------------------------


def test_a_token_is_kept_as_its_digest_only(client_of: Any) -> None:
    client, word = client_of(READ, OFFICER)
    token = Token.objects.get(client=client)
    assert token.digest == digest_of(word)
    assert len(word) > 43  # 256 bits
    kept = json.dumps([list(Event.objects.values_list("data", flat=True)), token.prefix])
    assert word not in kept
    assert word.startswith(token.prefix)
    assert not client.account.has_usable_password()


@pytest.mark.parametrize(
    ("sent", "says"),
    [("", "Sign in"), ("Bearer hf_wrong", "not known"), ("Basic YTpi", "Bearer hf_")],
)
def test_who_is_not_known_is_told_so(client: Browser, sent: str, says: str) -> None:
    answer = client.get(BODIES, headers={"accept-language": "en"} | ({"authorization": sent} if sent else {}))
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert says in answer.json()["detail"]
    assert "Bearer" in answer["WWW-Authenticate"]


def test_a_problem_speaks_the_language_of_the_reader(client_of: Any) -> None:
    token = client_of(READ, OFFICER)[1]
    said = {lang: Caller(token, lang)("GET", f"{BODIES}/99").json()["title"] for lang in ("en", "zh-hans")}
    assert said["en"] != said["zh-hans"]
    assert any("\u4e00" <= sign <= "\u9fff" for sign in said["zh-hans"])


def test_what_is_revoked_or_past_its_day_is_out(client_of: Any, account: Any) -> None:
    client, token = client_of(READ, OFFICER)
    assert Caller(token)("GET", BODIES).status_code == 200
    save(client, None, {"expires": timezone.localdate()})
    assert Caller(token)("GET", BODIES).status_code == 401
    save(client, None, {"expires": date(2999, 1, 1)})
    clients.revoke_token(client.tokens.get(), account("other"))
    assert Caller(token)("GET", BODIES).status_code == 401
    other = clients.issue(client, None)[1]
    assert Caller(other)("GET", BODIES).status_code == 200
    clients.revoke(client, None)
    assert Caller(other)("GET", BODIES).status_code == 401


def test_a_client_calls_from_its_addresses_only(client_of: Any) -> None:
    token = client_of(READ, OFFICER, addresses=["10.1.0.0/16", "192.168.7.7"])[1]
    for address, status in (("10.1.2.3", 200), ("192.168.7.7", 200), ("127.0.0.1", 403), ("10.2.0.1", 403)):
        answer = Browser(REMOTE_ADDR=address).get(BODIES, headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == status, address


def test_behind_a_proxy_of_ours_the_address_is_the_one_it_tells(client_of: Any, settings: Any) -> None:
    client, token = client_of(READ, OFFICER, addresses=["10.1.0.0/16"])

    def asked(peer: str, said: str) -> int:
        headers = {"authorization": f"Bearer {token}", "x-forwarded-for": said}
        return Browser(REMOTE_ADDR=peer).get(BODIES, headers=headers).status_code

    assert asked("192.168.0.2", "10.1.2.3") == 403, "no proxy is named: nobody's word counts"
    settings.PROXIES = ("192.168.0.2",)
    assert asked("192.168.0.2", "10.1.2.3") == 200
    assert meter.last_uses([f"c{client.pk}"])[f"c{client.pk}"].address == "10.1.2.3"
    assert asked("192.168.0.2", "10.1.2.3, 10.2.0.1") == 403, "what the caller wrote itself"
    assert asked("192.168.0.3", "10.1.2.3") == 403, "past the proxy"


def test_what_no_scope_names_is_closed_whatever_the_roles_allow(client_of: Any) -> None:
    call = Caller(client_of(READ, OFFICER, REGISTRAR)[1])
    assert call("GET", BODIES).status_code == 200
    refused = call("POST", BODIES, {"slug": "x"})
    assert (refused.status_code, refused.json()["scope"]) == (403, "bodies.body:create")
    assert call("GET", "/api/v1/people/person").status_code == 403


def test_what_no_role_allows_is_closed_whatever_the_scopes_say(client_of: Any) -> None:
    call = Caller(client_of(WRITE, OFFICER)[1])
    answer = call("POST", BODIES, {"slug": "x", "name": "X", "kind": "department"})
    assert answer.status_code == 403
    assert "registrar" in answer.json()["detail"]


def test_a_client_sees_what_its_body_sees(client_of: Any, body: Any) -> None:
    own, other = (body(slug, kind=Body.Kind.ENTERPRISE) for slug in ("own", "other"))
    call = Caller(client_of(READ, body=own.pk)[1])
    assert call("GET", f"{BODIES}/{own.pk}").status_code == 200
    assert call("GET", f"{BODIES}/{other.pk}").status_code == 404
    assert {row["id"] for row in call("GET", f"{BODIES}?kind=enterprise").json()["items"]} == {own.pk}


def test_a_session_reads_and_its_writes_need_the_sign_of_our_own_pages(account: Any, office: Body) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(account("li", OFFICER, REGISTRAR))
    assert browser.get(f"{BODIES}/{office.pk}").status_code == 200
    sent = {"data": '{"note": "by hand"}', "content_type": "application/json"}
    address = f"{BODIES}/{office.pk}"
    assert browser.patch(address, **sent, headers={"if-match": '"1"'}).status_code == 403
    browser.get("/me/")
    sign = browser.cookies["csrftoken"].value
    answer = browser.patch(address, **sent, headers={"if-match": '"1"', "x-csrftoken": sign})
    assert answer.status_code == 200


def test_too_many_requests_are_told_when_to_come_again(client_of: Any) -> None:
    client, token = client_of(READ, OFFICER, rate=3)
    call = Caller(token)
    answers = [call("GET", BODIES) for _i in range(7)]  # a minute may turn between them, once
    assert answers[0]["RateLimit-Policy"] == '"minute";q=3;w=60'
    assert "r=2" in answers[0]["RateLimit"]
    late = [a for a in answers if a.status_code == 429]
    assert late
    assert 0 < int(late[-1]["Retry-After"]) <= 61
    assert late[-1].json()["status"] == 429
    assert meter.last_uses([f"c{client.pk}"])[f"c{client.pk}"].token == token[:11]


def test_a_get_writes_nothing_in_the_main_database(
    client_of: Any, office: Body, django_assert_num_queries: Any
) -> None:
    call = Caller(client_of(READ, OFFICER)[1])
    with django_assert_num_queries(3) as asked:  # the token, how many rows, the rows
        assert call("GET", BODIES).status_code == 200
    assert all(query["sql"].startswith("SELECT") for query in asked.captured_queries)
    with django_assert_num_queries(2) as asked:  # the token, the row
        assert call("GET", f"{BODIES}/{office.pk}").status_code == 200
    assert all(query["sql"].startswith("SELECT") for query in asked.captured_queries)


# --- reading ----------------------------------------------------------------------------------------------------------


def test_a_record_tells_its_values_as_what_they_are(writer: Caller, body: Any) -> None:
    heir = body("heir", name="Heir")
    made = body("old", starts=date(2001, 2, 3), successor=heir, name_en="Old")
    answer = writer("GET", f"{BODIES}/{made.pk}")
    told = answer.json()
    assert answer["ETag"] == '"1"'
    assert (told["id"], told["version"], told["demo"], told["title"]) == (made.pk, 1, False, "Old")
    assert (told["kind"], told["starts"], told["ends"]) == ("department", "2001-02-03", None)
    assert told["successor"] == {"id": heir.pk, "title": "Heir", "href": f"{BODIES}/{heir.pk}"}


def test_a_list_is_filtered_searched_sorted_and_paged(writer: Caller, body: Any) -> None:
    for n in range(7):
        body(f"z{n}", name=f"Zone {n}", kind=Body.Kind.ZONE)
    answer = writer("GET", f"{BODIES}?kind=zone&q=zone&sort=-name&limit=3&page=2")
    told = answer.json()
    assert [row["name"] for row in told["items"]] == ["Zone 3", "Zone 2", "Zone 1"]
    assert (told["total"], told["page"], told["limit"]) == (7, 2, 3)
    links = dict(reversed(link.split("; ")) for link in answer["Link"].split(", "))
    assert set(links) == {f'rel="{rel}"' for rel in ("first", "prev", "next", "last")}
    rest = writer("GET", links['rel="next"'].strip("<>")).json()["items"]
    assert [row["name"] for row in rest] == ["Zone 0"]


def test_a_whole_list_is_read_by_its_keys(writer: Caller, body: Any) -> None:
    kept = {body(f"k{n}").pk for n in range(5)} | set(Body.objects.values_list("pk", flat=True))
    seen: list[int] = []
    address: str | None = f"{BODIES}?after=0&limit=2"
    while address:
        answer = writer("GET", address)
        assert "total" not in answer.json()
        seen += [row["id"] for row in answer.json()["items"]]
        address = answer["Link"].split(">")[0].strip("<") if "Link" in answer else None
    assert seen == sorted(kept)


@pytest.mark.parametrize(
    "query",
    ["colour=red", "kind=palace", "page=0", "page=x", "limit=9999", "sort=note", "page=1&after=0", "q=%00", "q=a&q=b"],
)
def test_a_parameter_that_does_not_fit_is_named(writer: Caller, query: str) -> None:
    answer = writer("GET", f"{BODIES}?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] in query
    assert answer.json()["errors"][0]["detail"]


def test_a_bulk_read_is_logged_as_a_sheet_is(client_of: Any, body: Any) -> None:
    for n in range(60):
        body(f"n{n}")
    call = Caller(client_of(READ, OFFICER)[1])
    call("GET", BODIES)
    assert not Line.objects.exists()  # no more than a page of the site shows
    call("GET", f"{BODIES}?limit=55&sort=name")
    call("GET", f"{BODIES}?after=3&limit=5")
    second, first = Line.objects.all()
    assert (first.who, first.rows, first.form, first.asked) == ("Ledger of the city", 55, "rest", "limit=55&sort=name")
    assert (second.rows, second.kind) == (5, "bodies.body")
    assert "code" in first.fields


def test_a_personal_value_is_masked_as_on_pages(client_of: Any, office: Body) -> None:
    someone = Person(name="Wang", phone="13812345678", email="wang@example.org")
    save(someone, None)
    call = Caller(client_of(["people.person:read", "people.person:change"], OFFICER, REGISTRAR)[1])
    answer = call("GET", f"/api/v1/people/person/{someone.pk}")
    assert (answer.json()["phone"], answer.json()["email"]) == ("138****5678", "w•••@example.org")
    back = {**answer.json(), "name": "Wang Wei"}
    assert call("PUT", f"/api/v1/people/person/{someone.pk}", back, if_match='"1"').status_code == 200
    kept = Person.objects.get(pk=someone.pk)
    assert (kept.name, kept.phone, kept.email) == ("Wang Wei", "13812345678", "wang@example.org")
    story = call("GET", f"/api/v1/people/person/{someone.pk}/history").content.decode()
    assert "13812345678" not in story


# --- writing ----------------------------------------------------------------------------------------------------------

NEW = {"slug": "new-office", "name": "New office", "kind": "department", "starts": "2020-01-01"}


def test_a_record_is_added_changed_replaced_and_withdrawn(writer: Caller) -> None:
    made = writer("POST", BODIES, NEW)
    assert made.status_code == 201, made.content
    address = made["Location"]
    assert (made["ETag"], made.json()["name"], made.json()["starts"]) == ('"1"', "New office", "2020-01-01")
    changed = writer("PATCH", address, {"note": "moved"}, if_match='"1"')
    assert (changed.status_code, changed["ETag"], changed.json()["note"]) == (200, '"2"', "moved")
    replaced = writer("PUT", address, {**NEW, "name": "Renamed"}, if_match='"2"')
    assert (replaced.json()["name"], replaced.json()["note"]) == ("Renamed", "")
    story = writer("GET", f"{address}/history").json()["items"]
    assert [event["verb"] for event in story] == ["change", "change", "create"]
    assert story[0]["who"] == "Ledger of the city"
    assert writer("DELETE", f"{address}?note=wrong", if_match='"3"').status_code == 204
    assert writer("GET", address).status_code == 404
    gone = Body.everything.get(slug="new-office")
    assert gone.void
    assert Event.objects.get(kind="bodies.body", key=gone.pk, seq=4).note == "wrong"


def test_what_others_rest_on_is_not_withdrawn(writer: Caller, body: Any) -> None:
    heir = body("heir")
    body("old", successor=heir)
    answer = writer("DELETE", f"{BODIES}/{heir.pk}", if_match='"1"')
    assert (answer.status_code, answer.json()["kinds"]) == (409, ["bodies (1)"])
    assert not Body.everything.get(pk=heir.pk).void


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ({"slug": "a b"}, "/slug"),
        ({"kind": "palace"}, "/kind"),
        ({"starts": "2020-13-01"}, "/starts"),
        ({"starts": 20200101}, "/starts"),
        ({"successor": 10**6}, "/successor"),
        ({"successor": "two"}, "/successor"),
        ({"code": "123"}, "/code"),
        ({"colour": "red"}, "/colour"),
        ({"name": True}, "/name"),
        ({"name": "a\x00b"}, "/name"),
        ({"ends": "2019-01-01"}, "/ends"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(writer: Caller, sent: dict[str, Any], pointer: str) -> None:
    answer = writer("POST", BODIES, NEW | sent)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert not Body.objects.filter(slug="new-office").exists()


def test_what_is_no_json_object_is_refused_in_words(writer: Caller) -> None:
    for sent, status in ((b"{", 400), (b"[1]", 400), (b"\xff", 400), (b"", 415)):
        assert writer("POST", BODIES, sent).status_code == status, sent
    answer = writer.browser.post(BODIES, {"slug": "x"})
    assert (answer.status_code, answer["Accept"]) == (415, "application/json")
    assert writer("PATCH", BODIES).status_code == 405
    for address in ("/api/v1/no/such/address", f"{BODIES}/two%0Alines"):
        assert writer("GET", address).json()["status"] == 404
    assert writer("POST", "/api/v1/nothing/here", {}).status_code == 404


def test_nobody_changes_what_he_has_not_seen(writer: Caller, office: Body) -> None:
    for match in ({}, {"if_match": "*"}, {"if_match": "nonsense"}):
        answer = writer("PATCH", f"{BODIES}/{office.pk}", {"note": "blind"}, **match)
        assert answer.status_code == 428
    assert Body.objects.get(pk=office.pk).version == 1


def test_two_people_edit_one_record_and_the_second_gets_both_versions(writer: Caller, office: Body) -> None:
    address = f"{BODIES}/{office.pk}"
    tag = writer("GET", address)["ETag"]
    assert writer("PATCH", address, {"note": "hers", "source": "hers too"}, if_match=tag).status_code == 200
    mine = {"note": "mine", "name": "My name"}
    late = writer("PATCH", address, mine, if_match=tag)
    assert (late.status_code, late["ETag"]) == (412, '"2"')
    told = late.json()
    assert told["sent"] == mine  # nothing typed is lost
    assert (told["current"]["note"], told["current"]["version"]) == ("hers", 2)
    assert {c["field"]: (c["before"], c["now"]) for c in told["changed"]} == {
        "note": ("first note", "hers"),
        "source": ("", "hers too"),
    }
    assert Body.objects.get(pk=office.pk).note == "hers"
    assert writer("PATCH", address, mine, if_match=late["ETag"]).json()["note"] == "mine"


# --- once -------------------------------------------------------------------------------------------------------------


def test_a_repeated_request_does_nothing_twice(writer: Caller) -> None:
    first = writer("POST", BODIES, NEW, idempotency_key="7f3a")
    again = writer("POST", BODIES, NEW, idempotency_key="7f3a")
    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.content, again["ETag"], again["Location"]) == (first.content, first["ETag"], first["Location"])
    assert again["Idempotency-Replayed"] == "true"
    assert Body.objects.filter(slug="new-office").count() == 1
    other = writer("POST", BODIES, NEW | {"name": "Another"}, idempotency_key="7f3a")
    assert (other.status_code, other.json()["type"]) == (409, "/api/#problem-key-reused")


def test_a_refused_request_may_be_mended_under_its_key(writer: Caller) -> None:
    assert writer("POST", BODIES, NEW | {"kind": "x"}, idempotency_key="k").status_code == 422
    assert not Kept.objects.exists()
    assert writer("POST", BODIES, NEW, idempotency_key="k").status_code == 201


def test_a_key_is_its_callers_own_and_ends(writer: Caller, client_of: Any) -> None:
    writer("POST", BODIES, NEW, idempotency_key="k")
    other = Caller(client_of(WRITE, OFFICER, REGISTRAR, name="Other")[1])
    assert other("POST", BODIES, NEW | {"slug": "second"}, idempotency_key="k").status_code == 201
    Kept.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert writer("POST", BODIES, NEW | {"slug": "third"}, idempotency_key="k").status_code == 201
    assert writer("POST", BODIES, NEW, idempotency_key="a b").status_code == 400


# --- files ------------------------------------------------------------------------------------------------------------


def test_a_file_is_kept_listed_and_fetched(writer: Caller, office: Body) -> None:
    address = f"{BODIES}/{office.pk}/files"
    sent = {"file": io.BytesIO(b"<script>alert(1)</script>")}
    sent["file"].name = "page.html"
    made = writer.browser.post(address, sent)
    assert made.status_code == 201, made.content
    (kept,) = writer("GET", address).json()["items"]
    assert (kept["name"], kept["size"]) == ("page.html", 25)
    got = writer("GET", kept["href"])
    assert b"".join(got.streaming_content) == b"<script>alert(1)</script>"
    assert got["Content-Type"] == "application/octet-stream"
    assert "attachment" in got["Content-Disposition"]
    assert writer("GET", f"{address}/999").status_code == 404
    assert writer.browser.post(address, {"x": "y"}).status_code == 422


def test_belonging_is_told_for_one_request_only(office: Body, account: Any) -> None:
    user = account("someone")
    belong(user, (office.pk,))
    assert not hasattr(User.objects.get(pk=user.pk), "_hanfeng_bodies")
