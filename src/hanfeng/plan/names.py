"""Names as a sheet writes them, matched to bodies, tasks and targets: exact, without the county's name, or shortened."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Generic, TypeVar
from unicodedata import normalize

from django.utils import timezone
from django.utils.translation import gettext as _

from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.desk.wording import local_text

from .files import nearest
from .models import Plan, Target, Task
from .plans import card
from .vocabulary import commitments, measures

T = TypeVar("T")


@cache
def words() -> Mapping[str, Any]:
    """The words of the sheets: headings, kinds, separators, usual short forms."""
    return tomllib.loads((files("hanfeng.plan") / "sheet_words.toml").read_text("utf-8"))


def plain(text: str) -> str:
    """A name without spaces, case and full-width forms."""
    return "".join(normalize("NFKC", text).split()).casefold()


class Unknown(ValueError):
    """A name that is nobody's, or more than one's; says so in words, with the nearest names."""


class Names(Generic[T]):
    """Things under all the names they go by. `of` yields (name, thing); `show` is how a thing is called in advice."""

    def __init__(self, of: Iterable[tuple[str, T]], show: Callable[[T], str]) -> None:
        self.things: dict[str, list[T]] = {}
        self.show = show
        for name, thing in of:
            kept = self.things.setdefault(plain(name), []) if name else []
            if thing not in kept:
                kept.append(thing)

    def find(self, text: str) -> list[T]:
        """The things of that name, with or without a number before it."""
        return (
            self.things.get(plain(text))
            or self.things.get(plain(re.sub(words()["cells"]["numbering"], "", text)))
            or []
        )

    def one(self, text: str, fits: Callable[[T], bool] = lambda thing: True) -> T:
        """The one thing of that name. Raises Unknown."""
        return self.pick(text, [thing for thing in self.find(text) if fits(thing)])

    def pick(self, text: str, found: list[T]) -> T:
        """The only one found. Raises Unknown with advice."""
        if len(found) == 1:
            return found[0]
        if found:
            several = ", ".join(self.show(thing) for thing in found)
            raise Unknown(_("“%(text)s” may be %(several)s: write it in full.") % {"text": text, "several": several})
        near = [self.show(self.things[name][0]) for name in nearest(plain(text), self.things, 3)]
        advice = _("Did you mean “%(near)s”?") % {"near": _("” or “").join(dict.fromkeys(near))} if near else ""
        raise Unknown(f"{_('“%(text)s” is not known.') % {'text': text}} {advice}".strip())


# --- bodies -----------------------------------------------------------------------------------------------------------


def prefixes() -> tuple[str, ...]:
    """What may be left out before the name of a body of this county, the longest first; its last sign (district) too."""
    county = card()
    names = [str(county.get(key, "")) for key in ("full_zh", "name", "short_zh", "city")]
    own = [*names, str(county.get("name", ""))[-1:], *words()["bodies"]["prefixes"]]
    return tuple(sorted(filter(None, map(plain, own)), key=len, reverse=True))


def short(name: str, before: Iterable[str]) -> str:
    """The name proper in its usual short form: without the county before it, official parts abbreviated."""
    name, cut = plain(name), True
    while cut:
        rest = next((name[len(p) :] for p in before if name.startswith(p) and len(name) > len(p)), "")
        name, cut = rest or name, bool(rest)
    for long, brief in words()["bodies"]["short"]:
        name = name.replace(long, brief)
    return name


class Bodies:
    """The bodies of the site by name. Enterprises are found by their full name only: their short names mean nothing."""

    def __init__(self, day: date | None = None) -> None:
        self.day = day or timezone.localdate()
        self.before = prefixes()
        bodies = list(Body.objects.exclude(kind=Body.Kind.ENTERPRISE))
        self.exact = Names(((n, b) for b in bodies for n in (b.name, b.name_en, b.slug)), lambda b: b.name)
        self.short = Names(((short(b.name, self.before), b) for b in bodies), lambda b: b.name)

    def one(self, text: str) -> Body:
        """The body a sheet means. Raises Unknown."""
        for found in self._tries(text):
            now = [body for body in found if body.stands(self.day)] or found
            if now:
                body: Body = self.exact.pick(text, now)
                return body
        raise self._unknown(text)

    def _tries(self, text: str) -> Iterator[list[Body]]:
        yield self.exact.find(text)
        brief = short(text, self.before)
        yield self.short.find(brief)
        if len(brief) > 1:
            yield [b for name, found in self.short.things.items() if _shortens(brief, name) for b in found]
        yield list(Body.objects.filter(kind=Body.Kind.ENTERPRISE, name=text.strip())[:2])

    def _unknown(self, text: str) -> Unknown:
        """The nearest body by its full name, else by its short one."""
        said = _("“%(text)s” is no body of this site.") % {"text": text}
        for names, name in ((self.exact, plain(text)), (self.short, short(text, self.before))):
            if near := nearest(name, names.things):
                advice = _("Did you mean “%(near)s”?") % {"near": names.things[near[0]][0].name}
                return Unknown(f"{said} {advice}")
        return Unknown(said)


def _shortens(brief: str, name: str) -> bool:
    """Whether all signs of the brief name stand in the name in their order, and both end alike."""
    signs = iter(name)
    return brief[-1] == name[-1:] and all(sign in signs for sign in brief)


# --- tasks and targets ------------------------------------------------------------------------------------------------


def items_of(plan: Plan) -> Names[Task | Target]:
    """The tasks and targets of a plan by id and name; a target by its measure's name too, where no other thing has that name."""
    own = [*_tasks(plan), *_targets(plan)]
    taken = {plain(name) for name, _item in own}
    also = [(name, item) for name, item in _measured(plan) if plain(name) not in taken]
    return Names([*own, *also], title)


def _tasks(plan: Plan) -> Iterator[tuple[str, Task | Target]]:
    for task in Task.objects.filter(plan=plan):
        word = commitments().get(task.commitment)
        names = (word.name("zh"), word.name("en")) if word else ()
        yield from ((name, task) for name in (task.commitment, *names))


def _targets(plan: Plan) -> Iterator[tuple[str, Task | Target]]:
    for target in Target.objects.filter(plan=plan):
        yield from ((name, target) for name in (target.slug, target.name, target.name_en))


def _measured(plan: Plan) -> Iterator[tuple[str, Task | Target]]:
    for target in Target.objects.filter(plan=plan):
        if measure := measures().get(target.measure):
            yield from ((measure.name(lang), target) for lang in ("zh", "en"))


def title(item: Task | Target) -> str:
    """What a task or target is called in the reader's language."""
    if isinstance(item, Target):
        return local_text(item)
    word = commitments().get(item.commitment)
    return word.name() if word else item.commitment
