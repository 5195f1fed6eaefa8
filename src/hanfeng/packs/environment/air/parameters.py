"""The dated parameters of the pack, declared in `parameters.toml`, and what is read from them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from hanfeng.kernel.api import parameter, values_on
from hanfeng.kernel.pure import NoParameter, Parameter, declared_parameters

PARAMETERS = declared_parameters(__package__ or "")
"""What the pack declares: (parameter, Chinese title, English title)."""
_DECLARED = {declared.name: declared for declared, _zh, _en in PARAMETERS}
HEAVY = "air.heavy-pollution"


class Least(NamedTuple):
    """How much must be there: stations (a share), hours of a day, means of 8 hours of a day."""

    stations: float
    hours: int
    ozone: int


def least(day: date) -> Least:
    """What completeness is asked for on a day; as declared where the site keeps no version."""
    held = values_on(PARAMETERS, day)
    return Least(float(held["air.stations-needed"]), int(held["air.hours-of-day"]), int(held["air.ozone-means"]))


def heavy(day: date) -> Parameter[Mapping[str, Any]] | None:
    """The conditions of the levels of heavy pollution in force on a day, or None where no plan is known."""
    try:
        return parameter(HEAVY, day)
    except NoParameter:
        return _DECLARED[HEAVY] if _DECLARED[HEAVY].valid_on(day) else None
