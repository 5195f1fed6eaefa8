"""Why a judgement is what it is: codes with their facts, and the English sentence of each code.

`REASONS[code] % reason.args` is the English wording; pages render the same template through gettext. Days are dates,
ids, years and verdicts are tuples, what the sentence calls per cent is a number of per cent.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from hanfeng.kernel.pure import gettext_noop as _

REASONS: Mapping[str, str] = {
    # the goal
    "no-goal": _("The plan states no target value."),
    "no-end": _("The plan names no date for the target, so there is no schedule to compare with."),
    "no-base": _("The plan gives no base value, so progress since the base cannot be computed."),
    "base-missing": _("The target is a multiple of the base, and the base is not known."),
    "base-not-positive": _("The base is %(base)s; growth needs a base above zero."),
    "growth-no-end": _("A growth target without an end date cannot be compounded."),
    "too-large": _("The target %(goal)s is too large to compute with."),
    "base-equals-goal": _("The target %(goal)s equals the base, so it is judged as a line to hold."),
    "base-beyond-goal": _("The base %(base)s already meets the target %(goal)s, so it is judged as a line to hold."),
    "base-apart": _("The base is dated %(base_at)s, but the term starts on %(starts)s."),
    "index-base": _("No base amount is published; growth is followed as an index, base = 100."),
    # the values
    "no-value": _("No published value can be used."),
    "part-only": _("The newest value, dated %(at)s, covers only %(place)s and is a lower bound for the whole."),
    "part-newer": _(
        "The newer value for %(place)s, dated %(at)s, is a bound that does not decide; the last whole value does."
    ),
    "part-says-nothing": _("A value of a part of the place says nothing about the whole here: %(points)s."),
    "part-exceeds-whole": _(
        "A part (%(part)s) is larger than the whole (%(whole)s) on the same day; one of the two is wrong."
    ),
    "values-differ": _("Published values for %(at)s differ: %(points)s."),
    "increment-not-stock": _("Yearly increments are not added to a stock, because losses are not known: %(points)s."),
    "component-not-whole": _("Values of components do not judge: %(points)s."),
    "other-definition": _("Values under another definition do not judge: %(points)s."),
    "other-place": _("Values of other places do not judge: %(points)s."),
    "kind-unused": _("Values that this kind of target cannot use: %(points)s."),
    "press-unused": _("Press values do not judge under this method: %(points)s."),
    "ledger-beside": _(
        "The ledger value for %(at)s stands beside the confirmed value; it explains and does not judge."
    ),
    "ledger-only": _("Only ledger values exist; they explain and do not judge."),
    "lead-annex": _("Leads are listed in the annex and do not judge: %(points)s."),
    "press-value": _("The value comes from the press, not from the competent body."),
    "derived-value": _("The value is derived from published ones."),
    "about-value": _("The value was published as “about”; it may be off by %(slack).1f per cent."),
    "bound-value": _("The value was published as a bound."),
    "stale": _("The newest value is %(days)s days old."),
    "value-missing": _("The value for %(at)s is missing."),
    "year-missing": _("Years without a value: %(years)s."),
    "rate-gap": _("Yearly growth rates cannot be chained, because years are missing: %(years)s."),
    "growth-so-far": _("Average growth so far is %(rate).1f per cent a year; the target is %(goal).1f."),
    # the running scale
    "not-started": _("The term has not started."),
    "too-early": _("The value is dated no later than the base, so there is no pace yet."),
    "no-plan": _("No value is planned for the date of the data, so there is no pace."),
    "by-planned-value": _(
        "Judged by whether the planned value %(expected)s is kept; progress since the base has no measure here."
    ),
    "undecided": _("What is known leaves several verdicts open: %(possible)s."),
    "not-behind": _("Whatever the exact value, the goal was not behind schedule at the date of the data."),
    "may-fall": _("The target was reached at the date of the data; the value can still fall before the end."),
    "outside-range": _("The value is outside the range by %(distance)s."),
    "state-pending": _("The state is not reached yet, and the plan sets no stages to compare with."),
    # the end
    "end-value-missing": _("There is no value for the whole at the end of the term, %(at)s."),
    "release-awaited": _("The value is due for release on %(on)s."),
    "release-unknown": _("No release date is known; such values usually come within %(months)s months."),
    "release-passed": _("The release date %(on)s has passed."),
    "release-late": _("No value has come within %(months)s months after the end."),
    "reached-before-end": _(
        "The target was reached on %(at)s, but a later fall is possible, so this does not decide the end."
    ),
    "cannot-fall": _("The value cannot fall, so the bound of %(at)s decides before the end."),
    "value-after-end": _("The value is dated %(at)s, after the end of the term."),
    "later-unused": _("Values dated long after the end do not stand for it: %(points)s."),
    "at-least-met": _("The target is met; by how much is not known."),
    "nearly-met": _("The shortfall is within the tolerance of this method, %(tolerance).1f per cent."),
    "sum-passed": _("The limit for the sum is already passed."),
    # lines to hold
    "hold-years": _("Met in %(met)s of %(years)s years."),
    "hold-missed": _("Missed in: %(years)s. A missed year cannot be made good."),
    # the forecast
    "forecast-too-few": _("No forecast: %(points)s usable values, at least %(least)s are needed."),
    "forecast-no-spread": _("The values lie on one line, so the forecast has no band and no chance is given."),
    # whom to ask
    "ask": _("Ask %(whom)s for the value of the whole for %(at)s."),
    "ask-provider": _("Ask the data-providing body for the value of the whole for %(at)s."),
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
