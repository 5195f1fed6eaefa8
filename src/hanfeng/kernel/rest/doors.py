"""The addresses of the interface. Each is a plain function of a request, a caller and a desk; `door` does what all share."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from functools import wraps
from hashlib import sha256
from typing import Any, cast

from django.core.exceptions import PermissionDenied, SuspiciousOperation, ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from hanfeng.kernel.desk.desk import Desk
from hanfeng.kernel.desk.lists import open_desk, rows
from hanfeng.kernel.desk.records import events_of, told
from hanfeng.kernel.flow.bpmn import MEDIA, bpmn
from hanfeng.kernel.flow.flow import begin, choices, go
from hanfeng.kernel.flow.models import Case
from hanfeng.kernel.pack import catalogue
from hanfeng.kernel.record.files import SAFE_INLINE, attach, path_of
from hanfeng.kernel.record.models import Attachment, Event, Record, kind_of
from hanfeng.kernel.record.write import Stale, changed_since, save
from hanfeng.kernel.roles import holds, visible
from hanfeng.kernel.watch.log import note
from hanfeng.kernel.watch.models import Line

from . import asked as asking
from .caller import Caller, recognise
from .once import once
from .problem import Problem, answer, not_found, refused, wrong_parameter
from .shape import ROOT, Shape, at, dumps, shape_of
from .taking import body_of, changes_of, dangling, in_words

Answer = HttpResponse
Act = Callable[..., Answer]
TAG = re.compile(r'(?:W/)?"v?(\d{1,9})"', re.ASCII)
MOST_EVENTS = 200
log = logging.getLogger("hanfeng.rest")


def door(**acts: Act) -> Callable[..., Answer]:
    """A view of these methods: the caller is known and counted, whatever goes wrong is a problem in words."""
    allowed = ", ".join(sorted({*(name.upper() for name in acts), *(["HEAD"] if "get" in acts else [])}))

    def view(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        headers: Mapping[str, str] = {}
        try:
            act = acts.get("get" if request.method == "HEAD" else (request.method or "").lower())
            if act is None:
                detail = _("It answers to: %(methods)s.") % {"methods": allowed}
                raise Problem(405, "method", detail, {"Allow": allowed})
            caller, counted = recognise(request)
            headers = counted.headers()
            response = act(request, caller, **kwargs)
        except Exception as why:  # the one place where a fault becomes an answer
            response = answer(_problem(why))
        for name, value in headers.items():
            response[name] = value
        patch_vary_headers(response, ("Accept-Language", "Authorization", "Cookie"))
        response.setdefault("Cache-Control", "private, no-cache")
        return response

    return cast("Callable[..., Answer]", csrf_exempt(wraps(next(iter(acts.values())))(view)))


def _problem(why: Exception) -> Problem:
    """Any failure as a problem; one that nobody foresaw is logged, and tells nothing of the inside."""
    if isinstance(why, Problem):
        return why
    if isinstance(why, Http404):
        return not_found()
    if isinstance(why, PermissionDenied):
        return Problem(403, "forbidden", str(why) or _("Your roles do not let you do this."))
    if isinstance(why, SuspiciousOperation):
        return Problem(400, "not-json", _("The request is not well formed."))
    log.exception("a fault behind the interface", exc_info=why)
    return Problem(500, "fault", _("It is written in the log of the site. Try again later, or tell its administrator."))


def _desk(caller: Caller, pack: str, desk: str, verb: str) -> Desk:
    """The desk of an address, if the caller may do this with it."""
    _pack, found = open_desk(pack, desk)
    caller.must(kind_of(found.model), verb)
    return found


def _writable(caller: Caller, pack: str, slug: str, verb: str) -> Desk:
    desk = _desk(caller, pack, slug, verb)
    if not desk.form or not desk.write:
        raise Problem(403, "forbidden", _("Nothing is written here through this interface."))
    if not holds(caller.user, *desk.write):
        raise PermissionDenied(_("Only for: %(roles)s.") % {"roles": _(", ").join(str(r.title) for r in desk.write)})
    return desk


def _record(caller: Caller, desk: Desk, pk: int) -> Any:
    found = visible(desk.model, caller.user).select_related(*shape_of(desk).related).filter(pk=pk).first()
    if found is None:
        raise not_found()
    return found


def _json(value: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(dumps(value), content_type="application/json", status=status)


def _one(shape: Shape, record: Any, status: int = 200) -> HttpResponse:
    response = _json(shape.render(record), status)
    response["ETag"] = f'"{record.version}"'
    return response


def _again(caller: Caller, desk: Desk, record: Any, status: int = 200) -> HttpResponse:
    """A record as it is after a write, with what its relations are now."""
    shape = shape_of(desk)
    fresh = desk.model.everything.select_related(*shape.related).get(pk=record.pk)
    response = _one(shape, fresh, status)
    if status == 201:
        response["Location"] = f"{shape.address}/{record.pk}"
    return response


# --- reading ----------------------------------------------------------------------------------------------------------


def home(request: HttpRequest, caller: Caller) -> HttpResponse:
    """What the interface offers this caller."""
    desks = []
    for pack in catalogue():
        for desk in pack.desks:
            verbs = [v for v in verbs_of(desk) if _may(caller, desk, v)]
            if verbs:
                names = {"pack": pack.name, "desk": desk.slug, "title": desk.title, "href": at(desk), "may": verbs}
                desks.append(names)
    return _json({"desks": desks, "openapi": f"{ROOT}/openapi.json", "about": "/api/"})


def verbs_of(desk: Desk) -> tuple[str, ...]:
    """What can be done with a desk through this interface at all."""
    writes = ("create", "change", *(() if desk.flow else ("void",))) if desk.form and desk.write else ()
    return (
        "read",
        *writes,
        *(("move",) if desk.flow else ()),
        *(("attach",) if desk.files and desk.write else ()),
    )


def _may(caller: Caller, desk: Desk, verb: str) -> bool:
    if caller.client and f"{kind_of(desk.model)}:{verb}" not in caller.client.scopes:
        return False
    if verb == "move":
        return bool(desk.flow and holds(caller.user, *desk.flow.roles()))
    return verb == "read" or holds(caller.user, *desk.write)


def list_(request: HttpRequest, caller: Caller, pack: str, slug: str) -> HttpResponse:
    """A page of a list."""
    desk = _desk(caller, pack, slug, "read")
    shape = shape_of(desk)
    asked = asking.read(desk, request.GET)
    found = rows(desk, caller.user, asked.rows).select_related(*shape.related)
    total, last, more = None, 1, False
    if asked.after is None:
        total = found.count()
        last = max(1, -(-total // asked.limit))
        begin_at = (asked.page - 1) * asked.limit
        records = list(found[begin_at : begin_at + asked.limit]) if begin_at < total else []
    else:
        records = list(found.order_by("pk").filter(pk__gt=asked.after)[: asked.limit + 1])
        more, records = len(records) > asked.limit, records[: asked.limit]
    told: dict[str, Any] = {"items": [shape.render(record) for record in records], "limit": asked.limit}
    if total is not None:
        told |= {"total": total, "page": asked.page}
    end = records[-1].pk if records else None
    if len(records) > asking.LIMIT or (
        records and (asked.page > 1 or asked.after)
    ):  # more than a first page of the site
        log_out(request, caller, desk.model, len(records), ["title", *(m.name for m in shape.members)])
    response = _json(told)
    if link := ", ".join(asking.links(shape.address, asked, request.GET, more=more, last=last, end=end)):
        response["Link"] = link
    return response


def log_out(
    request: HttpRequest, caller: Caller, model: type[Record], count: int, fields: list[str], form: str = "rest"
) -> None:
    """A bulk read is written down before it goes, as a sheet is: who, which filter, how many rows, which fields."""
    asked = request.get_full_path() if form == "sdmx" else request.GET.urlencode()
    note(
        Line.What.EXPORT, Line.Book.ACCESS, caller.user, who=caller.who, kind=kind_of(model),
        title=str(model._meta.verbose_name_plural), form=form, asked=asked, rows=count, fields=fields, request=request,
    )  # fmt: skip


def read(request: HttpRequest, caller: Caller, pack: str, slug: str, pk: int) -> HttpResponse:
    """One record."""
    desk = _desk(caller, pack, slug, "read")
    return _one(shape_of(desk), _record(caller, desk, pk))


def history(request: HttpRequest, caller: Caller, pack: str, slug: str, pk: int) -> HttpResponse:
    """The story of a record, the newest first, in the words of its page; personal values stay hidden."""
    desk = _desk(caller, pack, slug, "read")
    record = _record(caller, desk, pk)
    _known_only(request, "before")
    events = events_of(record)
    if sent := request.GET.get("before", ""):
        if not (sent.isascii() and sent.isdigit() and len(sent) < 10):
            fault = {"parameter": "before", "detail": _("Give the number of an event.")}
            raise wrong_parameter([fault])
        events = events.filter(seq__lt=int(sent))
    found = list(events[:MOST_EVENTS])
    words = told(desk, record, found)
    return _json({"items": [_event(e, w) for e, w in zip(found, words, strict=True)]})


def _event(event: Event, words: Mapping[str, Any]) -> dict[str, Any]:
    changes = [
        {"title": str(c["label"]), "before": str(c["before"]), "after": str(c["after"])} for c in words["changes"]
    ]
    return {
        "seq": event.seq, "at": event.at, "who": str(words["who"]), "verb": event.verb, "title": str(words["verb"]),
        "note": event.said, "changes": changes, "hash": event.hash, "sealed": words["sealed"],
    }  # fmt: skip


def _known_only(request: HttpRequest, *names: str) -> None:
    """Refuse parameters that this address does not know."""
    told = _("This address does not know it.")
    faults = [{"parameter": name, "detail": told} for name in request.GET if name not in names]
    if faults:
        raise wrong_parameter(faults)


# --- writing ----------------------------------------------------------------------------------------------------------


def create(request: HttpRequest, caller: Caller, pack: str, slug: str) -> HttpResponse:
    """A new record; on a desk with a flow a case in its first state."""
    desk = _writable(caller, pack, slug, "create")
    sent = body_of(request)

    def act() -> HttpResponse:
        changes = changes_of(desk, caller.user, None, sent, whole=True)
        record: Any = desk.model()
        try:
            if desk.flow:
                begin(desk.flow, record, caller.user, changes)
            else:
                save(record, caller.user, changes)
        except ValidationError as why:
            raise in_words(desk, why) from why
        return _again(caller, desk, record, 201)

    return once(request, caller, request.body, act)


def change(request: HttpRequest, caller: Caller, pack: str, slug: str, pk: int) -> HttpResponse:
    """Change the fields that are sent (PATCH), or all of them (PUT)."""
    desk = _writable(caller, pack, slug, "change")
    sent = body_of(request)
    record = _record(caller, desk, pk)
    version = _seen(request, desk, record, sent)
    changes = changes_of(desk, caller.user, record, sent, whole=request.method == "PUT")
    try:
        save(record, caller.user, changes, version=version)
    except ValidationError as why:
        raise in_words(desk, why) from why
    except Stale as why:
        raise _stale(desk, why.current, version, sent) from why
    return _again(caller, desk, record)


def void(request: HttpRequest, caller: Caller, pack: str, slug: str, pk: int) -> HttpResponse:
    """Withdraw a record. It stays in the history; a case of a flow is ended by a move, never withdrawn."""
    desk = _writable(caller, pack, slug, "void")
    if desk.flow:
        raise Problem(403, "forbidden", _("A case is ended by one of its moves."))
    _known_only(request, "note")
    record = _record(caller, desk, pk)
    version = _seen(request, desk, record, {})
    if found := dangling(record):
        detail = _("It is referred to by %(kinds)s. Withdraw those first, or let them refer to another.")
        raise Problem(409, "in-use", detail % {"kinds": _(", ").join(found)}, kinds=found)
    note = request.GET.get("note", "").replace("\x00", "")[:2000]
    try:
        save(record, caller.user, {"void": True}, verb="void", note=note, version=version)
    except ValidationError as why:
        raise in_words(desk, why) from why
    except Stale as why:
        raise _stale(desk, why.current, version, {}) from why
    return HttpResponse(status=204)


def _seen(request: HttpRequest, desk: Desk, record: Any, sent: Mapping[str, Any]) -> int:
    """The version the caller saw. Raises 428 when it is not said, 412 with both versions when it is no more."""
    match = TAG.fullmatch(request.headers.get("If-Match", "").strip())
    if match is None:
        detail = _("Send If-Match with the ETag of the record as you read it, so that nobody's work is overwritten.")
        raise Problem(428, "version-needed", detail)
    version = int(match[1])
    if version != record.version:
        raise _stale(desk, record, version, sent)
    return version


def _stale(desk: Desk, current: Any, version: int, sent: Mapping[str, Any]) -> Problem:
    """412: what is kept now, what was sent, and what the other changed since the version that was seen."""
    shape = shape_of(desk)
    now = shape.render(current)
    then = shape.before(current, changed_since(current, version))
    changed = [
        {"field": name, "title": str(getattr(shape.member(name), "title", name)), "before": was, "now": now[name]}
        for name, was in then.items()
    ]
    detail = _("This record was changed since you read it: you saw version %(seen)s, it is at %(now)s.")
    words = detail % {"seen": version, "now": current.version}
    tag = {"ETag": f'"{current.version}"'}
    return Problem(412, "stale", words, tag, current=now, sent=dict(sent), changed=changed)


# --- moves ------------------------------------------------------------------------------------------------------------


def _case(caller: Caller, pack: str, slug: str, pk: int, verb: str) -> tuple[Desk, Any]:
    desk = _desk(caller, pack, slug, verb)
    if desk.flow is None or not issubclass(desk.model, Case):
        raise not_found()
    return desk, _record(caller, desk, pk)


def moves(request: HttpRequest, caller: Caller, pack: str, slug: str, pk: int) -> HttpResponse:
    """The moves that leave the state of a case, each open or with the reason why not."""
    desk, case = _case(caller, pack, slug, pk, "read")
    assert desk.flow
    items = [
        {
            "name": c.move.name, "title": str(c.move.title), "target": str(c.move.target.value),
            "target_title": str(c.move.target.label), "note": c.move.note, "may": not c.why_not, "why_not": c.why_not,
            "href": f"{at(desk)}/{pk}/moves/{c.move.name}",
        }
        for c in choices(desk.flow, case, caller.user)
    ]  # fmt: skip
    response = _json({"state": case.state, "title": desk.flow.title_of(case.state), "items": items})
    response["ETag"] = f'"{case.version}"'
    return response


def move(request: HttpRequest, caller: Caller, pack: str, slug: str, pk: int, name: str) -> HttpResponse:
    """Make a move on a case, or be told why not."""
    desk, case = _case(caller, pack, slug, pk, "move")
    assert desk.flow
    flow = desk.flow
    sent = body_of(request, needed=False)
    note = sent.get("note", "")
    if not isinstance(note, str) or "\x00" in note or set(sent) - {"note"}:
        raise refused([{"pointer": "/note", "detail": _('Send {"note": "…"}, the reason as text, and nothing else.')}])

    def act() -> HttpResponse:
        version = _seen(request, desk, case, sent)
        meant = next((m for m in flow.moves_from(case.state) if m.name == name), None)
        if meant and meant.note and not note.strip():
            raise refused([{"pointer": "/note", "detail": _("Give the reason: it is kept with the decision.")}])
        try:
            moved = go(flow, case, name, caller.user, note, version=version)
        except ValidationError as why:
            raise Problem(409, "closed", " ".join(why.messages), state=case.state) from why
        except Stale as why:
            raise _stale(desk, why.current, version, sent) from why
        return _again(caller, desk, moved)

    return once(request, caller, request.body, act)


# --- files ------------------------------------------------------------------------------------------------------------


def _kept_files(record: Record) -> Any:
    return Attachment.objects.filter(kind=kind_of(record), key=record.pk).select_related("by").order_by("pk")


def _file(desk: Desk, record: Record, kept: Attachment) -> dict[str, Any]:
    return {
        "id": kept.pk, "name": kept.name, "media": kept.media, "size": kept.size, "sha256": kept.sha256, "at": kept.at,
        "by": str(kept.by or ""), "href": f"{at(desk)}/{record.pk}/files/{kept.pk}",
    }  # fmt: skip


def files(request: HttpRequest, caller: Caller, pack: str, slug: str, pk: int) -> HttpResponse:
    """The files kept with a record."""
    desk = _desk(caller, pack, slug, "read")
    record = _record(caller, desk, pk)
    return _json({"items": [_file(desk, record, kept) for kept in _kept_files(record)]})


def attach_(request: HttpRequest, caller: Caller, pack: str, slug: str, pk: int) -> HttpResponse:
    """Keep a file with a record: multipart/form-data with one part named file."""
    desk = _desk(caller, pack, slug, "attach")
    if not desk.files or not holds(caller.user, *desk.write):
        raise PermissionDenied
    record = _record(caller, desk, pk)
    if request.content_type != "multipart/form-data":
        raise Problem(415, "media-type", _("Send multipart/form-data with one part named “file”."))
    upload = request.FILES.get("file")
    if upload is None or not upload.name:
        raise refused([{"pointer": "/file", "detail": _("Choose a file first.")}])
    if "\x00" in upload.name:
        raise refused([{"pointer": "/file", "detail": _("It holds a sign that no text has (NUL).")}])
    content = sha256()
    for chunk in upload.chunks():
        content.update(chunk)

    def act() -> HttpResponse:
        upload.seek(0)
        try:
            kept = attach(record, caller.user, upload.name or "", cast(Any, upload))
        except ValidationError as why:
            raise Problem(413, "too-large", " ".join(why.messages)) from why
        except Stale as why:
            raise _stale(desk, why.current, record.version, {}) from why
        told = _file(desk, record, kept)
        response = _json(told, 201)
        response["Location"] = told["href"]
        return response

    return once(request, caller, upload.name.encode() + content.digest(), act)


def file(request: HttpRequest, caller: Caller, pack: str, slug: str, pk: int, file_pk: int) -> HttpResponse:
    """One file, to those who may see its record; never run by a browser as a page."""
    desk = _desk(caller, pack, slug, "read")
    record = _record(caller, desk, pk)
    kept = _kept_files(record).filter(pk=file_pk).first()
    if kept is None or not path_of(kept.sha256).exists():
        raise not_found()
    media = kept.media if kept.media in SAFE_INLINE else "application/octet-stream"
    response = FileResponse(path_of(kept.sha256).open("rb"), as_attachment=True, filename=kept.name, content_type=media)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return cast(HttpResponse, response)


# --- flows ------------------------------------------------------------------------------------------------------------


def flows(request: HttpRequest, caller: Caller) -> HttpResponse:
    """The flows of the house; each can be had as BPMN 2.0."""
    return _json({"items": [{"title": d.title, "desk": at(d), "href": bpmn_at(d)} for d in desks_with_flow()]})


def flow(request: HttpRequest, caller: Caller, pack: str, slug: str) -> HttpResponse:
    """A flow as BPMN 2.0: the table of states and moves, no case of anybody."""
    desk = next((d for d in desks_with_flow() if (d.model._meta.app_label, d.slug) == (pack, slug)), None)
    if desk is None or desk.flow is None:
        raise not_found()
    response = HttpResponse(bpmn(desk.flow, f"{pack}_{slug}", desk.title), content_type=MEDIA)
    response["Content-Disposition"] = f'attachment; filename="{pack}-{slug}.bpmn"'
    return response


def desks_with_flow() -> list[Desk]:
    """The desks whose records move through a flow."""
    return [desk for pack in catalogue() for desk in pack.desks if desk.flow]


def bpmn_at(desk: Desk) -> str:
    """The address of a flow as BPMN."""
    return f"{ROOT}/flows/{desk.model._meta.app_label}/{desk.slug}.bpmn"


def unknown(request: HttpRequest, caller: Caller, rest: str = "") -> HttpResponse:
    """What is no address of the interface."""
    raise Problem(404, "not-found", _("There is no such address. The interface is described at /api/."))
