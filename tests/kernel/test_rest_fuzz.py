"""Garbage over the OpenAPI document: each kind of operation answers as the document says, none fails.

This run is short and takes the desks that together have every kind of operation; tests/soak/test_soak_rest.py takes all.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from django.contrib.auth.models import Group, User
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, Phase
from hypothesis import settings as budget
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.models import Person, Post
from hanfeng.kernel import roles
from hanfeng.kernel.api import begin, catalogue, save
from hanfeng.kernel.pack import find
from hanfeng.kernel.rest import clients, doors
from hanfeng.kernel.rest.shape import kind_of
from hanfeng.site.wsgi import application

pytestmark = pytest.mark.django_db
SOME = r"/api/(v1($|/(bodies/body|people/person|cultivation/poolentry))|sdmx/)"
schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application).include(path_regex=SOME)
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 4
HEALTH = [
    HealthCheck.function_scoped_fixture,
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.filter_too_much,
]


@pytest.fixture
def home(settings: Any, tmp_path: Any) -> Iterator[None]:
    """A home of the test's own; the application does not close the connection that the test holds."""
    settings.HOME = tmp_path
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def everything(db: None, home: None) -> str:
    """The token of a client that may do everything, and some records."""
    firm = Body(slug="firm", name="Firm", kind=Body.Kind.ENTERPRISE)
    save(firm, None)
    save(Body(slug="zone", name="Zone", kind=Body.Kind.ZONE, successor=firm), None)
    user = User.objects.create_user("all")
    roles.ensure()
    user.groups.set(Group.objects.all())
    person = Person(name="All", account=user, phone="13812345678")
    save(person, None)
    save(Post(person=person, body=firm), None)
    pack = find("cultivation")
    desk = pack.desk("poolentry") if pack else None
    assert desk
    assert desk.flow
    begin(desk.flow, desk.model(), user, {"body": firm, "library": "high-tech"})
    values = {
        "name": "Everything", "purpose": "Fuzz", "contact": "x", "body": firm.pk, "body_name": firm.name,
        "roles": [r.name for p in catalogue() for r in p.roles], "rate": 60_000,
        "scopes": [f"{kind_of(d.model)}:{v}" for p in catalogue() for d in p.desks for v in doors.verbs_of(d)],
        "expires": timezone.localdate() + timedelta(days=1),
    }  # fmt: skip
    return clients.issue(clients.register(None, values), None)[1]


@pytest.fixture
def session(everything: str) -> dict[str, str]:
    """What the browser of somebody with every role sends, with the sign of our own pages."""
    browser, sign = Client(), "s" * 32
    browser.force_login(User.objects.get(username="all"))
    return {"sessionid": browser.cookies["sessionid"].value, "csrftoken": sign}


class Undone(Exception):
    """Takes an example back."""


def asked(case: Any, headers: dict[str, str], cookies: dict[str, str] | None = None) -> Iterator[Any]:
    """The answer to a case; what it wrote is taken back afterwards."""
    try:
        with transaction.atomic():
            yield case.call(headers={"Accept-Language": "en"} | headers, cookies=cookies)
            raise Undone
    except Undone:
        pass


@schema.parametrize()
@budget(max_examples=EXAMPLES, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=HEALTH)
def test_every_operation_answers_a_client_as_the_document_says(case: Any, everything: str) -> None:
    key = Body.objects.order_by("pk").values_list("pk", flat=True)[0]
    if (
        "id" in (case.path_parameters or {})
        and isinstance(case.path_parameters["id"], int)
        and case.path_parameters["id"] % 2
    ):
        case.path_parameters["id"] = key
    for response in asked(case, {"Authorization": f"Bearer {everything}"}):
        case.validate_response(response, checks=CHECKS)


@schema.parametrize()
@budget(max_examples=2, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=HEALTH)
def test_every_operation_answers_somebody_signed_in(case: Any, session: dict[str, str]) -> None:
    (case.headers or {}).pop("Authorization", None)  # a token that was made up would come before the session
    for response in asked(case, {"X-CSRFToken": session["csrftoken"]}, session):
        assert response.status_code != 401
        case.validate_response(response, checks=CHECKS)


@schema.parametrize()
@budget(max_examples=2, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=HEALTH)
def test_every_operation_answers_a_stranger(case: Any, home: None) -> None:
    for response in asked(case, {}):
        assert response.status_code == 401
        case.validate_response(response, checks=CHECKS)
