"""Each commitment of a plan as one line: where the plan makes it, which packs serve it, who owes it, which figure stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.desk.wording import local_text
from hanfeng.kernel.pack import Pack, find
from hanfeng.plan.duties import Owner, owners
from hanfeng.plan.models import Duty, Plan, Target
from hanfeng.plan.plans import Made
from hanfeng.plan.vocabulary import commitments, groups

from .frame import plan_url, target_url, task_url
from .passages import Passage, Passages, named

KINDS = {
    "S": pgettext_lazy("commitment", "system"),
    "M": pgettext_lazy("commitment", "mechanism"),
    "P": pgettext_lazy("commitment", "programme"),
}
"""What a commitment asks for: something to run, a way of working with records, a thing to be built or funded once."""


@dataclass(frozen=True)
class Standing:
    """How far a commitment is carried: the kind by which it is coloured, and its words."""

    key: str
    kind: str
    title: Any
    text: Any


STANDINGS = {
    "figures": Standing(
        "figures", "ok", _("Served, figures stand"), _("An application serves it, and a figure stands.")
    ),
    "served": Standing("served", "even", _("Served, no figure"), _("An application serves it; no figure stands yet.")),
    "unserved": Standing("unserved", "info", _("Nobody serves it"), _("No application of this site serves it.")),
}


@dataclass(frozen=True)
class Figure:
    """The newest value that stands for a commitment, the target whose page tells more, and how many other figures stand."""

    text: str
    name: str
    as_of: date
    url: str
    ledger: bool
    more: int


@dataclass(frozen=True)
class Link:
    """A name that leads somewhere."""

    title: str
    url: str


@dataclass(frozen=True)
class Line:
    """One commitment of a plan with all that answers it."""

    id: str
    name: str
    kind: str
    group: str
    does: str
    url: str
    home: Passage | None
    passages: tuple[Passage, ...]
    packs: tuple[Link, ...]
    indicators: tuple[str, ...]
    measures: tuple[str, ...]
    owners: tuple[Owner, ...]
    figure: Figure | None
    state: str

    @property
    def kind_title(self) -> Any:
        return KINDS.get(self.kind, self.kind)

    @property
    def standing(self) -> Standing:
        return STANDINGS[self.state]

    @property
    def group_title(self) -> str:
        known = groups().get(self.group)
        return known.name() if known else self.group

    @property
    def served(self) -> bool:
        return self.state != "unserved"

    @property
    def chapter(self) -> str:
        return self.home.chapter if self.home else ""

    def owed_by(self, *roles: str) -> list[Owner]:
        """The bodies with one of these parts in it today."""
        return [owner for owner in self.owners if owner.role in roles]

    @property
    def leads(self) -> list[Owner]:
        return self.owed_by(Duty.Role.LEAD)

    @property
    def assigned(self) -> bool:
        """Whether somebody answers for it."""
        return bool(self.owed_by(Duty.Role.LEAD, Duty.Role.RESPONSIBLE))

    def says(self, words: Sequence[str]) -> bool:
        """Whether all words stand in its name, its description, its clauses or the bodies that owe it."""
        told = [self.id, self.name, self.does, self.group_title, *(p.name for p in self.passages)]
        text = " ".join([*told, *(local_text(owner.body) for owner in self.owners)]).casefold()
        return all(word in text for word in words)


def standing_counts(states: Iterable[str]) -> list[dict[str, Any]]:
    """How many commitments stand how, for a stacked bar and its words."""
    found = list(states)
    return [{"key": s.key, "kind": s.kind, "title": s.title, "count": found.count(s.key)} for s in STANDINGS.values()]


def lines(plan: Plan, day: date, known: Passages, rows: Iterable[Mapping[str, Any]], made: Made) -> tuple[Line, ...]:
    """The commitments of a plan in the order of its text, as they stand on a day, from the rows of its trace."""
    tasks = {task.commitment: task for task in made.tasks}
    owed = owners(tasks.values(), day)
    targets: dict[str, Target] = {}
    for target in made.targets:  # a row of the table of indicators comes first
        targets.setdefault(target.measure, target)
    return tuple(_line(row, plan, owed[tasks[row["id"]]], known, targets) for row in rows if row["id"] in tasks)


def _line(
    row: Mapping[str, Any], plan: Plan, owed: Iterable[Owner], known: Passages, targets: Mapping[str, Target]
) -> Line:
    word = commitments().get(row["id"])
    return Line(
        id=row["id"],
        name=word.name() if word else row["id"],
        kind=row["kind"],
        group=row["group"],
        does=word.does.get(get_language() or "zh") if word else "",
        url=task_url(plan.slug, row["id"]),
        home=known.get(row["clause"]),
        passages=tuple(named(row["clauses"], known)),
        packs=tuple(link for name in row["packs"] if (link := pack_link(find(name), plan))),
        indicators=tuple(row["indicators"]),
        measures=tuple(row["measures"]),
        owners=tuple(owed),
        figure=_figure(row["latest"], row["more"], plan, targets),
        state=row["state"],
    )


def pack_link(pack: Pack | None, plan: Plan) -> Link | None:
    """A pack and the page it opens with; the plan's own pack opens with the plan."""
    if pack is None:
        return None
    if pack.name == "plan":
        return Link(str(pack.title), plan_url(plan.slug))
    return Link(str(pack.title), f"/{pack.name}/" if pack.face else pack.desks[0].url if pack.desks else "")


def _figure(latest: Mapping[str, Any] | None, more: int, plan: Plan, targets: Mapping[str, Target]) -> Figure | None:
    if latest is None:
        return None
    target = targets.get(latest["measure"])
    url = target_url(plan.slug, target.slug) if target else ""
    name = local_text(target) if target else latest["measure"]
    return Figure(latest["text"], name, latest["as_of"], url, latest["layer"] == "ledger", more)
