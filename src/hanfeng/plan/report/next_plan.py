"""Draft figures for the plan that follows: history, trend with its band, peers, three options with their reasons.

Nothing is proposed where the confirmed values are too few: then it is said what to ask from whom. An option is a proposal with
its method, never a target; the authority that issues the next plan sets those.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from django.utils.translation import gettext as _

from hanfeng.kernel.pure import Bound
from hanfeng.plan import wording
from hanfeng.plan.assessed import Assessed, Evaluation, Value
from hanfeng.plan.judging import Forecast, Point, Shape, Trust, forecast
from hanfeng.plan.vocabulary import measures

LEAST = 3
"""Confirmed values of the whole place that a trend needs (ours), the base among them."""

LEVEL = 0.8
"""Probability of the band (ours): nine in ten that the value lies above its lower edge, if the course goes on."""

COMPARED = (Shape.LEVEL, Shape.COVERAGE)
"""Forms whose figures can be compared between places of different size: shares and ratios, not counts and sums."""

SHAPES = (Shape.LEVEL, Shape.STOCK, Shape.AMOUNT, Shape.COVERAGE)
PRUDENT, TREND, AMBITIOUS = "prudent", "trend", "ambitious"


@dataclass(frozen=True)
class Term:
    """The time of the next plan: as long as this one, beginning the day after."""

    starts: date
    ends: date

    @property
    def years(self) -> int:
        return self.ends.year - self.starts.year + 1


@dataclass(frozen=True)
class Option:
    """One proposal: the figure at the end of the next plan, how it is reached, why one may choose it, what it rests on.

    `yearly` is the change a year it needs from the newest value: in the unit, or in per cent where `compound`.
    """

    kind: str
    title: str
    value: float
    yearly: float
    compound: bool
    method: str
    reason: str
    rests: tuple[str, ...]


@dataclass(frozen=True)
class Proposal:
    """What can be said of one indicator for the next plan; without options `ask` says what to ask from whom."""

    row: Assessed
    term: Term
    history: tuple[tuple[date, float, Value | None], ...]
    trend: Forecast | None
    peers: tuple[Value, ...]
    other: tuple[Value, ...]
    options: tuple[Option, ...]
    why_not: str = ""
    ask: str = ""

    @property
    def latest(self) -> tuple[date, float, Value | None]:
        """The newest value of the whole place."""
        return self.history[-1]


def next_term(evaluation: Evaluation) -> Term:
    """The time of the plan that follows."""
    plan = evaluation.plan
    years = plan.ends.year - plan.starts.year + 1
    starts = plan.ends + timedelta(days=1)
    return Term(starts, date(starts.year + years - 1, 12, 31))


def proposals(evaluation: Evaluation) -> tuple[Proposal, ...]:
    """A proposal for each main indicator, and for each other target of a measure that no main one has."""
    term, seen, found = next_term(evaluation), set[str](), []
    for row in (*evaluation.main, *evaluation.other):
        if row.target.measure not in seen and (row.main or row.judgement.goal.shape in SHAPES):
            seen.add(row.target.measure)
            found.append(_proposal(row, term, evaluation))
    return tuple(found)


def _proposal(row: Assessed, term: Term, evaluation: Evaluation) -> Proposal:
    history, other = _history(row), _other(row)
    peers = _peers(row, history)
    bare = Proposal(row, term, history, None, peers, other, ())
    if row.judgement.goal.shape not in SHAPES:
        return _refused(bare, _("A target of this form (%(shape)s) is set, not carried on from its values.")
                        % {"shape": row.target.shape_title}, evaluation)  # fmt: skip
    if len(history) < LEAST:
        return _refused(bare, _("Too few confirmed values of the whole place to see a course."), evaluation)
    trend = _trend(row, history, term)
    if trend is None:
        return _refused(bare, _("The confirmed values do not give a course."), evaluation)
    options = tuple(_options(row, history, trend, peers, term))
    return Proposal(row, term, history, trend, peers, other, options)


def _refused(bare: Proposal, why: str, evaluation: Evaluation) -> Proposal:
    row = bare.row
    whom = wording.listed(owed.name for owed in row.owed_by("data")) or wording.inside(row.target.competent)
    known = {day.year for day, _value, _source in bare.history}
    years = range(evaluation.plan.starts.year - 1, min(evaluation.plan.ends.year, evaluation.as_of.year) + 1)
    missing = [str(year) for year in years if year not in known]
    ask = _("Ask %(whom)s for the confirmed values of the whole place at the end of: %(years)s.") % {
        "whom": whom, "years": wording.listed(missing),
    }  # fmt: skip
    return Proposal(row, bare.term, bare.history, None, bare.peers, bare.other, (), why, ask if missing else row.ask)


# --- what is known --------------------------------------------------------------------------------------------------------


def _usable(value: Value) -> bool:
    return not value.demo and value.use != "lead" and value.bound.is_exact


def _history(row: Assessed) -> tuple[tuple[date, float, Value | None], ...]:
    """The single confirmed values of the whole place by day, the plan's base first where nothing else is known of its day."""
    found: dict[date, tuple[date, float, Value | None]] = {}
    goal = row.judgement.goal
    if goal.base is not None and goal.base_at is not None:
        found[goal.base_at] = (goal.base_at, goal.base, None)
    for value in row.history:
        if value.whole and _usable(value):
            found[value.at] = (value.at, value.bound.value or 0.0, value)
    return tuple(found[day] for day in sorted(found))


def compares(row: Assessed) -> bool:
    """Whether figures of other places say anything of this one."""
    return row.judgement.goal.shape in COMPARED


def _peers(row: Assessed, history: Sequence[tuple[date, float, Value | None]]) -> tuple[Value, ...]:
    """The newest single confirmed value of each other place, under the same definition, none older than the course."""
    newest: dict[str, Value] = {}
    first = history[0][0] if history else date.min
    for value in row.values:
        same = value.measure == row.target.measure and value.kind in ("level", "context")
        if same and value.at >= first and not value.whole and not value.part and _usable(value):
            kept = newest.get(value.place)
            if kept is None or kept.at < value.at:
                newest[value.place] = value
    return tuple(newest[place] for place in sorted(newest))


def _other(row: Assessed) -> tuple[Value, ...]:
    """Values under another definition: they break the series and are left out of the course."""
    return tuple(value for value in row.values if value.kind == "other_definition" and not value.demo)


def _falling(row: Assessed) -> bool:
    """Whether less is better."""
    known = measures().get(row.target.measure)
    return row.judgement.goal.comparison == "le" or (known is not None and known.direction == "down")


def _compound(row: Assessed) -> bool:
    """Stocks and amounts grow by a rate, percentages and ratios by points."""
    return row.judgement.goal.shape in (Shape.STOCK, Shape.AMOUNT) and row.target.unit != "%"


def _trend(row: Assessed, history: Sequence[tuple[date, float, Value | None]], term: Term) -> Forecast | None:
    points = [
        Point(value.id if value else "base", day, Bound.exact(figure), row.target.place, True, Trust.OFFICIAL)
        for day, figure, value in history
    ]
    top = 100.0 if row.target.unit == "%" else None
    return forecast(points, None, term.ends, compound=_compound(row), level=LEVEL, least=LEAST, within=(0.0, top))


# --- the options ----------------------------------------------------------------------------------------------------------


def _options(
    row: Assessed,
    history: Sequence[tuple[date, float, Value | None]],
    trend: Forecast,
    peers: Sequence[Value],
    term: Term,
) -> Iterator[Option]:
    """Three options: what is nearly sure if the course goes on, the course itself, and what asks for more."""
    used = tuple(value.id for _day, _figure, value in history if value)
    count = {"count": len(history)}
    yield _prudent(row, history, trend, term)
    yield _option(
        row, history, term, TREND, _("Course so far"), trend.mid,
        _("The line through %(count)s confirmed values, carried on to the end of the next plan.") % count,
        _("As likely to be passed as missed if nothing changes."), used,
    )  # fmt: skip
    yield _ambitious(row, history, trend, peers, term)


def _prudent(row: Assessed, history: Sequence[tuple[date, float, Value | None]], trend: Forecast, term: Term) -> Option:
    """The safe edge of the band; but where the course improves, nothing worse than what was reached."""
    used, latest = tuple(value.id for _day, _figure, value in history if value), history[-1][1]
    sure, falling = (trend.high, True) if _falling(row) else (trend.low, False)
    if (trend.mid < latest < sure) if falling else (sure < latest < trend.mid):
        return _option(
            row, history, term, PRUDENT, _("Prudent"), latest,
            _("The newest confirmed value; the safe edge of the band of 80 per cent lies behind it."),
            _("Keeps what was reached, although the values so far vary widely."), used[-1:],
        )  # fmt: skip
    return _option(
        row, history, term, PRUDENT, _("Prudent"), sure,
        _("The safe edge of the band of 80 per cent round the line through %(count)s confirmed values.")
        % {"count": len(history)},
        _("Nearly sure to be kept if the course so far goes on; asks for no more than now."), used,
    )  # fmt: skip


def _ambitious(
    row: Assessed,
    history: Sequence[tuple[date, float, Value | None]],
    trend: Forecast,
    peers: Sequence[Value],
    term: Term,
) -> Option:
    """The furthest of: the pace this plan wanted, the middle of the peers, the far edge of the band."""
    falling = _falling(row)
    used = tuple(value.id for _day, _figure, value in history if value)
    ways: list[tuple[float, str, str, tuple[str, ...]]] = []
    planned = _planned_pace(row, history[-1], term)
    if planned is not None:
        ways.append((planned, _("The pace that this plan wanted, carried on from the newest value."),
                     _("Keeps the effort that the district had promised."), used[-1:]))  # fmt: skip
    if peers and compares(row):
        middle = float(median(value.bound.value or 0.0 for value in peers))
        ways.append((middle, _("The middle of the newest confirmed values of %(count)s other places.") % {"count": len(peers)},
                     _("Reaches what others have reached already."), tuple(value.id for value in peers)))  # fmt: skip
    edge = trend.low if falling else trend.high
    ways.append((edge, _("The far edge of the band of 80 per cent round the line through %(count)s confirmed values.")
                 % {"count": len(history)}, _("Asks for more than the course so far; needs new measures."), used))  # fmt: skip
    value, method, reason, rests = (min if falling else max)(ways, key=lambda way: way[0])
    return _option(row, history, term, AMBITIOUS, _("Ambitious"), value, method, reason, rests)


def _planned_pace(row: Assessed, latest: tuple[date, float, Value | None], term: Term) -> float | None:
    """The newest value moved on by the yearly pace from base to target of the present plan."""
    goal = row.judgement.goal
    if goal.base is None or goal.base_at is None or goal.goal is None or goal.ends is None:
        return None
    span, ahead = (goal.ends - goal.base_at).days / 365.25, (term.ends - latest[0]).days / 365.25
    if span <= 0 or ahead <= 0:
        return None
    if _compound(row) and goal.base > 0 and goal.goal > 0:
        return float(latest[1] * (goal.goal / goal.base) ** (ahead / span))
    moved = latest[1] + (goal.goal - goal.base) / span * ahead
    return float(min(max(moved, 0.0), 100.0)) if row.target.unit == "%" else float(max(moved, 0.0))


def _option(
    row: Assessed, history: Sequence[tuple[date, float, Value | None]], term: Term, kind: str, title: str, value: float,
    method: str, reason: str, rests: tuple[str, ...],
) -> Option:  # fmt: skip
    at, latest, _source = history[-1]
    years = max((term.ends - at).days / 365.25, 0.5)
    value = round(value, row.target.decimals)
    compound = _compound(row) and latest > 0 and value > 0
    yearly = ((value / latest) ** (1 / years) - 1) * 100 if compound else (value - latest) / years
    return Option(kind, title, value, yearly, compound, method, reason, rests)
