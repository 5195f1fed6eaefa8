"""A record that is kept already goes on as its history says, whatever field is added to its table; states of migrations."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models
from django.db.migrations import AddConstraint, AddField, AddIndex, AlterField, CreateModel, DeleteModel, RenameField
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Field

from hanfeng.kernel.record.audit import nothing
from hanfeng.kernel.record.models import Record
from hanfeng.site.management.commands.migrate import State


def test_a_field_that_comes_later_comes_empty() -> None:
    """No event speaks of it: with a value of its own every row would look changed past its history."""
    full = []
    for (app, name), migration in MigrationLoader(None).disk_migrations.items():
        for step in migration.operations:
            if isinstance(step, AddField) and issubclass(apps.get_model(app, step.model_name), Record):
                given = Field.get_default(step.field)  # not that of a foreign key, which asks the other model
                if given is not None and not nothing(step.field, given):
                    full.append(f"{app} {name}: {step.model_name}.{step.name} = {given!r}")
    assert full == []


KEY = ("id", models.AutoField(primary_key=True))
FIRST = [
    CreateModel("Lake", [KEY, ("code", models.IntegerField())]),
    CreateModel("Buoy", [KEY, ("lake", models.ForeignKey("waters.Lake", models.CASCADE))]),
    CreateModel("Walk", [KEY, ("buoys", models.ManyToManyField("waters.Buoy"))]),
    AddIndex("Lake", models.Index(fields=["code"], name="lake_code")),
    AddConstraint("Lake", models.UniqueConstraint(fields=["code"], name="lake_once")),
]
LATER: list[Operation] = [
    AlterField("Lake", "id", models.BigAutoField(primary_key=True)),
    RenameField("Lake", "code", "number"),
    AddField("Lake", "main", models.ForeignKey("waters.Buoy", models.CASCADE, null=True)),
    DeleteModel("Walk"),
]


def _whole(steps: list[Operation]) -> ProjectState:
    """What Django makes of the steps when all classes are made at the end."""
    state = ProjectState()
    for step in steps:
        step.state_forwards("waters", state)
    return state


def _told(state: ProjectState) -> dict[str, list[str]]:
    """Each model with its fields and what leads to it, and whether the models these lead to are those of the state."""
    told, known = {}, state.apps.all_models["waters"]
    for model in state.apps.get_models(include_auto_created=True):
        fields = [(repr(f), f.related_model) for f in model._meta.get_fields(include_hidden=True)]
        told[model._meta.label] = sorted(
            f"{name} {other is None or other is known.get(other._meta.model_name)}" for name, other in fields
        )
    return told


def _walked() -> State:
    """Each of the first steps after another, as a migration goes: classes are there before, a copy is kept."""
    state = State()
    for step in FIRST:
        state.apps  # noqa: B018  (a property that loads)
        state.clone()
        step.state_forwards("waters", state)
    state.apps  # noqa: B018
    return state


@pytest.mark.parametrize("later", LATER, ids=lambda step: type(step).__name__)
def test_around_anything_but_a_new_model_all_models_are_whole(later: Operation) -> None:
    assert _told(_walked()) != _told(_whole(FIRST))  # or there would be nothing to make whole
    state, plain = _walked(), _whole(FIRST)
    plain.apps  # noqa: B018
    before, plain_before = state.clone(), plain.clone()
    later.state_forwards("waters", state)
    later.state_forwards("waters", plain)
    assert (_told(before), _told(state)) == (_told(plain_before), _told(plain))
    assert state.models == plain.models


def test_what_a_step_in_python_sees_is_whole() -> None:
    state = _walked()
    state.clear_delayed_apps_cache()  # as RunPython does
    assert _told(state) == _told(_whole(FIRST))
    lake = state.apps.get_model("waters", "Lake")
    assert [i.name for i in lake._meta.indexes] == ["lake_code"]
    assert [c.name for c in lake._meta.constraints] == ["lake_once"]
