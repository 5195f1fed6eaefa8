"""A county with its demo for the modules that ask for one, people to sign in as, and what is asked of every pack."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from kept_database import standing_on

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.models import Person, Post
from hanfeng.kernel.api import Role, catalogue, save

SOURCE = Path(settings.SOURCE)
_numbers = count(1)


@pytest.fixture(scope="module")
def county(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """The county's files and the demo of every pack, for one module; taken back when it ends."""
    with django_db_blocker.unblock(), standing_on("demo", _filled):
        yield


def _filled() -> None:
    from hanfeng.kernel import roles
    from hanfeng.kernel.alert import declare as alarms
    from hanfeng.kernel.rule import parameters
    from hanfeng.plan import loading
    from hanfeng.site import demo
    from hanfeng.site.commands import accounts

    roles.ensure()
    loading.load()
    for pack in catalogue():
        parameters.load(pack.parameters)
        alarms.load((pack.name, alarm) for alarm in pack.alarms)
    with TemporaryDirectory() as folder:  # where the passwords would be kept
        accounts.make_demo(Path(folder))
    demo.fill()


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """The words of these tests are English whatever the site's language is."""
    with translation.override("en"):
        yield


@pytest.fixture
def person(db: None) -> Callable[..., User]:
    """person(ROLE, ..., body=Body) -> an account with these roles (or their names), whose person works at the body."""

    def make(*roles: Role | str, body: Body | None = None) -> User:
        user = User.objects.create_user(f"tester-{next(_numbers)}")
        names = [role if isinstance(role, str) else role.name for role in roles]
        user.groups.set([Group.objects.get_or_create(name=name)[0] for name in names])
        if body:
            someone = Person(name=user.username, account=user)
            save(someone, None)
            save(Post(person=someone, body=body), None)
        return user

    return make


@pytest.fixture
def browser_of() -> Callable[[User], Client]:
    """browser_of(user) -> a client signed in as the user, reading English."""

    def make(user: User) -> Client:
        client = Client(headers={"accept-language": "en"})
        client.force_login(user)
        return client

    return make


class Asked:
    """How many questions a block asked the database."""

    def __init__(self) -> None:
        self.captured = CaptureQueriesContext(connection)

    def __enter__(self) -> Asked:
        self.captured.__enter__()
        return self

    def __exit__(self, *why: object) -> None:
        self.captured.__exit__(*why)  # type: ignore[arg-type]

    @property
    def count(self) -> int:
        """Savepoints are no questions."""
        return sum("SAVEPOINT" not in query["sql"] for query in self.captured.captured_queries)

    @property
    def most(self) -> str:
        """What was asked most often, for the message of a failed test."""
        told = (re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in self.captured.captured_queries)
        shapes = Counter(re.sub(r"^SELECT .*? FROM", "FROM", text)[:160] for text in told)
        return "\n".join(f"{n} x {shape}" for shape, n in shapes.most_common(6))


@pytest.fixture
def asked() -> type[Asked]:
    return Asked
