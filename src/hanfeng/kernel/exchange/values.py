"""A cell as offices write it becomes a value of a field, or a sentence that says what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache
from typing import Any, NamedTuple
from unicodedata import normalize

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from .book import cell_text
from .words import in_both, plain, plain_set, words
from .xlsx import from_serial

EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet's days have no zone
SERIALS = range(10_000, 80_000)  # days from 1927 to 2118: what a sheet's number may mean as a day
PARTS = re.compile(r"(\d{4})(?:\D{1,2}(\d{1,2})(?:\D{1,2}(\d{1,2})\D?)?)\D?", re.ASCII)
PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})?", re.ASCII)
CLOCK = re.compile(r"[\sT]+(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:\.\d+)?)?)?\s*$", re.ASCII)
NUMBER = re.compile(r"([-+]?)(\d[\d,]*(?:\.\d*)?|\.\d+)(?:[eE]([-+]?\d{1,3}))?", re.ASCII)
SIGNS = str.maketrans({"\u2212": "-", "\u2013": "-", "\u00a5": "", "\uffe5": "", "\u00a0": " "})


class Scale(NamedTuple):
    """By what the numbers of a column are multiplied, and what the unit of the field is worth in yuan (None: no money)."""

    times: Decimal = Decimal(1)
    own: Decimal | None = None


PLAIN = Scale()
Convert = Callable[[Any, Scale], Any]


def empty(value: Any) -> bool:
    """Whether a cell says nothing."""
    return value is None or (isinstance(value, str) and not value.strip())


def _nothing(value: Any) -> bool:
    """Whether a cell of a number, day or choice says in words that there is nothing."""
    return isinstance(value, str) and normalize("NFKC", value).strip().casefold() in words()["cells"]["empty"]


@cache
def converter(field: Any) -> Convert:
    """How cells become values of a field: convert(cell, scale). Raises ValidationError in words."""
    if field.choices:
        known = _known_choices(field)
        return lambda cell, _scale: _choice(cell, field, known)
    if isinstance(field, models.BooleanField):
        return lambda cell, _scale: _flag(cell, field)
    if isinstance(field, models.DateTimeField):
        return lambda cell, _scale: _moment(cell)
    if isinstance(field, models.DateField):
        return lambda cell, _scale: _day(cell)
    if isinstance(field, models.DecimalField):
        return lambda cell, scale: _decimal(cell, scale, field)
    if isinstance(field, models.IntegerField):
        return _integer
    if isinstance(field, models.FloatField):
        return lambda cell, scale: None if _nothing(cell) else float(number(cell, scale))
    return lambda cell, _scale: text(cell)


def text(cell: Any) -> str:
    """Words of a cell: without the blanks around them, control signs, and the leading quote of a text cell."""
    if type(cell) is str and cell.isprintable() and cell[:1] != "'":
        return cell.strip()
    said = cell_text(cell).replace("\r\n", "\n").replace("\u00a0", " ")
    said = "".join(c for c in said if c >= " " or c in "\n\t").strip()
    return said[1:] if said[:1] == "'" and said[1:2] in set("=+-@") else said


# --- choices and flags ------------------------------------------------------------------------------------------------


def _known_choices(field: Any) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for value, title in field.flatchoices:
        for word in (str(value), *in_both(title)):
            known.setdefault(plain(word), value)
    return known


def _choice(cell: Any, field: Any, known: dict[str, Any]) -> Any:
    if _nothing(cell) and plain(cell) not in known:
        return field.get_default() if field.has_default() else ""
    said = plain(cell_text(cell))
    if said in known:
        return known[said]
    offered = ", ".join(str(title) for _v, title in field.flatchoices)
    raise ValidationError(
        _("“%(value)s” is none of: %(offered)s."), params={"value": cell_text(cell)[:60], "offered": offered}
    )


def _flag(cell: Any, field: Any) -> Any:
    if isinstance(cell, bool):
        return cell
    raw = cell_text(cell)
    said = plain(raw) or raw
    if said in plain_set("cells", "true"):
        return True
    if said in plain_set("cells", "false") or _nothing(cell):
        return False
    raise ValidationError(_("“%(value)s” is neither yes nor no."), params={"value": raw[:60]})


# --- days -------------------------------------------------------------------------------------------------------------


def _day(cell: Any) -> date | None:
    if _nothing(cell):
        return None
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if (found := _day_of_text(cell_text(cell))) is not None:
        return found
    raise ValidationError(_("“%(value)s” is no day. Write it like 2025-03-01."), params={"value": cell_text(cell)[:60]})


def _day_of_text(said: str) -> date | None:
    said = CLOCK.sub("", _arabic(normalize("NFKC", said).translate(SIGNS)).strip())
    try:
        if said.replace(".", "", 1).isdigit() and int(float(said)) in SERIALS:
            found = from_serial(float(said), EPOCH)
            return found.date() if isinstance(found, datetime) else found
        match = PACKED.fullmatch(said) or PARTS.fullmatch("".join(said.split()))
        if match:
            year, month, day = (int(part) if part else 1 for part in match.groups())
            return date(year, month, day)
    except (ValueError, OverflowError):
        return None
    return None


def _arabic(said: str) -> str:
    """Chinese figures as Arabic ones: those of years digit by digit, those of months and days with ten."""
    digits, ten = words()["cells"]["digits"], words()["cells"]["ten"]
    if not any(sign in said for sign in digits + ten):
        return said
    for zero in words()["cells"]["zeros"]:
        said = said.replace(zero, "0")
    said = said.translate({ord(sign): str(n) for n, sign in enumerate(digits)})
    return re.sub(rf"(\d?){ten}(\d?)", lambda m: str(int(m[1] or 1) * 10 + int(m[2] or 0)), said)


def _moment(cell: Any) -> datetime | None:
    if isinstance(cell, datetime):
        return timezone.make_aware(cell) if timezone.is_naive(cell) else cell
    day = _day(cell)
    clock = CLOCK.search(normalize("NFKC", cell_text(cell))) if isinstance(cell, str) else None
    try:
        hour, minute, second = (int(part or 0) for part in clock.groups()) if clock else (0, 0, 0)
        at = time(hour, minute, second)
    except ValueError:
        at = time()
    return timezone.make_aware(datetime.combine(day, at)) if day else None


# --- numbers ----------------------------------------------------------------------------------------------------------


def number(cell: Any, scale: Scale = PLAIN) -> Decimal:
    """A number with its thousands, full-width signs, ten thousands and units."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return Decimal(repr(cell)) * scale.times
    said = "".join(normalize("NFKC", cell_text(cell)).translate(SIGNS).split()).casefold()
    negative = said.startswith("(") and said.endswith(")")
    said = said.strip("()'")
    match = NUMBER.match(said)
    try:
        if match and (times := _times(said[match.end() :], scale)) is not None:
            sign, digits, power = match.groups()
            found = Decimal(digits.replace(",", "")).scaleb(int(power or 0)) * times
            return -found if negative or sign == "-" else found
    except (InvalidOperation, OverflowError):
        pass
    raise ValidationError(_("“%(value)s” is no number."), params={"value": cell_text(cell)[:60]})


def _times(behind: str, scale: Scale) -> Decimal | None:
    """What the words behind a number multiply it by; None when they are none that is known.

    A number of money that names its own unit is not scaled by the heading: 120 with "ten thousand yuan" behind it is 120 in
    a field of ten thousand yuan.
    """
    times, said = scale.times, words()["units"].get(behind)
    if said is not None and scale.own:
        return Decimal(said) / scale.own
    if scale.own and any(behind.startswith(word) for word, _worth in words()["cells"]["factors"]):
        times = 1 / scale.own
    while behind:
        for word, worth in words()["cells"]["factors"]:
            if behind.startswith(word):
                times, behind = times * worth, behind[len(word) :]
                break
        else:
            known = next(
                (w for w in sorted(words()["cells"]["counters"], key=len, reverse=True) if behind.startswith(w)), ""
            )
            if not known:
                return None
            behind = behind[len(known) :]
    return times


def _integer(cell: Any, scale: Scale) -> int | None:
    if _nothing(cell):
        return None
    found = number(cell, scale)
    if found != found.to_integral_value() or abs(found) >= 10**15:
        raise ValidationError(_("“%(value)s” is no whole number."), params={"value": cell_text(cell)[:60]})
    return int(found)


def _decimal(cell: Any, scale: Scale, field: Any) -> Decimal | None:
    if _nothing(cell):
        return None
    found = number(cell, scale)
    if abs(found) >= Decimal(10) ** (field.max_digits or 20):
        raise ValidationError(_("“%(value)s” is too large a number."), params={"value": cell_text(cell)[:60]})
    return found.quantize(Decimal(1).scaleb(-field.decimal_places), ROUND_HALF_UP)
