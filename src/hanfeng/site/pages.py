"""The house's own pages: a pack's face, my account, roles, the audit of the history, and errors in words."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django.views.i18n import set_language

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.models import Post, bodies_of
from hanfeng.commons.people.roles import AUDIT, OFFICER
from hanfeng.kernel.desk.records import verbs
from hanfeng.kernel.flow.flow import history_words
from hanfeng.kernel.notify.models import remember_language
from hanfeng.kernel.pack import catalogue, find
from hanfeng.kernel.record.models import Event, Seal, kind_of
from hanfeng.kernel.roles import holds, roles_of, visible

from .identity import factor
from .identity.sources import sources

SHOWN_EVENTS = 200


@login_required
@require_GET
def face(request: HttpRequest, pack_name: str) -> HttpResponse:
    """The page a pack's owner opens each morning."""
    pack = find(pack_name)
    if pack is None or pack.face is None:
        raise Http404(_("There is no such system."))
    return pack.face(request)


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Speak another language from now on; for whoever is signed in, in the messages he is sent too."""
    answer = set_language(request)
    asked = request.POST.get("language", "")
    if request.user.is_authenticated and asked in dict(settings.LANGUAGES):
        remember_language(request.user, asked)
    return answer


@login_required
@require_GET
def me(request: HttpRequest) -> HttpResponse:
    """My account: who I am here, where I belong, what my roles let me do."""
    mine = roles_of(request.user)
    held = [(pack, role) for pack in catalogue() for role in pack.roles if role.name in mine]
    posts = Post.objects.filter(body__in=bodies_of(request.user), person__account=request.user.pk).select_related(
        "body"
    )
    context = {"held": held, "posts": posts, "factor_open": factor.open_here(), "others_open": bool(sources())}
    return TemplateResponse(request, "site/me.html", context)


@login_required
@require_GET
def roles(request: HttpRequest) -> HttpResponse:
    """Every role of the site: what it may do and how many hold it."""
    if not holds(request.user, OFFICER):
        raise PermissionDenied
    held = {g.name: g for g in Group.objects.prefetch_related("user_set")}
    rows = [
        {"pack": pack, "role": role, "count": held[role.name].user_set.count() if role.name in held else 0}
        for pack in catalogue()
        for role in pack.roles
    ]
    return TemplateResponse(request, "site/roles.html", {"rows": rows})


@login_required
@require_GET
def audit(request: HttpRequest) -> HttpResponse:
    """The newest events of the house and the seals over them, for the audit administrator."""
    if not holds(request.user, AUDIT):
        raise PermissionDenied(_("Only for the audit administrator."))
    asked = request.GET.get("kind", "")
    events = Event.objects.select_related("seal").order_by("-pk")
    if asked:
        events = events.filter(kind=asked)
    context: dict[str, Any] = {
        "events": [_told(event) for event in events[:SHOWN_EVENTS]],
        "kinds": [
            {"kind": kind, "title": _kind_title(kind)}
            for kind in Event.objects.order_by("kind").values_list("kind", flat=True).distinct()
        ],
        "asked": asked,
        "seals": Seal.objects.order_by("-pk")[:20],
        "unsealed": Event.objects.filter(seal=None).count(),
        "total": Event.objects.count(),
    }
    return TemplateResponse(request, "site/audit.html", context)


def _told(event: Event) -> dict[str, Any]:
    """An event with what it did and to which kind of record, in words."""
    desk = next((desk for pack in catalogue() for desk in pack.desks if kind_of(desk.model) == event.kind), None)
    moved = history_words(desk.flow, event) if desk and desk.flow else ""
    return {"event": event, "did": moved or verbs().get(event.verb, event.verb), "kind": _kind_title(event.kind)}


def _kind_title(kind: str) -> str:
    """What a kind of record is called; its name in the history where this site no longer has it."""
    try:
        return str(apps.get_model(kind)._meta.verbose_name)
    except LookupError:
        return kind


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403, with the reason the code gave."""
    return render(request, "desk/403.html", {"why": str(exception or "")}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404, with the reason where there is one worth telling."""
    why = str(exception.args[0]) if exception and exception.args and isinstance(exception.args[0], str) else ""
    return render(request, "desk/404.html", {"why": why}, status=404)


def failed(request: HttpRequest) -> HttpResponse:
    """500: our fault, said plainly, with no word of the inside."""
    return render(request, "desk/500.html", status=500)


def bodies(user: Any) -> list[tuple[int, str]]:
    """The bodies for which a client of the interface may be made, by name."""
    return sorted(((body.pk, str(body)) for body in visible(Body, user)), key=lambda found: found[1])
