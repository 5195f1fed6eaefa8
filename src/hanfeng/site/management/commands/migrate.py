"""Django's `migrate`, three times as fast on an empty database: a new model does not make all related ones anew.

Django keeps the models of each step of the migrations as classes. Every model that comes, and every index and constraint, makes
all classes anew that have anything to do with it, which with accounts is nearly all of them. For the statements that create
a table, an index or a constraint the one class is enough; before any other step all classes are made anew at once, those
of the state before it too.
"""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate as django_migrate
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ModelState, ProjectState


class State(ProjectState):
    """The models of a step.

    `_alone` says that some classes were made without those that relate to them, `_before` is the state this one goes on from.
    """

    _alone = False
    _before: State | None = None

    def clone(self) -> State:
        self._before = _as_state(super().clone())
        self._before._alone = self._alone
        return self._before

    def add_model(self, model_state: ModelState) -> None:
        apps = self.__dict__.pop("apps", None)
        super().add_model(model_state)
        if apps is not None:
            self.__dict__["apps"] = apps
            self._make_alone((model_state.app_label, model_state.name_lower))

    def _append_option(self, app_label: str, model_name: str, option_name: str, obj: Any) -> None:
        model_state = self.models[app_label, model_name]
        model_state.options[option_name] = [*model_state.options[option_name], obj]
        self._make_alone((app_label, model_name))

    def _make_alone(self, key: tuple[str, str]) -> None:
        if "apps" in self.__dict__:
            with self.apps.bulk_update():
                self.apps.unregister_model(*key)
            self.apps.render_multiple([self.models[key]])
            self._alone = self.is_delayed = True  # a step in Python gets all of them made anew

    def _make_whole(self) -> None:
        """All classes as they were before this step: Django goes on from there."""
        if not self._alone:
            return
        self.__dict__.pop("apps", None)
        self._alone = False
        if self._before:
            self._before._make_whole()
            made = self._before.apps
            self.__dict__["apps"], self._before.__dict__["apps"] = made, made.clone()  # as clone() shares them out

    def reload_model(self, app_label: str, model_name: str, delay: bool = False) -> None:
        self._make_whole()
        super().reload_model(app_label, model_name, delay)

    def reload_models(self, models: Any, delay: bool = True) -> None:
        self._make_whole()
        super().reload_models(models, delay)

    def remove_model(self, app_label: str, model_name: str) -> None:
        self._make_whole()
        super().remove_model(app_label, model_name)


def _as_state(state: ProjectState) -> State:
    state.__class__ = State
    assert isinstance(state, State)
    return state


class Executor(MigrationExecutor):
    """Starts from a State where nothing has been applied yet; tables that hold something are changed by Django alone."""

    def _create_project_state(self, with_applied_migrations: bool = False) -> ProjectState:
        state: ProjectState = super()._create_project_state(with_applied_migrations)  # type: ignore[misc]
        return state if self.loader.applied_migrations else _as_state(state)


django_migrate.MigrationExecutor = Executor  # type: ignore[attr-defined]


class Command(django_migrate.Command):
    """`migrate` with that executor."""
