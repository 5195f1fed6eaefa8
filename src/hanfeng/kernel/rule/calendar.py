"""The calendar of working days, read from its records and kept until one of them changes."""

from __future__ import annotations

from functools import lru_cache

from django.db.models import Max

from hanfeng.kernel.base.clocks import Calendar

from .models import Day


def calendar() -> Calendar:
    """The holidays and make-up days of the loaded years; beyond them Monday to Friday stand in, which `covers()` tells."""
    state = Day.everything.aggregate(Max("changed_at"), Max("pk"))
    return _read(state["changed_at__max"], state["pk__max"])


@lru_cache(maxsize=2)
def _read(changed: object, last: object) -> Calendar:
    days = list(Day.objects.values_list("date", "kind"))
    return Calendar(
        holidays=frozenset(d for d, kind in days if kind == Day.Kind.HOLIDAY),
        workdays=frozenset(d for d, kind in days if kind == Day.Kind.WORKDAY),
    ).provisional()
