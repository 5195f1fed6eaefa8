"""The first accounts: random, private, complete; three administrators are three people."""

import io
import stat

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User

from hanfeng.kernel.pack import catalogue
from hanfeng.site.commands import accounts
from hanfeng.site.commands.terminal import Refused
from hanfeng.site.demo import personas

pytestmark = pytest.mark.django_db


def test_passwords_are_long_and_never_the_same():
    made = {accounts.random_password() for _ in range(200)}
    assert len(made) == 200
    assert all(len(password) == 19 and set(password) <= {*accounts.LETTERS, "-"} for password in made)


def test_demo_accounts_are_the_people_of_the_demo_and_kept_privately(tmp_path):
    assert not accounts.any_account()
    made = accounts.make_demo(tmp_path)
    assert [account.username for account in made] == [persona.username for persona in personas()]
    assert accounts.demo_accounts() == len(made) == User.objects.count()
    for persona in personas():
        held = set(User.objects.get(username=persona.username).groups.values_list("name", flat=True))
        assert held == {*persona.roles, accounts.DEMO_GROUP}
    kept = tmp_path / "demo-accounts.txt"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    for line in kept.read_text(encoding="utf-8").splitlines():
        username, password, _title = line.split("\t")
        user = authenticate(username=username, password=password)
        assert user is not None
        assert not user.is_superuser


def test_the_people_of_the_demo_hold_roles_there_are_and_every_role_is_held():
    roles = {role.name for pack in catalogue() for role in pack.roles}
    assert {role for persona in personas() for role in persona.roles} == roles


def test_an_account_that_is_shut_no_longer_counts(tmp_path):
    made = accounts.make_demo(tmp_path)
    User.objects.update(is_active=False)
    assert made
    assert accounts.demo_accounts() == 0


def administrators(monkeypatch, **names):
    for kind in accounts.ADMINISTRATORS:
        monkeypatch.delenv(f"HANFENG_ADMIN_{kind.upper()}", raising=False)
    for kind, name in names.items():
        monkeypatch.setenv(f"HANFENG_ADMIN_{kind.upper()}", name)


def test_administrators_from_the_environment(monkeypatch, tmp_path):
    administrators(monkeypatch, system="li", security="wang", audit="zhao")
    made = accounts.make_administrators(tmp_path, accounts.ask_names())
    assert {u.username: [g.name for g in u.groups.all()] for u in User.objects.all()} == {
        "li": ["people.system"],
        "wang": ["people.security"],
        "zhao": ["people.audit"],
    }
    assert accounts.demo_accounts() == 0
    assert stat.S_IMODE((tmp_path / "administrators.txt").stat().st_mode) == 0o600
    assert authenticate(username="li", password=made[0].password)


def test_the_three_are_three_people(monkeypatch):
    administrators(monkeypatch, system="li", security="Li", audit="zhao")
    with pytest.raises(Refused, match="three different people"):
        accounts.ask_names()


def test_without_a_terminal_the_variables_are_named(monkeypatch):
    administrators(monkeypatch, system="li")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(Refused, match="HANFENG_ADMIN_SECURITY, HANFENG_ADMIN_AUDIT"):
        accounts.ask_names()


def test_the_groups_of_the_administrators_are_roles_of_the_site():
    roles = {role.name for pack in catalogue() for role in pack.roles}
    assert {f"people.{kind}" for kind in accounts.ADMINISTRATORS} <= roles
