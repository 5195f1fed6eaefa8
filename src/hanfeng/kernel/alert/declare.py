"""Rules as packs declare them, with their plan of action. What is declared is the first version; officers keep later ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from hanfeng.kernel.base.parameter import Confidence
from hanfeng.kernel.record.local import Note, as_words

from .engine import Kind


@dataclass(frozen=True)
class Act:
    """One step of a plan of action: what to do, who does it, within how many minutes of the alert."""

    zh: str
    en: str
    who_zh: str = ""
    who_en: str = ""
    minutes: int | None = None


@dataclass(frozen=True)
class Alarm:
    """A rule as a pack declares it.

    It looks at the datastreams with `property` (code of the observed property or of the series) of things of the pack, cut to
    `thing_kind` or `thing_code` where given. `severity` 1 is the gravest, 4 the slightest. `parts` are codes of other rules of
    the same thing, for a composite: all of them, or one with `any_part`. `source` and `clause` name the document of the limit,
    in both languages where they are words.
    """

    code: str
    zh: str
    en: str
    kind: Kind
    property: str = ""
    value: float = 0.0
    clear: float | None = None
    hold: int = 0
    release: int = 0
    span: int = 0
    severity: int = 3
    parts: tuple[str, ...] = ()
    any_part: bool = False
    thing_kind: str = ""
    thing_code: str = ""
    starts: date | None = None
    ends: date | None = None
    source: Note = ""
    clause: Note = ""
    confidence: Confidence = Confidence.UNCONFIRMED
    acts: tuple[Act, ...] = ()
    escalate_minutes: int | None = None


@dataclass(frozen=True)
class EventKind:
    """What a system may warn of: its code, its names, the CAP category, the levels it knows (the gravest first)."""

    code: str
    zh: str
    en: str
    category: str = "Env"
    colours: tuple[str, ...] = ("red", "orange", "yellow", "blue")


def load(declared: Iterable[tuple[str, Alarm]], by: Any = None) -> int:
    """Keep the declared rules (pack, rule) that no version of is kept yet; how many were new."""
    from django.conf import settings
    from django.utils.translation import gettext as _
    from django.utils.translation import override

    from hanfeng.kernel.record.write import save_many

    from .models import AlertRule

    known = set(AlertRule.everything.values_list("code", flat=True))
    rows = [_row(pack, alarm) for pack, alarm in declared if alarm.code not in known]
    if not rows:
        return 0
    with override(settings.LANGUAGE_CODE):
        title = _("alert rules")
    return save_many(rows, by, title=title, verb="load").batch.created


def _row(pack: str, alarm: Alarm) -> Any:
    from .models import AlertRule

    source, clause = as_words(alarm.source), as_words(alarm.clause)
    return AlertRule(
        code=alarm.code, pack=pack, title=alarm.zh, title_en=alarm.en, kind=alarm.kind, observes=alarm.property,
        thing_kind=alarm.thing_kind, thing_code=alarm.thing_code, value=alarm.value, clear=alarm.clear, hold=alarm.hold,
        release=alarm.release, span=alarm.span, parts=list(alarm.parts), any_part=alarm.any_part, severity=alarm.severity,
        starts=alarm.starts, ends=alarm.ends, source=source.zh, source_en=source.en, clause=clause.zh, clause_en=clause.en,
        confidence=alarm.confidence, escalate_minutes=alarm.escalate_minutes,
        acts=[{"zh": a.zh, "en": a.en, "who_zh": a.who_zh, "who_en": a.who_en, "minutes": a.minutes} for a in alarm.acts],
    )  # fmt: skip
