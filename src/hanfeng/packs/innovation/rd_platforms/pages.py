"""The face of the register, the page on which a host files its report, the call of a year, the panel, the fact."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count as CountOf
from django.db.models import Q, QuerySet, Sum
from django.forms import Form
from django.forms.models import fields_for_model, model_to_dict
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from hanfeng.commons.facts.kinds import RD_PLATFORM_RANK
from hanfeng.kernel.api import Fact, Reader, Record, begin, figure_card, go, holds, local, save, visible
from hanfeng.kernel.pure import Period, standing

from . import indicators
from .flow import report_is_whole, yearly
from .held import ending, leading, unended, valid
from .models import ENDS, OPEN, REPORT, Equipment, Institution, Recognition, Review, State
from .roles import HOST, OFFICER
from .terms import Kind, Rank

SHOWN = 8
DAY, SOON = timedelta(days=1), timedelta(days=90)


def face(request: HttpRequest) -> HttpResponse:
    """Which reports are late and which wait here, what runs out, and how many institutions of each kind and rank stand."""
    now, today = timezone.now(), timezone.localdate()
    mine = visible(Institution, request.user)
    reviews = visible(Review, request.user).select_related("institution")
    late = reviews.filter(state__in=OPEN, due_at__lt=now).order_by("due_at", "pk")
    here = reviews.filter(state__in=(State.FILED, State.EXAMINED), due_at__gte=now).order_by("due_at", "pk")
    soon = ending(today, today + SOON).filter(Recognition.scope(request.user)).select_related("institution")
    year = _last_called(reviews) or today.year - 1
    context = {
        "now": now,
        "today": today,
        "demo": mine.filter(demo=True).exists(),
        "may_write": holds(request.user, OFFICER),
        "is_host": holds(request.user, HOST) and not holds(request.user, OFFICER),
        "figures": [figure_card(found, today) for found in indicators.INDICATORS[:3]],
        "first_new": _first_new_type(),
        "late": _some(late, now),
        "here": _some(here, now),
        "soon": {"count": soon.count(), "rows": soon[:SHOWN]},
        "matrix": _matrix(request.user, today),
        "ranks": [rank.label for rank in Rank],
        "year": year,
        "to_call": today.year - 1,
        "results": _results(reviews, year),
        "shared": _shared(request.user, today),
    }
    return TemplateResponse(request, "rd_platforms/face.html", context)


def _first_new_type() -> Recognition | None:
    """The first recognition of a new-type institution, or None while there has been none."""
    rows = Recognition.objects.filter(kind=Kind.NEW_TYPE).order_by("valid_from", "pk")
    found: Recognition | None = rows.select_related("institution").first()
    return found


def _some(rows: QuerySet[Review], now: Any) -> dict[str, Any]:
    return {"count": rows.count(), "rows": [_line(review, now) for review in rows[:SHOWN]]}


def _line(review: Review, now: Any) -> dict[str, Any]:
    return {
        "name": local(review.institution, "name"),
        "url": review.get_absolute_url(),
        "year": review.year,
        "state": State(review.state).label,
        "due": review.due_at,
        "standing": standing(review.due_at, now).value if review.due_at else "pending",
        "demo": review.demo,
    }


def _matrix(user: Reader, today: date) -> list[dict[str, Any]]:
    """Recognitions that hold today by kind and rank, those this reader may see, each cell a link to the list."""
    rows = valid(today).filter(Recognition.scope(user)).order_by().values_list("kind", "rank")
    counts = {(kind, rank): n for kind, rank, n in rows.annotate(n=CountOf("institution", distinct=True))}
    most = max(counts.values(), default=0) or 1
    return [
        {
            "title": kind.label,
            "cells": [
                {
                    "title": rank.label,
                    "count": counts.get((kind, rank), 0),
                    "share": 100 * counts.get((kind, rank), 0) // most,
                    "url": f"/rd_platforms/recognition/?kind={kind.value}&rank={rank.value}",
                }
                for rank in Rank
            ],
        }
        for kind in Kind
        if any((kind, rank) in counts for rank in Rank)
    ]


def _last_called(reviews: QuerySet[Review]) -> int | None:
    found: int | None = reviews.order_by("-year").values_list("year", flat=True).first()
    return found


def _results(reviews: QuerySet[Review], year: int) -> list[dict[str, Any]]:
    """How many reviews of a year stand at each state, in the order of the procedure."""
    counts = dict(reviews.filter(year=year).order_by().values_list("state").annotate(n=CountOf("pk")))
    return [
        {
            "title": s.label,
            "count": counts[s],
            "url": f"/rd_platforms/review/?state={s.value}&year={year}",
        }
        for s in State
        if s in counts
    ]


def _shared(user: Reader, today: date) -> dict[str, Any]:
    """Instruments open to others today: how many of how many, their value, and how much of their time others had."""
    every = visible(Equipment, user)
    still = Q(shared_until=None) | Q(shared_until__gt=today)
    open_now = every.filter(still, shared_from__lte=today)
    told = open_now.aggregate(n=CountOf("pk"), price=Sum("price"), hours=Sum("hours"), outside=Sum("outside_hours"))
    share = told["outside"] / told["hours"] if told["hours"] and told["outside"] is not None else None
    return {"n": told["n"], "of": every.count(), "price": told["price"], "share": share}


# --- calling a year, filing a report ----------------------------------------------------------------------------------


@login_required
@require_POST
def call(request: HttpRequest) -> HttpResponse:
    """Call the review of last year from every institution with a recognition that holds; those called already are left."""
    if not holds(request.user, OFFICER):
        raise PermissionDenied(_("Your roles do not let you write here."))
    today = timezone.localdate()
    year = today.year - 1
    done = Review.objects.filter(year=year).values("institution")
    held = valid(today).filter(valid_from__year__lte=year).values("institution")
    waiting = Institution.objects.filter(pk__in=held).exclude(pk__in=done).order_by("pk")
    for institution in waiting:
        begin(yearly, Review(institution=institution, year=year, demo=institution.demo), request.user)
    n = len(waiting)
    text = ngettext("%(n)s review of %(year)s called.", "%(n)s reviews of %(year)s called.", n)
    messages.success(request, text % {"n": n, "year": year})
    return redirect("/rd_platforms/")


@login_required
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """The host's report of one year: kept as a draft, or kept and filed."""
    review = visible(Review, request.user).select_related("institution").filter(pk=pk).first()
    if review is None or not holds(request.user, HOST):
        raise Http404(_("There is no such record, or it is not yours to see."))
    form = _report_form()(request.POST or None, initial=model_to_dict(review, REPORT))
    closed = review.state not in {State.CALLED, State.RETURNED}
    if request.method == "POST" and not closed and form.is_valid():
        try:
            save(review, request.user, {name: form.cleaned_data[name] for name in REPORT})
            if "file" in request.POST:
                go(yearly, review, "file", request.user)
                messages.success(request, _("The report is filed."))
                return redirect(review.get_absolute_url())
            messages.success(request, _("Kept as a draft; it is not filed yet."))
            return redirect(request.path)
        except ValidationError as why:
            form.add_error(None, why.messages)
    context = {
        "review": review, "form": form, "closed": closed, "lacks": None if closed else report_is_whole(review),
        "returned": _last_reason(review) if review.state == State.RETURNED else "",
    }  # fmt: skip
    return TemplateResponse(request, "rd_platforms/report.html", context, status=422 if form.errors else 200)


def _report_form() -> type[Form]:
    return type("ReportForm", (Form,), dict(fields_for_model(Review, fields=REPORT)))


def _last_reason(review: Review) -> str:
    """Why the report was sent back, in the officer's words."""
    from hanfeng.kernel.api import Event, kind_of

    rows = Event.objects.filter(kind=kind_of(review), key=review.pk, verb="return").order_by("-seq")
    return str(rows.values_list("note", flat=True).first() or "")


def review_tail(request: HttpRequest, review: Review) -> dict[str, Any]:
    """Whether the reader is the host who still has to file."""
    with_host = review.state in {State.CALLED, State.RETURNED}
    return {"may_report": with_host and holds(request.user, HOST)}


def institution_tail(request: HttpRequest, institution: Institution) -> dict[str, Any]:
    """The recognitions, reviews and instruments of an institution, for its own page."""
    today = timezone.localdate()
    held = visible(Recognition, request.user).filter(institution=institution).order_by("rank", "-valid_from")
    return {
        "today": today,
        "recognitions": held,
        "reviews": visible(Review, request.user).filter(institution=institution).order_by("-year"),
        "instruments": visible(Equipment, request.user).filter(institution=institution).order_by("pk"),
        "ends": ENDS,
        "may_write": holds(request.user, OFFICER),
    }


# --- what others see --------------------------------------------------------------------------------------------------


def panel(body: Any, user: Reader) -> list[tuple[Any, ...]]:
    """The recognitions that hold today at institutions of a body."""
    today = timezone.localdate()
    rows = visible(Recognition, user).filter(unended(today), institution__body=body, valid_from__lte=today)
    return [
        (
            (local(r.institution, "name"), r.get_absolute_url()),
            r.get_rank_display(),
            r.get_kind_display(),
            r.valid_from,
            r.end,
        )
        for r in rows.select_related("institution").order_by("rank", "valid_from")
    ]


def _one(body: Record, period: Period) -> str | None:
    found = leading(valid(period.last)).filter(institution__body=body.pk).order_by("rank").first()
    return Rank(found.rank).name.lower() if found else None


def _all(period: Period) -> Mapping[int, str]:
    rows = leading(valid(period.last)).order_by("-rank").values_list("institution__body", "rank")
    return {body: Rank(rank).name.lower() for body, rank in rows}


RANK = Fact(RD_PLATFORM_RANK, _one, _all)
