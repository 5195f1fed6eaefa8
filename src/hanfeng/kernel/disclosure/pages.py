"""What an edition says, for whoever decides on it, and for everybody once it is published."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from hanfeng.kernel.base.period import Period
from hanfeng.kernel.desk.desk import text_of
from hanfeng.kernel.desk.figures import labels
from hanfeng.kernel.pack import find
from hanfeng.kernel.portal.flow import APPROVER
from hanfeng.kernel.roles import holds

from .flow import State
from .models import Edition


def tail(request: HttpRequest, edition: Edition) -> dict[str, Any]:
    """The content of an edition. A draft is for who releases it: two drafts side by side were not judged together."""
    opens = edition.state == State.RELEASED or holds(request.user, APPROVER)
    return {"tables": list(_tables(edition)) if opens else []}


def _tables(edition: Edition) -> Iterator[dict[str, Any]]:
    pack = find(edition.pack)
    for found in pack.indicators if pack else ():
        told = edition.content.get(found.name)
        if told is None:
            continue
        model = found.compute(Period.parse(edition.period)).rows.model
        parts = []
        for dimension in found.by:
            label = labels(model, dimension.field)
            rows = [
                {"label": text_of(label(key)) if key else _("not stated"), "value": value, "out": bool(out)}
                for key, value, out in told["parts"].get(dimension.field, ())
            ]
            parts.append({"title": dimension.title, "rows": rows, "out": sum(row["out"] for row in rows)})
        yield {
            "title": found.title, "unit": found.unit, "decimals": found.decimals, "value": told["value"], "parts": parts,
        }  # fmt: skip
