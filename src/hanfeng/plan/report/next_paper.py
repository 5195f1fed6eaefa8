"""The draft figures of the next plan as a paper: every number linked, every option with its method."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from hanfeng.kernel.desk.wording import MISSING, bound_words
from hanfeng.kernel.pure import Bound
from hanfeng.plan import wording
from hanfeng.plan.assessed import Evaluation, Value

from . import figures as fig
from .linked import Block, Draft, Linked, Numbering, Paragraph, Run, Runs, Table, joined, say
from .next_plan import LEVEL, Option, Proposal, Term, compares, next_term, proposals
from .official import heading, sentences


def next_paper(evaluation: Evaluation) -> Draft:
    """The paper in the language of the evaluation."""
    with override(evaluation.language):
        title = _title(evaluation)
        return Draft(evaluation.language, tuple(_blocks(evaluation, title)), title=title)


def _title(evaluation: Evaluation) -> str:
    return _("Draft figures for the plan that follows %(plan)s") % {
        "plan": pgettext("title of a plan in a text", "“%(title)s”") % {"title": evaluation.plan.title}
    }


def _blocks(evaluation: Evaluation, title: str) -> Iterator[Block]:
    term, found, counted = next_term(evaluation), proposals(evaluation), Numbering()
    open_ones, refused = [p for p in found if p.options], [p for p in found if not p.options]
    yield Paragraph("title", (fig.words(title, f"plan:{evaluation.plan.slug}.title"),))
    yield heading(1, counted, _("Basis and method"))
    yield Paragraph("body", sentences(list(_basis(evaluation, term, found, open_ones))))
    yield heading(1, counted, _("Indicators with draft figures"))
    if not open_ones:
        yield Paragraph("body", (_("No indicator has enough confirmed values yet."),))
    for proposal in open_ones:
        yield _named(counted, proposal)
        yield Paragraph("body", sentences(list(_course(proposal))))
        yield _options(proposal)
    yield heading(1, counted, _("Indicators without draft figures, and what to ask"))
    if not refused:
        yield Paragraph("body", (_("None."),))
    for proposal in refused:
        yield Paragraph("body", sentences(list(_refusal(proposal))))
    yield Paragraph("signature", (evaluation.plan.issuer,))
    yield Paragraph("date", (fig.day("report.as_of", evaluation.as_of),))


def _named(counted: Numbering, proposal: Proposal) -> Paragraph:
    bare = heading(2, counted, "").runs
    return Paragraph("level2", joined([bare, (fig.name(proposal.row),)]))


def _year(key: str, day: date) -> Linked:
    return Linked(key, "day", str(day.year))


def _basis(
    evaluation: Evaluation, term: Term, found: Sequence[Proposal], open_ones: Sequence[Proposal]
) -> Iterator[Runs]:
    yield say(
        _("The next plan is taken to run from %(first)s to %(last)s. Only confirmed values known on %(day)s are used."),
        first=_year("next.starts", term.starts), last=_year("next.ends", term.ends),
        day=fig.day("report.as_of", evaluation.as_of),
    )  # fmt: skip
    yield say(_("Of %(all)s indicators %(some)s have enough of them for a draft figure."),
              all=fig.count("next.all", len(found)), some=fig.count("next.open", len(open_ones)))  # fmt: skip
    yield (
        _("A straight line is fitted by least squares, for stocks and amounts in logarithms; the band is the prediction "
          "interval of a single new value. Each option is a proposal with its method; the authority that issues the plan "
          "decides."),
    )  # fmt: skip


def _course(proposal: Proposal) -> Iterator[Runs]:
    """History, trend, peers, definition."""
    row, trend = proposal.row, proposal.trend
    parts = [
        say(_("%(value)s (%(day)s)"), value=_figure(proposal, value, figure, day), day=_day(proposal, value, day))
        for day, figure, value in proposal.history
    ]
    yield say(_("Course so far: %(parts)s."), parts=joined(parts, pgettext("between the parts of a list", ", ")))
    if trend is not None:
        band = bound_words(Bound(trend.low, trend.high), row.target.unit, row.target.decimals)
        yield say(
            _("Carried on, it comes to %(mid)s by %(day)s, with a probability of %(level)s to %(band)s."),
            mid=_computed(proposal, "trend", wording.figure(trend.mid, row.target.unit, row.target.decimals), trend.mid),
            day=fig.day("next.ends", trend.at), level=_computed(proposal, "level", f"{LEVEL:.0%}", LEVEL),
            band=_computed(proposal, "band", band, None),
        )  # fmt: skip
    yield _peers(proposal)
    yield from _other(proposal)


def _other(proposal: Proposal) -> Iterator[Runs]:
    """What is known under another definition: it breaks the series."""
    if proposal.other:
        form = _("Under another definition, so left out: %(parts)s. A target has to say which definition it means.")
        yield say(form, parts=_values(proposal.other))


def _values(values: Sequence[Value]) -> Runs:
    parts = [
        say(_("%(place)s %(value)s (%(day)s)"), place=fig.words(v.place_name, f"reading:{v.id}.place"), value=fig.reading(v),
            day=fig.data_day(v))
        for v in values
    ]  # fmt: skip
    return joined(parts, pgettext("between the parts of a list", ", "))


def _peers(proposal: Proposal) -> Runs:
    if not proposal.peers:
        return (_("No confirmed value of another place is kept, so none is compared."),)
    if compares(proposal.row):
        return say(_("Other places: %(parts)s."), parts=_values(proposal.peers))
    return say(_("Other places, told only, for their size differs: %(parts)s."), parts=_values(proposal.peers))


def _figure(proposal: Proposal, value: Value | None, figure: float, day: date) -> Run:
    if value is not None:
        return fig.reading(value)
    row = proposal.row
    digits = wording.decimals_of(Bound.exact(figure), row.target.decimals)
    return Linked(
        f"target:{row.slug}.base", "plan", wording.figure(figure, row.target.unit, digits), figure, row.target.url
    )


def _day(proposal: Proposal, value: Value | None, day: date) -> Run:
    return fig.data_day(value) if value else fig.day(f"target:{proposal.row.slug}.base.day", day)


def _computed(proposal: Proposal, which: str, text: str, value: float | None, rests: Sequence[str] = ()) -> Linked:
    row = proposal.row
    used = rests or [v.id for _day_of, _figure_of, v in proposal.history if v]
    return Linked(f"next:{row.slug}.{which}", "computed", text, value, row.target.url, tuple(used))


def _options(proposal: Proposal) -> Table:
    head = (_("Option"), _("Figure"), _("Change a year needed"), _("Method"), _("Why"))
    rows = tuple(
        (
            (option.title,),
            (_computed(proposal, option.kind, _value(proposal, option), option.value, option.rests),),
            (_computed(proposal, f"{option.kind}.yearly", yearly_text(proposal, option), option.yearly, option.rests),),
            (fig.words(option.method, f"next:{proposal.row.slug}.{option.kind}.method", "count"),),
            (option.reason,),
        )
        for option in proposal.options
    )
    return Table(head, rows, (0.12, 0.14, 0.16, 0.32, 0.26), "lccll")


def _value(proposal: Proposal, option: Option) -> str:
    return wording.figure(option.value, proposal.row.target.unit, proposal.row.target.decimals)


def yearly_text(proposal: Proposal, option: Option) -> str:
    """The change a year that an option needs: per cent of growth, percentage points, or the unit."""
    if option.compound:
        return _("%(rate)s growth") % {"rate": f"{option.yearly:.1f}%"}
    unit = _("percentage points") if proposal.row.target.unit == "%" else proposal.row.target.unit
    return wording.figure(option.yearly, unit, max(proposal.row.target.decimals, 2))


def _refusal(proposal: Proposal) -> Iterator[Runs]:
    row = proposal.row
    known: list[Runs] = [
        say(_("%(value)s (%(day)s)"), value=_figure(proposal, value, figure, day), day=_day(proposal, value, day))
        for day, figure, value in proposal.history
    ]
    yield say(
        _("%(name)s: %(why)s"), name=fig.name(row), why=fig.words(proposal.why_not, f"next:{row.slug}.why", "computed")
    )
    yield say(
        _("Known: %(parts)s."), parts=joined(known, pgettext("between the parts of a list", ", ")) if known else MISSING
    )
    yield from _other(proposal)
    yield (fig.words(proposal.ask, f"next:{row.slug}.ask", "computed", row.target.url),)
