"""The page of one record: its facts, what may be done and why not, its papers, its story."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import JSONField, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hanfeng.kernel.base.clocks import standing
from hanfeng.kernel.flow.flow import Flow, choices, go, history_words
from hanfeng.kernel.flow.models import Case
from hanfeng.kernel.pack import Pack, catalogue, find
from hanfeng.kernel.record.files import SAFE_INLINE, attach, path_of
from hanfeng.kernel.record.local import PERSON, local, name_of
from hanfeng.kernel.record.models import Attachment, Event, Record, kind_of
from hanfeng.kernel.record.write import Stale
from hanfeng.kernel.roles import holds, visible
from hanfeng.kernel.watch.log import read
from hanfeng.kernel.watch.models import Line

from .desk import Desk, cells, of_people, text_of
from .lists import open_desk

SHOWN_EVENTS = 20
LEAST_PURPOSE = 4


def verbs() -> dict[str, str]:
    """The kernel's own verbs and those of packs in words; a flow's moves bring theirs."""
    return {
        "create": _("recorded"),
        "change": _("changed"),
        "import": _("imported"),
        "load": _("loaded"),
        "seed": _("made as demo data"),
        "begin": _("filed"),
        "undo": _("taken back"),
        "erase": _("personal data erased"),
        "attach": _("file added"),
        "void": _("withdrawn"),
        **{verb: str(title) for pack in catalogue() for verb, title in pack.verbs.items()},
    }


def open_record(request: HttpRequest, desk: Desk, pk: int) -> Any:
    """The record of an address if this reader may see it; else 404, which does not tell that it exists."""
    found = visible(desk.model, request.user).select_related(*desk.related).filter(pk=pk).first()
    if found is None:
        raise Http404(_("There is no such record, or it is not yours to see."))
    return found


@login_required
def record_page(request: HttpRequest, pack_name: str, slug: str, pk: int) -> HttpResponse:
    """The page of one record."""
    pack, desk = open_desk(pack_name, slug)
    return _page(request, pack, desk, open_record(request, desk, pk))


@login_required
@require_POST
def show_page(request: HttpRequest, pack_name: str, slug: str, pk: int) -> HttpResponse:
    """The page of a record with its personal fields shown, once and for a purpose: written down before it is answered."""
    pack, desk = open_desk(pack_name, slug)
    record = open_record(request, desk, pk)
    if not may_show(desk, request):
        raise PermissionDenied(_("Your roles do not let you see personal data here."))
    why = request.POST.get("why", "").strip()
    if len(why) < LEAST_PURPOSE:
        messages.error(request, _("Say what you need the personal data for: the purpose is written down."))
        return redirect(desk.at(record))
    note_reading(request, desk, record, Line.What.SHOWN, [d.name for d in desk.told], why)
    response = _page(request, pack, desk, record, bare=True)
    response["Cache-Control"] = "no-store"
    return response


def may_show(desk: Desk, request: HttpRequest) -> bool:
    """Whether this reader may have personal fields shown."""
    return holds(request.user, *(desk.shows or desk.write))


def note_reading(
    request: HttpRequest, desk: Desk, record: Record, what: Line.What, names: Iterable[str], why: str = ""
) -> None:
    """Write down that personal fields of a record are read, if it has any that are filled in."""
    fields = [name for name in names if name in record.personal and getattr(record, name, None)]
    if fields:
        read(request.user, what, record, desk.title, fields, request, why)


def _facts(desk: Desk, record: Record, bare: bool) -> Iterator[dict[str, Any]]:
    (line,) = cells(desk.told, [record])
    for drawn, cell in zip(desk.told, line, strict=True):
        personal = drawn.name in record.personal
        text = text_of(getattr(record, drawn.name)) if bare and personal else cell["text"]
        yield {
            "label": cell["title"],
            "value": text,
            "kind": cell["kind"],
            "url": cell["url"],
            "tone": cell["tone"],
            "masked": personal and not bare,
        }


def _page(request: HttpRequest, pack: Pack, desk: Desk, record: Any, *, bare: bool = False) -> HttpResponse:
    pk, may_write = record.pk, holds(request.user, *desk.write)
    hidden = not bare and any(getattr(record, d.name, None) for d in desk.told if d.name in record.personal)
    page = {
        "pack": pack,
        "desk": {"title": desk.title, "url": desk.url},
        "record": {
            "title": str(record),
            "kind": str(desk.model._meta.verbose_name),
            "version": record.version,
            "url": desk.at(record),
            "edit_url": f"{desk.at(record)}edit/" if desk.form and may_write else "",
            "demo": record.demo,
            "history_url": f"{desk.at(record)}history/",
            "void": record.void,
        },
        "object": record,
        "facts": list(_facts(desk, record, bare)),
        "show_url": f"{desk.at(record)}show/" if hidden and may_show(desk, request) else "",
        "state": _state(desk.flow, record),
        "moves": _moves(desk, record, request),
        "events": told(desk, record, events_of(record)[:SHOWN_EVENTS]),
        "panels": [
            {"title": str(p.title), "url": f"/panels/{owner.name}/{p.name}/{pk}/"}
            for owner, p in panels_on(desk, request)
        ],
        "files": files_of(record),
        "can_attach": desk.files and may_write,
    }
    tail = desk.tail(request, record) if desk.tail else {}
    if taken := sorted(page.keys() & tail):
        raise ValueError(f"{pack.name}: the tail of {desk.slug} hides what its page has: {', '.join(taken)}")
    return TemplateResponse(request, [desk.template] if desk.template else ["desk/record.html"], page | tail)


def panels_on(desk: Desk, request: HttpRequest) -> Iterator[tuple[Pack, Any]]:
    """The panels other packs put on this kind of record, where this reader holds their role."""
    for owner in catalogue():
        for panel in owner.panels:
            if panel.on is desk.model and panel.open_to(request.user):
                yield owner, panel


def _state(flow: Flow | None, record: Any) -> dict[str, Any] | None:
    if flow is None:
        return None
    now = timezone.now()
    return {
        "title": flow.title_of(record.state),
        "value": record.state,
        "tone": flow.tone(record.state),
        "due": record.due_at,
        "since": record.entered_at,
        "standing": standing(record.due_at, now).value if record.due_at else "",
        "ended": record.state in flow.ends,
        "stopped": record.state in flow.stops,
        "nodes": [
            {"key": str(s.value), "title": str(s.label), "now": s.value == record.state, "end": s in flow.ends}
            for s in flow.states
        ],
        "edges": [{"from": str(m.source.value), "to": str(m.target.value), "title": str(m.title)} for m in flow.moves],
    }


def _moves(desk: Desk, record: Any, request: HttpRequest) -> list[dict[str, Any]]:
    if desk.flow is None:
        return []
    return [
        {
            "name": c.move.name,
            "title": str(c.move.title),
            "may": not c.why_not,
            "why_not": c.why_not,
            "note": c.move.note,
            "danger": c.move.danger,
            "url": f"{desk.at(record)}move/{c.move.name}/",
        }
        for c in choices(desk.flow, record, request.user)
    ]


def events_of(record: Record) -> QuerySet[Event]:
    """What happened to a record, the newest first, with the people who did it."""
    events = Event.objects.filter(kind=kind_of(record), key=record.pk)
    return events.select_related(f"by__{PERSON}").order_by("-seq")


def told(desk: Desk, record: Record, events: Any) -> list[dict[str, Any]]:
    """Events as a story: when, who, what, and each change before and after; personal values stay hidden."""
    known = verbs()
    return [
        {
            "at": e.at,
            "who": _who(e),
            "seq": e.seq,
            "note": e.said,
            "sealed": e.seal_id is not None,
            "hash": e.hash,
            "verb": (history_words(desk.flow, e) if desk.flow else "") or known.get(e.verb, e.verb),
            "changes": list(_changes(desk, e)),
        }
        for e in events
    ]


def _who(event: Event) -> str:
    """Who did it, as it was written down; a name that is kept in both languages in the reader's."""
    person = getattr(event.by, PERSON, None)
    known = person and event.who in (person.name, person.name_en)
    return (local(person, "name") if known else event.who) or _("the platform")


QUIET = frozenset({"entered_at", "due_at", "spent", "filed_by", "demo", "void"})


def _changes(desk: Desk, event: Event) -> Iterator[dict[str, str]]:
    # what no form writes and no sentence can tell, such as the content of a snapshot, is not told change by change
    names = {f.name for f in desk.model._meta.fields if f.editable or not isinstance(f, JSONField)}
    for name, change in json.loads(event.data).items():
        if name == "@file":
            yield {"label": _("file"), "before": "", "after": str(change[1]["name"])}
        elif name in names and name not in QUIET:
            before, after = ("•••", "•••") if isinstance(change, dict) else (_shown(desk, name, v) for v in change)
            yield {"label": desk.label(name), "before": before, "after": after}


def _shown(desk: Desk, name: str, value: Any) -> str:
    field = cast(Any, desk.model._meta.get_field(name))
    if desk.flow and name == "state" and value:
        return desk.flow.title_of(value)
    drawn = next((drawn for drawn in desk.told if drawn.name == name), None)
    if drawn and drawn.kind == "code" and isinstance(value, int):
        return str(value)  # a year has no thousands
    if drawn and drawn.called and value:
        return text_of(drawn.called([value]).get(value))
    if value is not None and field.remote_field:
        kept = field.remote_field.model._base_manager.filter(pk=value).first()
        return str((name_of(kept) if of_people(field) else kept) if kept else value)
    return text_of(dict(field.flatchoices).get(value, value) if field.choices else value)


def files_of(record: Record) -> list[dict[str, Any]]:
    """The files of a record: name, size, url, who added it and when."""
    kept = Attachment.objects.filter(kind=kind_of(record), key=record.pk).select_related(f"by__{PERSON}").order_by("pk")
    return [
        {"name": f.name, "size": f.size, "url": f"/files/{f.pk}/", "who": name_of(f.by) if f.by else "", "at": f.at}
        for f in kept
    ]


@login_required
@require_POST
def move_page(request: HttpRequest, pack_name: str, slug: str, pk: int, move: str) -> HttpResponse:
    """Make a move on a case; a closed one says why on the record's page."""
    _pack, desk = open_desk(pack_name, slug)
    record = open_record(request, desk, pk)
    if desk.flow is None or not isinstance(record, Case):
        raise Http404
    seen = request.POST.get("version", "")
    try:
        version = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else None
        case = go(desk.flow, record, move, request.user, request.POST.get("note", ""), version=version)
        messages.success(request, _("Done: %(state)s.") % {"state": desk.flow.title_of(case.state)})
    except ValidationError as why:
        messages.error(request, "; ".join(why.messages))
    except Stale as why:
        messages.error(request, _("%(why)s Look at it as it is now, then decide.") % {"why": why})
    return redirect(desk.at(record))


@login_required
@require_GET
def history_page(request: HttpRequest, pack_name: str, slug: str, pk: int) -> HttpResponse:
    """The whole story of one record."""
    pack, desk = open_desk(pack_name, slug)
    record = open_record(request, desk, pk)
    context = {
        "pack": pack,
        "desk": {"title": desk.title, "url": desk.url},
        "events": told(desk, record, events_of(record)),
        "record": {"title": str(record), "url": desk.at(record), "version": record.version, "demo": record.demo},
    }
    return TemplateResponse(request, "desk/history.html", context)


@login_required
@require_GET
def panel_page(request: HttpRequest, pack_name: str, panel_name: str, pk: int) -> HttpResponse:
    """One panel of another pack on an anchor's page, cut to the reader: he must see the anchor and hold the role."""
    pack = find(pack_name)
    panel = next((p for p in pack.panels if p.name == panel_name), None) if pack else None
    if panel is None:
        raise Http404
    anchor = visible(panel.on, request.user).filter(pk=pk).first()
    if anchor is None:
        raise Http404
    if not panel.open_to(request.user):
        raise PermissionDenied
    lines = [[_panel_cell(value) for value in line] for line in panel.rows(anchor, request.user)]
    context = {
        "title": str(panel.title),
        "head": [str(h) for h in panel.head],
        "lines": lines,
        "anchor": anchor,
        "pack": pack,
    }
    whole = "desk/panel_page.html" if not getattr(request, "htmx", False) else "desk/parts/panel_table.html"
    return TemplateResponse(request, whole, context)


def _panel_cell(value: Any) -> dict[str, str]:
    text, url = value if isinstance(value, tuple) else (value, "")
    return {"text": text_of(text), "url": str(url)}


@login_required
@require_POST
def attach_page(request: HttpRequest, pack_name: str, slug: str, pk: int) -> HttpResponse:
    """Add a file to a record."""
    _pack, desk = open_desk(pack_name, slug)
    record = open_record(request, desk, pk)
    if not desk.files or not holds(request.user, *desk.write):
        raise PermissionDenied
    upload = request.FILES.get("file")
    try:
        if upload is None:
            raise ValidationError(_("Choose a file first."))
        attach(record, request.user, upload.name or "", cast(Any, upload))
    except ValidationError as why:
        messages.error(request, "; ".join(why.messages))
    return redirect(desk.at(record))


@login_required
@require_GET
def file_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Serve an attachment to those who may see its record; never run by a browser as a page."""
    kept = Attachment.objects.filter(pk=pk).first()
    shown = kept and next(((p, d) for p in catalogue() for d in p.desks if kind_of(d.model) == kept.kind), None)
    if not kept or not shown or not visible(shown[1].model, request.user).filter(pk=kept.key).exists():
        raise Http404
    if shown[1].model.personal:
        record = visible(shown[1].model, request.user).get(pk=kept.key)
        read(request.user, Line.What.FILE, record, shown[1].title, [], request, kept.name)
    inline = kept.media in SAFE_INLINE
    media = kept.media if inline else "application/octet-stream"
    response = FileResponse(
        path_of(kept.sha256).open("rb"), as_attachment=not inline, filename=kept.name, content_type=media
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return cast(HttpResponse, response)
