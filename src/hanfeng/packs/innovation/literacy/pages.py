"""The face, what a wave's page adds, and the pages of the interviewer: questionnaire, its worker, the door for answers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count as CountOf
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hanfeng.commons.people.models import is_officer
from hanfeng.kernel.api import Layer, Reader, Reading, holds, local, visible

from . import sealed
from .estimating import Result, result
from .indicators import literacy, said_of
from .models import Interviewer, Slot, State, Town, Visit, Wave, interviewers_of, of_survey
from .parameters import method
from .receiving import items_on, receive
from .roles import INTERVIEWER, OFFICER
from .standard import Estimate, half_width
from .terms import AGAIN, TOLD, Age, Dwelling, Education, Household, Outcome, Sex

RUNNING = (State.FIELDING, State.CLOSED, State.ESTIMATED, State.DRAWN, State.PLANNED)
"""The order in which waves ask for attention."""
BEHIND = 0.15
"""By how much of his addresses an interviewer may lag behind the days gone before he is called behind (ours)."""
MOST = 64 * 1024


def face(request: HttpRequest) -> HttpResponse:
    """Where the wave in the field stands: the estimate so far, towns, refusals, who is behind; and the waves before."""
    user = request.user
    if holds(user, INTERVIEWER) and not (of_survey(user) or is_officer(user)):
        return redirect("/literacy/field/")
    waves = list(visible(Wave, user).order_by("-day", "-pk"))
    wave = _current(waves)
    context: dict[str, Any] = {
        "today": timezone.localdate(),
        "demo": any(each.demo for each in waves),
        "may_write": holds(user, OFFICER),
        "wave": wave,
        "confirmed": _confirmed(),
        "waves": _told(waves),
        "figure": literacy.name,
    }
    if wave:
        context |= _standing(wave, user)
    return TemplateResponse(request, "literacy/face.html", context)


def _current(waves: Sequence[Wave]) -> Wave | None:
    """The wave that asks for attention: one in the field before one that waits, the earliest first."""
    ranked = [(RUNNING.index(State(w.state)), w.day, w) for w in waves if w.state in RUNNING]
    return min(ranked, key=lambda each: each[:2])[2] if ranked else None


def _confirmed() -> Reading | None:
    rows = Reading.objects.filter(measure=literacy.measure, layer=Layer.CONFIRMED).select_related("source")
    found: Reading | None = rows.order_by("-as_of", "-pk").first()
    return found


def _standing(wave: Wave, user: Reader) -> dict[str, Any]:
    """Coverage, refusals and interviewers of a wave, and the estimate as it stands."""
    counts = _counts(wave)
    total = sum(sum(c.values()) for c in counts["town"].values())
    sums = {o.value: sum(c.get(o.value, 0) for c in counts["town"].values()) for o in Outcome}
    met = sums[Outcome.COMPLETE] + sums[Outcome.REFUSED]
    gone = _gone(wave)
    _keys, found = result(wave)
    towns = _towns(wave, counts["town"])
    drawn = [town for town in towns if town["value"] is not None]
    interviewers = _interviewers(wave, counts["interviewer"], gone)
    return {
        "in_field": wave.state == State.FIELDING,
        "state_title": State(wave.state).label,
        "gone": gone,
        "days_left": max((wave.closes - timezone.localdate()).days, 0),
        "asked": total,
        "sums": [{"title": o.label, "count": sums[o.value], "share": sums[o.value] / total if total else None} for o in Outcome],
        "complete": sums[Outcome.COMPLETE],
        "done": sums[Outcome.COMPLETE] / total if total else None,
        "refused": sums[Outcome.REFUSED] / met if met else None,
        "tiles": towns,
        "thin": sorted((t for t in drawn if t["value"] < 100 * gone - 100 * BEHIND), key=lambda t: t["value"])[:6],
        "interviewers": interviewers,
        "behind": sum(i["behind"] for i in interviewers),
        "estimate": _estimate(found),
        "verdict": _against(found, wave),
        "to_see": of_survey(user),
    }  # fmt: skip


def _counts(wave: Wave) -> dict[str, dict[int, dict[str, int]]]:
    """How many addresses have come to what, by town and by interviewer."""
    rows = (
        Slot.objects.filter(wave=wave)
        .order_by()
        .values_list("town", "interviewer", "outcome")
        .annotate(n=CountOf("pk"))
    )
    found: dict[str, dict[int, dict[str, int]]] = {"town": {}, "interviewer": {}}
    for town, interviewer, outcome, n in rows:
        for kind, key in (("town", town), ("interviewer", interviewer)):
            of = found[kind].setdefault(key, {})
            of[outcome] = of.get(outcome, 0) + n
    return found


def _gone(wave: Wave) -> float:
    """The share of the days of field work that are over."""
    days = (wave.closes - wave.opens).days + 1
    return min(max((timezone.localdate() - wave.opens).days / days, 0.0), 1.0)


def _finished(counts: Mapping[str, int]) -> int:
    """Addresses that nobody has to go to again."""
    return sum(n for outcome, n in counts.items() if outcome not in AGAIN)


def _towns(wave: Wave, counts: Mapping[int, Mapping[str, int]]) -> list[dict[str, Any]]:
    """Every town on the schematic grid with the per cent of its addresses that are done; None where none was drawn."""
    rows = Town.objects.filter(wave=wave).exclude(place__col=None).exclude(place__row=None).select_related("place")
    tiles = []
    for town in rows:
        told = counts.get(town.pk, {})
        n = sum(told.values())
        tiles.append(
            {
                "col": (town.place.col or 0) + 1, "row": (town.place.row or 0) + 1, "label": str(local(town.place, "name"))[:4],
                "name": local(town.place, "name"), "value": 100 * _finished(told) / n if n else None, "done": _finished(told),
                "n": n, "refused": told.get(Outcome.REFUSED, 0), "url": f"/literacy/slot/?town={town.pk}" if n else "",
            }
        )  # fmt: skip
    return tiles


def _interviewers(wave: Wave, counts: Mapping[int, Mapping[str, int]], gone: float) -> list[dict[str, Any]]:
    """Each interviewer with his addresses, the furthest behind first."""
    last = dict(Visit.objects.filter(wave=wave).order_by().values_list("interviewer").annotate(at=Max("taken_at")))
    lines = []
    for one in Interviewer.objects.filter(wave=wave).order_by("name", "pk"):
        told = counts.get(one.pk, {})
        n, done = sum(told.values()), _finished(told)
        share = done / n if n else 1.0
        lines.append(
            {
                "one": one, "n": n, "done": done, "share": share, "refused": told.get(Outcome.REFUSED, 0),
                "last": last.get(one.pk), "behind": wave.state == State.FIELDING and share < gone - BEHIND,
            }
        )  # fmt: skip
    return sorted(lines, key=lambda line: line["share"])


def _estimate(found: Result) -> dict[str, Any]:
    """An estimate in per cent, or why there is none."""
    told = found.estimate
    if told is None:
        return {"why": found.why}
    return {**_percent(told), "why": found.why, "raked": found.raked}


def _percent(told: Estimate) -> dict[str, Any]:
    return {
        "share": 100 * told.share, "low": 100 * told.low, "high": 100 * told.high, "half": 100 * told.half, "n": told.n,
        "deff": told.deff,
    }  # fmt: skip


def _against(found: Result, wave: Wave) -> dict[str, str] | None:
    """Whether the goal of the day is reached, as far as the interval allows to say."""
    told = found.estimate
    if told is None or wave.goal is None:
        return None
    goal = float(wave.goal)
    if 100 * told.low >= goal:
        return {
            "kind": "ok",
            "text": _("The whole interval lies at or above the goal of %(goal)s %%.") % {"goal": wave.goal},
        }
    if 100 * told.high < goal:
        return {
            "kind": "late",
            "text": _("The whole interval lies below the goal of %(goal)s %%.") % {"goal": wave.goal},
        }
    text = _("The goal of %(goal)s %% lies inside the interval: whether it is reached cannot be told from this sample.")
    return {"kind": "watch", "text": text % {"goal": wave.goal}}


def _told(waves: Sequence[Wave]) -> list[dict[str, Any]]:
    """The waves with an estimate, the newest first, each with its band on one scale and what the change to the one before is."""
    kept = [w for w in waves if w.share is not None and w.state == State.RELEASED]
    confidence = method(timezone.localdate()).confidence
    top = max((float(w.high or 0) for w in kept), default=0) * 1.1 or 1
    lines = []
    for place, wave in enumerate(kept):
        before = kept[place + 1] if place + 1 < len(kept) else None
        x1, x2, x = (200 * float(v or 0) / top for v in (wave.low, wave.high, wave.share))
        lines.append(
            {
                "wave": wave, "x": f"{x1:.1f}", "wide": f"{max(x2 - x1, 1):.1f}", "at": f"{x:.1f}",
                "said": said_of(before, wave, confidence) if before else "",
            }
        )  # fmt: skip
    return lines


def wave_tail(request: HttpRequest, wave: Wave) -> dict[str, Any]:
    """The design of a wave in numbers, its estimate by groups of people, and the change since the wave before."""
    towns = list(Town.objects.filter(wave=wave).select_related("place").order_by("stratum", "place__code"))
    strata = [_stratum(kind, towns, wave.take) for kind in Dwelling if any(t.stratum == kind.value for t in towns)]
    n = wave.draws * wave.take
    goal = float(wave.goal or 10) / 100
    _keys, found = result(wave, parts=True) if of_survey(request.user) else ([], Result())
    return {
        "strata": strata,
        "planned": {"n": n, "half": 100 * half_width(goal, n), "share": 100 * goal},
        "estimate": _estimate(found) if of_survey(request.user) else None,
        "groups": [
            {"variable": g.variable, "title": g.title, "n": g.n, "told": _percent(g.estimate) if g.estimate else None}
            for g in found.groups
        ],
        "kept": wave.share is not None,
        "may_write": holds(request.user, OFFICER),
    }  # fmt: skip


def _stratum(kind: Dwelling, towns: Sequence[Town], take: int) -> dict[str, Any]:
    mine = [town for town in towns if town.stratum == kind.value]
    drawn = [town for town in mine if town.drawn]
    return {
        "title": kind.label, "towns": len(mine), "people": sum(t.people for t in mine),
        "draws": sum(t.drawn for t in drawn), "names": [local(t.place, "name") for t in drawn],
        "addresses": sum(t.drawn for t in drawn) * take,
    }  # fmt: skip


# --- the interviewer --------------------------------------------------------------------------------------------------


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def field(request: HttpRequest) -> HttpResponse:
    """The questionnaire with the addresses still to be visited; a browser without storage sends the form at once."""
    if not holds(request.user, INTERVIEWER):
        raise PermissionDenied(_("Your roles do not let you read this."))
    faults: list[str] = []
    if request.method == "POST":
        faults = _sent_form(request)
        if not faults:
            messages.success(request, _("The visit has arrived."))
            return redirect("/literacy/field/")
    mine = Slot.objects.filter(interviewers_of(request.user))
    newest = mine.filter(wave__state=State.FIELDING).order_by("-wave__day").values_list("wave", flat=True).first()
    wave = Wave.objects.filter(pk=newest).first() if newest else None
    slots = mine.filter(wave=wave).select_related("town__place").order_by("town__place__code", "number") if wave else ()
    context = {
        "wave": wave,
        "slots": [s for s in slots if s.outcome in AGAIN],
        "done": sum(s.outcome not in AGAIN for s in slots),
        "all": len(slots),
        "keys": _keys_of(request, mine),
        "owner": request.user.pk,
        "items": _questions(items_on(wave.opens), request.POST) if wave else [],
        "groups": _asked(request.POST),
        "outcomes": TOLD,
        "faults": faults,
        "posted": request.POST,
        "mark": uuid4(),
        "plain": not request.is_secure(),
    }
    return TemplateResponse(request, "literacy/field.html", context, status=422 if faults else 200)


def _keys_of(request: HttpRequest, mine: Any) -> str:
    """The public key of each wave of which addresses are open to this account, as JSON."""
    waves = (
        mine.filter(wave__state__in=(State.FIELDING, State.CLOSED)).order_by().values_list("wave", flat=True).distinct()
    )
    return json.dumps({str(pk): sealed.public_key(settings.SECRET_KEY, pk) for pk in waves})


def _asked(posted: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is asked of the person beside the items."""
    fields = (("sex", Sex), ("age", Age), ("education", Education), ("adults", Household))
    return [
        {
            "name": name,
            "title": Visit._meta.get_field(name).verbose_name,  # type: ignore[union-attr]
            "choices": [(str(c.value), c.label, posted.get(name) == str(c.value)) for c in kind],
        }
        for name, kind in fields
    ]


def _questions(items: Sequence[Any], posted: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The items with their choices numbered from 1; 0 is “I do not know”. Which is right is not told."""
    told = []
    for item in items:
        name = f"item-{item.pk}"
        offered = [*enumerate(item.offered, 1), (0, _("I do not know"))]
        told.append(
            {
                "name": name,
                "text": str(item),
                "choices": [(str(n), text, posted.get(name) == str(n)) for n, text in offered],
            }
        )
    return told


def _sent_form(request: HttpRequest) -> list[str]:
    """Take in the form as a browser without storage sends it; the faults."""
    try:
        slot, mark = int(request.POST.get("slot", "")), UUID(request.POST.get("uuid", ""))
    except ValueError:
        return [_("Choose the address.")]
    try:
        receive(request.user, slot, mark, {**request.POST.dict(), "taken_at": None})
    except ValidationError as why:
        return list(why.messages)
    return []


@never_cache
@require_GET
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker of the questionnaire; its folder is what it may serve, so it cannot stand among the static files."""
    text = (files(__package__) / "static" / "literacy" / "worker.js").read_text("utf-8")
    return HttpResponse(text, content_type="text/javascript; charset=utf-8")


@never_cache
@require_POST
def send(request: HttpRequest) -> JsonResponse:
    """One sealed visit: 201 kept, 200 kept before, 401 sign in first, 403 and 422 with why it cannot be kept.

    Whose session has ended gets 401 and no page, so that the device knows that its answers have to wait.
    """
    if not request.user.is_authenticated:
        return JsonResponse({"why": _("Sign in again; the answers wait on this device.")}, status=401)
    try:
        if len(request.body) > MOST:
            raise ValidationError(_("This is too large for an answer."))
        told = json.loads(request.body)
        slot, mark = int(told["slot"]), UUID(str(told["uuid"]))
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"why": _("This is not an answer of the questionnaire.")}, status=400)
    except ValidationError as why:
        return JsonResponse({"why": " ".join(why.messages)}, status=413)
    try:
        _visit, new = _receive_sealed(request.user, slot, mark, told)
    except PermissionDenied as why:
        return JsonResponse({"why": str(why)}, status=403)
    except ValidationError as why:
        return JsonResponse({"why": " ".join(why.messages)}, status=422)
    return JsonResponse({"uuid": str(mark), "new": new}, status=201 if new else 200)


def _receive_sealed(user: Any, slot: int, mark: UUID, told: Mapping[str, Any]) -> tuple[Visit, bool]:
    held = Slot.objects.filter(interviewers_of(user), pk=slot).values_list("wave", flat=True).first()
    if held is None:
        raise PermissionDenied(_("This address was not given to you."))
    try:
        opened = sealed.opened(settings.SECRET_KEY, held, told, f"{mark}|{slot}")
    except sealed.Unreadable as why:
        raise ValidationError(_("The answer cannot be opened: it was sealed for another site, or changed.")) from why
    return receive(user, slot, mark, opened)
