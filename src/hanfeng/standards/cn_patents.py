"""Numbers, terms and annuities of Chinese patents.

- ZC 0006-2003 (patent application number): year, one digit for the kind, serial, check digit after a point. Since October 2003
  the year has four digits and the serial seven (2003 1 0102344.5); before, two and five. The check digit is the sum of each digit
  times 2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5 modulo 11, ten being written X.
- ZC 0007-2012 (patent document number): CN, one digit for the kind, the serial, the code of the document (A, B, C, U, Y, S, D).
- Patent Law, 2020 revision, article 42: inventions hold 20 years, utility models 10, designs 15 (10 when filed before
  2021-06-01), all from the day of filing. Article 43 and the implementing regulations: an annuity is due before the year before
  has ended; a late one may be paid within six months, with a surcharge of 5 % of it for each month begun after the first.

Amounts are yuan, days are dates. Faults are `CodeError` with the code `length`, `character`, `shape` or `check`.
"""

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from unicodedata import normalize

from hanfeng.kernel.pure import CodeError
from hanfeng.kernel.pure import gettext_noop as _

WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
NEW_DESIGNS = date(2021, 6, 1)
GRACE_MONTHS = 6
_KINDS = {"1": "invention", "8": "invention", "2": "utility", "9": "utility", "3": "design"}
_PUBLICATION = re.compile(r"CN([12389])(\d{6,8})([ABCUYSD])")
_IPC = re.compile(r"([A-H])(\d{2})([A-Z])(?:(\d{1,4})/(\d{2,6}))?")


class Kind(StrEnum):
    """What is protected; in the number 8 and 9 mark international applications."""

    INVENTION = "invention"
    UTILITY = "utility"
    DESIGN = "design"


@dataclass(frozen=True)
class ApplicationNumber:
    """A checked application number, as offices write it: `202010566088.9`."""

    text: str
    year: int
    kind: Kind
    international: bool


def check_digit(body: str) -> str:
    """The check digit of the eight or twelve digits before the point (ZC 0006-2003)."""
    total = sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=False)) % 11
    return "X" if total == 10 else str(total)


def application_number(text: str) -> ApplicationNumber:
    """An application or patent number with its check digit; `ZL`, `CN`, spaces and the point may stand or be missing."""
    plain = re.sub(r"[\s.．]", "", normalize("NFKC", text)).upper()
    plain = re.sub(r"^(ZL|CN)", "", plain)
    if len(plain) not in (9, 13):
        said = _(
            "%(text)s has %(n)s characters: an application number has 13 (since October 2003) or 9, the check digit included."
        )
        raise CodeError("length", said, {"text": text, "n": len(plain)})
    body, check = plain[:-1], plain[-1]
    if not body.isascii() or not body.isdigit() or check not in "0123456789X":
        raise CodeError("character", _("%(text)s: only digits belong there, and X as a check digit."), {"text": text})
    digit = body[4] if len(body) == 12 else body[2]
    if digit not in _KINDS:
        said = _("%(text)s: the digit %(digit)s after the year stands for no kind of patent (1, 2, 3, 8, 9).")
        raise CodeError("shape", said, {"text": text, "digit": digit})
    if (wanted := check_digit(body)) != check:
        said = _("%(text)s: the check digit should be %(wanted)s; one of the digits is wrong.")
        raise CodeError("check", said, {"text": text, "wanted": wanted})
    year = int(body[:4]) if len(body) == 12 else _short_year(int(body[:2]))
    return ApplicationNumber(f"{body}.{check}", year, Kind(_KINDS[digit]), digit in "89")


def _short_year(two: int) -> int:
    return 1900 + two if two >= 85 else 2000 + two


def make_application_number(year: int, kind: Kind, serial: int) -> str:
    """An application number of today's form; for tests and demo data, whose serials begin with 999."""
    digit = {Kind.INVENTION: 1, Kind.UTILITY: 2, Kind.DESIGN: 3}[kind]
    body = f"{year:04d}{digit}{serial:07d}"
    return f"{body}.{check_digit(body)}"


def publication_number(text: str) -> str:
    """A document number (`CN111639679B`), normalised."""
    plain = re.sub(r"\s", "", normalize("NFKC", text)).upper()
    if not _PUBLICATION.fullmatch(plain):
        said = _("%(text)s is no number of a Chinese patent document: CN, digits, a letter such as A, B, U or S.")
        raise CodeError("shape", said, {"text": text})
    return plain


def ipc(text: str) -> str:
    """A symbol of the International Patent Classification (`H01M 10/0525` or its subclass `H01M`), normalised."""
    plain = re.sub(r"\s|\(.*?\)", "", normalize("NFKC", text)).upper()
    found = _IPC.fullmatch(plain)
    if not found:
        said = _(
            "%(text)s is no symbol of the IPC: write a section A to H, two digits, a letter, such as H01M 10/0525."
        )
        raise CodeError("shape", said, {"text": text})
    section, of, sub, group, part = found.groups()
    return f"{section}{of}{sub}" + (f" {group}/{part}" if group else "")


def months_after(day: date, months: int) -> date:
    """The same day of a later month; where there is none, the last of the month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def term_ends(kind: Kind, filed: date) -> date:
    """The first day on which a patent is over by its term (Patent Law, article 42)."""
    design = 15 if filed >= NEW_DESIGNS else 10
    years = {Kind.INVENTION: 20, Kind.UTILITY: 10, Kind.DESIGN: design}[kind]
    return months_after(filed, 12 * years)


def year_of(filed: date, day: date) -> int:
    """In which year of its life a patent is on a day, the first beginning with the filing."""
    year = day.year - filed.year
    return year + (day >= months_after(filed, 12 * year))


def annuity_due(filed: date, year: int) -> date:
    """The last day before which the annuity of a year is due: the year begins on it."""
    return months_after(filed, 12 * (year - 1))


def annuity(scale: Sequence[Sequence[int]], year: int) -> int | None:
    """The annuity of a year by a scale of (first year, last year, yuan); None beyond the scale."""
    return next((yuan for first, last, yuan in scale if first <= year <= last), None)


def surcharge(amount: float, due: date, paid: date, rate: float = 0.05) -> float | None:
    """What a late payment costs on top: nothing in the first month, then `rate` for each month begun; None: too late."""
    if paid > months_after(due, GRACE_MONTHS):
        return None
    late = next(n for n in range(GRACE_MONTHS + 1) if paid <= months_after(due, n))
    return round(amount * rate * max(late - 1, 0), 2)
