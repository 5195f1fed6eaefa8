"""One indicator in the report: what the plan wants, what is published, verdict and grounds, whom to ask, ledger, chart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hanfeng.kernel.desk.wording import MISSING, day_text, percent_text
from hanfeng.kernel.pure import Bound
from hanfeng.plan import charts, wording
from hanfeng.plan.assess import ASK, OPEN
from hanfeng.plan.assessed import Assessed, LedgerFigure, Value
from hanfeng.plan.contradictions import Found
from hanfeng.plan.fonts import NoFont, fonts
from hanfeng.plan.judging import Forecast, Shape

from .blocks import Block, Picture, Text, clauses, label, sentence

LEFT_OUT = (*ASK, "lead-annex", "other-place")
"""Reasons that stand elsewhere: whom to ask in its own line, leads and values of other places in the annex."""


def indicator(row: Assessed, disputes: Sequence[Found]) -> Iterator[Block]:
    """The blocks of one indicator."""
    target, value = row.target, row.judged_by
    base = _("no base stated") if target.base == MISSING else _("base %(base)s") % {"base": target.base}
    yield Text(sentence(clauses([target.goal, base])), lead=label(_("Target")))
    if value is not None:
        yield Text(sentence(_published(row, value)), lead=label(_("Latest published value")))
    yield Text(wording.sentences([sentence(row.verdict_title), *_grounds(row)]), lead=label(_("Verdict")))
    if course := list(_course(row)):
        yield Text(sentence(clauses(course)), lead=label(_("Planned course")))
    if row.verdict in OPEN:
        yield Text(row.ask, lead=label(_("Whom to ask")))
    if row.ledger:
        yield Text(sentence(wording.listed(map(_ledger, row.ledger))), lead=label(_("Ledger value")))
    for cause in row.causes:
        said = {"text": cause.text, "body": cause.name, "day": day_text(cause.day)}
        yield Text(_("%(text)s (given by %(body)s, %(day)s)") % said, lead=label(_("Cause")))
    if disputes:
        titles = clauses(found.title for found in disputes)
        yield Text(sentence(titles), lead=label(_("Where the plan disagrees with itself")))
    if row.judgement.sensitivity:
        yield Text(_sensitivity(row), "note")
    if charts.drawable(row, leads=False):
        caption = _("%(name)s (%(unit)s)") % {"name": row.name, "unit": target.unit}
        yield Picture(charts.spec(row, leads=False, font=_font()), charts.words(row), caption)


def _font() -> str:
    """The family of the charts; without one the drawing chooses, and a Word document leaves them out."""
    try:
        return fonts().sans
    except NoFont:
        return ""


def _published(row: Assessed, value: Value) -> str:
    """The value with place, day and source, both ratios, and the time elapsed at the date of the data."""
    judgement = row.judgement
    told = [wording.value_text(value)]
    if judgement.attainment is not None:
        told.append(_("attainment of the target %(share)s") % {"share": wording.share_text(judgement.attainment)})
    if row.increase is not None and wording.share_text(row.increase) != MISSING:
        told.append(_("progress from the base %(share)s") % {"share": wording.share_text(row.increase)})
    if judgement.elapsed is not None:
        told.append(_("time elapsed %(share)s") % {"share": percent_text(judgement.elapsed)})
    return clauses(told)


def _grounds(row: Assessed) -> Iterable[str]:
    """Why the verdict is what it is, or what keeps it open."""
    return row.why or tuple(said.text for said in row.reasons if said.code not in LEFT_OUT)


def _course(row: Assessed) -> Iterator[str]:
    """What was planned for the date of the data, what is needed from there, and what to expect."""
    judgement, growth = row.judgement, row.judgement.goal.shape is Shape.GROWTH
    if judgement.expected is not None and judgement.data_at is not None:
        said = {"value": _figure(row, judgement.expected), "day": day_text(judgement.data_at)}
        yield _("%(value)s was planned for %(day)s") % said
    if judgement.needed:
        unit = _("percentage points") if row.target.unit == "%" and not growth else "%" if growth else row.target.unit
        change = wording.figure(round(judgement.needed, row.target.decimals + 1), unit)
        yield (
            _("growth of %(change)s a year is needed") if growth else _("a change of %(change)s a year is needed")
        ) % {"change": change}
    if judgement.forecast is not None:
        yield _forecast(row, judgement.forecast)


def _figure(row: Assessed, value: float) -> str:
    unit = wording.unit_of(row.judgement.goal.shape, row.target.unit)
    return wording.figure(
        round(value, row.target.decimals + 1), unit, wording.decimals_of(Bound.exact(value), row.target.decimals)
    )


def _forecast(row: Assessed, found: Forecast) -> str:
    said = {
        "value": _figure(row, found.mid), "day": day_text(found.at), "low": _figure(row, found.low),
        "high": _figure(row, found.high), "level": percent_text(found.level, 0),
    }  # fmt: skip
    text = _("%(value)s is forecast for %(day)s (%(level)s band: %(low)s to %(high)s)") % said
    if found.chance is None:
        return text
    chance = _("the chance of reaching the target is %(chance)s") % {"chance": percent_text(found.chance, 0)}
    return clauses([text, chance])


def _ledger(figure: LedgerFigure) -> str:
    """A ledger figure with its day; an invented one with its mark."""
    value = wording.ledger_text(figure)
    said = {"series": figure.series_title, "value": value, "day": day_text(figure.at)}
    text = _("%(series)s %(value)s on %(day)s") % said
    mark = {"name": text, "mark": _("Demo data")}
    return pgettext("name and mark", "%(name)s (%(mark)s)") % mark if figure.demo else text


def _sensitivity(row: Assessed) -> str:
    """Whether the verdict would be another with other thresholds, and with which."""
    tried = [each for each in row.judgement.sensitivity if each.verdict is not None]
    told = [
        _("%(name)s at %(setting)s: %(verdict)s")
        % {
            "name": _setting(each.parameter),
            "setting": wording.setting_text(each.setting),
            "verdict": wording.verdict_title(each.verdict),
        }
        for each in tried
        if each.verdict is not None and each.verdict is not row.verdict
    ]
    if told:
        return sentence(label(_("With other thresholds")) + clauses(told))
    names = wording.listed(dict.fromkeys(_setting(each.parameter) for each in tried))
    return _("The verdict stays the same with the other settings tried (%(names)s).") % {"names": names}


def _setting(name: str) -> str:
    return wording.parameter_title(name)
