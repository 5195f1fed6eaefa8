"""The figures of an evaluation as links: each knows the reading, target or count it is from. Invented ones are refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hanfeng.kernel.desk.wording import MISSING, bound_text, bound_words, day_text, number_text, with_unit
from hanfeng.kernel.pure import Bound
from hanfeng.plan import wording
from hanfeng.plan.assessed import Assessed, Evaluation, Passed, Value
from hanfeng.plan.judging import Shape

from .linked import Linked, Run, Runs, joined, numbers_in, refuse_invented


def words(text: str, key: str, kind: str = "name", url: str = "", rests: Iterable[str] = ()) -> Run:
    """Words of a record; a link where they hold a number, plain where they hold none."""
    return Linked(key, kind, text, url=url, rests=tuple(rests)) if numbers_in(text) else text


def reading(value: Value, signs: bool = False) -> Linked:
    """A published value with its unit. Raises Unlinkable for demo data; leads are told by `lead` only."""
    refuse_invented(value.demo, value.id)
    if value.use == "lead":
        raise ValueError(f"{value.id} is a lead")
    return _value(value, "reading", signs)


def lead(value: Value) -> Linked:
    """A value that nobody competent confirmed: for the annex of leads."""
    refuse_invented(value.demo, value.id)
    return _value(value, "lead", signs=False)


def _value(value: Value, kind: str, signs: bool) -> Linked:
    digits = wording.decimals_of(value.bound, value.decimals)
    text = bound_text(value.bound, digits) if signs else bound_words(value.bound, value.unit, digits)
    return Linked(
        f"reading:{value.id}", kind, text, value.bound.value if value.bound.is_exact else None,
        rests=(value.id,), source=wording.source_text(value),
    )  # fmt: skip


def day(key: str, at: date | None, rests: Iterable[str] = ()) -> Run:
    """A day in full."""
    return MISSING if at is None else Linked(key, "day", day_text(at), rests=tuple(rests))


def data_day(value: Value) -> Run:
    """The day a published value speaks of."""
    return day(f"reading:{value.id}.as_of", value.at, (value.id,))


def goal(row: Assessed) -> Run:
    """What the plan wants."""
    return words(row.target.goal, f"target:{row.slug}.goal", "plan", row.target.url)


def base(row: Assessed) -> Run:
    """Where the target starts."""
    return words(row.target.base, f"target:{row.slug}.base", "plan", row.target.url)


def base_figure(row: Assessed) -> Run:
    """Where the target starts, the figure alone: for tables."""
    value = row.judgement.goal.base
    digits = None if value is None else wording.decimals_of(Bound.exact(value), row.target.decimals)
    return words(number_text(value, digits), f"target:{row.slug}.base", "plan", row.target.url)


def goal_figure(row: Assessed) -> Run:
    """What the plan wants, in signs: for tables."""
    wanted = row.judgement.goal
    if wanted.goal is None or wanted.shape is Shape.STATE:
        return goal(row)
    kinds = {"ge": Bound.at_least, "le": Bound.at_most, "about": Bound.around}
    bound = kinds.get(wanted.comparison, Bound.exact)(wanted.goal)
    if wanted.goal_high is not None:
        bound = Bound(wanted.goal, wanted.goal_high)
    text = bound_text(bound, wording.decimals_of(bound, row.target.decimals))
    return words(text, f"target:{row.slug}.goal", "plan", row.target.url)


def name(row: Assessed) -> Run:
    """The name of a target."""
    return words(row.name, f"target:{row.slug}", "name", row.target.url)


def share(row: Assessed, which: str, ratio: Bound | None) -> Run:
    """A ratio of a target (attainment, progress) as a percentage."""
    text = wording.share_text(ratio)
    return text if text == MISSING else _computed(row, which, text, ratio.value if ratio and ratio.is_exact else None)


def elapsed(row: Assessed) -> Run:
    """The share of the term that had passed at the date of the data."""
    at = row.judgement.elapsed
    return MISSING if at is None else _computed(row, "elapsed", wording.share_text(Bound.exact(at)), at)


def amount(row: Assessed, which: str, value: float, unit: str = "") -> Linked:
    """A figure computed from the readings of a target, in its unit or another."""
    digits = row.target.decimals
    text = wording.figure(value, unit or row.target.unit, digits)
    return _computed(row, which, text, value)


def percent(row: Assessed, which: str, value: float, decimals: int = 1) -> Linked:
    """A figure of per cent computed from the readings of a target."""
    return _computed(row, which, f"{number_text(value, decimals)}%", value)


def said(row: Assessed, which: str, text: str) -> Run:
    """A sentence of the judgement that holds figures of the readings it rests on."""
    return words(text, f"target:{row.slug}.{which}", "computed", row.target.url, used(row))


def used(row: Assessed) -> tuple[str, ...]:
    """The readings a judgement rests on."""
    return tuple(dict.fromkeys(row.judgement.used))


def _computed(row: Assessed, which: str, text: str, value: float | None) -> Linked:
    return Linked(f"target:{row.slug}.{which}", "computed", text, value, row.target.url, used(row))


def count(key: str, number: int, url: str = "", rests: Iterable[str] = (), unit: str = "") -> Linked:
    """How many targets, tasks or places there are."""
    return Linked(f"count:{key}", "count", with_unit(number_text(number), unit), number, url, tuple(rests))


def passed(row: Passed, which: str, value: float) -> Linked:
    """A figure that the plan reports of the period before."""
    return Linked(f"previous:{row.no}.{which}", "plan", wording.figure(value, row.unit), value)


def plan_title(evaluation: Evaluation) -> Run:
    """The title of the plan in the marks of a book."""
    title = pgettext("title of a plan in a text", "“%(title)s”") % {"title": evaluation.plan.title}
    return words(title, f"plan:{evaluation.plan.slug}", "name", evaluation.plan.url)


def plan_number(evaluation: Evaluation) -> Run:
    """The document number of the plan."""
    return words(evaluation.plan.number, f"plan:{evaluation.plan.slug}.number", "name", evaluation.plan.address)


def named(rows: Sequence[Assessed]) -> Runs:
    """The names of targets in a row."""
    return joined([(name(row),) for row in rows], pgettext("between names in a text", ", "))


def at_place(value: Value) -> Runs:
    """Where a value was measured, if it is a part of the place only: "(the zone only)"."""
    if value.whole:
        return ()
    text = _(" (%(place)s only)") % {"place": value.place_name}
    return (words(text, f"reading:{value.id}.place"),)
