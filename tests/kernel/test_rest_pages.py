"""The pages of the interface: a client is made, its token shown once, taken back; who may not is told so."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from hanfeng.commons.people.roles import AUDIT, OFFICER, SECURITY, SYSTEM
from hanfeng.kernel.rest.models import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(settings: Any, tmp_path: Any, body: Any) -> dict[str, Any]:
    settings.HOME = tmp_path
    return {
        "name": "Ledger of the city", "purpose": "Reads", "contact": "Li", "body": body("office").pk, "rate": 60,
        "roles": [OFFICER.name], "scopes": ["bodies.body:read"], "addresses": "10.0.0.0/8\n127.0.0.1",
        "expires": str(timezone.localdate() + timedelta(days=9)),
    }  # fmt: skip


def signed_in(user: Any) -> Browser:
    browser = Browser(headers={"accept-language": "en"})
    browser.force_login(user)
    return browser


def test_a_client_is_made_its_token_shown_once_and_taken_back(account: Any, asked: dict[str, Any]) -> None:
    browser = signed_in(account("keeper", SECURITY))
    assert browser.get("/api/clients/").status_code == browser.get("/api/clients/new/").status_code == 200
    made = browser.post("/api/clients/new/", asked)
    assert made.status_code == 302, made.context["form"].errors
    page = browser.post(f"{made.url}tokens/").content.decode()
    (token,) = re.findall(r"hf_[\w-]{43}", page)
    assert token not in browser.get(made.url).content.decode()
    call = Browser(headers={"authorization": f"Bearer {token}"})
    assert call.get("/api/v1/bodies/body").status_code == 200
    assert "127.0.0.1" in browser.get("/api/clients/").content.decode()
    kept = Client.objects.get().tokens.get()
    browser.post(f"{made.url}tokens/{kept.pk}/revoke/")
    assert call.get("/api/v1/bodies/body").status_code == 401
    browser.post(f"{made.url}revoke/")
    assert Client.objects.get().revoked
    assert browser.post(f"{made.url}tokens/").status_code == 403


def test_what_is_wrong_is_said(account: Any, asked: dict[str, Any]) -> None:
    browser = signed_in(account("keeper", SECURITY))
    wrong = asked | {"addresses": "here", "expires": "2001-01-01", "roles": [SECURITY.name]}
    answer = browser.post("/api/clients/new/", wrong)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"expires", "roles"}
    answer = browser.post("/api/clients/new/", asked | {"addresses": "here"})
    assert "“here”" in answer.content.decode()
    assert not Client.objects.exists()


def test_each_administrator_does_his_own(account: Any, asked: dict[str, Any]) -> None:
    address = signed_in(account("keeper", SECURITY)).post("/api/clients/new/", asked).url
    system, audit, officer = (signed_in(account(r.name, r)) for r in (SYSTEM, AUDIT, OFFICER))
    for browser in (system, audit):
        assert browser.get(address).status_code == 200
        assert browser.post("/api/clients/new/", asked).status_code == 403
        assert browser.post(f"{address}tokens/").status_code == 403
    assert officer.get("/api/clients/").status_code == officer.get(address).status_code == 403
    assert system.post(f"{address}revoke/").status_code == 302


def test_the_interface_is_explained_to_anybody(client: Browser) -> None:
    for language in ("en", "zh-hans"):
        page = client.get("/api/", headers={"accept-language": language})
        assert page.status_code == 200
        assert "/api/v1/bodies/body" in page.content.decode()
    document = client.get("/api/v1/openapi.json").json()
    ids = [o["operationId"] for p in document["paths"].values() for m, o in p.items() if m != "parameters"]
    assert len(ids) == len(set(ids)) > 100
