"""How one kind of record is shown to staff: what to list, filter, search and edit, and who may write."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from hanfeng.kernel.base.codes import mask_name
from hanfeng.kernel.exchange.declare import Sheet
from hanfeng.kernel.flow.flow import Flow
from hanfeng.kernel.record.local import PERSON, local, name_of
from hanfeng.kernel.record.models import Record
from hanfeng.kernel.roles import Role
from hanfeng.kernel.search.declare import Searched


@dataclass(frozen=True)
class Column:
    """A column that is not a field: its title, its value for a record, and how it is drawn.

    `called` says what the values of several records are called; it is asked once for all the rows of a page, so that no cell asks
    the database.
    """

    name: str
    title: Any
    value: Callable[[Any], Any]
    kind: str = "text"
    called: Callable[[Iterable[Any]], Mapping[Any, Any]] | None = None


@dataclass(frozen=True)
class Desk:
    """One kind of record at the office. `columns`, `facts` and `form` are field names, or Columns where shown only.

    `tail` adds (request, record) -> context to the record template, under names that its page does not use yet;
    `template` names a page of the pack's own;
    `shows` are the roles that may have personal fields shown, for a purpose they name (those of `write` when it is empty);
    `exchange` says what sheets of it need to be told, `searched` what the search does (most need nothing).
    """

    model: type[Record]
    columns: tuple[str | Column, ...]
    filters: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    form: tuple[str, ...] = ()
    facts: tuple[str | Column, ...] = ()
    write: tuple[Role, ...] = ()
    flow: Flow | None = None
    order: tuple[str, ...] = ("-pk",)
    masks: tuple[tuple[str, Callable[[str], str]], ...] = ()
    shows: tuple[Role, ...] = ()
    files: bool = False
    template: str = ""
    tail: Callable[[Any, Any], dict[str, Any]] | None = None
    exchange: Sheet = field(default_factory=Sheet)
    searched: Searched = field(default_factory=Searched)

    def __post_init__(self) -> None:
        """Refuse names that are not fields: at import."""
        named = (n for n in (*self.columns, *self.filters, *self.form, *self.facts) if isinstance(n, str))
        for name in named:
            self.model._meta.get_field(name)

    @property
    def slug(self) -> str:
        return str(self.model._meta.model_name)

    @property
    def title(self) -> str:
        return capfirst(str(self.model._meta.verbose_name_plural))

    @property
    def url(self) -> str:
        return f"/{self.model._meta.app_label}/{self.slug}/"

    def at(self, record: Any) -> str:
        """The address of one record on this desk."""
        return f"{self.url}{record.pk}/"

    @cached_property
    def listed(self) -> tuple[Drawn, ...]:
        """The drawing plan of the list, made once."""
        return tuple(self._drawn(c) for c in self.columns)

    @cached_property
    def told(self) -> tuple[Drawn, ...]:
        """The drawing plan of the record page, made once."""
        return tuple(self._drawn(c) for c in self.facts or self.form or self.columns)

    @cached_property
    def related(self) -> tuple[str, ...]:
        """The foreign keys a list follows, so that it asks once."""
        fields = (self.model._meta.get_field(c) for c in self.columns if isinstance(c, str))
        keys = [f for f in fields if isinstance(f, models.ForeignKey)]
        names = (f"{f.name}__{path}" for f in keys for path in _named_by(f))
        return tuple(dict.fromkeys((*(f.name for f in keys), *names, *self.model.named_by)))

    def label(self, name: str) -> str:
        """The shown name of a field."""
        return str(getattr(self.model._meta.get_field(name), "verbose_name", name))

    def mask(self, name: str) -> Callable[[str], str] | None:
        """How a personal field is masked, or None for a field that is not personal."""
        return dict(self.masks).get(name, mask_name) if name in self.model.personal else None

    def _drawn(self, column: str | Column) -> Drawn:
        if isinstance(column, Column):
            return Drawn(column.name, column.title, column.value, column.kind, sortable=False, called=column.called)
        field = self.model._meta.get_field(column)
        tone = self.flow.tone if self.flow and column == "state" else None
        return Drawn(column, getattr(field, "verbose_name", column), self._getter(field), _kind(field), True, tone)

    def _getter(self, field: Any) -> Callable[[Any], Any]:
        name = field.name
        if self.flow and name == "state":
            titles = {state.value: state for state in self.flow.states}
            return lambda record: titles[record.state].label
        if mask := self.mask(name):
            return lambda record: mask(str(getattr(record, name) or ""))
        if getattr(field, "choices", None):
            titled = dict(field.flatchoices)
            return lambda record: titled.get(getattr(record, name), getattr(record, name))
        if of_people(field):
            return lambda record: name_of(user) if (user := getattr(record, name)) else None
        english = f"{name}_en"
        if english in {f.name for f in self.model._meta.fields}:
            return lambda record: local(record, name)
        return lambda record: getattr(record, name)


@dataclass(frozen=True)
class Drawn:
    """One column ready to draw: title, value of a record, kind (text, num, date, status, bool, code, link)."""

    name: str
    title: Any
    value: Callable[[Any], Any]
    kind: str
    sortable: bool
    tone: Callable[[str], str] | None = None
    called: Callable[[Iterable[Any]], Mapping[Any, Any]] | None = None

    def over(self, records: Iterable[Any]) -> Drawn:
        """The column for these records: what their values are called is looked up for all of them at once."""
        if self.called is None:
            return self
        known, value = self.called({value for record in records if (value := self.value(record))}), self.value
        return replace(self, value=lambda record: known.get(value(record)), called=None)

    def cell(self, record: Any) -> dict[str, Any]:
        value = self.value(record)
        url = value.get_absolute_url() if self.kind == "link" and isinstance(value, Record) else ""
        tone = self.tone(record.state) if self.tone else ""
        text = str(value) if self.kind == "code" and value is not None else text_of(value)
        return {"text": text, "kind": self.kind, "url": url, "title": str(self.title), "tone": tone}


def cells(plan: Iterable[Drawn], records: Sequence[Any]) -> Iterator[list[dict[str, Any]]]:
    """The cells of each record in the order of a drawing plan."""
    ready = [column.over(records) for column in plan]
    return ([column.cell(record) for column in ready] for record in records)


def of_people(field: Any) -> bool:
    """Whether a field says who did something. (The account that is a person's own stands for itself.)"""
    return bool(field.many_to_one and issubclass(field.related_model, AbstractBaseUser))


def _named_by(key: Any) -> tuple[str, ...]:
    return (PERSON,) if of_people(key) else getattr(key.related_model, "named_by", ())


def _kind(field: Any) -> str:
    if field.name == "state":
        return "status"
    if isinstance(field, models.BooleanField):
        return "bool"
    if isinstance(field, models.ForeignKey):
        return "link"
    if isinstance(field, models.DateField):
        return "date"
    if field.choices:
        return "text"
    if isinstance(field, models.PositiveSmallIntegerField):  # years and numbers of rows: not grouped by threes
        return "code"
    if isinstance(field, models.IntegerField | models.DecimalField | models.FloatField):
        return "num"
    return "text"


def text_of(value: Any) -> str:
    """A value as an office writes it."""
    if value is None or value == "":
        return "—"
    if value is True or value is False:
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float | Decimal):
        return f"{value:,}"
    return str(value)
