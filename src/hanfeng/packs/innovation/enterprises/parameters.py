"""The dated parameters of the pack, declared in `parameters.toml`, and what is read from them."""

from __future__ import annotations

import tomllib
from datetime import date
from importlib.resources import files
from typing import Any

from hanfeng.kernel.api import parameter
from hanfeng.kernel.pure import Confidence, NoParameter, Parameter

from .terms import Stage

_DECLARED: dict[str, dict[str, Any]] = tomllib.loads((files(__package__) / "parameters.toml").read_text("utf-8"))


def _declared(name: str, row: dict[str, Any]) -> Parameter[Any]:
    return Parameter(
        name, row["value"], row["unit"], row["source"], valid_from=row.get("starts"), note=row["note"],
        confidence=Confidence(row["confidence"]),
    )  # fmt: skip


PARAMETERS: tuple[tuple[Parameter[Any], str, str], ...] = tuple(
    (_declared(name, row), row["zh"], row["en"]) for name, row in _DECLARED.items()
)
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
