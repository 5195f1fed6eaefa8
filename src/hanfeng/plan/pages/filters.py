"""Filters above a list that is already in memory: what may be chosen, what is chosen, which rows fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.http import QueryDict
from django.utils.translation import gettext as _

R = TypeVar("R")


@dataclass(frozen=True)
class Choice(Generic[R]):
    """One filter: its parameter in the address, its label, its (value, label) options, and whether a row fits a value."""

    name: str
    label: str
    options: Sequence[tuple[str, str]]
    fits: Callable[[R, str], bool]


def yes_no(name: str, label: str, yes: str, no: str, of: Callable[[R], bool]) -> Choice[R]:
    """A filter of two values."""
    return Choice(name, label, [("yes", yes), ("no", no)], lambda row, value: of(row) is (value == "yes"))


def words(asked: QueryDict) -> list[str]:
    """The words looked for, in small letters."""
    return asked.get("q", "").casefold().split()


def chosen(rows: Iterable[R], asked: QueryDict, choices: Sequence[Choice[R]]) -> list[R]:
    """The rows that fit all filters in force. A value that is no option finds nothing."""
    found = list(rows)
    for choice in choices:
        if value := asked.get(choice.name):
            known = any(value == option for option, _label in choice.options)
            found = [row for row in found if known and choice.fits(row, value)]
    return found


def shown(asked: QueryDict, choices: Sequence[Choice[Any]]) -> list[dict[str, Any]]:
    """The filters as desk/parts/filters.html draws them."""
    return [
        {
            "name": choice.name,
            "label": choice.label,
            "kind": "select",
            "value": asked.get(choice.name, ""),
            "options": [(value, label, asked.get(choice.name) == value) for value, label in choice.options],
        }
        for choice in choices
    ]


def in_force(asked: QueryDict, choices: Sequence[Choice[Any]]) -> bool:
    """Whether anything is filtered."""
    return bool(words(asked)) or any(asked.get(choice.name) for choice in choices)


def nothing(filtered: bool, title: str, text: str) -> dict[str, str]:
    """What an empty list says: that nothing fits the filters, or what is missing."""
    if filtered:
        return {"title": _("Nothing fits these filters"), "text": _("Take one away, or clear them all.")}
    return {"title": title, "text": text}
