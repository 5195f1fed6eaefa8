"""Lines of a sheet become records, changes of records, or sentences: the same for the preview and for the import."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, FieldDoesNotExist, ObjectDoesNotExist, ValidationError
from django.db import models
from django.utils.text import slugify
from django.utils.translation import gettext as _

from hanfeng.kernel.desk.desk import Desk
from hanfeng.kernel.record.chain import plain as as_json
from hanfeng.kernel.record.models import Reader, Record, kind_of
from hanfeng.kernel.record.write import renewed
from hanfeng.kernel.rule.calendar import calendar

from .book import Row
from .columns import Target, factor, targets
from .heading import Headings
from .models import RowKey
from .names import NEW, Names
from .values import Scale, converter, empty, text

SEVERAL = re.compile("[;；]")
Fault = tuple[str, str]
"""The heading of a column ("" for the line as a whole) and what is wrong, in words."""


@dataclass
class Checked:
    """A line: its number in the sheet (from 1), its cells, and what it is: new, changed, same or wrong."""

    line: int
    cells: Sequence[Any]
    kind: str = "new"
    faults: list[Fault] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    record: Any = None
    changes: dict[str, Any] = field(default_factory=dict)
    brings: dict[str, dict[str, Any]] = field(default_factory=dict)
    digest: str = ""

    @property
    def why(self) -> str:
        """All that is wrong, as one text."""
        return "; ".join(
            _("%(field)s: %(fault)s") % {"field": where, "fault": what} if where else what
            for where, what in self.faults
        )

    def wrong(self, where: str, what: str) -> None:
        """Note a fault."""
        self.kind = "wrong"
        self.faults.append((where, what))


@dataclass
class Checker:
    """Reads the lines of one sheet for a desk, as one person may."""

    desk: Desk
    user: Reader
    head: Headings
    columns: Mapping[int, str]
    body: int | None = None
    names: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    seen: dict[int, int] = field(default_factory=dict)

    # --- what is known of the sheet -------------------------------------------------------------------------------

    @cached_property
    def plan(self) -> list[tuple[int, Target, Scale]]:
        """Each column that is read, with its target and how its numbers are scaled."""
        known = {target.name: target for target in targets(self.desk)}
        chosen = ((place, known[name]) for place, name in sorted(self.columns.items()) if name in known)
        return [(p, t, Scale(factor(self._name(p), t), t.unit)) for p, t in chosen]

    def _name(self, place: int) -> str:
        return self.head.names[place] if place < len(self.head.names) else ""

    @cached_property
    def lookups(self) -> dict[str, Names]:
        """For each foreign key that a column fills, the records it may name."""
        found = {}
        for _place, target, _scale in self.plan:
            kept = target.field
            if not target.part and isinstance(kept, models.ForeignKey):
                related: Any = kept.remote_field.model
                found[target.name] = Names(related, self.user, self.body, self.names.get(target.name, {}))
        return found

    @cached_property
    def parts(self) -> dict[str, Any]:
        """The records a line may bring along, by foreign key."""
        return {part.field: part for part in self.desk.exchange.parts}

    @cached_property
    def keys(self) -> list[tuple[str, ...]]:
        """The sets of fields that say which record a line means, all of them among the columns; the surest first."""
        mapped = {target.name for _p, target, _s in self.plan if not target.part}
        found = [self.desk.exchange.key]
        found += [(f.name,) for f in self.desk.model._meta.concrete_fields if f.unique and not f.primary_key]
        for rule in self.desk.model._meta.constraints:
            if isinstance(rule, models.UniqueConstraint) and rule.fields:
                found.append(tuple(rule.fields))
        return list(dict.fromkeys(key for key in found if key and set(key) <= mapped))

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The ids that are made where the sheet gives none."""
        fields = self.desk.model._meta.concrete_fields
        return tuple(f.attname for f in fields if isinstance(f, models.SlugField) and f.unique)

    @property
    def missing(self) -> list[Target]:
        """What a new record cannot do without and no column fills."""
        mapped = {target.name for _p, target, _s in self.plan}
        return [t for t in targets(self.desk) if t.needed and t.name not in mapped]

    # --- lines ----------------------------------------------------------------------------------------------------

    def chunk(self, rows: Sequence[Row], whole: bool = False) -> list[Checked]:
        """Check some lines at once; with `whole`, also what saving would check, for a preview."""
        lines = [self._values(number + 1, row) for number, row in rows]
        self._relate(lines)
        self._match([line for line in lines if line.kind != "wrong"])
        for line in lines:
            if line.kind == "new":
                self._made(line)
            if whole and line.kind in {"new", "changed"}:
                self._whole(line)
        return lines

    def remember(self, rows: Sequence[Row]) -> None:
        """Only note the keys of lines that are done already, so that a double further down is told."""
        lines = [self._values(number + 1, row) for number, row in rows]
        self._relate(lines)
        for line in lines:
            self._twice(line)

    def texts(self, rows: Sequence[Row]) -> dict[str, Counter[str]]:
        """The names that lines use and how often, by foreign key."""
        found: dict[str, Counter[str]] = {name: Counter() for name in self.lookups}
        for _number, row in rows:
            for place, target, _scale in self.plan:
                if target.name in found and place < len(row) and not empty(row[place]):
                    with suppress(ValidationError):  # the line itself will say what is wrong with it
                        found[target.name][self._named(target.name, self._read(target.name, text(row[place])))[0]] += 1
        return found

    def _read(self, name: str, said: Any) -> Any:
        """What a cell says in the form in which the desk keeps it."""
        read = self.desk.exchange.reads.get(name)
        return read(said) if read else said

    def _named(self, name: str, said: str) -> tuple[str, str]:
        """Whom a cell names: the first, and those after it where the desk says that a cell may name several."""
        if name not in self.desk.exchange.several:
            return said, ""
        first, *others = [part for each in SEVERAL.split(said) if (part := each.strip())] or [said]
        return first, "；".join(others)

    def _values(self, number: int, row: Sequence[Any]) -> Checked:
        line = Checked(number, row)
        for place, target, scale in self.plan:
            cell = row[place] if place < len(row) else ""
            if empty(cell) or (target.name in self.desk.model.personal and "*" in text(cell)):
                continue  # an empty cell, or one that was masked when it went out, leaves what is kept
            try:
                if target.name in self.lookups or target.part:
                    value = text(cell) if not target.part else converter(target.field)(cell, scale)
                else:
                    value = converter(target.field)(cell, scale)
                value = self._read(target.name, value)
            except ValidationError as why:
                line.wrong(self._name(place) or target.label, " ".join(why.messages))
                continue
            line.values[target.name] = value
            if target.name in self.desk.exchange.several:
                line.values[target.name], others = self._named(target.name, value)
                if others:
                    line.values.setdefault(self.desk.exchange.several[target.name], others)
        return line

    def _relate(self, lines: Iterable[Checked]) -> None:
        """Put records in the place of names."""
        for name, found in self.lookups.items():
            code = f"{name}.code"
            asked = [str(line.values[n]) for line in lines for n in (name, code) if n in line.values]
            found.ask(asked)
            for line in lines:
                self._related(line, name, code, found)
        for line in lines:
            line.values = {n: v for n, v in line.values.items() if "." not in n}

    def _related(self, line: Checked, name: str, code: str, names: Names) -> None:
        said, by_code = line.values.get(name), line.values.get(code)
        if said is None and by_code is None:
            return
        record = names.find(str(by_code)) if by_code else None
        if not isinstance(record, Record) and said is not None:
            record = names.find(str(said))
        elif isinstance(record, Record) and said is not None:
            other = names.find(str(said))
            if isinstance(other, Record) and other.pk != record.pk:
                line.wrong(self._title(name), _("The name and the code belong to two different ones."))
                return
        if record == NEW and name in self.parts:
            part = self.parts[name]
            first = {part.columns[0]: said}
            line.brings[name] = first | {c: v for c in part.columns[1:] if (v := line.values.get(f"{name}.{c}"))}
            line.values.pop(name, None)
        elif isinstance(record, models.Model):
            line.values[name] = record
        else:
            line.values.pop(name, None)
            line.wrong(self._title(name), str(record or _("It is not kept here, or not yours to see.")))

    def _title(self, name: str) -> str:
        return next((self._name(p) for p, t, _s in self.plan if t.name == name), name)

    # --- which record ---------------------------------------------------------------------------------------------

    def key_of(self, line: Checked) -> tuple[tuple[str, ...], tuple[Any, ...]] | None:
        """The first key of which the line says every field: its fields and their plain values."""
        for key in self.keys:
            values = tuple(as_json(line.values.get(name)) for name in key)
            if all(value not in (None, "") for value in values):
                return key, values
        return None

    def _twice(self, line: Checked) -> int:
        """The line above that means the same record, or 0; this one is noted."""
        if line.brings and not self.key_of(line):
            said: Any = sorted((n, sorted(v.items())) for n, v in line.brings.items())
        else:
            said = self.key_of(line) or sorted((n, as_json(v)) for n, v in line.values.items())
        mark = hashlib.blake2b(repr(said).encode("utf-8", "surrogatepass"), digest_size=16)
        line.digest = mark.hexdigest()
        number = int.from_bytes(mark.digest()[:8], "big")
        first = self.seen.setdefault(number, line.line)
        return 0 if first == line.line else first

    def _match(self, lines: Sequence[Checked]) -> None:
        for line in lines:
            if above := self._twice(line):
                line.wrong("", _("It says of the same thing as line %(line)s above.") % {"line": above})
        left = [line for line in lines if line.kind != "wrong" and not line.brings]
        by_key: dict[tuple[str, ...], dict[tuple[Any, ...], Checked]] = {}
        for line in left:
            if found := self.key_of(line):
                by_key.setdefault(found[0], {})[found[1]] = line
        for key, wanted in by_key.items():
            self._kept(key, wanted)
        self._copies([line for line in left if not self.key_of(line)])
        for line in left:
            if line.record is not None:
                self._compared(line)

    def _kept(self, key: tuple[str, ...], wanted: Mapping[tuple[Any, ...], Checked]) -> None:
        """Find the records that lines mean; of a standing and a withdrawn one the standing."""
        model: Any = self.desk.model
        filters = {f"{n}__in": list({line.values[n] for line in wanted.values()}) for n in key}
        attnames = [model._meta.get_field(n).attname for n in key]
        rows = list(model.everything.filter(**filters).order_by("-void", "pk"))
        mine = set(
            model.everything.filter(model.scope(self.user), pk__in=[r.pk for r in rows]).values_list("pk", flat=True)
        )
        for record in rows:
            line = wanted.get(tuple(as_json(getattr(record, a)) for a in attnames))
            if line is None:
                continue
            if record.pk in mine:
                line.record = record
            elif not record.void:
                line.wrong("", _("Such a record is kept already, and it is not yours to change."))

    def _copies(self, lines: Sequence[Checked]) -> None:
        """Lines without a key: those that were taken in before, word by word, are the records they became."""
        kind = kind_of(self.desk.model)
        digests = {line.digest: line for line in lines}
        rows = RowKey.objects.filter(kind=kind, digest__in=list(digests)).values_list("digest", "key")
        known = dict(rows)
        model: Any = self.desk.model
        records = {r.pk: r for r in model.everything.filter(model.scope(self.user), pk__in=known.values())}
        for digest, key in known.items():
            digests[digest].record = records.get(key)

    def _compared(self, line: Checked) -> None:
        record = line.record
        line.changes = {n: v for n, v in renewed(record, line.values).items() if _differs(record, n, v)}
        if record.void:
            line.changes["void"] = False
        if self.desk.flow is not None and line.changes:
            line.changes = {}
            line.wrong("", _("This case is open already; change it in its procedure."))
        elif line.kind != "wrong":
            line.kind = "changed" if line.changes else "same"

    def _made(self, line: Checked) -> None:
        """The new record of a line; ids that the sheet does not give are made."""
        record = self.desk.model(**line.values)
        for name in self.ids:
            if not getattr(record, name):
                said = slugify(str(line.values.get("code") or line.values.get("name_en") or ""))
                setattr(record, name, said[:60] or f"r-{line.digest[:16]}")
        if flow := self.desk.flow:
            _begin(record, flow, self.user)
        line.record = record

    def _whole(self, line: Checked) -> None:
        """What saving would refuse: the checks of the fields and of the record."""
        record = line.record
        before = {name: getattr(record, name) for name in line.changes}
        try:
            for name, value in line.changes.items():
                setattr(record, name, value)
            record.full_clean(exclude=set(line.brings), validate_unique=False, validate_constraints=not line.brings)
            for name, said in line.brings.items():
                self.brought(name, said).full_clean()
        except ObjectDoesNotExist:
            pass
        except ValidationError as why:
            for where, what in faults(record, why):
                line.wrong(where, what)
        finally:
            for name, value in before.items():
                setattr(record, name, value)

    def brought(self, name: str, said: Mapping[str, Any]) -> Record:
        """The record that a line brings along for a foreign key."""
        part = self.parts[name]
        return part.model(**{**part.fill(dict(said)), **said})  # type: ignore[no-any-return]


def _differs(record: Any, name: str, value: Any) -> bool:
    kept = getattr(record, record._meta.get_field(name).attname)
    return bool(as_json(value) != as_json(kept) and not (value in (None, "") and kept in (None, "")))


def _begin(record: Any, flow: Any, user: Any) -> None:
    """A case of a sheet begins like one from a form."""
    from django.utils import timezone

    now, limit = timezone.now(), flow.limit(flow.start)
    record.state, record.entered_at = flow.start, now
    record.due_at = limit.due(now, calendar()) if limit else None
    record.filed_by = user if getattr(user, "pk", None) else None


def faults(record: Any, why: ValidationError) -> Iterator[Fault]:
    """What a check refused, each with the heading of its field."""
    if not hasattr(why, "error_dict"):
        yield from (("", message) for message in why.messages)
        return
    for name, texts in why.message_dict.items():
        try:
            label = "" if name == NON_FIELD_ERRORS else str(record._meta.get_field(name).verbose_name)
        except FieldDoesNotExist:
            label = name
        yield from ((label, message) for message in texts)
