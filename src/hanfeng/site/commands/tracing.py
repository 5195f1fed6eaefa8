"""`hanfeng trace`: each commitment of a plan, the clause that makes it, the packs and indicators that answer."""

from __future__ import annotations

from .terminal import Refused, _, emit, language, say


def show(plan: str | None, unserved: bool, form: str) -> None:
    """Print the trace of a plan (the county's default); with `unserved` only what no pack serves."""
    from hanfeng.plan.models import Plan
    from hanfeng.plan.trace import trace

    try:
        rows = trace(plan)
    except Plan.DoesNotExist as nothing:
        known = ", ".join(Plan.objects.values_list("slug", flat=True))
        text = _("There is no plan {plan}. There are: {plans}.")
        raise Refused(text.format(plan=plan, plans=known)) from nothing
    shown = [row for row in rows if not (unserved and row["packs"])]
    name = "zh" if language() == "zh-hans" else "en"
    columns = {
        "id": _("commitment"),
        name: _("name"),
        "kind": _("kind"),
        "clause": _("clause"),
        "packs": _("packs"),
        "indicators": _("indicators"),
    }
    emit(shown, columns, form)
    if form == "table":
        served = sum(bool(row["packs"]) for row in rows)
        say(_("{count} commitments, {served} served by a pack").format(count=len(rows), served=served), style="bold")
