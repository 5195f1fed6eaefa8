"""Accounts for the kernel's tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, User

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.models import Person, Post
from hanfeng.kernel.api import Role, save


@pytest.fixture
def account(db: None) -> Callable[..., User]:
    """account("name", ROLE, ..., body=Body) -> a signed-up user with these roles, posted to the body."""

    def make(name: str, *roles: Role, body: Body | None = None) -> User:
        user = User.objects.create_user(name)
        user.groups.set([Group.objects.get_or_create(name=role.name)[0] for role in roles])
        if body:
            person = Person(name=name, account=user)
            save(person, None)
            save(Post(person=person, body=body), None)
        return user

    return make


@pytest.fixture
def body(db: None) -> Callable[..., Body]:
    """body("slug", kind=...) -> a kept body."""

    def make(slug: str, **values: object) -> Body:
        made = Body(**{"slug": slug, "name": slug.upper(), "kind": Body.Kind.DEPARTMENT} | values)
        save(made, None)
        return made

    return make
