"""The municipal register of sci-tech enterprises: which firms meet its conditions, as a pure rule over facts.

It is a rule set of its own, not that of the national technology SMEs (国科发政〔2017〕115号), though the conditions look alike.
The text of the municipal measures was not at hand: conditions and limits are a parameter (`enterprises.register`), marked as
an example until an officer enters what the document of the city says. Money in 10,000 yuan, people as heads at year end,
shares in percent.

A fact is an interval: from one source both ends are the same; where two sources differ it runs between them; None is not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hanfeng.kernel.pure import Answer, Between, all_of

Known = Between | None


@dataclass(frozen=True)
class Facts:
    """What is known of one firm for one year; None where nobody says."""

    here: bool | None = None
    employees: Known = None
    tech_staff: Known = None
    revenue: Known = None
    rd_spending: Known = None
    inventions: Known = None
    high_tech: bool | None = None


@dataclass(frozen=True)
class Limits:
    """The numbers of the rule on a day: shares in percent, inventions in numbers, how many of the three must be met."""

    staff_share: float
    rd_share: float
    inventions: float
    needed: int


@dataclass(frozen=True)
class Step:
    """One condition with its answer, what was found and what is asked, for the trace."""

    name: str
    title: Any
    answer: Answer
    found: Known
    asked: float | None
    unit: Any = ""


@dataclass(frozen=True)
class Judgement:
    """The answer, how many of the optional conditions are met for certain and at most, and every step."""

    answer: Answer
    met: Between
    steps: tuple[Step, ...]


def share(part: Known, whole: Known, part_name: str, whole_name: str) -> tuple[Known, frozenset[str]]:
    """A part in percent of a whole, both perhaps between two numbers; and the facts that are missing for it."""
    missing = frozenset(n for n, v in ((part_name, part), (whole_name, whole)) if v is None)
    if part is None or whole is None:
        return None, missing
    if whole.high <= 0:
        return None, frozenset({whole_name})
    high = 100 * part.high / whole.low if whole.low > 0 else float("inf")
    return Between(100 * part.low / whole.high, high), frozenset()


def reaches(value: Known, goal: float, missing: frozenset[str]) -> Answer:
    """Whether a value reaches a goal: unknown with what is missing, or while the goal lies between two sources."""
    return Answer.unknown(*missing) if value is None else value.at_least(goal)


def judge(facts: Facts, limits: Limits) -> Judgement:
    """The rule for one firm: it is here, and has a high-tech certificate or meets enough of three conditions."""
    staff, staff_missing = share(facts.tech_staff, facts.employees, "tech_staff", "employees")
    spending, spending_missing = share(facts.rd_spending, facts.revenue, "rd_spending", "revenue")
    optional = (
        Step(
            "staff", _("sci-tech staff among employees"), reaches(staff, limits.staff_share, staff_missing), staff,
            limits.staff_share, "%",
        ),
        Step(
            "rd", _("R&D spending over operating revenue"), reaches(spending, limits.rd_share, spending_missing), spending,
            limits.rd_share, "%",
        ),
        Step(
            "inventions", _("valid invention patents"),
            reaches(facts.inventions, limits.inventions, frozenset({"inventions"})), facts.inventions, limits.inventions,
            pgettext_lazy("unit", "patents"),
        ),
    )  # fmt: skip
    here = Step("here", _("in operation in the district"), _said(facts.here, "here"), None, None)
    titled = Step(
        "high_tech", _("holds a valid high-tech certificate"), _said(facts.high_tech, "high_tech"), None, None
    )
    met = counted(step.answer for step in optional)
    enough = met.at_least(limits.needed)
    return Judgement(all_of(here.answer, titled.answer | enough), met, (here, titled, *optional))


def counted(answers: Any) -> Between:
    """How many are yes: at least those that are certain, at most those and the unknown ones; with what they miss."""
    given = list(answers)
    unsure = [answer for answer in given if answer.is_unknown]
    sure = sum(answer.is_yes for answer in given)
    missing = frozenset[str]().union(*(answer.missing for answer in unsure))
    return Between(sure, sure + len(unsure), missing)


def _said(value: bool | None, name: str) -> Answer:
    if value is None:
        return Answer.unknown(name)
    return Answer.yes(name) if value else Answer.no(name)


def between(values: Mapping[str, float]) -> Known:
    """What several sources say of one number: between the lowest and the highest; None where none says anything."""
    return Between(min(values.values()), max(values.values())) if values else None
