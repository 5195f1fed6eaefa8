"""The figures of the plans as SDMX: two flows, READINGS and TARGETS, and the addresses of SDMX 2.1 web services.

A bound is never written as a number of its own: OBS_VALUE holds single values only, and QUALIFIER says of every observation
whether it is exact, about, at least, at most or between; LOWER and UPPER hold what is known then.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone, translation
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from hanfeng.commons.places.models import Place
from hanfeng.kernel.indicator.models import Layer, Reading, Source, Trust
from hanfeng.kernel.pure import Fault, Period, Words
from hanfeng.kernel.record.models import kind_of
from hanfeng.kernel.rest.caller import Caller
from hanfeng.kernel.rest.document import operation, query
from hanfeng.kernel.rest.doors import door, log_out
from hanfeng.kernel.rest.problem import Problem, wrong_parameter
from hanfeng.kernel.rest.shape import dumps
from hanfeng.kernel.rest.urls import unknown
from hanfeng.kernel.roles import visible
from hanfeng.standards import sdmx
from hanfeng.standards.sdmx import ABSENT, Code, Codelist, Component, Observation, Structure

from .models import Plan, Target
from .vocabulary import measures

AGENCY, ROOT = "HANFENG", "api/sdmx/2.1"
FREQ = {
    "A": gettext_lazy("yearly"),
    "S": gettext_lazy("half-yearly"),
    "Q": gettext_lazy("quarterly"),
    "M": gettext_lazy("monthly"),
    "_O": gettext_lazy("other span"),
}
QUALIFIER = {
    "EQ": gettext_lazy("exact"),
    "AB": gettext_lazy("approximate"),
    "GE": gettext_lazy("at least"),
    "LE": gettext_lazy("at most"),
    "BT": gettext_lazy("between"),
}
COMPARISON = {
    "ge": gettext_lazy("at least"),
    "le": gettext_lazy("at most"),
    "eq": gettext_lazy("exact"),
    "gt": gettext_lazy("more than"),
    "lt": gettext_lazy("less than"),
}
READINGS, TARGETS = "READINGS", "TARGETS"


# --- structures -------------------------------------------------------------------------------------------------------


def _both(text: Any) -> dict[str, str]:
    """A translatable word in both languages."""
    found = {}
    for name, language in (("zh", "zh-hans"), ("en", "en")):
        with translation.override(language):
            found[name] = str(text)
    return found


def _words(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.get("en")}


def _list(name: str, title: Any, codes: Iterable[tuple[str, dict[str, str]]], *, absent: bool = False) -> Codelist:
    more = [Code(ABSENT, _both(gettext_lazy("not applicable")))] if absent else []
    return Codelist(f"CL_{name}", _both(title), (*(Code(code, names) for code, names in codes if code), *more))


def _choices(name: str, title: Any, choices: Iterable[tuple[Any, Any]]) -> Codelist:
    return _list(name, title, [(str(value), _both(word)) for value, word in choices])


def _rows(rows: Iterable[Any], name: str) -> list[tuple[str, dict[str, str]]]:
    return [(r.slug, {"zh": getattr(r, name), "en": getattr(r, f"{name}_en") or getattr(r, name)}) for r in rows]


def _measures(used: Iterable[str]) -> Codelist:
    known = {m.id: _words(m.words) for m in measures().values()}
    other = {name: {"zh": name, "en": name} for name in used if name not in known}
    return _list("MEASURE", gettext_lazy("measure"), {**known, **other}.items())


def _used(model: Any, name: str, user: Any) -> list[str]:
    return sorted(set(visible(model, user).order_by().values_list(name, flat=True)))


def _coded(values: Iterable[str]) -> list[tuple[str, dict[str, str]]]:
    return [(value, {"zh": value, "en": value}) for value in values]


def readings_structure(user: Any) -> Structure:
    """Readings: whose value of what, where, confirmed or counted, of which kind and series, by which source."""
    areas = _list("AREA", gettext_lazy("place"), _rows(Place.objects.order_by("slug"), "name"))
    sources = _list(
        "SOURCE", gettext_lazy("source"), _rows(visible(Source, user).order_by("slug"), "title"), absent=True
    )
    dimensions = (
        Component("FREQ", _both(gettext_lazy("frequency")), _choices("FREQ", gettext_lazy("frequency"), FREQ.items())),
        Component("MEASURE", _both(gettext_lazy("measure")), _measures(_used(Reading, "measure", user))),
        Component("REF_AREA", _both(gettext_lazy("place")), areas),
        Component("LAYER", _both(gettext_lazy("layer")), _choices("LAYER", gettext_lazy("layer"), Layer.choices)),
        Component(
            "KIND",
            _both(gettext_lazy("kind")),
            _list("KIND", gettext_lazy("kind"), _coded(_used(Reading, "kind", user))),
        ),
        Component(
            "SERIES",
            _both(gettext_lazy("series")),
            _list("SERIES", gettext_lazy("series"), _coded(_used(Reading, "series", user)), absent=True),
        ),
        Component("SOURCE", _both(gettext_lazy("source")), sources),
    )
    attributes = (
        _qualifier(),
        Component("LOWER", _both(gettext_lazy("at least")), text="Double"),
        Component("UPPER", _both(gettext_lazy("at most")), text="Double"),
        Component("AS_OF", _both(gettext_lazy("as of")), text="GregorianDay", needed=True),
        Component("UNIT", _both(gettext_lazy("unit"))),
        Component(
            "TRUST", _both(gettext_lazy("trust")), _choices("TRUST", gettext_lazy("trust"), Trust.choices), needed=True
        ),
        Component("NUMERATOR", _both(gettext_lazy("numerator")), text="Double"),
        Component("DENOMINATOR", _both(gettext_lazy("denominator")), text="Double"),
        Component("DEFINITION", _both(gettext_lazy("definition"))),
        Component("INFERRED", _both(gettext_lazy("inferred"))),
        Component("DEMO", _both(gettext_lazy("demo data")), text="Boolean", needed=True),
    )
    return _structure(READINGS, gettext_lazy("readings"), dimensions, attributes)


def _qualifier() -> Component:
    told = gettext_lazy("exact value or bound")
    return Component("QUALIFIER", _both(told), _choices("QUALIFIER", told, QUALIFIER.items()), needed=True)


def targets_structure(user: Any) -> Structure:
    """Targets: what which plan wants reached, where, by when."""
    plans = [(p.slug, {"zh": p.title, "en": p.title_en or p.title}) for p in visible(Plan, user).order_by("slug")]
    own = _rows(visible(Target, user).order_by("slug"), "name")
    dimensions = (
        Component("FREQ", _both(gettext_lazy("frequency")), _choices("FREQ", gettext_lazy("frequency"), FREQ.items())),
        Component("PLAN", _both(gettext_lazy("plan")), _list("PLAN", gettext_lazy("plan"), plans)),
        Component("TARGET", _both(gettext_lazy("target")), _list("TARGET", gettext_lazy("target"), dict(own).items())),
        Component("MEASURE", _both(gettext_lazy("measure")), _measures(_used(Target, "measure", user))),
        Component(
            "REF_AREA",
            _both(gettext_lazy("place")),
            _list("AREA", gettext_lazy("place"), _rows(Place.objects.order_by("slug"), "name")),
        ),
    )
    compared = _choices("COMPARISON", gettext_lazy("comparison"), COMPARISON.items())
    attributes = (
        Component("COMPARISON", _both(gettext_lazy("comparison")), compared, needed=True),
        Component("UPPER", _both(gettext_lazy("upper target")), text="Double"),
        Component("UNIT", _both(gettext_lazy("unit"))),
        Component("BASE_VALUE", _both(gettext_lazy("base value")), text="Double"),
        Component("BASE_DATE", _both(gettext_lazy("base date")), text="GregorianDay"),
        Component(
            "NATURE", _both(gettext_lazy("nature")), _choices("NATURE", gettext_lazy("nature"), Target.Nature.choices)
        ),
        Component(
            "SHAPE", _both(gettext_lazy("shape")), _choices("SHAPE", gettext_lazy("shape"), Target.Shape.choices)
        ),
        Component("CUMULATIVE", _both(gettext_lazy("cumulative")), text="Boolean"),
        Component("DEMO", _both(gettext_lazy("demo data")), text="Boolean", needed=True),
    )
    return _structure(TARGETS, gettext_lazy("targets"), dimensions, attributes)


def _structure(
    name: str, title: Any, dimensions: tuple[Component, ...], attributes: tuple[Component, ...]
) -> Structure:
    return Structure(
        AGENCY, name, _both(title), dimensions, attributes, _both(gettext_lazy("period")), _both(gettext_lazy("value"))
    )


STRUCTURES: dict[str, Callable[[Any], Structure]] = {READINGS: readings_structure, TARGETS: targets_structure}


# --- observations -----------------------------------------------------------------------------------------------------


def readings(user: Any) -> Iterator[Observation]:
    """The readings that this reader may see; where one source gave a figure twice, its newest."""
    found: dict[tuple[tuple[str, ...], str], Observation] = {}
    rows = visible(Reading, user).exclude(low=None, high=None).select_related("source").order_by("as_of", "pk")
    for row in rows.iterator(chunk_size=1000):
        frequency, period = _period(row.period)
        source = row.source.slug if row.source else ABSENT
        key = (frequency, row.measure, row.place, row.layer, row.kind, row.series or ABSENT, source)
        bound = row.bound
        qualifier = (
            "AB"
            if bound.about
            else "EQ"
            if bound.is_exact
            else "LE"
            if row.low is None
            else "GE"
            if row.high is None
            else "BT"
        )
        known = {
            "QUALIFIER": qualifier, "LOWER": _number(None if bound.value is not None else row.low),
            "UPPER": _number(None if bound.value is not None else row.high), "AS_OF": row.as_of.isoformat(), "UNIT": row.unit,
            "TRUST": str(row.trust), "NUMERATOR": _number(row.numerator), "DENOMINATOR": _number(row.denominator),
            "DEFINITION": row.definition, "INFERRED": row.inferred, "DEMO": str(row.demo).lower(),
        }  # fmt: skip
        found[key, period] = Observation(key, period, bound.value, {n: text for n, text in known.items() if text})
    yield from found.values()


def _number(value: float | None) -> str:
    return "" if value is None else sdmx.number(value)


def _period(text: str) -> tuple[str, str]:
    """The frequency of a period and how SDMX writes it."""
    period = Period.parse(text)
    months = (period.end.year - period.start.year) * 12 + period.end.month - period.start.month
    whole = period.start.day == period.end.day == 1
    year, month = period.start.year, period.start.month
    if whole and months == 12 and month == 1:
        return "A", f"{year:04}"
    if whole and months == 6 and month in {1, 7}:
        return "S", f"{year:04}-S{month // 6 + 1}"
    if whole and months == 3 and month % 3 == 1:
        return "Q", f"{year:04}-Q{month // 3 + 1}"
    if whole and months == 1:
        return "M", f"{year:04}-{month:02}"
    if whole and months % 12 == 0:
        return "_O", f"{period.start}/P{months // 12}Y"
    return "_O", f"{period.start}/P{(period.end - period.start) // timedelta(days=1)}D"


def targets(user: Any) -> Iterator[Observation]:
    """The targets with a figure, in the year by which they are to be reached."""
    for row in visible(Target, user).exclude(goal=None).select_related("plan").order_by("pk"):
        key = ("A", row.plan.slug, row.slug, row.measure, row.place)
        base = row.base_date.isoformat() if row.base_date else ""
        known = {
            "COMPARISON": row.comparison, "UPPER": _number(row.goal_high), "UNIT": row.unit, "BASE_VALUE": _number(row.base),
            "BASE_DATE": base, "NATURE": row.nature, "SHAPE": row.shape, "CUMULATIVE": str(row.cumulative).lower(),
            "DEMO": str(row.demo).lower(),
        }  # fmt: skip
        period = f"{(row.ends or row.plan.ends).year:04}"
        yield Observation(key, period, row.goal, {n: text for n, text in known.items() if text})


FLOWS: dict[str, tuple[type[Any], Callable[[Any], Iterator[Observation]]]] = {
    READINGS: (Reading, readings),
    TARGETS: (Target, targets),
}


# --- addresses --------------------------------------------------------------------------------------------------------

DATA_FORMS = (
    ("vnd.sdmx.genericdata+xml", sdmx.GENERIC), ("vnd.sdmx.structurespecificdata+xml", sdmx.STRUCTURED),
    ("vnd.sdmx.data+json", sdmx.DATA_JSON), ("vnd.sdmx.data+csv", sdmx.DATA_CSV), ("json", sdmx.DATA_JSON),
    ("csv", sdmx.DATA_CSV), ("xml", sdmx.GENERIC), ("*/*", sdmx.GENERIC),
)  # fmt: skip
STRUCTURE_FORMS = (
    ("vnd.sdmx.structure+xml", sdmx.STRUCTURE_XML), ("vnd.sdmx.structure+json", sdmx.STRUCTURE_JSON),
    ("json", sdmx.STRUCTURE_JSON), ("xml", sdmx.STRUCTURE_XML), ("*/*", sdmx.STRUCTURE_XML),
)  # fmt: skip


def _form(request: HttpRequest, forms: tuple[tuple[str, str], ...]) -> str:
    """The form that is wanted most (RFC 9110, Accept with weights). Raises 406."""
    asked = request.headers.get("Accept") or "*/*"
    ranges = [[part.strip().casefold() for part in entry.split(";")] for entry in asked.split(",")]
    for kind, *told in sorted(ranges, key=_weight, reverse=True):
        version = next((t.removeprefix("version=").strip('"') for t in told if t.startswith("version=")), "")
        for sign, form in forms:
            if (kind.endswith(sign) or kind.split("/")[-1] == sign) and _weight([kind, *told]) > 0:
                served = form.partition("version=")[2]
                if not version or served.startswith(version) or version.startswith(served):
                    return form
        if kind in {"application/*", "text/*"}:
            return forms[-1][1]
    offered = ", ".join(dict.fromkeys(form for _sign, form in forms))
    raise Problem(
        406, "not-acceptable", _("This is given as: %(forms)s.") % {"forms": offered}, offered=offered.split(", ")
    )


def _weight(entry: list[str]) -> float:
    for part in entry[1:]:
        if part.startswith("q="):
            try:
                return float(part[2:])
            except ValueError:
                return 0.0
    return 1.0


def _message() -> sdmx.Message:
    return sdmx.Message(f"HF{secrets.token_hex(6)}", AGENCY, timezone.now())


def _params(request: HttpRequest, *known: str) -> dict[str, str]:
    """The parameters of a request. Raises 400 for one that is not known here."""
    told = _("This address knows: %(names)s.") % {"names": ", ".join(known)}
    if faults := [{"parameter": name, "detail": told} for name in request.GET if name not in known]:
        raise wrong_parameter(faults)
    return {name: request.GET[name] for name in request.GET}


def _missing() -> Problem:
    detail = _("There is no such structure or flow here. There are: %(names)s.")
    return Problem(404, "not-found", detail % {"names": ", ".join(STRUCTURES)})


def data(request: HttpRequest, caller: Caller, flow: str, key: str = "all", provider: str = "all") -> HttpResponse:
    """The observations of a flow that a key and a span of time ask for."""
    agency, _comma, rest = flow.rpartition(",") if flow.count(",") < 2 else flow.partition(",")
    name = (rest.split(",")[0] if flow.count(",") == 2 else rest).upper()
    if name not in FLOWS or agency not in {"", "all", AGENCY} or provider not in {"all", AGENCY}:
        raise _missing()
    model, rows = FLOWS[name]
    caller.must(kind_of(model), "read")
    form = _form(request, DATA_FORMS)
    params = _params(request, "startPeriod", "endPeriod", "dimensionAtObservation", "detail", "references")
    if params.get("dimensionAtObservation", sdmx.TIME) != sdmx.TIME or params.get("detail", "full") != "full":
        raise wrong_parameter(
            [{"parameter": "dimensionAtObservation", "detail": _("Observations are given by time, in full.")}]
        )
    one = STRUCTURES[name](caller.user)
    found = _asked(one, rows(caller.user), key, params)
    if not found:
        raise Problem(404, "not-found", _("No observation fits what was asked."))
    log_out(
        request,
        caller,
        model,
        len(found),
        [*(c.id for c in (*one.dimensions, *one.attributes)), sdmx.TIME, sdmx.VALUE],
        "sdmx",
    )
    return HttpResponse(_written(form, one, found), content_type=form)


def _asked(one: Structure, rows: Iterator[Observation], key: str, params: dict[str, str]) -> list[Observation]:
    try:
        codes = sdmx.read_key(key, one)
        start, end = params.get("startPeriod") or None, params.get("endPeriod") or None
        for period in filter(None, (start, end)):
            sdmx.days_of(period)
    except Fault as why:
        raise wrong_parameter([{"parameter": "key", "detail": _(why.template) % why.params}]) from why
    return [o for o in rows if sdmx.wanted(o.key, codes) and sdmx.within(o.period, start, end)]


def _written(form: str, one: Structure, found: list[Observation]) -> bytes:
    if form == sdmx.DATA_CSV:
        return sdmx.data_csv(one, found)
    if form == sdmx.DATA_JSON:
        return dumps(sdmx.data_json(_message(), one, found, _language()))
    return (sdmx.generic_xml if form == sdmx.GENERIC else sdmx.specific_xml)(_message(), one, found)


def _language() -> str:
    return "en" if (get_language() or "").startswith("en") else "zh"


ALL_PARTS = ("dataflow", "codelist", "conceptscheme", "datastructure")
CHILDREN = {
    "dataflow": ("datastructure",),
    "datastructure": ("codelist", "conceptscheme"),
    "codelist": (),
    "conceptscheme": (),
}


def structure(
    request: HttpRequest, caller: Caller, kind: str, agency: str = "all", name: str = "all", version: str = "latest"
) -> HttpResponse:
    """The structures of a kind, with what they refer to when that is asked for."""
    form = _form(request, STRUCTURE_FORMS)
    params = _params(request, "references", "detail")
    references = params.get("references", "none")
    if kind not in CHILDREN or agency not in {"all", AGENCY} or version not in {"latest", "all", "1.0"}:
        raise _missing()
    if references not in {"none", "children", "descendants", "all", "parents", "parentsandsiblings", *CHILDREN}:
        told = _("Give one of: %(names)s.") % {"names": "none, children, descendants, all"}
        raise wrong_parameter([{"parameter": "references", "detail": told}])
    every = [make(caller.user) for make in STRUCTURES.values()]
    kept, lists = _chosen(every, kind, name)
    more = (
        set(CHILDREN[kind])
        if references == "children"
        else set(ALL_PARTS)
        if references in {"all", "descendants"}
        else set()
    )
    parts = {kind} | more | ({references} & set(CHILDREN))
    if form == sdmx.STRUCTURE_JSON:
        told_json = sdmx.structure_json(_message(), kept, parts, _language(), lists)
        return HttpResponse(dumps(told_json), content_type=form)
    return HttpResponse(sdmx.structure_xml(_message(), kept, parts, lists), content_type=form)


def _chosen(every: list[Structure], kind: str, name: str) -> tuple[list[Structure], set[str] | None]:
    """The structures that a name means, and which codelists of them."""
    if name == "all":
        return every, None
    if kind == "codelist":
        kept = [one for one in every if name in one.codelists]
        lists: set[str] | None = {name}
    else:
        kept = [one for one in every if name in {one.id, f"CS_{one.id}"}]
        lists = None
    if not kept:
        raise _missing()
    return kept, lists


def addresses() -> list[URLPattern]:
    """The paths of SDMX 2.1: data/flow/key/provider and kind/agency/id/version, the later parts left out at will."""
    own = f"{ROOT}/<slug:kind>"
    rest = door(get=structure)
    return [
        path(f"{ROOT}/data/<str:flow>", door(get=data), name="sdmx-data"),
        path(f"{ROOT}/data/<str:flow>/<str:key>", door(get=data)),
        path(f"{ROOT}/data/<str:flow>/<str:key>/<str:provider>", door(get=data)),
        path(own, rest, name="sdmx"),
        path(f"{own}/<str:agency>", rest),
        path(f"{own}/<str:agency>/<str:name>", rest),
        path(f"{own}/<str:agency>/<str:name>/<str:version>", rest),
        unknown(ROOT),
    ]


def described() -> dict[str, Any]:
    """These addresses as paths of OpenAPI."""
    span = [
        query(name, words, {"type": "string", "examples": ["2021", "2021-Q1", "2021-03"]})
        for name, words in (("startPeriod", _("From this period on.")), ("endPeriod", _("Up to this period.")))
    ]
    known = [*CHILDREN, "none", "children", "descendants", "all"]
    depth = [query("references", _("What else is given with it."), {"type": "string", "enum": known})]
    flow = _part("flow", enum=list(STRUCTURES))
    key = _part("key", _("Codes parted by points, several of one place by +; an empty place means any; or all."))
    provider = _part("provider", enum=["all", AGENCY])
    told = _described("sdmx_data", _("SDMX: observations"), f"/{ROOT}/data", (flow, key, provider), DATA_FORMS, span)
    parts = (
        _part("kind", enum=list(CHILDREN)),
        _part("agency", enum=["all", AGENCY]),
        _part("name", _("The id of a structure, or all.")),
        _part("version", enum=["latest", "all", "1.0"]),
    )
    return told | _described("sdmx_structure", _("SDMX: structures"), f"/{ROOT}", parts, STRUCTURE_FORMS, depth)


def _described(
    name: str,
    words: str,
    start: str,
    parts: Iterable[dict[str, Any]],
    forms: Iterable[tuple[str, str]],
    asked: list[Any],
) -> dict[str, Any]:
    """An address with each part that may be left out from the right, in every form that is given."""
    content: dict[str, Any] = {form.partition(";")[0]: {} for _sign, form in forms}
    answer = {"200": {"description": words, "content": content}}
    found, taken, at = {}, list[dict[str, Any]](), start
    for part in parts:
        taken.append(part)
        at += f"/{{{part['name']}}}"
        got = operation("sdmx", f"{name}_{len(taken)}", words, answer, asked, codes=(404, 406))
        found[at] = {"parameters": list(taken), "get": got}
    return found


def _part(name: str, words: str = "", **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "description": words, "schema": {"type": "string", **schema}}
