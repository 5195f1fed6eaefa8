"""Numbers of laws, standards and notices: dated, sourced, and honest about how sure we are."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from importlib.resources import files
from itertools import pairwise
from typing import Any, Generic, TypeVar

from hanfeng.kernel.base.words import Fault
from hanfeng.kernel.base.words import gettext_noop as _

V = TypeVar("V")


class Confidence(StrEnum):
    """How far a parameter may be relied on."""

    CONFIRMED = "confirmed"  # read in the document itself
    UNCONFIRMED = "unconfirmed"  # from memory or a secondary page; never shown as law
    OURS = "ours"  # chosen by this project, because no document says
    EXAMPLE = "example"  # one place's practice, or demo data


@dataclass(frozen=True)
class Parameter(Generic[V]):
    """One value in force from `valid_from` up to but without `valid_to`; None leaves that end open.

    `unit` is the word of the source (`%`, `working_day`, `CNY`), `source` the document with its number.
    """

    name: str
    value: V
    unit: str
    source: str
    clause: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    confidence: Confidence = Confidence.UNCONFIRMED
    note: str = ""

    def __post_init__(self) -> None:
        if self.valid_from and self.valid_to and not self.valid_from < self.valid_to:
            raise ValueError(f"{self.name}: valid_to {self.valid_to} must come after valid_from {self.valid_from}")

    def valid_on(self, day: date) -> bool:
        return (self.valid_from or date.min) <= day and (self.valid_to is None or day < self.valid_to)

    @property
    def span(self) -> str:
        """The time in force as ISO 8601 writes it, `..` for an open end."""
        return f"{self.valid_from or '..'}/{self.valid_to or '..'}"


class NoParameter(Fault):
    """No version is in force on that day; the sentence lists the spans that are known."""


class Dated(Generic[V]):
    """The versions of one parameter in order of time; versions may leave gaps but never overlap."""

    def __init__(self, *versions: Parameter[V]) -> None:
        if len({(version.name, version.unit) for version in versions}) != 1:
            named = ", ".join(f"{version.name} [{version.unit}]" for version in versions)
            raise ValueError(f"versions share one name and one unit, but here are: {named or 'none'}")
        self.versions = tuple(sorted(versions, key=lambda version: version.valid_from or date.min))
        for earlier, later in pairwise(self.versions):
            if earlier.valid_to is None or earlier.valid_to > (later.valid_from or date.min):
                text = "%s: %s (%s) and %s (%s) overlap; end the earlier where the later begins"
                raise ValueError(text % (self.name, earlier.span, earlier.source, later.span, later.source))

    @property
    def name(self) -> str:
        return self.versions[0].name

    def at(self, day: date) -> Parameter[V]:
        """The version in force on `day`."""
        for version in self.versions:
            if version.valid_on(day):
                return version
        known = ", ".join(version.span for version in self.versions)
        text = _("No value of %(name)s is in force on %(day)s; known spans: %(known)s. Add the version of that day.")
        raise NoParameter("no_parameter", text, {"name": self.name, "day": day, "known": known})

    def __iter__(self) -> Iterator[Parameter[V]]:
        return iter(self.versions)


Declared = tuple[Parameter[Any], str, str]
"""A parameter as a pack declares it, with its Chinese and its English title."""


def declared_parameters(package: str) -> tuple[Declared, ...]:
    """What `parameters.toml` of a package declares: a table a parameter with value, unit, note, zh and en.

    `source`, `starts` and `confidence` say where a number comes from; without them it is ours.
    """
    rows: dict[str, dict[str, Any]] = tomllib.loads((files(package) / "parameters.toml").read_text("utf-8"))
    return tuple((_parameter(name, row), row["zh"], row["en"]) for name, row in rows.items())


def _parameter(name: str, row: dict[str, Any]) -> Parameter[Any]:
    confidence = Confidence(row.get("confidence", Confidence.OURS))
    return Parameter(
        name, row["value"], row["unit"], row.get("source", ""), valid_from=row.get("starts"), confidence=confidence,
        note=row["note"],
    )  # fmt: skip
