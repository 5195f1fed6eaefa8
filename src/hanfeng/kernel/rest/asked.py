"""What a list is asked for, read strictly: a parameter that does not fit is said, never passed over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import models
from django.http import QueryDict
from django.utils.translation import gettext as _

from hanfeng.kernel.desk.desk import Desk

from .problem import wrong_parameter

LIMIT, MOST = 50, 500
LAST_PAGE = 1_000_000
LARGEST = 2**63 - 1
OWN = ("q", "sort", "page", "limit", "after")


@dataclass(frozen=True)
class Asked:
    """One page of a list: by number, or after a key (`after` is None in a list by number)."""

    rows: QueryDict
    page: int
    limit: int
    after: int | None


def names(desk: Desk) -> tuple[str, ...]:
    """Every parameter a list of this desk knows."""
    return (*desk.filters, *(n for n in OWN if n != "q" or desk.search))


def sorts(desk: Desk) -> list[str]:
    """What a list can be sorted by; a minus before it turns the order."""
    return [column.name for column in desk.listed if column.sortable]


def read(desk: Desk, params: QueryDict) -> Asked:
    """The parameters of a list. Raises 400 naming each that does not fit."""
    faults: list[dict[str, str]] = []
    rows = QueryDict(mutable=True)
    for name in params:
        try:
            value = _checked(desk, name, params.get(name, ""), params)
        except ValueError as why:
            faults.append({"parameter": name, "detail": str(why)})
            continue
        if value is not None:
            rows[name] = value
    if faults:
        raise wrong_parameter(faults)
    after = int(params.get("after") or 0) if "after" in params else None
    return Asked(rows, int(params.get("page") or 1), int(params.get("limit") or LIMIT), after)


def _checked(desk: Desk, name: str, value: str, params: QueryDict) -> str | None:
    """The value for the list of the desk; None for what only this interface reads. Raises ValueError in words."""
    if name not in names(desk):
        raise ValueError(_("This list does not know it. It knows: %(names)s.") % {"names": ", ".join(names(desk))})
    if len(params.getlist(name)) > 1:
        raise ValueError(_("Give it once."))
    if "\x00" in value:
        raise ValueError(_("It holds a sign that no text has (NUL)."))
    if name in desk.filters:
        return filter_value(desk.model._meta.get_field(name), value)
    if name == "q":
        return value
    if name == "sort":
        return _sort(desk, value, params)
    if name == "after":
        _whole(value or "0", 0, LARGEST)
        if "page" in params:
            raise ValueError(_("Give either page or after."))
    elif value:
        _whole(value, 1, LAST_PAGE if name == "page" else MOST)
    return None


def _sort(desk: Desk, value: str, params: QueryDict) -> str:
    if "after" in params:
        raise ValueError(_("A list after a key comes in the order of its keys: leave sort out."))
    if value and value.removeprefix("-") not in sorts(desk):
        raise ValueError(
            _("Give one of %(names)s, with a minus for the other way.") % {"names": ", ".join(sorts(desk))}
        )
    return value


def _whole(value: str, least: int, most: int) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 20 and least <= int(value) <= most):
        raise ValueError(_("Give a whole number from %(least)s to %(most)s.") % {"least": least, "most": most})
    return int(value)


def filter_value(kept: Any, value: str) -> str:
    """A filter's value as the list takes it. Raises ValueError in words."""
    if value == "":
        return ""
    if isinstance(kept, models.BooleanField):
        if value not in {"true", "false", "1", "0"}:
            raise ValueError(_("Give true or false."))
        return "1" if value in {"true", "1"} else "0"
    if kept.choices:
        offered = [str(v) for v, _title in kept.flatchoices]
        if value not in offered:
            raise ValueError(_("Give one of: %(names)s.") % {"names": ", ".join(offered)})
    elif isinstance(kept, models.ForeignKey):
        _whole(value, 1, LARGEST)
    elif isinstance(kept, models.IntegerField):
        _whole(value.removeprefix("-"), 0, 2**31 - 1)
    elif isinstance(kept, models.DateField):
        _day(value)
    elif isinstance(kept, models.DecimalField | models.FloatField):
        _number(value)
    return value


def _day(value: str) -> None:
    try:
        if len(value) != 10:
            raise ValueError
        date.fromisoformat(value)
    except ValueError as bad:
        raise ValueError(_("Give a day such as 2025-03-01.")) from bad


def _number(value: str) -> None:
    plain = value.removeprefix("-").replace(".", "", 1)
    if not (plain.isascii() and plain.isdigit() and len(plain) < 16):
        raise ValueError(_("Give a number such as 12.5."))


def links(address: str, asked: Asked, params: QueryDict, *, more: bool, last: int, end: int | None) -> Iterator[str]:
    """The Link header of a list (RFC 8288): `end` is the key after which the next rows come."""

    def link(rel: str, **changed: Any) -> str:
        query = params.copy()
        for name, value in changed.items():
            query[name] = str(value)
        return f'<{address}?{query.urlencode()}>; rel="{rel}"'

    if asked.after is not None:
        if more:
            yield link("next", after=end)
        return
    if asked.page > 1:
        yield link("first", page=1)
        yield link("prev", page=min(asked.page - 1, last))
    if asked.page < last:
        yield link("next", page=asked.page + 1)
        yield link("last", page=last)
