"""The OpenAPI 3.1 document: the operations of each desk, derived from its value, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from typing import Any

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hanfeng.kernel.desk.desk import Desk
from hanfeng.kernel.pack import Pack, catalogue

from . import asked as asking
from .doors import bpmn_at, desks_with_flow, verbs_of
from .problem import MEDIA, titles
from .room import room
from .shape import ROOT, Member, at, dumps, schema_of, shape_of

Schema = dict[str, Any]
JSON = "application/json"


def openapi(request: HttpRequest) -> HttpResponse:
    """The document. It tells how data look, never what they are: anybody may read it."""
    response = HttpResponse(_bytes(get_language() or ""), content_type=JSON)
    response["Cache-Control"] = "public, max-age=300"
    response["Vary"] = "Accept-Language, Cookie"
    return response


@cache
def _bytes(language: str) -> bytes:
    with translation.override(language or None):
        return dumps(document())


def document() -> Schema:
    """The whole document in the active language."""
    desks = [(pack, desk) for pack in catalogue() for desk in pack.desks]
    paths: Schema = {ROOT: {"get": _home()}, **dict(_flows())}
    schemas: Schema = _shared()
    for pack, desk in desks:
        paths |= dict(_paths(pack, desk))
        schemas |= _schemas(desk)
    paths |= room.beside()
    return {
        "openapi": "3.1.0",
        "info": {
            "title": _("Hanfeng, the interface of the registers"),
            "version": version("hanfeng"),
            "description": _("Every register as resources. /api/ tells how it is used."),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {"session": []}],
        "tags": [{"name": p.name, "description": str(p.title)} for p in catalogue() if p.desks],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": _responses(),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
            },
        },
    }


# --- paths ------------------------------------------------------------------------------------------------------------


def id_of(desk: Desk) -> str:
    """The stable name of a desk in operation ids and schemas."""
    return f"{desk.model._meta.app_label}_{desk.slug}"


def _paths(pack: Pack, desk: Desk) -> Iterator[tuple[str, Schema]]:
    """The addresses of a desk: its list, a record, and what hangs on a record."""
    name, kind, may = id_of(desk), str(desk.model._meta.verbose_name), verbs_of(desk)
    title = {"list": desk.title, "kind": kind}
    collection = {
        "get": operation(pack.name, f"{name}_list", _("%(list)s: list") % title, _list_answer(name), _params(desk))
    }
    one = {"parameters": [_id()], "get": operation(pack.name, f"{name}_read", _("%(kind)s: read") % title, _one(name))}
    if "create" in may:
        words = _("%(kind)s: add") % title
        collection["post"] = operation(
            pack.name,
            f"{name}_create",
            words,
            {"201": _one(name)["200"]},
            [_key()],
            _body(f"{name}_new"),
            codes=(409, 422),
        )
        for method, verb, schema, words in (
            ("patch", "change", f"{name}_change", _("%(kind)s: change fields") % title),
            ("put", "replace", f"{name}_new", _("%(kind)s: replace") % title),
        ):
            one[method] = operation(
                pack.name, f"{name}_{verb}", words, _one(name), [_match()], _body(schema), codes=(404, 412, 422, 428)
            )
    if "void" in may:
        note = query("note", _("Why it is withdrawn."), {"type": "string", "maxLength": 2000})
        done = {"204": {"description": _("Withdrawn")}}
        words = _("%(kind)s: withdraw") % title
        one["delete"] = operation(pack.name, f"{name}_void", words, done, [_match(), note], codes=(404, 409, 412, 428))
    yield at(desk), collection
    yield f"{at(desk)}/{{id}}", one
    yield from _beside(pack, desk, title)


def _beside(pack: Pack, desk: Desk, title: dict[str, str]) -> Iterator[tuple[str, Schema]]:
    """What hangs on a record: its story, its files, its moves."""
    name, address = id_of(desk), f"{at(desk)}/{{id}}"
    before = query("before", _("Only events before this number."), {"type": "integer", "minimum": 1})
    story = operation(pack.name, f"{name}_history", _("%(kind)s: history") % title, _ref("History"), [before])
    yield f"{address}/history", {"parameters": [_id()], "get": story}
    files = {"get": operation(pack.name, f"{name}_files", _("%(kind)s: files") % title, _ref("Files"))}
    if "attach" in verbs_of(desk):
        part = {"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}}}
        files["post"] = operation(
            pack.name, f"{name}_attach", _("%(kind)s: attach a file") % title, {"201": _ref("File")["200"]}, [_key()],
            {"required": True, "content": {"multipart/form-data": {"schema": part}}}, codes=(404, 409, 412, 413, 422),
        )  # fmt: skip
    yield f"{address}/files", {"parameters": [_id()], **files}
    content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    content |= dict.fromkeys(("application/pdf", "image/png", "image/jpeg"), content["application/octet-stream"])
    content["text/plain"] = content["application/octet-stream"]
    got = {"200": {"description": _("The file"), "content": content}}
    one = operation(pack.name, f"{name}_file", _("%(kind)s: fetch a file") % title, got)
    yield f"{address}/files/{{file_id}}", {"parameters": [_id(), _id("file_id")], "get": one}
    if not desk.flow:
        return
    moves = operation(pack.name, f"{name}_moves", _("%(kind)s: moves, and why not") % title, _ref("Moves"))
    yield f"{address}/moves", {"parameters": [_id()], "get": moves}
    named = dict.fromkeys(m.name for m in desk.flow.moves)
    move = {"name": "move", "in": "path", "required": True, "schema": {"type": "string", "enum": list(named)}}
    made = operation(
        pack.name, f"{name}_move", _("%(kind)s: make a move") % title, _one(name), [_match(), _key()],
        {"content": {JSON: {"schema": {"$ref": "#/components/schemas/Note"}}}}, codes=(404, 409, 412, 422, 428),
    )  # fmt: skip
    yield f"{address}/moves/{{move}}", {"parameters": [_id(), move], "post": made}


def operation(
    tag: str,
    name: str,
    summary: str,
    answers: Schema,
    params: list[Schema] | None = None,
    body: Schema | None = None,
    codes: tuple[int, ...] = (404,),
) -> Schema:
    """One operation: what it answers, and which problems (`codes` beside those that any may have)."""
    told: Schema = {"operationId": name, "summary": summary, "tags": [tag], "parameters": params or []}
    if body:
        told["requestBody"] = body
    common = (400, 401, 403, 415, 429) if body else (400, 401, 403, 429)
    extra = (404,) if 404 not in codes else ()
    problems = {str(c): {"$ref": f"#/components/responses/{c}"} for c in sorted({*common, *codes, *extra})}
    return {**told, "responses": {**answers, **problems}}


def _home() -> Schema:
    entry: Schema = {"type": "object", "properties": {n: {"type": "string"} for n in ("pack", "desk", "title", "href")}}
    entry["properties"]["may"] = {"type": "array", "items": {"type": "string"}}
    told = {"type": "object", "properties": {"desks": {"type": "array", "items": entry}}}
    problems = {str(c): {"$ref": f"#/components/responses/{c}"} for c in (401, 403, 429)}
    answer = {"200": {"description": _("What this caller may do"), "content": {JSON: {"schema": told}}}}
    return {"operationId": "home", "summary": _("What this caller may do"), "responses": {**answer, **problems}}


def _flows() -> Iterator[tuple[str, Schema]]:
    """The flows as BPMN 2.0: a list, and one address each."""
    problems = {str(c): {"$ref": f"#/components/responses/{c}"} for c in (401, 403, 429)}
    text: Schema = {"type": "string"}
    entry = _object(title=text, desk=text, href=text)
    items = _object(items={"type": "array", "items": entry})
    told = {"200": {"description": _("Flows as BPMN 2.0"), "content": {JSON: {"schema": items}}}, **problems}
    yield f"{ROOT}/flows", {"get": {"operationId": "flows", "summary": _("Flows as BPMN 2.0"), "responses": told}}
    for desk in desks_with_flow():
        words = _("%(list)s: the flow as BPMN 2.0") % {"list": desk.title}
        got = {
            "200": {"description": words, "content": {"application/xml": {"schema": {"type": "string"}}}},
            **problems,
        }
        yield bpmn_at(desk), {"get": {"operationId": f"{id_of(desk)}_flow", "summary": words, "responses": got}}


def _params(desk: Desk) -> list[Schema]:
    """The parameters of a list: the filters of the desk, search, order, paging."""
    found = [_filter(desk, name) for name in desk.filters]
    if desk.search:
        found.append(query("q", _("Words to search for."), {"type": "string"}))
    order = [f"{sign}{name}" for name in asking.sorts(desk) for sign in ("", "-")]
    if order:
        found.append(query("sort", _("The order; a minus turns it."), {"type": "string", "enum": order}))
    number: Schema = {"type": "integer", "minimum": 1}
    limit = {**number, "maximum": asking.MOST, "default": asking.LIMIT}
    after = {"type": "integer", "minimum": 0, "maximum": asking.LARGEST}
    told = _(
        "Rows after this id, in the order of ids: how to read a whole list. Begin with 0; not together with page or sort."
    )
    return [
        *found,
        query("page", _("Which page, beginning with 1."), {**number, "maximum": asking.LAST_PAGE}),
        query("limit", _("How many rows."), limit),
        query("after", told, after),
    ]


def _filter(desk: Desk, name: str) -> Schema:
    kept: Any = desk.model._meta.get_field(name)
    if isinstance(kept, models.ForeignKey):
        schema: Schema = {"type": "integer", "minimum": 1, "maximum": asking.LARGEST}
    elif desk.flow and name == "state":
        schema = {"type": "string", "enum": [str(s.value) for s in desk.flow.states]}
    elif kept.choices:
        schema = {"enum": [value for value, _title in kept.flatchoices]}
    else:
        schema = {k: v for k, v in schema_of(kept, writing=False).items() if k in {"type", "format"}} or {
            "type": "string"
        }
    return query(name, desk.label(name), schema)


def query(name: str, words: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "description": words, "schema": schema}


def _id(name: str = "id") -> Schema:
    schema = {"type": "integer", "minimum": 1, "maximum": asking.LARGEST}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _match() -> Schema:
    words = _("The ETag of the record as it was read. Without it nothing is changed.")
    schema = {"type": "string", "pattern": '^"[0-9]{1,9}"$'}
    return {"name": "If-Match", "in": "header", "required": True, "description": words, "schema": schema}


def _key() -> Schema:
    words = _(
        "A key of your own for this request: sent again within 24 hours it does nothing twice and gets the same answer."
    )
    schema = {"type": "string", "pattern": "^[!-~]{1,200}$"}
    return {"name": "Idempotency-Key", "in": "header", "description": words, "schema": schema}


def _body(name: str) -> Schema:
    return {"required": True, "content": {JSON: {"schema": {"$ref": f"#/components/schemas/{name}"}}}}


# --- answers and schemas ----------------------------------------------------------------------------------------------


def _ref(name: str, words: str = "") -> Schema:
    schema = {"$ref": f"#/components/schemas/{name}"}
    return {"200": {"description": words or name, "content": {JSON: {"schema": schema}}}}


def _one(name: str) -> Schema:
    told: Schema = _ref(name, _("The record as it is now"))
    told["200"]["headers"] = {"ETag": {"description": _("The version, for If-Match."), "schema": {"type": "string"}}}
    return told


def _list_answer(name: str) -> Schema:
    told: Schema = _ref(f"{name}_list", _("A page of the list"))
    words = _("The pages beside this one (RFC 8288).")
    told["200"]["headers"] = {"Link": {"description": words, "schema": {"type": "string"}}}
    return told


def _schemas(desk: Desk) -> Schema:
    name, shape = id_of(desk), shape_of(desk)
    own: Schema = {
        "id": {"type": "integer"},
        "version": {"type": "integer"},
        "recorded_at": {"type": "string", "format": "date-time"},
        "changed_at": {"type": "string", "format": "date-time"},
        "demo": {"type": "boolean", "description": _("Invented for the demonstration; no real value.")},
        "href": {"type": "string"},
        "title": {"type": "string"},
    }
    shown = {**own, **{m.name: _shown(m) for m in shape.members}}
    title = str(desk.model._meta.verbose_name)
    found: Schema = {
        name: {"type": "object", "title": title, "required": list(shown), "properties": shown},
        f"{name}_list": {
            "type": "object",
            "title": desk.title,
            "required": ["items", "limit"],
            "properties": {
                "items": {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}},
                **{n: {"type": "integer"} for n in ("limit", "total", "page")},
            },
        },
    }
    if desk.form and desk.write:
        fields = [desk.model._meta.get_field(n) for n in desk.form]
        written = {f.name: schema_of(f, writing=True) for f in fields}
        needed = [f.name for f in fields if not getattr(f, "blank", False) and not getattr(f, "has_default", bool)()]
        kept = {"type": "object", "title": title, "properties": written}
        found[f"{name}_new"] = {**kept, "required": needed} if needed else kept
        found[f"{name}_change"] = kept
    return found


def _shown(member: Member) -> Schema:
    title = {"title": str(member.title)}
    if member.masked:
        return {**title, "type": "string", "description": _("Personal: masked.")}
    if member.kept is None:
        return {**title, "description": _("Computed; cannot be written.")}
    return schema_of(member.kept, writing=False)


def _object(required: bool = True, **properties: Schema) -> Schema:
    told: Schema = {"type": "object", "properties": properties}
    return {**told, "required": list(properties)} if required else told


def _shared() -> Schema:
    """The schemas that all desks share."""
    text, number, flag, moment = (
        {"type": "string"},
        {"type": "integer"},
        {"type": "boolean"},
        {"type": "string", "format": "date-time"},
    )
    maybe = {"anyOf": [text, {"type": "null"}]}
    change = _object(title=text, before=text, after=text)
    event = _object(
        seq=number, at=moment, who=text, verb=text, title=text, note=text, hash=text, sealed=flag,
        changes={"type": "array", "items": change},
    )  # fmt: skip
    file = _object(id=number, name=text, media=text, size=number, sha256=text, at=moment, by=text, href=text)
    move = _object(name=text, title=text, target=text, target_title=text, note=flag, may=flag, why_not=text, href=text)
    fault = _object(False, pointer=text, parameter=text, field=text, title=text, detail=text)
    problem = _object(
        False, type=text, title=text, status=number, detail=text, errors={"type": "array", "items": fault}
    )
    both = {
        "current": {"type": "object", "description": _("The record as it is kept now.")},
        "sent": {"type": "object", "description": _("What you sent.")},
        "changed": {
            "type": "array",
            "description": _("What was changed since the version you saw."),
            "items": {"type": "object"},
        },
    }
    return {
        "Key": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer", "minimum": 1}}},
        "Link": _object(id=number, title=text, href=maybe),
        "Event": event,
        "History": _object(items={"type": "array", "items": {"$ref": "#/components/schemas/Event"}}),
        "File": file,
        "Files": _object(items={"type": "array", "items": {"$ref": "#/components/schemas/File"}}),
        "Moves": _object(state=text, title=text, items={"type": "array", "items": move}),
        "Note": {"type": "object", "properties": {"note": text}, "additionalProperties": False},
        "Problem": {**problem, "required": ["type", "title", "status", "detail"]},
        "Conflict": {"allOf": [{"$ref": "#/components/schemas/Problem"}, {"type": "object", "properties": both}]},
    }


CODES = {
    400: ("not-json", "wrong-parameter"), 401: ("sign-in",), 403: ("forbidden",), 404: ("not-found",), 406: ("not-acceptable",),
    409: ("closed", "in-use"), 412: ("stale",), 413: ("too-large",), 415: ("media-type",), 422: ("refused",),
    428: ("version-needed",), 429: ("too-many",),
}  # fmt: skip


def _responses() -> Schema:
    known = titles()

    def told(code: int) -> Schema:
        schema = {"$ref": f"#/components/schemas/{'Conflict' if code == 412 else 'Problem'}"}
        words = "; ".join(known[name] for name in CODES[code])
        return {"description": words, "content": {MEDIA: {"schema": schema}}}

    return {str(code): told(code) for code in CODES}
