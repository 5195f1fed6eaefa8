"""What a leader reads in ten seconds: one computed sentence, the worst three, what is due next, published ranks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from hanfeng.kernel.desk.wording import day_text, number_text
from hanfeng.kernel.pure import is_chinese

from .assess import OPEN, release_day
from .assessed import Assessed, Evaluation, Owed, Rank
from .judging import Verdict
from .vocabulary import measures
from .wording import figure, listed, verdict_title

LATE = (Verdict.MISSED, Verdict.BEHIND)
ORDER = (
    Verdict.MISSED, Verdict.BEHIND, Verdict.NEARLY, Verdict.ON, Verdict.AHEAD, Verdict.EARLY, Verdict.MET, Verdict.EXCEEDED,
    Verdict.NOT_OUT, Verdict.UNJUDGED, Verdict.UNKNOWN,
)  # fmt: skip
"""The order in which verdicts are told: bad news first, open ones last."""

AHEAD_DAYS = 180
"""How far ahead the next releases are listed."""


@dataclass(frozen=True)
class Worst:
    """A target that needs attention, who owes it (lead and responsible bodies; none: not assigned), and why it stands here."""

    row: Assessed
    owed_by: tuple[Owed, ...]
    text: str


@dataclass(frozen=True)
class Due:
    """A value expected on a day: for which target, of which period, from whom; `late` when the day has passed."""

    on: date
    slug: str
    name: str
    url: str
    value_at: date
    whom: str
    late: bool
    confirmed: bool


@dataclass(frozen=True)
class Part:
    """A piece of the sentence; `kind` is the verdict it counts, empty for the words between."""

    text: str
    kind: str = ""


def headline(evaluation: Evaluation) -> str:
    """The state of the plan in one computed sentence: where its targets stand, which is furthest behind, what has no value."""
    lead = _("As of %(day)s, %(plan)s: ") % {"day": day_text(evaluation.as_of), "plan": evaluation.plan.short}
    return lead + "".join(part.text for part in headline_parts(evaluation))


def headline_parts(evaluation: Evaluation) -> tuple[Part, ...]:
    """The sentence in pieces, without the day and the name of the plan. Expected and binding targets are counted apart."""
    clauses = [told for nature in ("binding", "expected") if (told := _counts(evaluation, nature))]
    clauses += [[Part(text)] for text in (*_furthest(evaluation), *_without(evaluation.targets))]
    stop = pgettext("sentence", "%(text)s.") % {"text": ""}
    return (*_joined(clauses, pgettext("between the parts of a sentence", "; ")), Part(stop))


def _joined(clauses: Sequence[Sequence[Part]], between: str) -> list[Part]:
    found: list[Part] = []
    for clause in clauses:
        found += [Part(between), *clause] if found else clause
    return found


def _counts(evaluation: Evaluation, nature: str) -> list[Part]:
    """How the targets of one kind stand; nothing where there are none."""
    rows = [row for row in evaluation.targets if row.target.nature == nature]
    if not rows:
        return []
    if nature == "binding":
        text = ngettext("of %(count)s binding target ", "of %(count)s binding targets ", len(rows))
    else:
        text = ngettext("of %(count)s expected target ", "of %(count)s expected targets ", len(rows))
    counts = [(verdict, sum(1 for row in rows if row.verdict is verdict)) for verdict in ORDER]
    told = [[Part(_count(verdict, count), verdict.value)] for verdict, count in counts if count]
    return [Part(text % {"count": len(rows)}), *_joined(told, pgettext("between the parts of a list", ", "))]


def _count(verdict: Verdict, count: int) -> str:
    title = verdict_title(verdict)
    words = {"verdict": title if is_chinese(get_language() or "zh") else title.lower(), "count": count}
    return pgettext("verdict and count", "%(verdict)s %(count)s") % words


def _furthest(evaluation: Evaluation) -> list[str]:
    late = [found for found in worst(evaluation, 1) if found.row.verdict in LATE]
    return [_("furthest behind is %(name)s") % {"name": found.row.name} for found in late]


def _without(rows: Sequence[Assessed]) -> list[str]:
    count = sum(1 for row in rows if row.judgement.point is None)
    text = ngettext(
        "%(count)s of them has no published value to judge by",
        "%(count)s of them have no published value to judge by",
        count,
    )
    return [text % {"count": count}] if count else []


def worst_rule() -> str:
    """The rule by which `worst` orders, for the page to state."""
    return _(
        "Binding targets first; then those not reached or behind, the slowest first; then those that cannot be judged, "
        "the oldest value first and those without any before them."
    )


def worst(evaluation: Evaluation, n: int = 3) -> tuple[Worst, ...]:
    """The targets that most need attention, by `worst_rule`; fewer than `n` where fewer are late or open."""
    wanting = [row for row in evaluation.targets if row.verdict in (*LATE, *OPEN)]
    order = {row.slug: place for place, row in enumerate(evaluation.targets)}
    first = sorted(wanting, key=lambda row: (*_severity(row), order[row.slug]))[:n]
    return tuple(Worst(row, (*row.owed_by("lead"), *row.owed_by("responsible")), _short(row)) for row in first)


def _severity(row: Assessed) -> tuple[bool, bool, float]:
    judgement, at = row.judgement, row.judgement.data_at
    if row.verdict in LATE:
        shares = (judgement.pace, judgement.progress, judgement.attainment)
        share = next((share.high for share in shares if share is not None and share.high is not None), 0.0)
        return not judgement.goal.binding, False, share
    return not judgement.goal.binding, True, 0.0 if at is None else at.toordinal()


def _short(row: Assessed) -> str:
    """In a few words why it stands here."""
    if row.verdict in OPEN:
        return row.why[0] if row.why else row.verdict_title
    gap, target = row.judgement.gap, row.target
    if gap is None or gap.value is None:
        return row.verdict_title
    unit = _("percentage points") if target.unit == "%" else target.unit
    return _("%(gap)s short of the target") % {"gap": figure(abs(gap.value), unit, target.decimals)}


def due(evaluation: Evaluation, days: int = AHEAD_DAYS) -> tuple[Due, ...]:
    """Which values are to be published within so many days, and which should be out and are not; the earliest first."""
    found: dict[tuple[str, date], Due] = {}
    for row in evaluation.targets:
        for expected in _expected(row, evaluation, days):
            found.setdefault((row.target.measure, expected.value_at), expected)
    return tuple(sorted(found.values(), key=lambda each: (each.on, each.slug)))


def _expected(row: Assessed, evaluation: Evaluation, days: int) -> Iterator[Due]:
    """The newest value that is late, and the next that is coming."""
    goal, measure = row.judgement.goal, measures()[row.target.measure]
    known = max((value.at for value in row.values if value.whole and value.use == "judges"), default=date.min)
    ends = [date(year, 12, 31) for year in range(goal.starts.year, (goal.ends or evaluation.as_of).year + 1)]
    released = [(day, on) for day in ends if day > known and (on := release_day(day, measure))]
    passed = [pair for pair in released if pair[1] <= evaluation.as_of][-1:]
    coming = [pair for pair in released if evaluation.as_of < pair[1] <= evaluation.as_of + timedelta(days=days)][:1]
    for value_at, on in [*passed, *coming]:
        whom = listed(owed.name for owed in row.owed_by("data")) or row.target.competent
        late, sure = on <= evaluation.as_of, measure.release_confidence == "confirmed"
        yield Due(on, row.slug, row.name, row.target.url, value_at, whom, late, sure)


def rank_and_trend(evaluation: Evaluation) -> tuple[str, ...]:
    """Published ranks in words, each with the one before; nothing is ranked by the platform itself."""
    return tuple(map(rank_text, evaluation.ranks))


def rank_text(rank: Rank) -> str:
    """A published rank in words, with the one before it."""
    value = rank.value
    place = {"measure": value.measure_name, "rank": number_text(value.bound.value), "period": value.period}
    text = _("%(measure)s: place %(rank)s (%(period)s)") % place
    if rank.before is not None:
        before = {"rank": number_text(rank.before.bound.value), "period": rank.before.period}
        text = listed([text, _("before that place %(rank)s (%(period)s)") % before])
    return listed([text, _("to be verified")]) if rank.lead else text
