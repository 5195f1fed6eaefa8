"""A record that is kept already goes on as its history says, whatever field is added to its table."""

from __future__ import annotations

from django.apps import apps
from django.db.migrations import AddField
from django.db.migrations.loader import MigrationLoader
from django.db.models import Field

from hanfeng.kernel.record.audit import nothing
from hanfeng.kernel.record.models import Record


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
