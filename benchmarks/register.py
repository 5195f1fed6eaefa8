"""The register that is measured: bodies with valid codes, dates, choices and successors; and who reads it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib.auth.models import Group, User

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.models import Person, Post
from hanfeng.commons.people.roles import OFFICER, REGISTRAR
from hanfeng.kernel.api import save
from hanfeng.kernel.pure import make_uscc

KINDS = (*[Body.Kind.ENTERPRISE] * 16, Body.Kind.INSTITUTE, Body.Kind.HOSPITAL, Body.Kind.ASSOCIATION, Body.Kind.TOWN)
FIRST_DAY = date(2001, 1, 1)


def values(number: int) -> dict[str, Any]:
    """The fields of one body, the same for the same number; invented."""
    kind = KINDS[number % len(KINDS)]
    starts = FIRST_DAY + timedelta(days=number * 7 % 9000)
    return {
        "slug": f"body-{number:06}", "name": f"Invented body {number}", "name_en": f"Invented body no. {number}", "kind": kind,
        "code": make_uscc("500154", f"{number:08}"), "starts": starts,
        "ends": starts + timedelta(days=5000) if number % 11 == 0 else None,
        "source": "benchmark", "note": f"line {number} of a list" if number % 3 == 0 else "", "demo": True,
    }  # fmt: skip


def bodies(numbers: range, successors: list[int]) -> list[Body]:
    """Bodies not yet written; each fifth has a successor among those given."""
    return [Body(**values(n), successor_id=successor(n, successors)) for n in numbers]


def successor(number: int, among: list[int]) -> int | None:
    """The key of a body's successor, the same for the same number."""
    return among[number % len(among)] if among and number % 5 == 0 else None


def reader() -> User:
    """An officer who is registrar too, posted to an office."""
    user = User.objects.create_user("reader")
    user.groups.set([Group.objects.get_or_create(name=role.name)[0] for role in (OFFICER, REGISTRAR)])
    office = Body(slug="office", name="Office", kind=Body.Kind.DEPARTMENT)
    person = Person(name="Reader", account=user)
    save(office, None)
    save(person, None)
    save(Post(person=person, body=office), None)
    return user


def age(body: Body, by: User) -> None:
    """Give a body a history as records get it: named anew, corrected, succeeded, annotated."""
    save(body, by, {"name": f"{body.name} (new)", "name_en": ""})
    save(body, by, {"starts": FIRST_DAY, "source": "corrected"})
    save(body, by, {"successor": Body.objects.order_by("-pk").first()}, note="reform")
    save(body, by, {"note": "looked at again"})
