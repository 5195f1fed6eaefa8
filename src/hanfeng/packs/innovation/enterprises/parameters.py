"""The dated parameters of the pack, declared in `parameters.toml`, and what is read from them."""

from __future__ import annotations

from datetime import date

from hanfeng.kernel.api import parameter
from hanfeng.kernel.pure import NoParameter, declared_parameters

from .terms import Stage

PARAMETERS = declared_parameters(__package__ or "")
"""What the pack declares: (parameter, Chinese title, English title)."""


def years_valid(kind: str, day: date) -> int | None:
    """How many years an honour granted on a day is valid, or None where no rule is known."""
    try:
        return int(parameter(f"enterprises.valid-years.{kind}", day).value)
    except NoParameter:
        return None


def later(day: date, years: int) -> date:
    """The same day some years on; 29 February passes to 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def stage_by_age(founded: date, day: date) -> Stage | None:
    """The stage that the years since founding suggest; None where the parameters are not kept. A guide, never the stage."""
    try:
        start, mature = (int(parameter(f"enterprises.{n}", day).value) for n in ("start-up-years", "mature-years"))
    except NoParameter:
        return None
    if day < later(founded, start):
        return Stage.START
    return Stage.GROWTH if day < later(founded, mature) else Stage.MATURE
