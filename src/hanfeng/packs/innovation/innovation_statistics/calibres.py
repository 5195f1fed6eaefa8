"""Why the four R&D numbers of a firm differ: its accounts, high-tech recognition, the tax super-deduction, statistics.

Documents: high-tech recognition, guide 国科发火〔2016〕195号 (outsourced at 80 %, other costs up to 20 % of the whole);
super-deduction, 财税〔2015〕119号, 财税〔2018〕64号, 国家税务总局公告2021年第28号 (outsourced at 80 %, abroad up to two
thirds of what is eligible at home, other costs up to 10 % of the whole); statistics, 国统字〔2019〕47号 (spending when it
is made: assets bought, no depreciation, nothing that others were paid). Money in thousand yuan. What the return does not
ask for, such as
buildings in the depreciation or subsidies that were not taxed, is named as unknown and not guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hanfeng.kernel.pure import gettext_noop as _

from .standard import EXTERNAL, INTERNAL

ITEMS = ("staff", "direct", "depreciation", "amortisation", "design", "trial")
HIGH_TECH, TAX, STATISTICS = "high-tech", "tax", "statistics"
GUIDE, DEDUCTION, STANDARD = (
    "国科发火〔2016〕195号",
    "财税〔2015〕119号、财税〔2018〕64号、国家税务总局公告2021年第28号",
    "国统字〔2019〕47号",
)


@dataclass(frozen=True)
class Rates:
    """The shares of the rules, each a dated parameter."""

    outsourced: float = 0.8
    other_high_tech: float = 0.2
    other_tax: float = 0.1
    abroad: float = 2 / 3


@dataclass(frozen=True)
class Step:
    """One item by which a number differs from the accounts: its name, the amount, why, and where that is written."""

    name: str
    amount: float
    why: str
    source: str


@dataclass(frozen=True)
class Calibre:
    """One of the numbers: how it comes from the accounts, step by step, and what the return does not tell."""

    key: str
    start: float
    steps: tuple[Step, ...]
    unknown: tuple[str, ...] = ()
    stated: float | None = None
    """What the return itself states, where it does; then the last step is what nothing explains."""

    @property
    def result(self) -> float:
        return self.start + sum(step.amount for step in self.steps)


def calibres(values: Mapping[str, Any], rates: Rates = Rates()) -> tuple[Calibre, ...]:
    """The three other numbers, each from the accounts."""
    known = {
        name: float(value) for name, value in values.items() if isinstance(value, int | float) or _is_number(value)
    }
    accounts = sum(known.get(name, 0.0) for name in (*ITEMS, "outsourced", "other_costs"))
    return (
        Calibre(HIGH_TECH, accounts, tuple(_real(_high_tech(known, rates))), (_HIGH_TECH_UNKNOWN,)),
        Calibre(TAX, accounts, tuple(_real(_tax(known, rates))), (_BUILDINGS, _UNTAXED)),
        Calibre(STATISTICS, accounts, tuple(_real(_statistics(known, accounts))), (), known.get("internal")),
    )


_HIGH_TECH_UNKNOWN = _("whether 60 % at least was spent at home, and what of it the auditor allows")
_BUILDINGS = _("depreciation of buildings, which the deduction does not take")
_UNTAXED = _("costs paid from subsidies that were not taxed, which the deduction does not take")


def _is_number(value: Any) -> bool:
    from decimal import Decimal

    return isinstance(value, Decimal)


def _real(steps: Iterator[Step]) -> Iterator[Step]:
    return (step for step in steps if abs(step.amount) >= 0.5)


def other_cap(items: float, share: float) -> float:
    """The most that other costs may be, when they may be a share of the whole that they are a part of."""
    return items * share / (1 - share)


def _outsourced(known: Mapping[str, float]) -> tuple[float, float]:
    """What others at home and abroad were paid; what is not split is taken as at home."""
    abroad = min(known.get("external_abroad", 0.0), known.get("outsourced", 0.0))
    return known.get("outsourced", 0.0) - abroad, abroad


def _high_tech(known: Mapping[str, float], rates: Rates) -> Iterator[Step]:
    outsourced, other = known.get("outsourced", 0.0), known.get("other_costs", 0.0)
    counted = sum(known.get(name, 0.0) for name in ITEMS) + rates.outsourced * outsourced
    yield Step(_("outsourced R&D, the part that is not counted"), (rates.outsourced - 1) * outsourced,
               _("Of what others were paid only a share is counted."), GUIDE)  # fmt: skip
    yield Step(_("other costs above the cap"), -max(other - other_cap(counted, rates.other_high_tech), 0.0),
               _("Other costs may be a share of the whole at most."), GUIDE)  # fmt: skip


def _tax(known: Mapping[str, float], rates: Rates) -> Iterator[Step]:
    items, other = sum(known.get(name, 0.0) for name in ITEMS), known.get("other_costs", 0.0)
    home, abroad = _outsourced(known)
    allowed = min(other, other_cap(items, rates.other_tax))
    eligible = items + allowed + rates.outsourced * home
    counted = min(rates.outsourced * abroad, rates.abroad * eligible)
    yield Step(
        _("other costs above the cap"),
        allowed - other,
        _("Other related costs may be a share of the whole at most."),
        DEDUCTION,
    )
    yield Step(_("outsourced at home, the part that is not counted"), (rates.outsourced - 1) * home,
               _("Of what others were paid only a share is counted."), DEDUCTION)  # fmt: skip
    yield Step(_("outsourced abroad, the part that is not counted"), counted - abroad,
               _("A share is counted, and no more than two thirds of what is eligible at home."), DEDUCTION)  # fmt: skip


def _statistics(known: Mapping[str, float], accounts: float) -> Iterator[Step]:
    written_off = known.get("depreciation", 0.0) + known.get("amortisation", 0.0)
    bought = sum(known.get(name, 0.0) for name in INTERNAL[2:])
    outsourced = known.get("outsourced", 0.0)
    yield Step(_("depreciation and amortisation"), -written_off,
               _("Statistics count spending when it is made, not when it is written off."), STANDARD)  # fmt: skip
    yield Step(
        _("assets bought for R&D in the year"),
        bought,
        _("Equipment, building, software and patents count in the year of purchase."),
        STANDARD,
    )
    yield Step(_("outsourced R&D"), -outsourced, _("It is external spending, counted by who did the work."), STANDARD)
    if (stated := known.get("internal")) is not None:
        yield Step(_("not explained by the items of the return"), stated - (accounts - written_off + bought - outsourced),
                   _("Costs of other purposes, or items entered differently in the two parts: ask the firm."), "")  # fmt: skip


def external(known: Mapping[str, Any]) -> float:
    """External spending by its four kinds of performer."""
    return sum(float(known.get(name) or 0) for name in EXTERNAL)
