"""Garbage over the whole OpenAPI document at length, signed in and not: no operation fails, each answers as documented."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import settings as budget

from hanfeng.site.wsgi import application

sys.path.append(str(Path(__file__).parents[1] / "kernel"))
from test_rest_fuzz import CHECKS, HEALTH, Phase, asked, everything, home, session

__all__ = ["everything", "home", "session"]
pytestmark = [pytest.mark.soak, pytest.mark.django_db]
schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
LONG = budget(
    max_examples=int(os.environ.get("HANFENG_SOAK_EXAMPLES", "60")),
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=HEALTH,
)


@schema.parametrize()
@LONG
def test_every_operation_answers_a_client_as_the_document_says(case: Any, everything: str) -> None:
    for response in asked(case, {"Authorization": f"Bearer {everything}"}):
        case.validate_response(response, checks=CHECKS)


@schema.parametrize()
@LONG
def test_every_operation_answers_somebody_signed_in(case: Any, session: dict[str, str]) -> None:
    (case.headers or {}).pop("Authorization", None)  # a token that was made up would come before the session
    for response in asked(case, {"X-CSRFToken": session["csrftoken"]}, session):
        case.validate_response(response, checks=CHECKS)


@schema.parametrize()
@LONG
def test_every_operation_answers_a_stranger(case: Any, home: None) -> None:
    for response in asked(case, {}):
        assert response.status_code == 401
        case.validate_response(response, checks=CHECKS)
