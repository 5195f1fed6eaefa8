"""The bulletin of a round as a page and as a document."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hanfeng.kernel.desk.wording import day_text
from hanfeng.kernel.pure import is_chinese
from hanfeng.plan.year.bulletin import method_texts, told, why_text, words_of
from hanfeng.plan.year.models import Round
from hanfeng.plan.year.models.rounds import RoundState
from hanfeng.plan.year.paper import bulletin_docx, day_of
from hanfeng.plan.year.parameters import rules

from .frame import for_insiders, found, tabs

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@for_insiders
@require_safe
def bulletin_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The bulletin as issued, else as it stands today, which it says."""
    round_ = found(Round, request.user, pk, "plan")
    bulletin = told(round_)
    held = rules(round_.closes)
    lang = "zh" if is_chinese(get_language() or "zh") else "en"
    context = {
        "title": _("Bulletin on the tasks of the plan, %(period)s") % {"period": round_},
        "tabs": tabs(request, "round/"),
        "round": round_,
        "bulletin": bulletin,
        "issued": round_.state == RoundState.ISSUED,
        "day": day_text(day_of(bulletin)),
        "rank": [
            {**row, "body": row[f"body_{lang}"], "grade": row["grade"][0 if lang == "zh" else -1]}
            for row in bulletin["rank"]
        ],
        "red": [_task(row, lang, held) for row in bulletin["red"]],
        "closed": [_task(row, lang, held) for row in bulletin["closed"]],
        "overridden": [_task(row, lang, held) for row in bulletin["overridden"]],
        "lights": [
            {"kind": held.shown(key), "count": count, "title": held.light_name(key), "url": ""}
            for key, count in bulletin["lights"].items()
        ],
        "method": method_texts(bulletin),
    }
    return TemplateResponse(request, "year/bulletin.html", context)


def _task(row: dict[str, Any], lang: str, held: Any) -> dict[str, Any]:
    return {
        **row,
        "title": row[lang],
        "reason": words_of(row, "reason"),
        "body": row[f"body_{lang}"],
        "url": f"/year/ledgertask/{row['pk']}/",
        "why_text": why_text(row) if "why" in row else "",
        "computed_name": held.light_name(row["computed"]) if "computed" in row else "",
        "shown": held.shown(row["override"]) if row.get("override") else None,
    }


@for_insiders
@require_safe
def bulletin_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The same as a Word document."""
    round_ = found(Round, request.user, pk, "plan")
    response = HttpResponse(bulletin_docx(round_), content_type=WORD)
    name = f"bulletin-{round_.starts.isoformat()}-{round_.ends.isoformat()}.docx"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
