"""The page of search: one box, results by kind, each with the place where the words stand."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from hanfeng.kernel.desk.lists import pager
from hanfeng.kernel.desk.wording import number_text

from .find import MOST, Group, draw, find
from .models import FileText
from .words import question

EACH = 4  # answers of a kind on the first page
GROUPS = 8  # kinds drawn there; the others are named with their counts
PAGE = 20


@login_required
@require_GET
def search_page(request: HttpRequest) -> HttpResponse:
    """What answers a question among all that this reader may see."""
    asked = request.GET.get("q", "").strip()[:200]
    words = question(asked)
    groups = find(request.user, words)
    only = next((g for g in groups if g.name == request.GET.get("in")), None)
    context: dict[str, Any] = {
        "q": asked,
        "words": [word.bare for word in words],
        "unsearchable": bool(asked) and not words,
        "groups": [_told(g, request, drawn=only is None and n < GROUPS, words=words) for n, g in enumerate(groups)],
        "total": sum(g.total for g in groups),
        "more": any(g.more for g in groups),
        "most": MOST,
        "waiting": FileText.objects.filter(state=FileText.State.WAITING).count() if words else 0,
    }
    if only:
        shown = Paginator(only.found, PAGE).get_page(request.GET.get("page"))
        context |= {
            "only": _told(only, request, drawn=False, words=words)
            | {"hits": draw(request.user, shown.object_list, words)},
            "pages": pager(shown, request.GET),
            "total": shown.paginator.count,
        }
    return TemplateResponse(request, "search/search.html", context)


def _told(group: Group, request: HttpRequest, *, drawn: bool, words: Any) -> dict[str, Any]:
    """A group for the page: its title, count and address, and its first answers when they are drawn here."""
    asked = request.GET.copy()
    asked.pop("page", None)
    asked["in"] = group.name
    return {
        "name": group.name,
        "title": group.kind.desk.title if group.kind else _("Attached files"),
        "icon": group.kind.pack.icon if group.kind else "file",
        "total": group.total,
        "number": number_text(group.total) + "+" * group.more,
        "more": group.more,
        "url": f"?{asked.urlencode()}",
        "current": request.GET.get("in") == group.name,
        "hits": draw(request.user, group.found[:EACH], words) if drawn else [],
        "drawn": drawn,
    }
