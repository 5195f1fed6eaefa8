"""Evidence beside files: figures counted from the registers of the packs, and single records, linked by their address."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import override

from hanfeng.kernel.desk.figures import figure_url
from hanfeng.kernel.indicator.indicator import Indicator, count
from hanfeng.kernel.pack import Pack, catalogue
from hanfeng.kernel.record.models import kind_of
from hanfeng.kernel.record.write import save
from hanfeng.kernel.roles import visible

from .models import Entry, Evidence

ADDRESS = re.compile(r"^(?:https?://[^/]+)?/(?P<pack>[\w-]+)/(?P<desk>[\w-]+)/(?P<pk>\d{1,18})/?$")


def _figures(entry: Entry) -> Iterator[tuple[Pack, Indicator]]:
    """The indicators that can speak for a task: of its measure, and of the packs that serve one of its commitments."""
    ids = set(entry.task.ids)
    for pack in catalogue():
        for found in pack.indicators:
            if (entry.task.measure and found.measure == entry.task.measure) or ids.intersection(pack.serves):
                yield pack, found


def offered(entry: Entry) -> list[tuple[str, str]]:
    """The figures a contact can tick, by name and title."""
    return [(found.name, f"{found.title} · {pack.title}") for pack, found in _figures(entry)]


def _titles(*parts: Any) -> dict[str, str]:
    """A title in both languages; its parts are told anew in each."""

    def told(language: str) -> str:
        with override(language):
            return " · ".join(map(str, parts))[:200]

    return {"title": told("zh-hans"), "title_en": told("en")}


def link_figures(entry: Entry, names: Iterable[str], by: Any) -> int:
    """Count these figures for the period of the round and keep each as evidence with its rows behind it; returns how many."""
    known = {found.name: found for _pack, found in _figures(entry)}
    period, linked = entry.round.period, 0
    for name in names:
        address = figure_url(known[name], period)
        if Evidence.objects.filter(entry=entry, address=address).exists():
            continue
        value = count(known[name], period).value
        titles = _titles(known[name].title)
        save(Evidence(entry=entry, **titles, indicator=name, value=value, address=address, demo=entry.demo), by)
        linked += 1
    return linked


def link_record(entry: Entry, address: str, by: Any) -> Evidence:
    """Link a record by the address of its page. Raises ValidationError where there is none that this person may see."""
    match = ADDRESS.match(address)
    desk = match and next(
        (d for p in catalogue() for d in p.desks
         if p.name == match["pack"] and d.slug == match["desk"] and d.model._meta.app_label == p.name),
        None,
    )  # fmt: skip
    record = visible(desk.model, by).filter(pk=int(match["pk"])).first() if match and desk else None
    if record is None or desk is None:
        raise ValidationError(
            {"record": _("There is no record at “%(address)s” that you may see.") % {"address": address}}
        )
    linked = Evidence(
        entry=entry, **_titles(desk.model._meta.verbose_name, record), kind=kind_of(record), key=record.pk,
        value=1, address=desk.at(record), demo=entry.demo,
    )  # fmt: skip
    if not Evidence.objects.filter(entry=entry, address=linked.address).exists():
        save(linked, by)
    return linked
