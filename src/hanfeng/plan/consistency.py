"""What each kind of record must hold beyond its cells: days in order, bounds with two sides, figures that can be judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from hanfeng.kernel.indicator.models import Layer
from hanfeng.kernel.pure import Fault, Period

from . import tables
from .cells import Table
from .expressions import parse
from .files import Problem, Row, did_you_mean
from .models import Target
from .tables import NAMES

Known = Mapping[tuple[str, str], Iterable[Any]]
"""The ids there are, by what they are ids of and the plan they belong to (empty for those of the county)."""

OF_PLAN = frozenset(table.name for table in tables.PLAN)


@dataclass
class Draft:
    """A record to be: its table, the plan it belongs to, where it stands, and the values of its fields."""

    table: Table
    plan: str
    row: Row
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> Any:
        """What tells it from the others of its table: the value of the key, of several a tuple."""
        found = tuple(self.values.get(name) for name in self.table.key)
        return found[0] if len(found) == 1 else found


@dataclass
class Folder:
    """The files of a county: its card and the rows of each table, not yet read cell by cell."""

    path: Path
    card: Mapping[str, Any]
    drafts: list[Draft] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unread: set[tuple[str, str]] = field(default_factory=set)

    @property
    def district(self) -> str:
        """The id of the place that the county is."""
        return str(self.card.get("place", ""))


def refer(draft: Draft, name: str, kind: str, value: Any, known: Known) -> None:
    """Note each id that is the id of nothing."""
    there = known.get((kind, draft.plan if kind in OF_PLAN else ""), ())
    for one in value if isinstance(value, list) else [value]:
        if one and one not in there:
            what = _("There is no %(kind)s “%(id)s”.") % {"kind": NAMES[kind], "id": one}
            draft.row.wrong(name, what, did_you_mean(one, map(str, there), _("Correct the id, or add what it names.")))


def _place(draft: Draft, folder: Folder, known: Known) -> None:
    if draft.values["slug"] == folder.district:
        centre = folder.card.get("centre", {})
        draft.values |= {"code": str(folder.card.get("code", "")), "lat": centre.get("lat"), "lon": centre.get("lon")}


def _town(draft: Draft, folder: Folder, known: Known) -> None:
    draft.values |= {"code": draft.values["slug"], "within": folder.district}


def _body(draft: Draft, folder: Folder, known: Known) -> None:
    _forward(draft, "valid_from", "valid_to", equal=False)


def _forward(draft: Draft, first: str, last: str, equal: bool = True) -> None:
    """Two days in their order."""
    fields = {column.name: column.field for column in draft.table.columns}
    start, end = draft.values[fields[first]], draft.values[fields[last]]
    if start and end and (end < start or (end == start and not equal)):
        draft.row.wrong(last, _("It ends before it starts."), _("Exchange the two days, or correct one."))


def _reading(draft: Draft, folder: Folder, known: Known) -> None:
    """Value and bound become the two sides; the day lies in the period; other places give context."""
    row, values = draft.row, draft.values
    low, high, bound = values["low"], values["high"], row.text("bound")
    sides = {"at_least": (low, None), "at_most": (None, low)}.get(bound, (low, low if high is None else high))
    if high is not None and (bound in ("at_least", "at_most") or high < low):
        row.wrong(
            "high", _("A range runs from value up to high and is exact or about."), _("Correct value, high or bound.")
        )
    values |= {"low": sides[0], "high": sides[1], "about": bound == "about"}
    values["layer"] = Layer.CONTEXT if values["kind"] == "context" else Layer.CONFIRMED
    try:
        period = Period.parse(values["period"])
    except Fault as why:
        row.wrong("period", _(why.template) % why.params)
        return
    if not period.contains(values["as_of"]):
        what = _("The day does not lie in the period %(period)s.") % {"period": period}
        row.wrong("as_of", what, _("Write the last day of the period, or the day stated."))


def _plan(draft: Draft, folder: Folder, known: Known) -> None:
    name = draft.row.file.split("/")[1]
    if draft.values["slug"] != name:
        what = _("The plan is called “%(id)s”, its folder “%(folder)s”.") % {"id": draft.values["slug"], "folder": name}
        draft.row.wrong("id", what, _("Give both the same name."))
    _forward(draft, "starts", "ends")
    for upper in draft.values["under"]:
        refer(draft, "under", "plan", upper.get("plan", ""), known)


def _task(draft: Draft, folder: Folder, known: Known) -> None:
    draft.values["home"] = draft.values["clauses"][0]


def _target(draft: Draft, folder: Folder, known: Known) -> None:
    """What judging takes for granted: a measure with its card, a base with its day, a forward term, a range with both edges."""
    row, values = draft.row, draft.values
    if values["measure"] not in known[("card", "")]:
        what = _("The measure “%(id)s” has no full card, so nobody can tell how it is judged.") % {
            "id": values["measure"]
        }
        row.wrong("measure", what, _("Write meaning, formula, scope, source and competent body into measures.toml."))
    if (values["base"] is None) != (values["base_date"] is None):
        row.wrong(
            "base_value", _("A base value and its day are given together or not at all."), _("Fill in the other one.")
        )
    _forward(draft, "starts", "ends")
    is_range = values["shape"] == Target.Shape.RANGE
    if is_range != (values["goal_high"] is not None):
        row.wrong(
            "goal_high", _("A range has both edges, no other shape has a second one."), _("Correct goal_high or shape.")
        )
    elif is_range and values["goal_high"] < values["goal"]:
        row.wrong("goal_high", _("A range runs from goal up to goal_high."), _("Exchange the two."))
    if values["shape"] == Target.Shape.GROWTH and values["goal"] <= -100:
        row.wrong("goal", _("Growth is given in per cent a year and is more than -100."), _("Correct the number."))


def _remark(draft: Draft, folder: Folder, known: Known) -> None:
    """A check has no number of its own: it comes after the contradictions. Each computation can be read."""
    if draft.table is tables.CHECKS:
        mine = [d for d in folder.drafts if d.plan == draft.plan and d.table in (tables.CONTRADICTIONS, tables.CHECKS)]
        draft.values["order"] = mine.index(draft) + 1
    for sum_ in draft.values["compute"]:
        for key in ("expression", "against"):
            try:
                if key == "expression" or sum_.get(key):
                    parse(str(sum_.get(key, "")))
            except Fault as why:
                draft.row.wrong("compute", _(why.template) % why.params)
        for operand in sum_.get("values", {}).values():
            if isinstance(operand, str):
                _operand(draft, operand, known)


def _operand(draft: Draft, text: str, known: Known) -> None:
    """A reference to a figure of the plan, such as target:<id>.goal."""
    kind, found, rest = text.partition(":")
    name, dot, side = rest.rpartition(".")
    sides = {"target": ("base", "goal", "goal_high"), "baseline": ("value",), "previous": ("target", "goal", "actual")}
    if not (found and dot and side in sides.get(kind, ())) or name not in known.get((kind, draft.plan), ()):
        what = _("The computation refers to “%(text)s”, which is no figure of the plan.") % {"text": text}
        draft.row.wrong("compute", what, _("Write target:<id>.goal, baseline:<id>.value or previous:<no>.actual."))


def _duty(draft: Draft, folder: Folder, known: Known) -> None:
    refer(draft, "item", draft.values["kind"], draft.values["item"], known)
    _forward(draft, "from", "to")


FINISH: dict[str, Callable[[Draft, Folder, Known], None]] = {
    tables.PLACES.file: _place, tables.TOWNS.file: _town, tables.BODIES.file: _body, tables.READINGS.file: _reading,
    tables.PLANS.file: _plan, tables.TASKS.file: _task, tables.TARGETS.file: _target,
    tables.CONTRADICTIONS.file: _remark, tables.DUTIES.file: _duty,
}  # fmt: skip
