"""A supervision sheet as a page to be printed and as a document."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from hanfeng.plan.report.official_word import Marks, official_docx
from hanfeng.plan.year.models import Supervision
from hanfeng.plan.year.sheet import paper, sheet_of

from .bulletins import WORD
from .frame import for_insiders, found

RELATED = ("task__leader", "task__lead", "body")


@for_insiders
@require_safe
def sheet_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The sheet as it reads today; on paper nothing stands around it."""
    case = found(Supervision, request.user, pk, *RELATED)
    sheet = sheet_of(case)
    crumbs = [{"title": str(case), "url": case.get_absolute_url()}, {"title": sheet.title, "url": ""}]
    context = {"title": sheet.title, "case": case, "sheet": sheet, "crumbs": crumbs}
    return TemplateResponse(request, "year/sheet.html", context)


@for_insiders
@require_safe
def sheet_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The same as a Word document by GB/T 9704-2012."""
    sheet = sheet_of(found(Supervision, request.user, pk, *RELATED))
    made = official_docx(paper(sheet), sheet.day, Marks(number=sheet.number, draft=sheet.mark))
    response = HttpResponse(made, content_type=WORD)
    response["Content-Disposition"] = f'attachment; filename="supervision-{pk}.docx"'
    return response
