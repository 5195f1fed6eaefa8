"""Why a judgement is what it is: codes with their facts, and the English sentence of each code.

`REASONS[code] % reason.args` is the English wording; pages render the same template through gettext. Days are dates,
ids, years and verdicts are tuples, what the sentence calls per cent is a number of per cent.
"""

from collections.abc import Mapping
from dataclasses import dataclass

REASONS: Mapping[str, str] = {
    # the goal
    "no-goal": "The plan states no target value.",
    "no-end": "The plan names no date for the target, so there is no schedule to compare with.",
    "no-base": "The plan gives no base value, so progress since the base cannot be computed.",
    "base-missing": "The target is a multiple of the base, and the base is not known.",
    "base-not-positive": "The base is %(base)s; growth needs a base above zero.",
    "growth-no-end": "A growth target without an end date cannot be compounded.",
    "too-large": "The target %(goal)s is too large to compute with.",
    "base-equals-goal": "The target %(goal)s equals the base, so it is judged as a line to hold.",
    "base-beyond-goal": "The base %(base)s already meets the target %(goal)s, so it is judged as a line to hold.",
    "base-apart": "The base is dated %(base_at)s, but the term starts on %(starts)s.",
    "index-base": "No base amount is published; growth is followed as an index, base = 100.",
    # the values
    "no-value": "No published value can be used.",
    "part-only": "The newest value, dated %(at)s, covers only %(place)s and is a lower bound for the whole.",
    "part-newer": "The newer value for %(place)s, dated %(at)s, is a bound that does not decide; the last whole value does.",
    "part-says-nothing": "A value of a part of the place says nothing about the whole here: %(points)s.",
    "part-exceeds-whole": "A part (%(part)s) is larger than the whole (%(whole)s) on the same day; one of the two is wrong.",
    "values-differ": "Published values for %(at)s differ: %(points)s.",
    "increment-not-stock": "Yearly increments are not added to a stock, because losses are not known: %(points)s.",
    "component-not-whole": "Values of components do not judge: %(points)s.",
    "other-definition": "Values under another definition do not judge: %(points)s.",
    "other-place": "Values of other places do not judge: %(points)s.",
    "kind-unused": "Values that this kind of target cannot use: %(points)s.",
    "press-unused": "Press values do not judge under this method: %(points)s.",
    "ledger-beside": "The ledger value for %(at)s stands beside the confirmed value; it explains and does not judge.",
    "ledger-only": "Only ledger values exist; they explain and do not judge.",
    "lead-annex": "Leads are listed in the annex and do not judge: %(points)s.",
    "press-value": "The value comes from the press, not from the competent body.",
    "derived-value": "The value is derived from published ones.",
    "about-value": "The value was published as “about”; it may be off by %(slack).0f per cent.",
    "bound-value": "The value was published as a bound.",
    "stale": "The newest value is %(days)s days old.",
    "value-missing": "The value for %(at)s is missing.",
    "year-missing": "Years without a value: %(years)s.",
    "rate-gap": "Yearly growth rates cannot be chained, because years are missing: %(years)s.",
    "growth-so-far": "Average growth so far is %(rate).1f per cent a year; the target is %(goal).1f.",
    # the running scale
    "not-started": "The term has not started.",
    "too-early": "The value is dated no later than the base, so there is no pace yet.",
    "no-plan": "No value is planned for the date of the data, so there is no pace.",
    "by-planned-value": "Judged by whether the planned value %(expected)s is kept; progress since the base has no measure here.",
    "undecided": "What is known leaves several verdicts open: %(possible)s.",
    "not-behind": "Whatever the exact value, the goal was not behind schedule at the date of the data.",
    "may-fall": "The target was reached at the date of the data; the value can still fall before the end.",
    "outside-range": "The value is outside the range by %(distance)s.",
    "state-pending": "The state is not reached yet, and the plan sets no stages to compare with.",
    # the end
    "end-value-missing": "There is no value for the whole at the end of the term, %(at)s.",
    "release-awaited": "The value is due for release on %(on)s.",
    "release-unknown": "No release date is known; such values usually come within %(months)s months.",
    "release-passed": "The release date %(on)s has passed.",
    "release-late": "No value has come within %(months)s months after the end.",
    "reached-before-end": "The target was reached on %(at)s, but a later fall is possible, so this does not decide the end.",
    "cannot-fall": "The value cannot fall, so the bound of %(at)s decides before the end.",
    "value-after-end": "The value is dated %(at)s, after the end of the term.",
    "later-unused": "Values dated long after the end do not stand for it: %(points)s.",
    "at-least-met": "The target is met; by how much is not known.",
    "nearly-met": "Met but for %(tolerance).0f per cent of the planned change, a tolerance of this method.",
    "sum-passed": "The limit for the sum is already passed.",
    # lines to hold
    "hold-years": "Met in %(met)s of %(years)s years.",
    "hold-missed": "Missed in: %(years)s. A missed year cannot be made good.",
    # the forecast
    "forecast-too-few": "No forecast: %(points)s usable values, at least %(least)s are needed.",
    "forecast-no-spread": "The values lie on one line, so the forecast has no band and no chance is given.",
    # whom to ask
    "ask": "Ask %(whom)s for the value of the whole for %(at)s.",
    "ask-provider": "Ask the data-providing body for the value of the whole for %(at)s.",
}


@dataclass(frozen=True)
class Reason:
    """One code of REASONS with the facts that its sentence names."""

    code: str
    args: Mapping[str, object]

    def __str__(self) -> str:
        """The English sentence, for logs and terminals."""
        return REASONS[self.code] % {name: _plain(value) for name, value in self.args.items()}


def _plain(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else value
