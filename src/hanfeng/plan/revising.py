"""A target as it stood on a day: what the plan printed, changed by the versions that were in force by then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from datetime import date
from itertools import groupby

from .models import Revision, Target

CHANGED = ("goal", "goal_high", "ends", "path")
"""What a version may change; what it leaves empty stays as it was."""


def revised(target: Target, versions: Sequence[Revision], day: date) -> Target:
    """The target of a day: itself where no version was in force by then, else a copy that is never written."""
    held = [each for each in sorted(versions, key=lambda each: each.starts) if each.starts <= day]
    if not held:
        return target
    found = copy(target)
    for each in held:
        for name in CHANGED:
            if (value := getattr(each, name)) not in (None, []):
                setattr(found, name, value)
    return found


def revisions(targets: Iterable[Target]) -> dict[int, list[Revision]]:
    """The versions of these targets, by the key of the target, the oldest first. One query."""
    by_key = {target.pk: target for target in targets}
    rows = list(Revision.objects.filter(target__in=by_key).order_by("target", "starts", "pk"))
    for row in rows:
        row.target = by_key[row.target_id]
    return {pk: list(group) for pk, group in groupby(rows, key=lambda row: row.target_id)}
