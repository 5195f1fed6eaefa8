"""The demo: invented people at real bodies, and each pack's believable county, grown from what the plan says of its base day."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from random import Random
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.models import Person, Post
from hanfeng.commons.places.models import Place
from hanfeng.kernel.flow.flow import go
from hanfeng.kernel.pack import Pack, catalogue
from hanfeng.kernel.portal.flow import APPROVER, EDITOR, publication, published
from hanfeng.kernel.record.models import Record
from hanfeng.kernel.record.write import save_many
from hanfeng.kernel.sense.aggregates import work_off
from hanfeng.kernel.sense.client import here
from hanfeng.plan.models import Baseline, Plan
from hanfeng.plan.public import draft, snapshot_name

from .frame import county

SEED = 216  # the same county each time


@dataclass(frozen=True)
class Persona:
    """One invented person: the account to sign in with, where the person works, which roles the account holds."""

    username: str
    name: str
    name_en: str
    body: str
    post: str
    post_en: str
    roles: tuple[str, ...]


class Spoiled(Exception):
    """Demo data that its own records refuse: a fault of a pack's seed."""


@dataclass
class Demo:
    """What a pack is told when it makes up its county, and how it keeps what it made."""

    today: date
    code: str
    bases: Mapping[str, float]
    base_day: date
    title: Any = ""
    kept: int = 0

    def base(self, measure: str, otherwise: int) -> int:
        """What the plan says of a measure on the base day, or a small number where it says nothing."""
        return round(self.bases.get(measure, otherwise))

    def random(self, name: str) -> Random:
        """Chance that falls the same way each time."""
        return Random(f"{SEED}:{name}")

    def middle(self) -> tuple[float, float]:
        """Longitude and latitude of the middle of the towns that have a point; anywhere when none has."""
        points = list(Place.objects.filter(lat__isnull=False, lon__isnull=False).values_list("lon", "lat"))
        if not points:
            return 105.0, 35.0
        return sum(p[0] for p in points) / len(points), sum(p[1] for p in points) / len(points)

    def keep(self, records: Sequence[Record]) -> None:
        """Write invented records of one kind, each marked. Raises Spoiled with the first refusals."""
        for record in records:
            record.demo = True
        if not records:
            return
        with translation.override(settings.LANGUAGE_CODE):  # stored words are in the language of the site
            title = _("Demo data: %(what)s") % {"what": self.title}
        outcome = save_many(records, None, title=title, verb="seed")
        self.kept += outcome.batch.created
        if outcome.errors:
            raise Spoiled(f"{type(records[0]).__name__}: {outcome.errors[:3]}")


@cache
def personas() -> tuple[Persona, ...]:
    """The people of the county's demo, from `demo/people.csv` of its folder; none where there is no such file."""
    path = settings.COUNTY / "demo" / "people.csv"
    if not path.exists():
        return ()
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(Persona(**{**row, "roles": tuple(row["roles"].split())}) for row in csv.DictReader(file))  # type: ignore[arg-type]


def fill(progress: Any = None) -> Demo:
    """Make the demo on a site whose county is loaded; `progress` is a progress display or None."""
    demo = prepared()
    seeds = [pack for pack in catalogue() if pack.seed]
    task = progress.add_task(_("Demo data"), total=len(seeds) + 1) if progress else None
    _people(demo)
    with here():  # values of stations go the same way as later, but no writer runs yet
        for pack in seeds:
            _grow(pack, demo)
            if progress:
                progress.advance(task)
        while work_off():
            pass
    _people(demo)  # those who work at a body that a pack made up
    _publish()
    if progress:
        progress.advance(task)
    return demo


def _grow(pack: Pack, demo: Demo) -> None:
    demo.title = pack.title
    if pack.seed:
        pack.seed(demo)


def prepared() -> Demo:
    """What the loaded plan and county tell: the base day and the counts on it."""
    today = timezone.localdate()
    plan = Plan.objects.filter(slug=county().get("default_plan", "")).first()
    baselines = list(Baseline.objects.filter(plan=plan)) if plan else []
    base_day = max((row.date for row in baselines), default=date(today.year - 6, 12, 31))
    bases = {row.measure: row.value for row in baselines if row.date == base_day}
    return Demo(today, str(county()["code"]), bases, base_day)


def _people(demo: Demo) -> None:
    """Persons and posts of the personas whose body is there and who are not kept yet; each with its account if that is made."""
    demo.title = _("People")
    bodies = {b.slug: b for b in Body.objects.filter(slug__in=[p.body for p in personas()])}
    known = set(Person.everything.filter(demo=True).values_list("name", flat=True))
    new = [p for p in personas() if p.body in bodies and p.name not in known]
    accounts = {u.username: u for u in User.objects.filter(username__in=[p.username for p in new])}
    people = [Person(name=p.name, name_en=p.name_en, account=accounts.get(p.username)) for p in new]
    demo.keep(people)
    demo.keep(list(_posts(new, people, bodies)))


def _publish() -> None:
    """The public state of the plan, drafted by one demo officer and approved by another; marked, for no office approved it."""
    editor, approver = (
        User.objects.filter(groups__name=role.name, is_active=True).first() for role in (EDITOR, APPROVER)
    )
    plan = Plan.objects.filter(slug=county().get("default_plan", "")).first()
    if editor and approver and plan and not published(snapshot_name(plan)):
        snapshot = draft(plan, min(plan.ends, timezone.localdate()), editor, demo=True)
        go(publication, snapshot, "approve", approver)


def _posts(new: Sequence[Persona], people: Sequence[Person], bodies: Mapping[str, Body]) -> Iterator[Post]:
    for persona, person in zip(new, people, strict=True):
        yield Post(person=person, body=bodies[persona.body], title=persona.post, title_en=persona.post_en)
