"""The board of a round: who has filed, who is late, what waits for review; accept or return without leaving the page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from hanfeng.kernel.base.clocks import standing
from hanfeng.kernel.desk.wording import local_text
from hanfeng.kernel.flow.flow import choices, go
from hanfeng.kernel.record.models import Attachment, kind_of
from hanfeng.kernel.record.write import Stale, save
from hanfeng.kernel.roles import visible
from hanfeng.plan.roles import LEADER, OFFICER
from hanfeng.plan.year.flow import filing, rounds
from hanfeng.plan.year.ledger import standings
from hanfeng.plan.year.models import Entry, Evidence, Round
from hanfeng.plan.year.models.rounds import LIGHTS, EntryState, RoundState
from hanfeng.plan.year.parameters import rules
from hanfeng.plan.year.reminding import remind_late
from hanfeng.plan.year.running import asked, end_of, is_late, late_bodies

from .filing import returns
from .frame import found, is_keeper, only_for, tabs, task_line
from .front import SHOWN, round_line

GROUPS = (
    ("signed", (EntryState.SIGNED,), gettext_lazy("To be reviewed")),
    ("returned", (EntryState.RETURNED, EntryState.CORRECTED), gettext_lazy("Returned, on their way back")),
    ("filed", (EntryState.FILED,), gettext_lazy("Filed, not signed yet")),
    ("due", (EntryState.DUE,), gettext_lazy("Not filed")),
    ("accepted", (EntryState.ACCEPTED,), gettext_lazy("Accepted")),
)


@only_for(OFFICER, LEADER)
@require_safe
def board_page(request: HttpRequest, pk: int) -> HttpResponse:
    """A round as the plan office runs it."""
    round_ = found(Round, request.user, pk, "plan")
    now, end, held = timezone.now(), end_of(round_), rules(timezone.localdate())
    entries = list(
        visible(Entry, request.user).filter(round=round_).select_related("task", "task__lead", "body", "round")
    )
    shown = {one.task.pk: one for one in standings([e.task for e in entries], timezone.localdate(), held)}
    proofs, why = _proofs(entries), returns(entries)
    lines = {
        e.pk: {
            **task_line(shown[e.task_id], held),
            "entry": e,
            "entry_url": e.get_absolute_url(),
            "body": local_text(e.body),
            "late": is_late(e, end, now),
            "standing": standing(e.due_at, now).value if e.due_at else "",
            "state": EntryState(e.state).label,
            "proofs": proofs.get(e.pk, []),
            "why_back": why.get(e.pk, ""),
            "milestones": [str(s) for s in shown[e.task_id].steps if s.pk in e.reached],
            "moves": {c.move.name: c.why_not for c in choices(filing, e, request.user)} if e.state == "signed" else {},
        }
        for e in entries
    }
    wanted = request.GET.get("body", "")
    groups = [
        {
            "key": key,
            "title": title,
            "lines": [lines[e.pk] for e in entries if e.state in states and wanted in ("", e.body.slug)],
        }
        for key, states, title in GROUPS
    ]
    red = [lines[e.pk] for e in entries if lines[e.pk]["light"] == "red"]
    red.sort(key=lambda line: (line["due"] or round_.ends, line["number"]))
    context = {
        "title": _("Round of %(period)s") % {"period": round_},
        "tabs": tabs(request, "round/"),
        "round": round_,
        "line": round_line(round_, timezone.localdate()),
        "groups": groups,
        "bodies": _bodies(entries, end, now),
        "wanted": wanted,
        "late": [
            {"name": local_text(b), "count": n, "slug": b.slug} for b, n in late_bodies(entries, end, now).items()
        ],
        "lights": [(key, held.light_name(key)) for key in LIGHTS],
        "keeper": is_keeper(request.user) and round_.state != RoundState.ISSUED,
        "red": red[:SHOWN],
        "red_count": len(red),
        "moves": _moves(request, round_),
        "lacking": len(asked(round_)) - sum(e.task.closed_on is None for e in entries)
        if is_keeper(request.user)
        else 0,
    }
    return TemplateResponse(request, "year/board.html", context)


def _proofs(entries: list[Entry]) -> dict[int, list[dict[str, Any]]]:
    """Files and records that lie with each entry, two queries."""
    keys = [e.pk for e in entries]
    proofs: dict[int, list[dict[str, Any]]] = {}
    for file in Attachment.objects.filter(kind=kind_of(Entry), key__in=keys).order_by("pk"):
        proofs.setdefault(file.key, []).append(
            {"title": file.name, "url": f"/files/{file.pk}/", "icon": "file", "value": None}
        )
    for each in Evidence.objects.filter(entry__in=keys).order_by("pk"):
        told = {
            "title": str(each),
            "url": each.address,
            "icon": "link",
            "value": each.value if each.indicator else None,
        }
        proofs.setdefault(each.entry_id, []).append(told)
    return proofs


def _bodies(entries: list[Entry], end: Any, now: Any) -> list[dict[str, Any]]:
    """Each body with how much it owes and has filed; who is late comes first."""
    found_: dict[int, dict[str, Any]] = {}
    for e in entries:
        line = found_.setdefault(
            e.body_id,
            {"name": local_text(e.body), "slug": e.body.slug, "due": 0, "filed": 0, "late": 0, "back": 0, "ok": 0},
        )
        line["due"] += 1
        line["filed"] += e.filed_at is not None
        line["late"] += is_late(e, end, now)
        line["back"] += e.state in (EntryState.RETURNED, EntryState.CORRECTED)
        line["ok"] += e.state == EntryState.ACCEPTED
    return sorted(found_.values(), key=lambda line: (-line["late"], line["filed"] - line["due"], line["name"]))


def _moves(request: HttpRequest, round_: Round) -> list[dict[str, Any]]:
    return [
        {"name": c.move.name, "title": str(c.move.title), "may": not c.why_not, "why_not": c.why_not, "note": c.move.note,
         "danger": c.move.danger, "url": f"{round_.get_absolute_url()}move/{c.move.name}/"}
        for c in choices(rounds, round_, request.user)
    ]  # fmt: skip


@only_for(OFFICER)
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept an entry (with the light set by hand, if it is), accept it and close its task, or return it with a reason."""
    entry = found(Entry, request.user, pk, "round", "task")
    act = request.POST.get("act", "")
    seen = request.POST.get("version", "")
    try:
        if act not in ("accept", "close", "return"):
            raise ValidationError(_("Choose what is to be done with the entry."))
        version = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else None
        with transaction.atomic():
            if act != "return" and _override(request, entry, version):
                version = entry.version
            go(filing, entry, act, request.user, request.POST.get("note", ""), version=version)
        messages.success(request, _("Done: %(task)s.") % {"task": entry.task})
    except ValidationError as why:
        messages.error(request, "; ".join(why.messages))
    except Stale as why:
        messages.error(request, _("%(why)s Look at it as it is now, then decide.") % {"why": why})
    return redirect(f"{entry.round.get_absolute_url()}board/#signed")


def _override(request: HttpRequest, entry: Entry, version: int | None) -> bool:
    """Write the light that the plan office sets by hand; it wants its reason, and the computed one stays beside it."""
    light = request.POST.get("override", "")
    reason = request.POST.get("override_reason", "").strip()
    if not light:
        return False
    if light not in LIGHTS or light == "blue":
        raise ValidationError(_("This light cannot be set by hand."))
    if not reason:
        raise ValidationError(_("A light that is set by hand needs its reason."))
    save(entry, request.user, {"override": light, "override_reason": reason}, note=reason, version=version)
    return True


@only_for(OFFICER)
@require_POST
def remind(request: HttpRequest, pk: int) -> HttpResponse:
    """Remind those who have not filed."""
    round_ = found(Round, request.user, pk, "plan")
    told = remind_late(round_)
    said = ngettext("%(n)s person was reminded.", "%(n)s people were reminded.", told) % {"n": told}
    (messages.success if told else messages.info)(request, said if told else _("Everybody was reminded today already."))
    return redirect(f"{round_.get_absolute_url()}board/")
