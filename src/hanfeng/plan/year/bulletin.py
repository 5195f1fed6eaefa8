"""The bulletin (通报) of a round: how the bodies rank by a stated method, which tasks are red, which were closed.

What it tells is one dictionary in both languages, frozen in the round when the bulletin is issued.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.desk.wording import number_text, percent_text
from hanfeng.kernel.pure import Calendar, is_chinese
from hanfeng.kernel.record.models import Attachment, kind_of
from hanfeng.kernel.rule.calendar import calendar

from .ledger import Standing, reason_text, sentences, standings
from .models import Entry, Evidence, Round
from .models.rounds import EntryState
from .parameters import Rules, rules
from .running import days_late, end_of


@dataclass(frozen=True)
class Score:
    """The points of one entry: of timeliness and of quality, each of 100."""

    timeliness: float
    quality: float


def score(entry: Entry, closes: date, has_evidence: bool, held: Rules, days: Calendar | None = None) -> Score:
    """What an entry is worth. Not filed: nothing. Not accepted: nothing for quality."""
    if entry.filed_at is None:
        return Score(0, 0)
    late = days_late(closes, timezone.localtime(entry.filed_at).date(), days)
    timeliness = max(0.0, 100 - late * held.points_late_day)
    if entry.state != EntryState.ACCEPTED:
        return Score(timeliness, 0)
    lost = entry.returned * held.points_return
    lost += held.points_no_progress if entry.no_progress else 0 if has_evidence else held.points_no_evidence
    return Score(timeliness, max(0.0, 100 - lost))


def frozen(round_: Round, day: date | None = None) -> dict[str, Any]:
    """Everything the bulletin tells as of a day (today when none is given), ready to be kept."""
    today = day or timezone.localdate()
    held, end = rules(today), end_of(round_)
    entries = list(Entry.objects.filter(round=round_).select_related("task", "body"))
    proved = _proved(entries)
    shown = standings([entry.task for entry in entries], today, held)
    lights: dict[str, int] = {}
    for one in shown:
        lights[one.light] = lights.get(one.light, 0) + 1
    return {
        "day": today.isoformat(),
        "entries": len(entries),
        "filed": sum(entry.filed_at is not None for entry in entries),
        "in_time": sum(entry.filed_at is not None and entry.filed_at <= end for entry in entries),
        "accepted": sum(entry.state == EntryState.ACCEPTED for entry in entries),
        "returned": sum(entry.returned > 0 for entry in entries),
        "lights": lights,
        "rank": _ranked(entries, round_.closes, proved, held),
        "red": [_task(one) for one in shown if one.light == "red"],
        "closed": [_closed(entry, proved) for entry in entries if entry.closed],
        "overridden": [_task(one) for one in shown if one.override],
        "weight": held.weight_timeliness,
        "points": {
            "late_day": held.points_late_day,
            "return": held.points_return,
            "no_evidence": held.points_no_evidence,
            "no_progress": held.points_no_progress,
        },
        "demo": any(entry.demo for entry in entries),
    }


def _proved(entries: Sequence[Entry]) -> dict[int, int]:
    """How many files and records lie with each entry. Two queries."""
    keys = [entry.pk for entry in entries]
    files = Attachment.objects.filter(kind=kind_of(Entry), key__in=keys).values_list("key", flat=True)
    records = Evidence.objects.filter(entry__in=keys).values_list("entry", flat=True)
    found: dict[int, int] = {}
    for key in (*files, *records):
        found[key] = found.get(key, 0) + 1
    return found


def _ranked(entries: Iterable[Entry], closes: date, proved: Mapping[int, int], held: Rules) -> list[dict[str, Any]]:
    """The bodies, the best first; equal points share a place."""
    by_body: dict[int, list[Entry]] = {}
    for entry in entries:
        by_body.setdefault(entry.body_id, []).append(entry)
    days = calendar()
    lines = [_line(rows, closes, proved, held, days) for rows in by_body.values()]
    lines.sort(key=lambda line: (-line["points"], line["body_zh"]))
    for n, line in enumerate(lines):
        same = n and lines[n - 1]["points"] == line["points"]
        line["place"] = lines[n - 1]["place"] if same else n + 1
    return lines


def _line(
    rows: Sequence[Entry], closes: date, proved: Mapping[int, int], held: Rules, days: Calendar
) -> dict[str, Any]:
    scores = [score(entry, closes, entry.pk in proved, held, days) for entry in rows]
    timeliness = sum(one.timeliness for one in scores) / len(scores)
    quality = sum(one.quality for one in scores) / len(scores)
    points = held.weight_timeliness * timeliness + (1 - held.weight_timeliness) * quality
    filed = [entry for entry in rows if entry.filed_at]
    return {
        **_body(rows[0].body),
        "due": len(rows),
        "filed": len(filed),
        "late": sum(days_late(closes, timezone.localtime(e.filed_at).date(), days) > 0 for e in filed if e.filed_at),
        "missing": len(rows) - len(filed),
        "returned": sum(entry.returned > 0 for entry in rows),
        "timeliness": round(timeliness, 1),
        "quality": round(quality, 1),
        "points": round(points, 1),
        "grade": next((list(row[1:]) for row in held.grades if points >= float(row[0])), list(held.grades[-1][1:])),
    }


def _body(body: Body | None) -> dict[str, Any]:
    return {"body_zh": body.name if body else "", "body_en": (body.name_en or body.name) if body else ""}


def _said(entry: Any, **names: str) -> dict[str, str]:
    """The texts of an entry under other names, each in both languages where it is kept in both."""
    told = {key: getattr(entry, name, "") for key, name in names.items()}
    return told | {f"{key}_en": getattr(entry, f"{name}_en", "") for key, name in names.items()}


def _task(one: Standing) -> dict[str, Any]:
    return {
        "pk": one.task.pk,
        "number": one.task.number,
        "zh": one.task.title,
        "en": one.task.title_en or one.task.title,
        **_body(one.body),
        "computed": one.computed.key,
        "override": one.override,
        "why": [[code, {k: v.isoformat() if isinstance(v, date) else v for k, v in args.items()}]
                for code, args in one.computed.reasons],
        **_said(one.entry, reason="override_reason", problem="problem", next="next_step"),
    }  # fmt: skip


def _closed(entry: Entry, proved: Mapping[int, int]) -> dict[str, Any]:
    task = entry.task
    return {
        "pk": task.pk, "number": task.number, "zh": task.title, "en": task.title_en or task.title, **_body(entry.body),
        "evidence": proved.get(entry.pk, 0), **_said(entry, progress="progress"),
    }  # fmt: skip


def told(round_: Round) -> dict[str, Any]:
    """The bulletin as it was issued, else as it would be today."""
    return round_.told or frozen(round_)


def words_of(row: Mapping[str, Any], name: str) -> str:
    """A text of a frozen row in the reader's language."""
    english = "" if is_chinese(get_language() or "zh") else row.get(f"{name}_en", "")
    return str(english or row.get(name, ""))


def why_text(row: Mapping[str, Any]) -> str:
    """What a red light rests on, in the reader's language."""
    days = [
        (code, {k: date.fromisoformat(v) if k == "day" else v for k, v in args.items()}) for code, args in row["why"]
    ]
    return sentences(reason_text(code, args) for code, args in days)


def method_texts(bulletin: Mapping[str, Any]) -> list[str]:
    """The method of the ranking, sentence by sentence."""
    points = bulletin["points"]
    return [
        _("Points of a body = %(weight)s timeliness + %(rest)s quality, each the mean of its entries.")
        % {"weight": percent_text(bulletin["weight"], 0), "rest": percent_text(1 - bulletin["weight"], 0)},
        _("Timeliness: 100 points, %(n)s less for each working day late; nothing for an entry that was not filed.")
        % {"n": number_text(points["late_day"])},
        _(
            "Quality: 100 points for an accepted entry, %(back)s less for each return, %(bare)s less without evidence, "
            "%(idle)s less without progress; nothing for an entry that was not accepted."
        )
        % {
            "back": number_text(points["return"]),
            "bare": number_text(points["no_evidence"]),
            "idle": number_text(points["no_progress"]),
        },
        _("The weights and points are parameters of the plan office; no document sets them."),
    ]
