"""The pages of papers: the list, one paper, its text, its comments, two editions side by side; and what is done there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.models import bodies_of
from hanfeng.kernel.base.clocks import standing
from hanfeng.kernel.desk.wording import bound_words, day_text, fault_text, local_text
from hanfeng.kernel.pure import Bound, Fault
from hanfeng.kernel.record.write import Stale, save
from hanfeng.kernel.roles import NOBODY, holds, visible
from hanfeng.plan import wording
from hanfeng.plan.models import Plan
from hanfeng.plan.pages.frame import day_of
from hanfeng.plan.pages.state import State as Known
from hanfeng.plan.report import MEDIA, OFFICIAL
from hanfeng.plan.report.next_paper import yearly_text
from hanfeng.plan.report.next_plan import Proposal, compares, next_term, proposals
from hanfeng.plan.roles import CONTACT, OFFICER

from . import work
from .flow import approval
from .models import Edition, Opinion, Paper, State, newest, readers
from .showing import compared, figures, places, shown, told

Page = Callable[..., HttpResponse]
WAITS_FOR = {State.DRAFT: OFFICER, State.COMMENTS: OFFICER}


def of_paper(page: Page) -> Page:
    """A page of one paper; what cannot be done is told on the paper's page, in words."""

    @login_required
    @wraps(page)
    def opened(request: HttpRequest, pk: int, *args: Any, **kwargs: Any) -> HttpResponse:
        paper = visible(Paper, request.user).select_related("plan", "replaces").filter(pk=pk).first()
        if paper is None:
            raise Http404(_("There is no such paper, or it is not yours to see."))
        try:
            return page(request, paper, *args, **kwargs)
        except ValidationError as why:
            messages.error(request, " ".join(why.messages))
        except Fault as why:
            messages.error(request, fault_text(why))
        except Stale as why:
            messages.error(request, _("%(why)s Look at it as it is now, then decide.") % {"why": why})
        return redirect(paper.get_absolute_url() if "comments" not in request.path else _url(paper, "comments"))

    return cast(Page, opened)


def for_drafters(page: Page) -> Page:
    """An act of those who draft papers."""

    @wraps(page)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not holds(request.user, OFFICER):
            raise PermissionDenied(_("Only for: %(roles)s.") % {"roles": OFFICER.title})
        return page(request, *args, **kwargs)

    return opened


def _url(paper: Paper, *parts: str) -> str:
    return "/".join((paper.get_absolute_url().rstrip("/"), *parts, ""))


# --- the next plan --------------------------------------------------------------------------------------------------------


@login_required
@require_safe
def next_plan_page(request: HttpRequest, slug: str) -> HttpResponse:
    """What the confirmed values say for the plan that follows: history, trend, peers, three options, and what to ask."""
    plan = _plan(request, slug)
    if readers(request.user) == NOBODY:
        raise PermissionDenied(_("Only for officers of the district."))
    day = day_of(request)
    told_of: dict[str, Any] = {"plan": plan, "plan_title": local_text(plan, "title"), "day": day, "today": timezone.localdate(),
                               "crumbs": _next_crumbs()}  # fmt: skip
    try:
        evaluation = Known.of(plan).evaluation(day.day)
        found = proposals(evaluation)
        told_of |= {
            "term": next_term(evaluation),
            "open": [_proposal(p) for p in found if p.options],
            "refused": [_proposal(p) for p in found if not p.options],
            "may_draft": holds(request.user, OFFICER),
        }
    except Fault as why:
        told_of["fault"] = fault_text(why)
    return TemplateResponse(request, "papers/next_plan.html", told_of)


def _next_crumbs() -> list[dict[str, str]]:
    return [
        {"title": _("Home"), "url": "/"},
        {"title": _("Papers"), "url": "/papers/"},
        {"title": _("Next plan"), "url": ""},
    ]


def _plan(request: HttpRequest, slug: str) -> Plan:
    plan = visible(Plan, request.user).filter(slug=slug[:80]).first()
    if plan is None:
        raise Http404(_("There is no such plan."))
    return plan


def _other_definition(proposal: Proposal) -> str:
    """What is known under another definition, in a sentence; empty where nothing is."""
    parts = [
        _("%(place)s %(value)s (%(day)s)")
        % {"place": v.place_name, "value": bound_words(v.bound, v.unit, v.decimals), "day": day_text(v.at)}
        for v in proposal.other
    ]
    told = _("Under another definition, so left out: %(parts)s. A target has to say which definition it means.")
    return told % {"parts": pgettext("between the parts of a list", ", ").join(parts)} if parts else ""


def _proposal(proposal: Proposal) -> dict[str, Any]:
    row = proposal.row
    unit, digits = row.target.unit, row.target.decimals
    trend = proposal.trend
    return {
        "row": row, "unit": unit, "why_not": proposal.why_not, "ask": proposal.ask, "peers": proposal.peers,
        "other": _other_definition(proposal), "compared": compares(row),
        "course": [figure for _day, figure, _value in proposal.history],
        "history": [
            {"day": day, "value": wording.figure(figure, unit, wording.decimals_of(Bound.exact(figure), digits)),
             "source": wording.source_text(value) if value else _("base of the plan")}
            for day, figure, value in proposal.history
        ],
        "mid": wording.figure(trend.mid, unit, digits) if trend else "",
        "band": bound_words(Bound(trend.low, trend.high), unit, digits) if trend else "",
        "options": [
            {"title": o.title, "value": wording.figure(o.value, unit, digits), "yearly": yearly_text(proposal, o),
             "method": o.method, "reason": o.reason, "rests": len(o.rests)}
            for o in proposal.options
        ],
    }  # fmt: skip


@login_required
@require_POST
@for_drafters
def draft_next(request: HttpRequest, slug: str) -> HttpResponse:
    """The draft figures as a paper."""
    plan, day = _plan(request, slug), _day(request)
    if day is None:
        messages.error(request, _("Choose the day that the report speaks of: today or an earlier day."))
        return redirect(f"/papers/next/{plan.slug}/")
    try:
        paper = work.draft_next(plan, day, _language(request), request.user)
    except (Fault, ValidationError) as why:
        messages.error(request, fault_text(why) if isinstance(why, Fault) else " ".join(why.messages))
        return redirect(f"/papers/next/{plan.slug}/")
    messages.success(request, _("Drafted from the data. Every figure of the text leads to its reading."))
    return redirect(paper.get_absolute_url())


# --- the list -------------------------------------------------------------------------------------------------------------


@login_required
@require_safe
def face(request: HttpRequest) -> HttpResponse:
    """The papers that are on their way, what each waits for, and those that are done."""
    rows = list(visible(Paper, request.user).select_related("plan").order_by("-as_of", "-pk")[:200])
    open_comments = _waiting(rows)
    lines = [_line(paper, open_comments.get(paper.pk, 0)) for paper in rows]
    plans = [{"slug": p.slug, "title": str(p)} for p in visible(Plan, request.user).filter(outline=False)]
    told_of = {
        "underway": [line for line in lines if not line["ended"]],
        "done": [line for line in lines if line["ended"]],
        "plans": plans,
        "may_draft": holds(request.user, OFFICER),
        "chosen": request.GET.get("plan", ""),
        "day": day_of(request).day,
        "today": timezone.localdate(),
    }
    return TemplateResponse(request, "papers/face.html", told_of)


def _waiting(papers: list[Paper]) -> dict[int, int]:
    """How many comments of each paper wait for an answer."""
    counts: dict[int, int] = {}
    for key in Opinion.objects.filter(paper__in=papers, taken="").values_list("paper", flat=True):
        counts[key] = counts.get(key, 0) + 1
    return counts


def _line(paper: Paper, comments: int) -> dict[str, Any]:
    return {
        "paper": paper, "title": paper.title, "url": paper.get_absolute_url(), "kind": paper.get_kind_display(),
        "stage": paper.get_stage_display(), "plan": local_text(paper.plan, "short"), "as_of": paper.as_of,
        "state": approval.title_of(paper.state), "tone": approval.tone(paper.state), "ended": paper.state in approval.ends,
        "who": who_decides(paper), "comments": comments, "due": paper.due_at,
        "standing": standing(paper.due_at, timezone.now()).value if paper.due_at else "", "demo": paper.demo,
    }  # fmt: skip


def who_decides(paper: Paper) -> str:
    """Whom the paper waits for."""
    roles = {role.name: str(role.title) for move in approval.moves_from(paper.state) if move.calls for role in move.by}
    return _(", ").join(roles.values())


# --- one paper ------------------------------------------------------------------------------------------------------------


def tail(request: HttpRequest, paper: Paper) -> dict[str, Any]:
    """What the page of a paper adds to that of a record."""
    editions = list(Edition.objects.filter(paper=paper).select_related("author").defer("content").order_by("-no"))
    last = newest(paper)
    opinions = list(Opinion.objects.filter(paper=paper).values_list("taken", flat=True))
    drafts = holds(request.user, OFFICER)
    return {
        "paper": paper,
        "tabs": tabs(paper, "", len(opinions)),
        "editions": [_edition(paper, edition) for edition in editions],
        "last": last,
        "findings": told(last.found) if last else [],
        "writable": drafts and paper.state in work.WRITABLE,
        "drafts": drafts,
        "unanswered": opinions.count(""),
        "who": who_decides(paper),
        "followed": Paper.objects.filter(replaces=paper).exclude(state=State.WITHDRAWN).first(),
        "today": timezone.localdate(),
    }


def _edition(paper: Paper, edition: Edition) -> dict[str, Any]:
    return {
        "no": edition.no, "name": edition.name, "origin": edition.get_origin_display(), "mark": edition.mark,
        "author": str(edition.author or ""), "at": edition.created_at, "note": edition.note, "open": edition.open,
        "text_url": f"{_url(paper, 'text')}?edition={edition.no}", "docx_url": _url(paper, "docx", str(edition.no)),
        "compare_url": f"{_url(paper, 'compare')}?a={edition.no - 1}&b={edition.no}" if edition.no > 1 else "",
    }  # fmt: skip


def tabs(paper: Paper, here: str, comments: int | None = None) -> list[dict[str, Any]]:
    """The pages of a paper."""
    named = (
        ("", _("The paper"), None),
        ("text", _("Text"), None),
        ("comments", _("Comments"), comments),
        ("compare", _("Compare"), None),
    )
    return [
        {"title": title, "url": _url(paper, part) if part else paper.get_absolute_url(), "count": count, "current": part == here}
        for part, title, count in named
    ]  # fmt: skip


def frame(paper: Paper, here: str, title: str) -> dict[str, Any]:
    """What the pages of a paper share."""
    crumbs = [
        {"title": _("Home"), "url": "/"}, {"title": _("Papers"), "url": "/papers/"},
        {"title": paper.title, "url": paper.get_absolute_url()}, {"title": title, "url": ""},
    ]  # fmt: skip
    count = Opinion.objects.filter(paper=paper).count()
    return {
        "paper": paper, "title": title, "crumbs": crumbs, "tabs": tabs(paper, here, count),
        "state": {"title": approval.title_of(paper.state), "tone": approval.tone(paper.state)},
    }  # fmt: skip


def edition_of(paper: Paper, asked: str) -> Edition:
    """The edition asked for by its number, else the newest."""
    found = newest(paper)
    if asked:
        number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 0
        found = Edition.objects.filter(paper=paper, no=number).first()
    if found is None:
        raise Http404(_("There is no such edition."))
    return found


@of_paper
@require_safe
def text_page(request: HttpRequest, paper: Paper) -> HttpResponse:
    """The text on screen, each figure a link to where it is from."""
    edition = edition_of(paper, request.GET.get("edition", ""))
    draft = edition.draft
    told_of = {
        **frame(paper, "text", _("Text")),
        "edition": _edition(paper, edition),
        "blocks": shown(draft, edition.found),
        "figures": figures(draft),
    }
    return TemplateResponse(request, "papers/text.html", told_of)


@of_paper
@require_safe
def compare_page(request: HttpRequest, paper: Paper) -> HttpResponse:
    """Two editions side by side; by default the newest and the one before it."""
    editions = list(Edition.objects.filter(paper=paper).defer("content").order_by("no"))
    if not editions:
        raise Http404(_("There is no such edition."))
    last = edition_of(paper, request.GET.get("b", ""))
    first = edition_of(paper, request.GET.get("a", "") or str(max(last.no - 1, 1)))
    pairs = compared(first.draft, last.draft, everything="all" in request.GET)
    told_of = {
        **frame(paper, "compare", _("Compare")),
        "editions": [{"no": e.no, "name": f"{e.no} · {e.name}" if e.mark else e.name} for e in editions],
        "first": first,
        "second": last,
        "pairs": pairs,
        "changed": sum(pair.kind != "same" for pair in pairs),
        "everything": "all" in request.GET,
    }
    return TemplateResponse(request, "papers/compare.html", told_of)


@of_paper
@require_safe
def docx_file(request: HttpRequest, paper: Paper, number: int) -> HttpResponse:
    """An edition as a Word document; an edited copy of it can be taken in again."""
    edition = edition_of(paper, str(number))
    name = f"paper-{paper.pk}-edition-{edition.no}.docx"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(work.docx_of(edition), content_type=MEDIA[OFFICIAL], headers=headers)


# --- what is done with it ---------------------------------------------------------------------------------------------


@login_required
@require_POST
@for_drafters
def draft(request: HttpRequest) -> HttpResponse:
    """Draft an evaluation report of a plan as known on a day."""
    plan = visible(Plan, request.user).filter(slug=request.POST.get("plan", "")[:80]).first()
    if plan is None:
        raise Http404(_("There is no such plan."))
    day = _day(request)
    if day is None:
        messages.error(request, _("Choose the day that the report speaks of: today or an earlier day."))
        return redirect("/papers/")
    try:
        paper = work.draft_paper(plan, day, _language(request), request.user)
    except (Fault, ValidationError) as why:
        messages.error(request, fault_text(why) if isinstance(why, Fault) else " ".join(why.messages))
        return redirect("/papers/")
    messages.success(request, _("Drafted from the data. Every figure of the text leads to its reading."))
    return redirect(paper.get_absolute_url())


def _day(request: HttpRequest) -> date | None:
    try:
        day = date.fromisoformat(request.POST.get("as_of", ""))
    except ValueError:
        return None
    return day if day <= timezone.localdate() else None


def _language(request: HttpRequest) -> str:
    asked = request.POST.get("language", "")
    return asked if asked in ("zh-hans", "en") else get_language() or "zh-hans"


@of_paper
@require_POST
@for_drafters
def take_in(request: HttpRequest, paper: Paper) -> HttpResponse:
    """Take an edited copy in as the next edition."""
    upload = request.FILES.get("file")
    if upload is None:
        raise ValidationError(_("Choose a file first."))
    taken = work.take_in(paper, cast(Any, upload), request.user, request.POST.get("note", ""), "anyway" in request.POST)
    messages.success(request, _("Taken in as edition %(no)s with %(links)s linked figures.") % {
        "no": taken.edition.no, "links": len(taken.read.draft.links)})  # fmt: skip
    if taken.edition.open:
        messages.warning(request, _("Some figures differ from their readings or have none: settle them below."))
    return redirect(paper.get_absolute_url() + ("#figures" if taken.edition.open else ""))


@of_paper
@require_POST
@for_drafters
def settle(request: HttpRequest, paper: Paper) -> HttpResponse:
    """Settle figures: put the reading's value back, or answer for a number."""
    asked = request.POST
    how = {
        int(n[4:]): v
        for n, v in asked.items()
        if n.startswith("how.") and n[4:].isdigit() and v in (work.RESTORE, work.ANSWER)
    }
    reasons = {place: asked.get(f"reason.{place}", "") for place in how}
    number = asked.get("edition", "")
    edition = work.settle(paper, int(number) if number.isdecimal() else 0, how, reasons, request.user)
    messages.success(request, _("Settled: edition %(no)s.") % {"no": edition.no})
    return redirect(paper.get_absolute_url() + "#figures")


@of_paper
@require_POST
@for_drafters
def number(request: HttpRequest, paper: Paper) -> HttpResponse:
    """Enter the document number."""
    version = request.POST.get("version", "")
    save(paper, request.user, {"number": request.POST.get("number", "").strip()[:60]},
         version=int(version) if version.isdecimal() else None)  # fmt: skip
    messages.success(request, _("Kept."))
    return redirect(paper.get_absolute_url())


@of_paper
@require_POST
@for_drafters
def reissue(request: HttpRequest, paper: Paper) -> HttpResponse:
    """Issue the report again with what is known on a later day."""
    day = _day(request)
    if day is None:
        raise ValidationError(_("Choose the day that the report speaks of: today or an earlier day."))
    again = work.reissue(paper, day, request.user)
    messages.success(request, _("Drafted again. What changed since stands in a section of its own."))
    return redirect(again.get_absolute_url())


# --- comments -------------------------------------------------------------------------------------------------------------


@of_paper
def comments_page(request: HttpRequest, paper: Paper) -> HttpResponse:
    """What was said to the draft and how it was taken; with a form while the draft is out."""
    edition = edition_of(paper, "")
    if request.method == "POST":
        return _comment(request, paper, edition)
    rows = (
        Opinion.objects.filter(paper=paper)
        .select_related("body", "said_by", "edition")
        .defer("edition__content")
        .order_by("pk")
    )
    drafts = holds(request.user, OFFICER)
    opinions = [
        {
            "it": o, "body": local_text(o.body), "clause": o.clause, "text": o.text, "edition": o.edition.name,
            "at": o.created_at,
            "taken": o.get_taken_display() if o.taken else "", "code": o.taken, "reason": o.reason, "demo": o.demo,
            "url": _url(paper, "comments", str(o.pk)),
        }
        for o in rows
    ]  # fmt: skip
    told_of = {
        **frame(paper, "comments", _("Comments")),
        "opinions": opinions,
        "unanswered": sum(not o["taken"] for o in opinions),
        "may_answer": drafts and paper.state in work.WRITABLE,
        "may_comment": paper.state == State.COMMENTS and bool(_bodies(request)),
        "is_out": paper.state == State.COMMENTS,
        "bodies": _bodies(request),
        "places": places(edition.draft),
        "choices": Opinion.Taken.choices,
    }
    return TemplateResponse(request, "papers/comments.html", told_of)


def _bodies(request: HttpRequest) -> list[tuple[int, str]]:
    """For whom somebody may comment: a plan officer enters what any body wrote, a contact speaks for his own."""
    rows = Body.objects.exclude(kind=Body.Kind.ENTERPRISE).filter(ends=None)
    if not holds(request.user, OFFICER):
        rows = rows.filter(pk__in=bodies_of(request.user)) if holds(request.user, CONTACT) else rows.none()
    return sorted(((body.pk, local_text(body)) for body in rows), key=lambda pair: pair[1])


def _comment(request: HttpRequest, paper: Paper, edition: Edition) -> HttpResponse:
    allowed, asked = dict(_bodies(request)), request.POST
    key = asked.get("body", "")
    if not key.isdecimal() or int(key) not in allowed:
        raise PermissionDenied(_("You may not comment for this body."))
    if paper.state != State.COMMENTS:
        raise ValidationError(_("The draft is not out for comments."))
    text = asked.get("text", "").strip()
    if not text:
        raise ValidationError(_("Write the comment first."))
    opinion = Opinion(
        paper=paper, edition=edition, body_id=int(key), clause=asked.get("clause", "")[:120], text=text,
        said_by=cast(Any, request.user),
    )  # fmt: skip
    save(opinion, request.user)
    messages.success(request, _("Your comment is kept. How it was taken will be told here."))
    return redirect(_url(paper, "comments"))


@of_paper
@require_POST
@for_drafters
def answer(request: HttpRequest, paper: Paper, opinion: int) -> HttpResponse:
    """Say how a comment was taken."""
    found = visible(Opinion, request.user).select_related("paper").filter(paper=paper, pk=opinion).first()
    if found is None:
        raise Http404(_("There is no such comment."))
    version = request.POST.get("version", "")
    work.answer(found, request.POST.get("taken", ""), request.POST.get("reason", ""), request.user,
                int(version) if version.isdecimal() else None)  # fmt: skip
    messages.success(request, _("Kept."))
    return redirect(f"{_url(paper, 'comments')}#comment-{found.pk}")
