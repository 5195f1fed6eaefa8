"""The first accounts: demo accounts with random passwords, or the three administrators of a real start."""

from __future__ import annotations

import os
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .home import write_private
from .terminal import Refused, _, console, say

if TYPE_CHECKING:
    from django.contrib.auth.models import User

DEMO_GROUP = "site.demo-account"
ADMINISTRATORS = ("system", "security", "audit")
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is mistaken for another when read from paper


@dataclass(frozen=True)
class Account:
    """A new account as it is told to people, once: the user name, the password, whose it is."""

    username: str
    password: str
    title: str


def random_password() -> str:
    """Four groups of four: about 79 bits, easy to type."""
    return "-".join("".join(secrets.choice(LETTERS) for _i in range(4)) for _j in range(4))


def any_account() -> bool:
    """Whether the site has accounts. A site without any has never been started."""
    from django.contrib.auth import get_user_model

    return get_user_model().objects.exists()


def demo_accounts() -> int:
    """How many demo accounts could sign in."""
    from django.contrib.auth import get_user_model

    return get_user_model().objects.filter(is_active=True, groups__name=DEMO_GROUP).count()


def _create(username: str, password: str, name: str, groups: list[str]) -> User:
    from django.contrib.auth.models import Group, User

    user = User.objects.create_user(username, password=password, first_name=name[:150])
    user.groups.set([Group.objects.get_or_create(name=name)[0] for name in groups])
    return user


def make_demo(home: Path) -> list[Account]:
    """One account for each person of the demo, with that person's roles; kept in HOME/demo-accounts.txt (0600)."""
    from django.conf import settings
    from django.db import transaction

    from hanfeng.site.demo import personas

    english = settings.LANGUAGE_CODE.startswith("en")
    made = []
    with transaction.atomic():
        for persona in personas():
            name, post = (persona.name_en, persona.post_en) if english else (persona.name, persona.post)
            account = Account(persona.username, random_password(), f"{post} {name}")
            _create(account.username, account.password, name, [*persona.roles, DEMO_GROUP])
            made.append(account)
        _keep(home / "demo-accounts.txt", made)
    return made


def _keep(path: Path, accounts: list[Account]) -> None:
    write_private(path, "".join(f"{a.username}\t{a.password}\t{a.title}\n" for a in accounts))


def show(accounts: list[Account], path: Path) -> None:
    """Print new accounts with their passwords: once, and where they are kept."""
    from rich.table import Table
    from rich.text import Text

    say(_("New accounts: shown once, kept in {path}").format(path=path), style="bold", error=True)
    table = Table()
    for heading in (_("account"), _("password"), _("who")):
        table.add_column(heading, no_wrap=True)
    for account in accounts:
        table.add_row(Text(account.username), Text(account.password, style="bold"), Text(account.title))
    console(error=True).print(table)


def _titles() -> dict[str, str]:
    return {
        "system": _("system administrator: accounts and operation"),
        "security": _("security administrator: roles and rights"),
        "audit": _("audit administrator: the history"),
    }


def ask_names() -> dict[str, str]:
    """The user names of the first administrators: from HANFENG_ADMIN_SYSTEM, _SECURITY, _AUDIT or the terminal."""
    given = {kind: os.environ.get(f"HANFENG_ADMIN_{kind.upper()}", "").strip() for kind in ADMINISTRATORS}
    if not all(given.values()) and not sys.stdin.isatty():
        variables = ", ".join(f"HANFENG_ADMIN_{kind.upper()}" for kind, name in given.items() if not name)
        text = _("A real start needs three administrators. Name them in {variables}, or start from a terminal.")
        raise Refused(text.format(variables=variables))
    if not all(given.values()):
        say(_("Three administrators, three different people (GB/T 22239). A user name for each:"), error=True)
    for kind in ADMINISTRATORS:
        given[kind] = given[kind] or click.prompt(_titles()[kind], err=True)
    if len({name.casefold() for name in given.values()}) != len(given):
        raise Refused(_("The three administrators must be three different people."))
    return given


def make_administrators(home: Path, names: dict[str, str]) -> list[Account]:
    """Make the three accounts with random passwords, kept in HOME/administrators.txt (0600) until deleted."""
    from django.db import transaction

    made = []
    with transaction.atomic():
        for kind, username in names.items():
            account = Account(username, random_password(), _titles()[kind])
            _create(username, account.password, "", [f"people.{kind}"])
            made.append(account)
        _keep(home / "administrators.txt", made)
    return made
