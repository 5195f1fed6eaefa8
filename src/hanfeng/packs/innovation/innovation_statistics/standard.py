"""The rules of R&D statistics of enterprises: full-time equivalents, the checks of forms 107-1 and 107-2, units of money.

Documents: 研究与试验发展（R&D）投入统计规范（试行）, 国统字〔2019〕47号; forms 企业研发项目情况
107-1 and 企业研究开发活动及相关情况 107-2 of the enterprise R&D statistics. Money in thousand yuan, people in persons, work in
person-years. The logic of the forms was read in copies of 2015 and 2016 and is unconfirmed for the forms in force; the
thresholds of plausibility are ours. Errors: none of these functions raises on an empty field; what is not known is not judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hanfeng.kernel.pure import gettext_noop as _

Values = Mapping[str, Any]
FULL, LEAST = 0.9, 0.1
"""Shares of working time: from the first a person counts whole, below the second not at all (国统字〔2019〕47号)."""

COSTS = ("staff", "direct", "depreciation", "amortisation", "design", "trial", "outsourced", "other_costs")
INTERNAL = ("daily_staff", "daily_other", "assets_equipment", "assets_building", "assets_other")
ACTIVITIES = ("basic", "applied", "experimental")
SOURCES = ("from_government", "from_enterprise", "from_abroad", "from_other")
EXTERNAL = ("external_institutes", "external_universities", "external_firms", "external_abroad")
TOTALS = {
    "costs": COSTS, "internal": INTERNAL, "external": EXTERNAL,
}  # fmt: skip
"""Totals of the form and the items that make them."""
MONEY = ("revenue", *COSTS, "costs", "capitalised", *INTERNAL, "internal", *ACTIVITIES, *SOURCES, *EXTERNAL, "external")
ROUNDING = 3
"""Thousand yuan by which a total of rounded items may differ from their sum (ours)."""


def full_time_equivalent(shares: Iterable[float]) -> float:
    """Person-years (or months) of people who give these shares of their working time to R&D.

    From 90 % a person counts as 1, from 10 % as his share, below not at all. Shares are of the statutory time of the same span.
    """
    return sum(1.0 if share >= FULL else share for share in shares if share >= LEAST)


def equivalent_of(groups: Iterable[tuple[int, float]]) -> float:
    """The same of groups: (people, share of working time)."""
    return sum(people * full_time_equivalent([share]) for people, share in groups)


# --- checks as data -----------------------------------------------------------------------------------------------------

ERROR, WARNING, HINT = "error", "warning", "hint"


@dataclass(frozen=True)
class Filed:
    """One return as it is checked: its values, its projects, the year it is of, and what is known beside it."""

    values: Values
    projects: Sequence[Values] = ()
    year: int = 0
    last: Values | None = None
    """The accepted return of the year before."""
    known_revenue: float | None = None
    """Revenue the firm stated elsewhere, in thousand yuan."""

    def with_values(self, values: Values) -> Filed:
        """The same return with other values, such as those just typed."""
        return replace(self, values=values)

    def __getitem__(self, name: str) -> float | None:
        value = self.values.get(name)
        return None if value is None else float(value)

    def total(self, names: Iterable[str]) -> float | None:
        """The sum of items; None when none of them is filled."""
        known = [value for name in names if (value := self[name]) is not None]
        return sum(known) if known else None

    def of_projects(self, name: str) -> float:
        return sum(float(project.get(name) or 0) for project in self.projects)


@dataclass(frozen=True)
class Check:
    """A check of the form: its id, how bad a failure is, what is said, how to mend it, and the fields it looks at.

    `fails` returns the numbers for the sentence when it fails, else None.
    """

    id: str
    severity: str
    says: str
    mend: str
    fields: tuple[str, ...]
    fails: Callable[[Filed], Mapping[str, Any] | None] = field(repr=False)


@dataclass(frozen=True)
class Finding:
    """A check that failed, with its numbers."""

    check: Check
    numbers: Mapping[str, Any]


def _sums(total: str, items: tuple[str, ...]) -> Callable[[Filed], Mapping[str, Any] | None]:
    def fails(filed: Filed) -> Mapping[str, Any] | None:
        stated, added = filed[total], filed.total(items)
        if stated is None or added is None or abs(stated - added) <= ROUNDING:
            return None
        return {"stated": stated, "sum": added, "gap": stated - added}

    return fails


def _most(name: str, limit: str, slack: float = 0.0) -> Callable[[Filed], Mapping[str, Any] | None]:
    def fails(filed: Filed) -> Mapping[str, Any] | None:
        value, most = filed[name], filed[limit]
        return None if value is None or most is None or value <= most + slack else {"value": value, "most": most}

    return fails


def _needs(name: str, other: str) -> Callable[[Filed], Mapping[str, Any] | None]:
    def fails(filed: Filed) -> Mapping[str, Any] | None:
        return {"value": filed[name]} if (filed[name] or 0) > 0 and not (filed[other] or 0) > 0 else None

    return fails


def _effort(filed: Filed) -> Mapping[str, Any] | None:
    stated, groups = filed["fte"], filed.values.get("effort") or ()
    if stated is None or not groups:
        return None
    counted = equivalent_of((int(people), float(share)) for people, share in groups)
    return None if abs(stated - counted) <= 0.1 else {"stated": stated, "counted": round(counted, 2)}


def _projects_missing(filed: Filed) -> Mapping[str, Any] | None:
    return {"value": filed["internal"]} if (filed["internal"] or 0) > 0 and not filed.projects else None


def _projects_most(name: str, limit: str) -> Callable[[Filed], Mapping[str, Any] | None]:
    def fails(filed: Filed) -> Mapping[str, Any] | None:
        added, most = filed.of_projects(name), filed[limit]
        over = filed.projects and most is not None and added > most + ROUNDING
        return {"sum": added, "most": most} if over else None

    return fails


def _projects_months(filed: Filed) -> Mapping[str, Any] | None:
    years, most = filed.of_projects("months") / 12, filed["fte"]
    return None if not filed.projects or most is None or years <= most + 0.1 else {"sum": round(years, 2), "most": most}


def _one_project(test: Callable[[Values, int], bool]) -> Callable[[Filed], Mapping[str, Any] | None]:
    def fails(filed: Filed) -> Mapping[str, Any] | None:
        bad = [str(project.get("name") or "?") for project in filed.projects if test(project, filed.year)]
        return {"names": ", ".join(bad[:3]), "count": len(bad)} if bad else None

    return fails


def _not_in_year(project: Values, year: int) -> bool:
    starts, ends = project.get("starts"), project.get("ends")
    return bool(year and ((starts and starts.year > year) or (ends and ends.year < year)))


def _depreciation(filed: Filed) -> Mapping[str, Any] | None:
    parts = [filed[name] for name in ("staff", "direct", "design", "trial", "other_costs")]
    most = sum(part or 0 for part in parts) + (filed.total(INTERNAL[2:]) or 0)
    stated = filed["internal"]
    if stated is None or parts == [None] * 5 or stated <= most + ROUNDING:
        return None
    return {"stated": stated, "most": most, "gap": stated - most}


def _jump(filed: Filed) -> Mapping[str, Any] | None:
    before = float((filed.last or {}).get("internal") or 0)
    now = filed["internal"]
    if not before or now is None or 0.5 <= now / before <= 2:
        return None
    return {"before": before, "now": now, "times": round(now / before, 2)}


def _wage(filed: Filed) -> Mapping[str, Any] | None:
    cost, years = filed["daily_staff"], filed["fte"]
    if not cost or not years or WAGE[0] <= cost / years <= WAGE[1]:
        return None
    return {"each": round(cost / years, 1), "least": WAGE[0], "most": WAGE[1]}


def _elsewhere(filed: Filed) -> Mapping[str, Any] | None:
    stated, known = filed["revenue"], filed.known_revenue
    if stated is None or not known or abs(stated / known - 1) <= 0.1:
        return None
    return {"stated": stated, "known": known}


WAGE = (20.0, 600.0)
"""Thousand yuan a year that a person-year of R&D plausibly costs (ours; the lower end lies below the minimum wage)."""

_ADD = _("Correct the total or the item that is wrong; an empty total is added up for you.")
_LESS = _("One of the two is wrong: correct it, or move the amount to where it belongs.")

CHECKS: tuple[Check, ...] = (
    Check("107-2/costs", ERROR, _("R&D costs in all are %(stated)s, the eight items add up to %(sum)s: %(gap)s apart."),
          _ADD, ("costs", *COSTS), _sums("costs", COSTS)),
    Check("107-2/internal", ERROR, _("Internal spending is %(stated)s, its items add up to %(sum)s: %(gap)s apart."),
          _ADD, ("internal", *INTERNAL), _sums("internal", INTERNAL)),
    Check("107-2/activity", ERROR, _("Internal spending is %(stated)s, by activity it adds up to %(sum)s: %(gap)s apart."),
          _("Basic research, applied research and experimental development make the whole: spread it anew."),
          ("internal", *ACTIVITIES), _sums("internal", ACTIVITIES)),
    Check("107-2/source", ERROR, _("Internal spending is %(stated)s, by source of money it adds up to %(sum)s: %(gap)s apart."),
          _("Government, enterprise, abroad and other make the whole: spread it anew."),
          ("internal", *SOURCES), _sums("internal", SOURCES)),
    Check("107-2/external", ERROR, _("External spending is %(stated)s, by performer it adds up to %(sum)s: %(gap)s apart."),
          _ADD, ("external", *EXTERNAL), _sums("external", EXTERNAL)),
    Check("107-2/people", ERROR, _("%(value)s people in R&D are more than the %(most)s employees."), _LESS,
          ("rd_people", "employees"), _most("rd_people", "employees")),
    Check("107-2/fte-people", ERROR, _("%(value)s person-years are more than the %(most)s people in R&D."),
          _("A person gives at most one person-year a year: from 90 % of the time 1, from 10 % the share, below nothing."),
          ("fte", "rd_people"), _most("fte", "rd_people", 0.05)),
    Check("107-2/fte", ERROR, _("%(stated)s person-years are stated; the working time entered makes %(counted)s."),
          _("From 90 % of the working time a person counts 1, from 10 % the share, below nothing."), ("fte", "effort"), _effort),
    Check("107-2/spending-people", ERROR, _("There is internal spending of %(value)s and no person-year of R&D."),
          _("Enter who worked on it and for how long."), ("fte",), _needs("internal", "fte")),
    Check("107-2/people-spending", ERROR, _("There are %(value)s person-years of R&D and no internal spending."),
          _("Enter at least what these people cost."), ("internal",), _needs("fte", "internal")),
    Check("107-1/empty", ERROR, _("There is internal spending of %(value)s and no project in form 107-1."),
          _("Enter the projects on which it was spent."), ("internal",), _projects_missing),
    Check("107-1/spending", ERROR, _("The projects spend %(sum)s, more than the internal spending of %(most)s."), _LESS,
          ("internal",), _projects_most("spending", "internal")),
    Check("107-1/government", ERROR, _("The projects name %(sum)s of government money, the form as a whole %(most)s."), _LESS,
          ("from_government",), _projects_most("government", "from_government")),
    Check("107-1/months", ERROR, _("The projects take %(sum)s person-years, more than the %(most)s of the whole firm."), _LESS,
          ("fte",), _projects_months),
    Check("107-1/part", ERROR, _("Government money is more than the spending of the project: %(names)s."), _LESS, (),
          _one_project(lambda p, _y: float(p.get("government") or 0) > float(p.get("spending") or 0))),
    Check("107-1/dates", ERROR, _("The project ends before it starts: %(names)s."), _("Correct the two dates."), (),
          _one_project(lambda p, _y: bool(p.get("starts") and p.get("ends") and p["ends"] < p["starts"]))),
    Check("107-1/year", ERROR, _("The project did not run in the year of the return: %(names)s."),
          _("Leave it out, or correct its dates."), (), _one_project(_not_in_year)),
    Check("107-1/people", ERROR, _("The project takes more than twelve months a person: %(names)s."),
          _("Correct the person-months or the people."), (),
          _one_project(lambda p, _y: float(p.get("months") or 0) > 12 * float(p.get("people") or 0))),
    Check("107-2/depreciation", WARNING,
          _("Internal spending of %(stated)s is %(gap)s more than costs without depreciation, "
        "amortisation and outsourcing, with assets bought, allow (%(most)s)."),
          _("Internal spending takes assets when they are bought: leave out depreciation, "
        "amortisation and what others were paid."),
          ("internal", "depreciation", "amortisation", "outsourced"), _depreciation),
    Check("107-2/outsourced", WARNING, _("External spending of %(value)s is more than the outsourced costs of %(most)s."),
          _LESS, ("external", "outsourced"), _most("external", "outsourced", ROUNDING)),
    Check("107-2/staff", WARNING, _("Labour costs of R&D people of %(value)s are more than the staff costs of %(most)s."),
          _LESS, ("daily_staff", "staff"), _most("daily_staff", "staff", ROUNDING)),
    Check("107-2/revenue", WARNING, _("Internal spending of %(value)s is more than the revenue of %(most)s."),
          _("Check both, and their unit: thousand yuan."), ("internal", "revenue"), _most("internal", "revenue")),
    Check("107-2/wage", WARNING, _("A person-year of R&D costs %(each)s thousand yuan; %(least)s to %(most)s is usual."),
          _("Check the labour costs, the person-years, and the unit: thousand yuan."), ("daily_staff", "fte"), _wage),
    Check("107-2/jump", WARNING, _("Internal spending went from %(before)s to %(now)s, times %(times)s."),
          _("If it is right, say why in the remark."), ("internal",), _jump),
    Check("107-2/elsewhere", WARNING, _("Revenue is %(stated)s; the firm's file says %(known)s for the same year."),
          _("One of the two is wrong, or they are of different scope: say which in the remark."), ("revenue",), _elsewhere),
    Check("107-2/none", HINT, _("There are R&D costs of %(value)s and no internal spending."),
          _("If the firm did R&D itself, fill the internal spending; if all was given to others, it is right so."),
          ("internal",), _needs("costs", "internal")),
)  # fmt: skip


def findings(filed: Filed) -> tuple[Finding, ...]:
    """Every check that a return fails, errors first."""
    found = [Finding(check, numbers) for check in CHECKS if (numbers := check.fails(filed)) is not None]
    order = (ERROR, WARNING, HINT)
    return tuple(sorted(found, key=lambda each: order.index(each.check.severity)))


def with_totals(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with every empty total added up from its items."""
    filled = dict(values)
    for total, items in TOTALS.items():
        known = [filled[name] for name in items if filled.get(name) is not None]
        if filled.get(total) is None and known:
            filled[total] = sum(known)
    return filled


# --- units of money -----------------------------------------------------------------------------------------------------

YUAN, TEN_THOUSAND, HUNDRED_MILLION = "yuan", "ten-thousand", "hundred-million"
FACTORS = {YUAN: 0.001, TEN_THOUSAND: 10.0, HUNDRED_MILLION: 100_000.0}
"""What makes thousand yuan of each unit."""


@dataclass(frozen=True)
class Sign:
    """One thing that tells the unit: what it is, the number as it stands, and between which numbers it is plausible."""

    what: str
    value: float
    low: float
    high: float

    def fits(self, factor: float = 1.0) -> bool:
        return self.low <= self.value * factor <= self.high


@dataclass(frozen=True)
class UnitDoubt:
    """A return that is not in thousand yuan: in which unit it seems to be, and the signs that say so."""

    unit: str
    factor: float
    signs: tuple[Sign, ...]


WAGE_SIGN = _("labour costs of a person-year of R&D, in thousand yuan")
REVENUE_SIGN = _("revenue of one employee, in thousand yuan")
LAST_SPENDING = _("internal spending, as a multiple of last year's")
LAST_REVENUE = _("revenue, as a multiple of last year's")
KNOWN_REVENUE = _("revenue, as a multiple of what the firm's file says")
OWN_SUM = _("the total of the costs, as a multiple of its items")


def signs(filed: Filed) -> tuple[Sign, ...]:
    """What of a return tells its unit. The spans are ours, wide enough for a firm that doubles or halves."""
    last = filed.last or {}
    told = (
        (WAGE_SIGN, filed["daily_staff"] or filed["staff"], filed["fte"], *WAGE),
        (LAST_SPENDING, filed["internal"] or filed["costs"], last.get("internal") or last.get("costs"), 0.2, 5.0),
        (LAST_REVENUE, filed["revenue"], last.get("revenue"), 0.25, 4.0),
        (KNOWN_REVENUE, filed["revenue"], filed.known_revenue, 0.5, 2.0),
    )
    sharp = tuple(Sign(what, top / float(of), low, high) for what, top, of, low, high in told if top and of)
    if sharp or not (filed["revenue"] and filed["employees"]):
        return sharp
    return (Sign(REVENUE_SIGN, float(filed["revenue"]) / float(filed["employees"]), 30.0, 20_000.0),)


def doubt_unit(filed: Filed) -> UnitDoubt | None:
    """Whether a return is in another unit than thousand yuan; None when nothing says so, or too little.

    At least half of the signs must speak against thousand yuan, and all of them for one other unit.
    """
    found = signs(filed)
    missed = tuple(sign for sign in found if not sign.fits())
    if not missed or 2 * len(missed) < len(found):
        return _mixed(filed)
    for unit, factor in FACTORS.items():
        if all(sign.fits(factor) for sign in found):
            return UnitDoubt(unit, factor, missed)
    return None


def _mixed(filed: Filed) -> UnitDoubt | None:
    """A total in another unit than its own items."""
    stated, added = filed["costs"], filed.total(COSTS)
    if not stated or not added:
        return None
    for unit, factor in FACTORS.items():
        if abs(stated * factor / added - 1) < 0.02:
            return UnitDoubt(unit, factor, (Sign(OWN_SUM, stated / added, 0.98, 1.02),))
    return None
