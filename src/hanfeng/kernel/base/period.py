"""Half-open spans of days, named and written as plans and statistics name them."""

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from typing import Any, Literal, Self

from hanfeng.kernel.base.words import Fault, is_chinese
from hanfeng.kernel.base.words import gettext_noop as _

Unit = Literal["year", "half", "quarter", "month"]

_MONTHS: dict[Unit, int] = {"year": 12, "half": 6, "quarter": 3, "month": 1}
_FORMS = {
    "year": re.compile(r"(\d{4})", re.ASCII),
    "half": re.compile(r"(\d{4})H([12])", re.ASCII),
    "quarter": re.compile(r"(\d{4})Q([1-4])", re.ASCII),
    "month": re.compile(r"(\d{4})-(\d{2})", re.ASCII),
    "years": re.compile(r"(\d{4})/(\d{4})", re.ASCII),
}
_SPAN = re.compile(r"(\d{4}-\d{2}-\d{2})/(\d{4}-\d{2}-\d{2})", re.ASCII)
_KNOWN = "2023, 2024H1, 2021Q1, 2023-12, 2021/2025, 2025-01-01/2025-07-01"
_LABELS: dict[str, Any] = tomllib.loads((files(__package__) / "period.toml").read_text("utf-8"))


class PeriodError(Fault):
    """A period that cannot be; `.code` is `order`, `range`, `form` or `tiles`."""


@dataclass(frozen=True, order=True)
class Period:
    """The days from `start` up to but without `end`, so that neighbours tile and never overlap.

    `str(period)` is its shortest name, and `Period.parse(str(period)) == period`.
    """

    start: date
    end: date

    def __post_init__(self) -> None:
        if not self.start < self.end:
            text = _("A period cannot run from %(start)s to %(end)s: its end is the day after its last.")
            raise PeriodError("order", text, {"start": self.start, "end": self.end})

    @classmethod
    def year(cls, year: int) -> Self:
        return cls._of(year, 1, 12)

    @classmethod
    def half(cls, year: int, half: int) -> Self:
        return cls._part("half", year, half)

    @classmethod
    def quarter(cls, year: int, quarter: int) -> Self:
        return cls._part("quarter", year, quarter)

    @classmethod
    def month(cls, year: int, month: int) -> Self:
        return cls._part("month", year, month)

    @classmethod
    def years(cls, first: int, last: int) -> Self:
        """Whole years, both counted: `years(2021, 2025)` is a five-year plan."""
        return cls._of(first, 1, 12 * (last - first + 1))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `2023`, `2024H1`, `2021Q1`, `2023-12`, `2021/2025` or `2025-01-01/2025-07-01` (that end not counted)."""
        for name, form in _FORMS.items():
            if match := form.fullmatch(text.strip()):
                make: Callable[..., Self] = getattr(cls, name)
                return make(*map(int, match.groups()))
        if not (match := _SPAN.fullmatch(text.strip())):
            fault = _("“%(text)s” names no period: write it like one of %(known)s.")
            raise PeriodError("form", fault, {"text": text, "known": _KNOWN})
        try:
            start, end = map(date.fromisoformat, match.groups())
        except ValueError as error:
            raise PeriodError("range", _("“%(text)s” holds a day that does not exist."), {"text": text}) from error
        return cls(start, end)

    @classmethod
    def _part(cls, unit: Unit, year: int, number: int) -> Self:
        months = _MONTHS[unit]
        if not 1 <= number <= 12 // months:
            text = _("%(number)s is no part of the year %(year)s: its parts count from 1 to %(most)s.")
            raise PeriodError("range", text, {"year": year, "number": number, "most": 12 // months})
        return cls._of(year, (number - 1) * months + 1, months)

    @classmethod
    def _of(cls, year: int, month: int, months: int) -> Self:
        more, last = divmod(month - 1 + months, 12)
        try:
            start, end = date(year, month, 1), date(year + more, last + 1, 1)
        except ValueError as error:
            text = _("The period from %(year)s leaves the calendar: stay within the years 1 to 9998.")
            raise PeriodError("range", text, {"year": year}) from error
        return cls(start, end)

    @property
    def last(self) -> date:
        """The last day that belongs to the period."""
        return self.end - timedelta(days=1)

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    def contains(self, day: date) -> bool:
        return self.start <= day < self.end

    def overlaps(self, other: "Period") -> bool:
        return self.start < other.end and other.start < self.end

    def elapsed(self, day: date) -> float:
        """The share of the period, 0 to 1, that has passed when `day` is over."""
        return min(max((day - self.start).days + 1, 0), self.days) / self.days

    def tiles(self, unit: Unit) -> Iterator[Self]:
        """The calendar years, halves, quarters or months it consists of, in order; refused where they do not fit."""
        step, whole = _MONTHS[unit], self._whole_months
        if whole is None or whole % step or (self.start.month - 1) % step:
            text = _("%(period)s cannot be cut into whole parts of %(months)s months of the calendar.")
            raise PeriodError("tiles", text, {"period": self, "months": step})
        for done in range(self.start.month - 1, self.start.month - 1 + whole, step):
            yield self._of(self.start.year + done // 12, done % 12 + 1, step)

    def label(self, lang: str = "zh") -> str:
        """The name as officials write it, in Chinese or English; the words are kept in `period.toml`."""
        forms, last = _LABELS["zh" if is_chinese(lang) else "en"], self.last
        form, number = self._form
        months = forms["names"]["month"]
        first = forms["names"].get(form, months)[number - 1]
        days = {"y": self.start.year, "Y": last.year, "d": self.start.day, "D": last.day}
        return str(forms[form].format(n=first, N=months[last.month - 1], **days))

    def __str__(self) -> str:
        form, number = self._form
        year, last = f"{self.start.year:04}", f"{self.last.year:04}"
        names = {"year": year, "years": f"{year}/{last}", "half": f"{year}H{number}"}
        names |= {"quarter": f"{year}Q{number}", "month": f"{year}-{number:02}"}
        return names.get(form, f"{self.start}/{self.end}")

    @property
    def _whole_months(self) -> int | None:
        months = 12 * (self.end.year - self.start.year) + self.end.month - self.start.month
        return months if self.start.day == self.end.day == 1 else None

    @property
    def _form(self) -> tuple[str, int]:
        """The key of the label that fits best, and the number of the half, quarter or first month."""
        months, first = self._whole_months, self.start.month
        if months is None:
            return ("day" if self.days == 1 else "days"), first
        if first == 1 and months % 12 == 0:
            return ("year" if months == 12 else "years"), first
        for unit in ("half", "quarter", "month"):
            if months == _MONTHS[unit] and (first - 1) % months == 0:
                return unit, (first - 1) // months + 1
        if (first, months) == (1, 9):
            return "three_quarters", first
        return ("months" if self.start.year == self.last.year else "days"), first
