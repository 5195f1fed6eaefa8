"""The face, the attendance of one activity, and the public pages on which people book."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Count as CountOf
from django.db.models import Q, QuerySet, Sum
from django.forms import CharField, Form, IntegerField, RegexField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hanfeng.commons.places.models import Place
from hanfeng.kernel.api import Reader, holds, local, save, visible

from . import booking
from .models import MOST_SEATS, Activity, Booking, Entry, Venue
from .roles import OFFICER

SHOWN, LISTED = 8, 60
SOON = timedelta(days=21)
BOOKED_OR_CAME = Q(bookings__void=False) & ~Q(bookings__state=Booking.State.CANCELLED)


def face(request: HttpRequest) -> HttpResponse:
    """Which activities want their count, which come soon and how full, whom this year reached, which towns it missed."""
    now, today = timezone.now(), timezone.localdate()
    every = visible(Activity, request.user).filter(cancelled=False)
    uncounted = every.filter(ends__lt=now, reached=None, online=None).order_by("starts", "pk")
    coming = every.filter(starts__gte=now, starts__lt=now + SOON).order_by("starts", "pk")
    coming = coming.annotate(taken=Sum("bookings__seats", filter=BOOKED_OR_CAME)).select_related("venue", "town")
    context = {
        "today": today,
        "demo": every.filter(demo=True).exists(),
        "may_write": holds(request.user, OFFICER),
        "uncounted": {"count": uncounted.count(), "rows": uncounted[:SHOWN]},
        "coming": [_fullness(activity) for activity in coming[:SHOWN]],
        "years": [_year(every, today.year - back) for back in range(3)],
        "audiences": _audiences(every, today.year),
        "tiles": _tiles(every, today.year),
        "venues": _venues(request.user, today),
        "prizes": Entry.objects.filter(activity__starts__year=today.year).exclude(prize=Entry.Prize.NONE).count(),
    }
    return TemplateResponse(request, "outreach/face.html", context)


def _fullness(activity: Any) -> dict[str, Any]:
    taken = activity.taken or 0
    share = taken / activity.capacity if activity.capacity else None
    return {"activity": activity, "taken": taken, "share": share}


def _year(every: QuerySet[Activity], year: int) -> dict[str, Any]:
    """How many activities of a year are over, how many people came, how many were reached online, how many counts are missing."""
    rows = every.filter(starts__year=year, ends__lt=timezone.now())
    told = rows.aggregate(
        n=CountOf("pk"),
        came=Sum("reached"),
        afar=Sum("online"),
        missing=CountOf("pk", filter=Q(reached=None, online=None)),
    )
    return {"year": year, **told}


def _audiences(every: QuerySet[Activity], year: int) -> list[dict[str, Any]]:
    rows = (
        every.filter(starts__year=year)
        .order_by()
        .values_list("audience")
        .annotate(n=CountOf("pk"), came=Sum("reached"))
    )
    counts = {audience: (n, came or 0) for audience, n, came in rows}
    most = max((came for _n, came in counts.values()), default=0) or 1
    return [
        {
            "title": a.label, "count": counts.get(a.value, (0, 0))[0], "came": counts.get(a.value, (0, 0))[1],
            "share": counts.get(a.value, (0, 0))[1] / most,
        }
        for a in Activity.Audience
    ]  # fmt: skip


def _tiles(every: QuerySet[Activity], year: int) -> list[dict[str, Any]]:
    """Activities of the year by town on the schematic grid."""
    counts = dict(every.filter(starts__year=year).order_by().values_list("town").annotate(n=CountOf("pk")))
    return [
        {
            "col": (town.col or 0) + 1, "row": (town.row or 0) + 1, "label": str(local(town, "name"))[:4],
            "name": local(town, "name"), "value": counts.get(town.pk, 0), "url": f"/outreach/activity/?town={town.pk}",
        }
        for town in Place.objects.exclude(col=None).exclude(row=None)
    ]  # fmt: skip


def _venues(user: Reader, today: date) -> list[dict[str, Any]]:
    still = visible(Venue, user).filter(Q(closed=None) | Q(closed__gt=today), opened__lte=today)
    counts = dict(still.order_by().values_list("kind").annotate(n=CountOf("pk")))
    return [
        {"title": k.label, "count": counts.get(k.value, 0), "url": f"/outreach/venue/?kind={k.value}"}
        for k in Venue.Kind
    ]


def activity_tail(request: HttpRequest, activity: Activity) -> dict[str, Any]:
    """Seats taken and left, and whether the reader may take attendance."""
    may_count = holds(request.user, OFFICER) and activity.starts <= timezone.now()
    return {"left": booking.free_seats(activity), "may_count": may_count}


@login_required
@require_http_methods(["GET", "POST"])
def attendance(request: HttpRequest, pk: int) -> HttpResponse:
    """Who booked and who came; those who came without booking are added as a number."""
    if not holds(request.user, OFFICER):
        raise PermissionDenied(_("Your roles do not let you read this."))
    activity = visible(Activity, request.user).filter(pk=pk).first()
    if activity is None:
        raise Http404(_("There is no such record, or it is not yours to see."))
    if activity.starts > timezone.now():
        messages.error(request, _("It has not begun yet: who came is known afterwards."))
        return redirect(activity.get_absolute_url())
    rows = list(activity.bookings.filter(void=False).exclude(state=Booking.State.CANCELLED).order_by("pk"))
    form = WalkIns(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _record(request, activity, rows, form.cleaned_data["walk_ins"] or 0)
        messages.success(request, _("The attendance is kept."))
        return redirect(activity.get_absolute_url())
    context = {"activity": activity, "rows": rows, "form": form}
    return TemplateResponse(request, "outreach/attendance.html", context, status=422 if form.errors else 200)


class WalkIns(Form):
    """How many came who had not booked."""

    walk_ins = IntegerField(label=gettext_lazy("came without booking"), min_value=0, max_value=100_000, required=False)


@transaction.atomic
def _record(request: HttpRequest, activity: Activity, rows: list[Booking], walk_ins: int) -> None:
    came = set(request.POST.getlist("came"))
    for row in rows:
        save(row, request.user, {"state": Booking.State.CAME if str(row.pk) in came else Booking.State.ABSENT})
    total = sum(row.seats for row in rows if str(row.pk) in came) + walk_ins
    save(activity, request.user, {"reached": total, "counted": _("attendance list")})


# --- public -----------------------------------------------------------------------------------------------------------


def _open() -> QuerySet[Activity]:
    """What the public may see: activities to come, and those that run."""
    rows: QuerySet[Activity] = Activity.objects.filter(public=True, ends__gte=timezone.now())
    return rows.select_related("venue", "town").order_by("starts", "pk")


def said_in_public() -> tuple[str, str] | None:
    """What the portal says of the activities to come."""
    count = _open().filter(cancelled=False).count()
    return ("info", ngettext("%(n)d to come", "%(n)d to come", count) % {"n": count}) if count else None


@require_GET
def public_list(request: HttpRequest) -> HttpResponse:
    """The activities to come, each with how many seats are left."""
    rows = _open().filter(cancelled=False).annotate(taken=Sum("bookings__seats", filter=BOOKED_OR_CAME))[:LISTED]
    lines = [{"activity": a, "left": None if a.capacity is None else max(a.capacity - (a.taken or 0), 0)} for a in rows]
    return TemplateResponse(request, "outreach/public_list.html", {"rows": lines})


class Ask(Form):
    """What somebody who books is asked: no more than is needed."""

    name = CharField(label=pgettext_lazy("of a person", "name"), max_length=40)
    phone = RegexField(
        r"^\d{11}$", label=gettext_lazy("mobile number"),
        error_messages={"invalid": gettext_lazy("Eleven digits of a mobile number.")},
        help_text=gettext_lazy("Only for this booking; the organiser may call when the activity changes."),
    )  # fmt: skip
    seats = IntegerField(label=gettext_lazy("seats"), min_value=1, max_value=MOST_SEATS, initial=1)


@never_cache
@require_http_methods(["GET", "POST"])
def public_book(request: HttpRequest, pk: int) -> HttpResponse:
    """One activity with its form; a booking answers with its code."""
    activity = _open().filter(pk=pk).first()
    if activity is None:
        raise Http404(_("There is no such activity, or it is over."))
    closed, left = booking.why_closed(activity, timezone.now()), booking.free_seats(activity)
    form = Ask(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = booking.book(activity, **form.cleaned_data)
        except ValidationError as why:
            form.add_error(None, why.messages)
            left = booking.free_seats(activity)
        else:
            return TemplateResponse(request, "outreach/booked.html", {"activity": activity, "made": made})
    context = {"activity": activity, "closed": closed, "left": left, "form": form}
    return TemplateResponse(request, "outreach/public_book.html", context, status=422 if form.errors else 200)


@never_cache
@require_POST
def public_give_back(request: HttpRequest) -> HttpResponse:
    """Give seats back by the code."""
    try:
        made = booking.give_back(request.POST.get("code", ""))
    except ValidationError as why:
        messages.error(request, " ".join(why.messages))
    else:
        messages.success(request, _("%(n)s seats were given back.") % {"n": made.seats})
    return redirect("/outreach/open/")
