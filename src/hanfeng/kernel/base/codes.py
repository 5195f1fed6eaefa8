"""Codes of bodies, people and places by national standard: checked, made for demo data, masked for the public.

Every function first normalises its input: full-width forms become plain ones, spaces go, letters become capitals.
Positions in a fault count from 1 in the normalised code.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal
from unicodedata import normalize

from hanfeng.kernel.base.words import Fault
from hanfeng.kernel.base.words import gettext_noop as _

Level = Literal["province", "prefecture", "county", "township"]
Sex = Literal["male", "female"]

# The first two digits of the 34 provinces, regions and municipalities, GB/T 2260-2007.
PROVINCES = frozenset(
    f"{number}"
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 82))
    for number in range(first, last + 1)
)
# On residence permits of Taiwan residents the number begins with 83, which GB/T 2260 gives to no division.
ID_PREFIXES = PROVINCES | {"83"}

_DIGITS = "0123456789"
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"


class CodeError(Fault):
    """A code that cannot be; `.code` is `length`, `character`, `region`, `date`, `shape` or `check`."""


@dataclass(frozen=True)
class CitizenId:
    """What a citizen number says of its holder; `region` is where it was first issued and may be abolished since."""

    number: str
    region: str
    birth: date
    sex: Sex


@dataclass(frozen=True)
class Region:
    """A division code of six digits (GB/T 2260) or, for a township, nine (GB/T 10114)."""

    code: str
    level: Level

    @property
    def parent(self) -> str | None:
        """The six digits of the division above; None above a province."""
        digits = {"province": 0, "prefecture": 2, "county": 4, "township": 6}[self.level]
        return self.code[:digits].ljust(6, "0") if digits else None


def check_uscc(code: str) -> str:
    """A unified social credit code by GB 32100-2015 (18 characters, check over modulus 31), returned normalised."""
    code = _normal(code, 18)
    _alphabet(code, _USCC)
    _alphabet(code, _DIGITS, 2, 8)
    _check_character(code, _uscc_check(code[:17]))
    return code


def check_citizen_id(code: str) -> CitizenId:
    """A citizen number by GB 11643-1999: division, date of birth, sequence, check by ISO 7064 modulus 11-2."""
    code = _normal(code, 18)
    _alphabet(code, _DIGITS, 0, 17)
    _prefix(code, ID_PREFIXES)
    try:
        birth = date(int(code[6:10]), int(code[10:12]), int(code[12:14]))
    except ValueError as error:
        text = _("Digits 7 to 14 (%(day)s) are no date: write year, month, day.")
        raise CodeError("date", text, {"day": code[6:14]}) from error
    total = sum(int(digit) * pow(2, 17 - i, 11) for i, digit in enumerate(code[:17]))
    _check_character(code, "10X98765432"[total % 11])
    return CitizenId(code, code[:6], birth, "male" if int(code[16]) % 2 else "female")


def check_region(code: str) -> Region:
    """The shape of a division code; whether such a division exists is for the table of the year to say."""
    code = _normal(code, 6, 9)
    _alphabet(code, _DIGITS)
    _prefix(code, PROVINCES)
    prefecture, county, township = (code[at:].strip("0") for at in (2, 4, 6))
    if code[2:4] == "00" and county:
        text = _("Digits 3 and 4 are 00, a whole province, so only zeros may follow in %(code)s.")
        raise CodeError("shape", text, {"code": code})
    if township:
        return Region(code, "township")
    return Region(code[:6], "county" if county else "prefecture" if prefecture else "province")


def organisation_code(serial: str) -> str:
    """Nine characters by GB 11714-1997: eight of the caller's choice and their check character."""
    serial = _normal(serial, 8)
    _alphabet(serial, _LETTERS)
    total = sum(_LETTERS.index(c) * weight for c, weight in zip(serial, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    return serial + "0123456789X0"[11 - total % 11]


def make_uscc(region: str, serial: str, kind: str = "91") -> str:
    """A valid code for demo data: department and category (`91` an enterprise), division, serial of eight."""
    body = _normal(kind, 2) + check_region(region).code + organisation_code(serial)
    _alphabet(body, _USCC)
    return check_uscc(body + _uscc_check(body))


def mask_id(code: str) -> str:
    """A citizen number or other long code with only its first six and last two characters left; the cut is ours."""
    return _masked(_normal(code), 6, 2)


def mask_phone(number: str) -> str:
    """A telephone number with all but its first three and last four digits hidden; +86 and punctuation go first."""
    digits = re.sub(r"\D", "", normalize("NFKC", number))
    return _masked(digits[2:] if len(digits) == 13 and digits.startswith("86") else digits, 3, 4)


def mask_name(name: str) -> str:
    """A person's name with only its first character left; spaces and the middle dot of longer names stay."""
    name = " ".join(name.split())
    return name[:1] + re.sub(r"[^ \u00b7]", "*", name[1:])


def _masked(text: str, head: int, tail: int) -> str:
    if len(text) <= head + tail:  # too short to show both ends and still hide something
        head, tail = 1, 0
    return text[:head] + "*" * (len(text) - head - tail) + text[len(text) - tail :]


def _normal(code: str, *lengths: int) -> str:
    code = "".join(normalize("NFKC", code).split()).upper()
    if lengths and len(code) not in lengths:
        wanted = "/".join(map(str, lengths))
        text = _("The code has %(wanted)s characters, but %(found)s were given.")
        raise CodeError("length", text, {"wanted": wanted, "found": len(code)})
    return code


def _alphabet(code: str, alphabet: str, start: int = 0, stop: int | None = None) -> None:
    for position, found in enumerate(code[start:stop], start + 1):
        if found not in alphabet:
            text = _("“%(found)s” at position %(position)s is not one of %(alphabet)s.")
            raise CodeError("character", text, {"found": found, "position": position, "alphabet": alphabet})


def _prefix(code: str, known: frozenset[str]) -> None:
    if code[:2] not in known:
        text = _("The code begins with %(found)s, which is the number of no province.")
        raise CodeError("region", text, {"found": code[:2]})


def _check_character(code: str, wanted: str) -> None:
    if code[-1] != wanted:
        text = _("Position %(position)s should be the check character %(wanted)s, not %(found)s: look for a slip.")
        raise CodeError("check", text, {"position": len(code), "wanted": wanted, "found": code[-1]})


def _uscc_check(body: str) -> str:
    return _USCC[-sum(_USCC.index(c) * pow(3, i, 31) for i, c in enumerate(body)) % 31]
