"""What heavy pollution orders: the level that is reached, the warning that is out, the measures it brings, and the next step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hanfeng.kernel.api import Alert, AlertRule, WarningMessage
from hanfeng.kernel.pure import Words

from .alarms import HEAVY_EVENT
from .parameters import heavy
from .terms import STAGES

RANK = {name: number for number, name in enumerate(STAGES) if name}


def told(now: datetime, standing: Sequence[Alert], stage: int | None) -> dict[str, Any]:
    """The response as the face shows it; `stage` is the level reached by the values, None where it is not known."""
    rows = WarningMessage.objects.filter(event_code=HEAVY_EVENT, state="released", expires_at__gt=now)
    out = min(rows, key=lambda w: -RANK.get(w.colour, 0), default=None)
    plan = heavy(now.date())
    rules = _rules(now)
    ordered = RANK.get(out.colour, 0) if out else 0
    return {
        "stage": stage,
        "reached": _colour(stage) if stage else "",
        "reached_key": STAGES[stage] if stage else "",
        "out": out,
        "out_colour": out.get_colour_display() if out else "",
        "measures": _measures(rules.get(ordered or (stage or 0))),
        "ordered": bool(ordered),
        "levels": [_row(number, plan.value if plan else {}, rules, stage, ordered) for number in (1, 2, 3)],
        "source": plan.source if plan else "",
        "unsure": bool(plan and plan.confidence != "confirmed"),
        "next": _next(standing, stage or 0, ordered, out),
    }


def _rules(now: datetime) -> dict[int, AlertRule]:
    """The version in force of the rule of each level, whose plan of action is what that level orders."""
    day, found = now.date(), {}
    for rule in AlertRule.objects.filter(pack="air", code__startswith="air-stage-"):
        if (rule.starts is None or rule.starts <= day) and (rule.ends is None or day < rule.ends):
            found[int(rule.code[-1])] = rule
    return found


def _colour(stage: int) -> str:
    return {1: _("yellow level"), 2: _("orange level"), 3: _("red level")}[stage]


def _measures(rule: AlertRule | None) -> list[dict[str, str]]:
    language = get_language() or "zh"
    acts = rule.acts if rule else []
    return [
        {
            "text": Words(a["zh"], a.get("en", "")).get(language),
            "who": Words(a.get("who_zh", ""), a.get("who_en", "")).get(language),
        }
        for a in acts
    ]


def _row(number: int, conditions: Any, rules: dict[int, AlertRule], stage: int | None, ordered: int) -> dict[str, Any]:
    given = conditions.get(STAGES[number], {})
    join = _(" or ") if "any" in given else _(" and ")
    parts = [
        _("index of 24 hours above %(limit)s for %(hours)s hours") % {"limit": a, "hours": b}
        for a, b in given.get("any") or given.get("all") or ()
    ]
    return {
        "key": STAGES[number],
        "title": _colour(number),
        "when": join.join(parts) or "—",
        "measures": len(_measures(rules.get(number))),
        "reached": stage == number,
        "ordered": ordered == number,
        "url": rules[number].get_absolute_url() if number in rules else "",
    }


def _next(standing: Sequence[Alert], stage: int, ordered: int, out: WarningMessage | None) -> dict[str, str]:
    """The one thing to do now: {kind, text, url, link}."""
    new = [alert for alert in standing if alert.state == "new"]
    if stage > ordered:
        about = next((a for a in standing if a.rule.code == f"air-stage-{stage}"), None)
        incident = next((a.incident for a in standing if a.incident_id), None)
        text = _("The conditions of the %(level)s are reached and no warning of that level is out.") % {
            "level": _colour(stage)
        }
        if incident:
            return {
                "kind": "late",
                "text": text,
                "url": f"/alert/draft/?incident={incident.pk}",
                "link": _("Draft a warning"),
            }
        return {
            "kind": "late",
            "text": text,
            "url": about.get_absolute_url() if about else "/alert/",
            "link": _("Deal with it"),
        }
    if out and stage < ordered:
        text = _("The conditions of the warning that is out are no longer reached: consult about lifting it.")
        return {"kind": "watch", "text": text, "url": out.get_absolute_url(), "link": _("The warning")}
    if new:
        text = _("%(n)s alerts of the air wait to be acknowledged.") % {"n": len(new)}
        return {"kind": "watch", "text": text, "url": "/alert/", "link": _("Situation")}
    return {}
