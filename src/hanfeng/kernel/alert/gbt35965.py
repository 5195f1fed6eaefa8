"""Emergency warning messages of China by GB/T 35965.1-2018, the profile of CAP: the identifier, the four colours.

The order of the parts of the identifier is read in a secondary source; that red, orange, yellow and blue stand for Extreme,
Severe, Moderate and Minor is usual and not confirmed in print.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from hanfeng.kernel.base.words import Fault, Words, gettext_noop

FORM = re.compile(r"(\d{6})(\d{3})(\d{3})(\d{2})_(\d{14})_(\d)\Z", re.ASCII)


@dataclass(frozen=True)
class Colour:
    """One of the four levels: its rank (1 is the gravest), its name, and the severity that CAP knows."""

    key: str
    rank: int
    title: Words
    severity: str


COLOURS = (
    Colour("red", 1, Words("红色", "red"), "Extreme"),
    Colour("orange", 2, Words("橙色", "orange"), "Severe"),
    Colour("yellow", 3, Words("黄色", "yellow"), "Moderate"),
    Colour("blue", 4, Words("蓝色", "blue"), "Minor"),
)


def colour(key: str) -> Colour:
    """The level with this key. Raises KeyError."""
    return {found.key: found for found in COLOURS}[key]


def identifier(region: str, industry: str, unit: str, extension: str, at: datetime, number: int = 0) -> str:
    """The identifier of a message: region (GB/T 2260, 6 digits), industry (3), unit (3), extension (2), second, number 0 to 9.

    `at` is written as it stands, in the time of its zone. Raises Fault.
    """
    made = f"{region}{industry}{unit}{extension}_{at:%Y%m%d%H%M%S}_{number}"
    if not FORM.match(made):
        told = gettext_noop(
            "“%(made)s” is no identifier by GB/T 35965.1: six, three, three and two digits, the second, one digit."
        )
        raise Fault("bad_identifier", told, {"made": made})
    return made
