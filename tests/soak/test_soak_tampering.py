"""Whoever changes one thing past the kernel is found out: any table, column and row, changed, put in, taken out or emptied."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, models, transaction
from django.db.models import QuerySet

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.models import Person
from hanfeng.kernel.api import attach, begin, erase, go, save, save_many
from hanfeng.kernel.indicator.models import Reading
from hanfeng.kernel.portal.flow import APPROVER, EDITOR, publication
from hanfeng.kernel.portal.models import Snapshot
from hanfeng.kernel.record import audit, seals
from hanfeng.kernel.record.files import path_of
from hanfeng.kernel.record.models import Attachment, Secret

pytestmark = [pytest.mark.soak, pytest.mark.django_db]
TIMES = 400
TABLES = {
    "record.event": set(),
    "record.seal": set(),
    "record.secret": {"erased_at"},
    "record.attachment": {"media", "at", "by"},
    "bodies.body": {"created_at", "changed_at"},
    "indicator.reading": {"created_at", "changed_at"},
    "portal.snapshot": {"created_at", "changed_at"},
    "people.person": {"created_at", "changed_at"},
}
"""The tables, each with the columns that only repeat what an event says: who wrote, when, and what a name guesses."""


@pytest.fixture
def history(settings: LazySettings, tmp_path: Path) -> Path:
    """Records of several kinds with changes, decisions, files, personal values, one erased; most of it sealed, some not."""
    settings.HOME = tmp_path
    users = [User.objects.create_user(name) for name in ("ann", "bob")]
    for user, role in zip(users, (EDITOR, APPROVER), strict=True):
        user.groups.add(Group.objects.create(name=role.name))
    bodies = [Body(slug=f"b{i}", name=f"B{i}", kind="department", starts=date(2001 + i, 1, 1)) for i in range(6)]
    save_many(bodies, users[0], title="list")
    for i, body in enumerate(bodies):
        save(body, users[i % 2], {"name": f"name {i}", "successor": bodies[0] if i else None}, note="reform")
    seals.seal()
    people = [Person(name=f"P{i}", phone=f"1380000000{i}", email=f"p{i}@example.org") for i in range(4)]
    for person in people:
        save(person, users[0])
        save(person, users[1], {"phone": f"{person.phone[:-2]}99"})
    erase(people[3], users[0], ["phone"], "asked")
    attach(bodies[0], users[0], "a.txt", BytesIO(b"evidence"))
    seals.seal()
    numbers = {"r0": 0.0, "r1": 1.5, "r2": None}
    given = {
        "measure": "m",
        "layer": "ledger",
        "kind": "x",
        "period": "2024",
        "as_of": date(2024, 12, 31),
        "place": "p",
    }
    for slug, low in numbers.items():
        save(Reading(slug=slug, low=low, **given), None)
    case = begin(publication, Snapshot(name="plan", title="Plan", as_of=date(2025, 12, 31)), users[0])
    go(publication, case, "approve", users[1])
    seals.seal()
    save(bodies[1], None, {"note": "not sealed yet"})
    assert faults() == []
    return tmp_path


def faults() -> list[str]:
    return [f"{broken.where}: {broken.what}" for broken in audit.verify()]


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def raw(model: type[models.Model]) -> QuerySet[Any]:
    """The rows past every manager of the kernel."""
    return models.QuerySet(model)


def other(dice: random.Random, field: Any, now: Any, rows: list[Any]) -> Any:
    """Another value for a column: one that it could hold as well."""
    else_where = [v for v in (getattr(r, field.attname) for r in rows) if v != now]
    if else_where and dice.random() < 0.5:
        return dice.choice(else_where)
    if isinstance(field, models.BooleanField):
        return not now
    if isinstance(now, datetime):
        return now + timedelta(microseconds=1)
    if isinstance(now, date):
        return now + timedelta(days=1)
    if isinstance(now, int | float):
        return now + 1
    if isinstance(now, dict):
        return {**now, "x": 1}
    if isinstance(now, str):
        return mangled(dice, now, field.max_length or 1000)
    return {"FloatField": 0.0, "DateField": date(2020, 1, 1), "DateTimeField": datetime.now().astimezone()}.get(
        field.get_internal_type(), 1
    )


def mangled(dice: random.Random, text: str, most: int) -> str:
    if not text:
        return "x"
    at = dice.randrange(len(text))
    changed = dice.choice([text[:at] + "0" + text[at + 1 :], text[:at] + text[at + 1 :], text[:at], f"{text}x"[:most]])
    return changed if changed != text else text[:-1]


def mutate(dice: random.Random, label: str) -> str:
    """Do one thing to one table; what it was, in words."""
    model = apps.get_model(label)
    rows = list(raw(model).order_by("pk"))
    row = dice.choice(rows)
    fields = [f for f in model._meta.concrete_fields if not f.primary_key and f.name not in TABLES[label]]
    field: Any = dice.choice(fields)
    how = dice.choice(["change", "change", "change", "delete", "insert", "truncate", "swap"])
    if how == "change":
        value = other(dice, field, getattr(row, field.attname), rows)
        raw(model).filter(pk=row.pk).update(**{field.attname: value})
        return f"{label} {row.pk}: {field.attname} from {getattr(row, field.attname)!r} to {value!r}"
    if how == "swap":
        return swapped(dice, model, field, row, rows) or mutate(dice, label)
    if how == "insert" and label == "record.secret":  # the same value once more says nothing new
        return mutate(dice, label)
    if how == "insert":
        row.pk = rows[-1].pk + 1
        for unique in model._meta.concrete_fields:
            if unique.unique and not unique.primary_key:
                setattr(row, unique.attname, None if unique.null else f"{getattr(row, unique.attname)}-again")
        if label == "record.event":
            row.seq += dice.randint(1, 3) + 10
        row.save_base(force_insert=True, raw=True)
        return f"{label}: a copy of a row put in"
    doomed = raw(model).filter(pk=row.pk) if how == "delete" else raw(model)
    doomed._raw_delete(doomed.db)
    return f"{label}: {how}"


def alike(one: Any, other: Any, but: Any) -> bool:
    """Whether two rows differ in one column only: to exchange it would leave the same two rows."""
    left = TABLES[one._meta.label_lower] | {but.name}
    fields = [f for f in one._meta.concrete_fields if not f.primary_key and f.name not in left]
    return all(getattr(one, f.attname) == getattr(other, f.attname) for f in fields)


def swapped(dice: random.Random, model: type[models.Model], field: Any, row: Any, rows: list[Any]) -> str:
    """Exchange a value between two rows; empty when that cannot be or would change nothing."""
    mine = getattr(row, field.attname)
    others = [r for r in rows if getattr(r, field.attname) != mine and not alike(r, row, field)]
    if not others or field.unique or field.name in {"seq", "key", "kind"}:
        return ""
    twin = dice.choice(others)
    raw(model).filter(pk=row.pk).update(**{field.attname: getattr(twin, field.attname)})
    raw(model).filter(pk=twin.pk).update(**{field.attname: mine})
    return f"{model._meta.label} {row.pk} and {twin.pk}: {field.attname} exchanged"


@pytest.mark.parametrize("label", TABLES)
def test_one_change_to_a_table_is_found(history: Path, label: str) -> None:
    dice = random.Random(label)
    unseen, failed = [], []
    for _turn in range(TIMES):
        with undone():
            try:
                with transaction.atomic():
                    done = mutate(dice, label)
            except IntegrityError:  # a constraint of the database itself forbids it
                continue
            try:
                if not faults():
                    unseen.append(done)
            except Exception as why:
                failed.append(f"{done}: {why!r}")
    assert (sorted(set(unseen)), sorted(set(failed))) == ([], [])
    assert faults() == []


@pytest.mark.parametrize("turn", range(60))
def test_one_change_to_the_file_of_seals_or_its_key_is_found(history: Path, turn: int) -> None:
    dice = random.Random(turn)
    path = dice.choice([seals.log_file(), seals.log_file(), seals.key_file()])
    text = path.read_text()
    lines = text.splitlines(keepends=True)
    spoilt = [
        "".join(lines[: len(lines) // 2]),
        "",
        mangled(dice, text.rstrip("\n"), 10**6),
        text.replace('"seal":2', '"seal":3'),
    ]
    path.write_text(dice.choice([s for s in spoilt if s.strip() != text.strip()]))
    assert faults() != []


def test_a_file_changed_or_gone_is_found(history: Path) -> None:
    kept = Attachment.objects.get()
    path_of(kept.sha256).write_bytes(b"forged")
    assert faults() != []
    path_of(kept.sha256).unlink()
    assert faults() != []


def test_a_personal_value_called_erased_or_not_erased_is_found(history: Path) -> None:
    with undone():
        raw(Secret).filter(erased_at=None).update(erased_at=datetime.now().astimezone(), salt="", data="")
        assert faults() != []
    with undone():
        raw(Secret).exclude(erased_at=None).update(erased_at=None)
        assert faults() != []
    assert faults() == []
