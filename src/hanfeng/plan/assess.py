"""One target of a plan on one day: its goal, the values that bear on it, the judgement and its words."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hanfeng.kernel.desk.wording import day_text, fault_text, local_text
from hanfeng.kernel.indicator.models import Reading

from . import published, wording
from .assessed import Assessed, Given, Owed, Said, TargetLine, Value
from .duties import Owner
from .judging import Goal, Judgement, Shape, Verdict, judge
from .judging.clock import mark
from .judging.track import eve, origin, track_of
from .models import Cause, Contradiction, Duty, Plan, Revision, Target
from .parameters import Rules
from .published import Places
from .revising import revised
from .vocabulary import Measure

OPEN = (Verdict.UNJUDGED, Verdict.NOT_OUT, Verdict.UNKNOWN)
"""Verdicts that decide nothing: their targets say why and whom to ask."""

ASK = ("ask", "ask-provider")
FIRST = ("bad-target", "no-goal", "no-value", "ledger-only", "part-only")
"""Reasons that say before all others why a verdict is open."""

ASIDE = (
    *ASK, "revised",
    "press-value", "derived-value", "base-apart", "lead-annex", "other-place", "forecast-too-few", "forecast-no-spread",
)  # fmt: skip
"""Reasons that do not tell why a verdict is open."""

ADDING_UP = ("stock", "flow", "amount")
"""Forms of measures whose values add up over places, so that a part of the place is a lower bound."""


@dataclass(frozen=True)
class Known:
    """What is known of a plan on a day, read at once: readings by measure, owners and causes by target."""

    plan: Plan
    as_of: date
    rules: Rules
    measures: Mapping[str, Measure]
    places: Places
    readings: Mapping[str, Sequence[Reading]]
    owners: Mapping[int, Sequence[Owner]]
    causes: Mapping[int, Sequence[Cause]]
    contradictions: Sequence[Contradiction]
    revisions: Mapping[int, Sequence[Revision]] = field(default_factory=dict)

    def readings_for(self, measure: str) -> list[Reading]:
        """The readings of a measure, and those that stand beside it: its increments and components."""
        beside = sorted(m.id for m in self.measures.values() if measure in (m.increment_of, m.part_of))
        return [reading for name in (measure, *beside) for reading in self.readings.get(name, ())]


def assess(target: Target, known: Known) -> Assessed:
    """Judge one target and say it in words. The ledger is not read here: it is put beside the judgement later."""
    measure = known.measures[target.measure]
    versions = known.revisions.get(target.pk, ())
    printed, target = target, revised(target, versions, known.as_of)
    goal, fault = goal_of(target, known.plan, measure)
    bodies, release_on = _bodies(target, known), _release_on(target, measure)
    readings = known.readings_for(measure.id)
    points = [point for reading in readings if (point := published.point_of(reading, goal, measure, known.places))]
    whom = wording.listed(owed.name for owed in bodies if owed.role == Duty.Role.DATA) or wording.inside(
        measure.competent.get(_lang())
    )
    judgement = judge(
        goal, points, as_of=known.as_of, method=known.rules.method, release_on=release_on, ask=whom
    )  # fmt: skip
    if judgement.data_at and any(judgement.data_at < each.starts <= known.as_of for each in versions):
        # a value is judged by the target of its day: a version that came later does not judge what was before it
        target = revised(printed, versions, judgement.data_at)
        goal, fault = goal_of(target, known.plan, measure)
        judgement = judge(
            goal, points, as_of=known.as_of, method=known.rules.method, release_on=release_on, ask=whom
        )  # fmt: skip
    values = _values(readings, target, judgement, known)
    reasons = (*fault, *_reasons(judgement, values, measure, known), *_revised(versions, measure, known.as_of))
    opened = judgement.verdict in OPEN
    return Assessed(
        target=_line(target, measure, known),
        judgement=judgement,
        verdict_title=wording.verdict_title(judgement.verdict),
        values=tuple(value for value in values if value.use != "lead"),
        leads=tuple(value for value in values if value.use == "lead"),
        ledger=(),
        planned=planned(goal, known.rules),
        path_basis=_path_basis(target),
        release_on=release_on,
        release_confidence=measure.release_confidence,
        bodies=bodies,
        causes=_causes(target, known),
        contradictions=tuple(row.slug for row in known.contradictions if target.slug in row.targets),
        reasons=reasons,
        why=_why(reasons) if opened else (),
        ask=_ask(reasons, bodies) if opened else "",
    )


def _revised(versions: Sequence[Revision], measure: Measure, as_of: date) -> Iterable[Said]:
    """Each version of the target that holds by the day, with what it changed and on what basis."""
    for each in versions:
        if each.starts <= as_of:
            said = _(
                "From %(day)s the target is %(goal)s (%(basis)s); earlier values are judged by the target before it."
            )
            goal = wording.goal_text(revised(each.target, versions, each.starts), measure.decimals)
            yield Said("revised", said % {"day": day_text(each.starts), "goal": goal, "basis": each.basis})


def _lang() -> str:
    return get_language() or "zh"


def goal_of(target: Target, plan: Plan, measure: Measure) -> tuple[Goal, tuple[Said, ...]]:
    """The target as the judging engine reads it; one that contradicts itself has no goal and says so."""
    starts, binding = target.starts or plan.starts, target.nature == Target.Nature.BINDING
    bare = Goal(target.slug, Shape.LEVEL, None, None, None, None, starts, None, binding=binding, place=target.place)
    try:
        goal = replace(
            bare, shape=Shape(target.shape), base=target.base, base_at=target.base_date, goal=target.goal,
            goal_high=target.goal_high, ends=target.ends, comparison=target.comparison, path=_path(target),
            monotone=measure.target_means == "ever", counted=measure.form in ADDING_UP,
        )  # fmt: skip
    except ValueError as error:
        said = _("The target cannot be judged as it is entered (%(why)s): correct it in the records of the plan.")
        return bare, (Said("bad-target", said % {"why": fault_text(error)}),)
    return goal, ()


def _path(target: Target) -> tuple[tuple[date, float], ...]:
    """The target's own planned values by day."""
    return tuple((date.fromisoformat(row["date"]), float(row["value"])) for row in target.path)


def planned(goal: Goal, rules: Rules) -> tuple[tuple[date, float], ...]:
    """The planned course: where it starts, each year's end, and the end."""
    track, _remarks = track_of(goal, rules.method)
    if track is None or goal.ends is None or not track.knots:
        return ()
    first = goal.base_at if goal.base_at and mark(goal.base_at) >= origin(goal) else eve(goal.starts)
    days = [first, *(date(year, 12, 31) for year in range(goal.starts.year, goal.ends.year)), goal.ends]
    course = [(day, track.expected(day)) for day in dict.fromkeys(days) if day >= first]
    return tuple((day, value) for day, value in course if value is not None)


def _release_on(target: Target, measure: Measure) -> date | None:
    """The day the value of the end is due, as many months after it as the competent body takes."""
    return None if target.ends is None else release_day(target.ends, measure)


def release_day(day: date, measure: Measure) -> date | None:
    """The last day on which the value for `day` is due; None where the measure has no known release."""
    if measure.release_months is None:
        return None
    years, month = divmod(day.month - 1 + measure.release_months, 12)
    year, last = day.year + years, day.day == monthrange(day.year, day.month)[1]
    most = monthrange(year, month + 1)[1]
    return date(year, month + 1, most if last else min(day.day, most))


def _values(readings: Iterable[Reading], target: Target, judgement: Judgement, known: Known) -> tuple[Value, ...]:
    """The readings the judgement speaks of, and invented ones, which it does not know; oldest first."""
    told = {*judgement.used, *judgement.beside, *judgement.leads}
    chosen = [reading for reading in readings if reading.slug in told or reading.demo]
    values = [published.value_of(row, known.measures.get(row.measure), target.place, known.places) for row in chosen]
    return published.used_as(sorted(values, key=lambda value: (value.at, value.id)), judgement.used)


def _reasons(judgement: Judgement, values: Iterable[Value], measure: Measure, known: Known) -> Iterable[Said]:
    unit = wording.unit_of(judgement.goal.shape, measure.unit.get(_lang()))
    facts = wording.Facts({value.id: value for value in values}, known.places.names, unit, measure.decimals)
    return [Said(reason.code, wording.reason_text(reason, facts)) for reason in judgement.reasons]


def _line(target: Target, measure: Measure, known: Known) -> TargetLine:
    lang, unit = _lang(), measure.unit.get(_lang())
    return TargetLine(
        slug=target.slug, no=target.no, name=local_text(target), url=target.get_absolute_url(),
        clauses=tuple(target.clauses), measure=measure.id, measure_name=measure.name(), meaning=measure.meaning.get(lang),
        formula=measure.formula.get(lang), scope=measure.scope.get(lang), nature=target.nature,
        nature_title=str(target.get_nature_display()), shape=target.shape, shape_title=str(target.get_shape_display()),
        unit=unit, decimals=measure.decimals, place=target.place, place_name=known.places.names.get(target.place, target.place),
        base=wording.base_text(target, unit, measure.decimals), goal=wording.goal_text(target, measure.decimals),
        note=local_text(target, "note"), competent=measure.competent.get(lang),
    )  # fmt: skip


def _path_basis(target: Target) -> str:
    """Why the planned course is as it is; nothing where the target has no path of its own."""
    return next((local_text(row, "basis") for row in target.path if local_text(row, "basis")), "")


def _bodies(target: Target, known: Known) -> tuple[Owed, ...]:
    """Who owes what for a target on the day, lead bodies first."""
    return tuple(
        Owed(owner.role, str(owner.duty.get_role_display()), owner.body.slug, local_text(owner.body))
        for owner in known.owners.get(target.pk, ())
    )


def _causes(target: Target, known: Known) -> tuple[Given, ...]:
    given = [cause for cause in known.causes.get(target.pk, ()) if cause.day <= known.as_of]
    return tuple(Given(local_text(row, "text"), row.body.slug, local_text(row.body), row.day) for row in given)


def _why(reasons: Iterable[Said]) -> tuple[str, ...]:
    """What keeps the verdict open, the most telling reason first."""
    told = [reason for reason in reasons if reason.code not in ASIDE]
    return tuple(reason.text for reason in sorted(told, key=lambda reason: reason.code not in FIRST))


def _ask(reasons: Iterable[Said], bodies: Iterable[Owed]) -> str:
    """Whom to ask for what, and that nobody is named for the data where that is so."""
    said = [reason.text for reason in reasons if reason.code in ASK]
    if said and not any(owed.role == Duty.Role.DATA for owed in bodies):
        said.append(_("No data-providing body has been assigned to this target."))
    return wording.sentences(said)
