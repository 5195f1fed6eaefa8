"""The Common Alerting Protocol, version 1.2 (OASIS CAP-V1.2, 2010): messages as values, written as XML and read again.

Times carry a zone; points are (latitude, longitude) in WGS 84; a circle has its radius in km.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from lxml import etree

from hanfeng.kernel.base.words import Fault, gettext_noop

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"

STATUS = ("Actual", "Exercise", "System", "Test", "Draft")
MESSAGE = ("Alert", "Update", "Cancel", "Ack", "Error")
SCOPE = ("Public", "Restricted", "Private")
CATEGORY = (
    "Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE", "Other",
)  # fmt: skip
RESPONSE = ("Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None")
URGENCY = ("Immediate", "Expected", "Future", "Past", "Unknown")
SEVERITY = ("Extreme", "Severe", "Moderate", "Minor", "Unknown")
CERTAINTY = ("Observed", "Likely", "Possible", "Unlikely", "Unknown")


class BadMessage(Fault):
    """A message that the standard does not allow: which element, and what is wrong with it."""


@dataclass(frozen=True)
class Area:
    """Where a message holds."""

    description: str
    polygons: tuple[tuple[tuple[float, float], ...], ...] = ()
    circles: tuple[tuple[float, float, float], ...] = ()
    geocodes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Info:
    """What a message says in one language."""

    event: str
    category: tuple[str, ...]
    urgency: str
    severity: str
    certainty: str
    language: str = "zh-CN"
    response: tuple[str, ...] = ()
    audience: str = ""
    event_codes: tuple[tuple[str, str], ...] = ()
    effective: datetime | None = None
    onset: datetime | None = None
    expires: datetime | None = None
    sender_name: str = ""
    headline: str = ""
    description: str = ""
    instruction: str = ""
    web: str = ""
    contact: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    areas: tuple[Area, ...] = ()


@dataclass(frozen=True)
class Message:
    """One CAP alert element. `references` are those of the messages that it updates, cancels or acknowledges."""

    identifier: str
    sender: str
    sent: datetime
    status: str = "Actual"
    type: str = "Alert"
    scope: str = "Public"
    source: str = ""
    restriction: str = ""
    addresses: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    note: str = ""
    references: tuple[str, ...] = ()
    incidents: tuple[str, ...] = ()
    infos: tuple[Info, ...] = field(default=())

    @property
    def reference(self) -> str:
        """How later messages name this one: sender, identifier, time of sending."""
        return f"{self.sender},{self.identifier},{moment(self.sent)}"


# --- writing ----------------------------------------------------------------------------------------------------------


def moment(at: datetime) -> str:
    """A time as the standard writes it: whole seconds, a numeric offset, -00:00 for UTC, never Z. Raises ValueError without."""
    offset = at.utcoffset()
    if offset is None:
        raise ValueError("a time in CAP needs its zone")
    if not offset:
        return at.strftime("%Y-%m-%dT%H:%M:%S") + "-00:00"
    minutes = round(offset.total_seconds() / 60)
    sign = "+" if minutes > 0 else "-"
    return at.strftime("%Y-%m-%dT%H:%M:%S") + f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def write(message: Message) -> bytes:
    """The message as XML in UTF-8. Raises BadMessage where the standard would not allow it."""
    check(message)
    root = etree.Element(f"{{{NAMESPACE}}}alert", nsmap={None: NAMESPACE})
    for name, text in _head(message):
        _add(root, name, text)
    for info in message.infos:
        _write_info(_add(root, "info"), info)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _head(message: Message) -> Iterator[tuple[str, str]]:
    yield "identifier", message.identifier
    yield "sender", message.sender
    yield "sent", moment(message.sent)
    yield "status", message.status
    yield "msgType", message.type
    yield from _given("source", message.source)
    yield "scope", message.scope
    yield from _given("restriction", message.restriction)
    yield from _given("addresses", _quoted(message.addresses))
    yield from (("code", code) for code in message.codes)
    yield from _given("note", message.note)
    yield from _given("references", " ".join(message.references))
    yield from _given("incidents", _quoted(message.incidents))


def _given(name: str, text: str) -> Iterator[tuple[str, str]]:
    if text:
        yield name, text


def _quoted(names: Iterable[str]) -> str:
    return " ".join(f'"{name}"' if " " in name else name for name in names)


def _write_info(into: Any, info: Info) -> None:
    plain: list[tuple[str, str]] = [
        ("language", info.language), *(("category", c) for c in info.category), ("event", info.event),
        *(("responseType", r) for r in info.response), ("urgency", info.urgency), ("severity", info.severity),
        ("certainty", info.certainty), *_given("audience", info.audience),
    ]  # fmt: skip
    for name, text in plain:
        _add(into, name, text)
    _pairs(into, "eventCode", info.event_codes)
    for name, at in (("effective", info.effective), ("onset", info.onset), ("expires", info.expires)):
        if at is not None:
            _add(into, name, moment(at))
    told = {
        "senderName": info.sender_name, "headline": info.headline, "description": info.description,
        "instruction": info.instruction, "web": info.web, "contact": info.contact,
    }  # fmt: skip
    for name, text in told.items():
        if text:
            _add(into, name, text)
    _pairs(into, "parameter", info.parameters)
    for area in info.areas:
        _write_area(_add(into, "area"), area)


def _write_area(into: Any, area: Area) -> None:
    _add(into, "areaDesc", area.description)
    for polygon in area.polygons:
        _add(into, "polygon", " ".join(f"{lat:.6g},{lon:.6g}" for lat, lon in polygon))
    for lat, lon, radius in area.circles:
        _add(into, "circle", f"{lat:.6g},{lon:.6g} {radius:.6g}")
    _pairs(into, "geocode", area.geocodes)


def _pairs(into: Any, name: str, pairs: Iterable[tuple[str, str]]) -> None:
    for key, value in pairs:
        pair = _add(into, name)
        _add(pair, "valueName", key)
        _add(pair, "value", value)


def _add(into: Any, name: str, text: str | None = None) -> Any:
    made = etree.SubElement(into, f"{{{NAMESPACE}}}{name}")
    if text is not None:
        made.text = "".join(c for c in text if c in "\t\n\r" or ord(c) >= 32)  # XML has no other control characters
    return made


# --- checking ---------------------------------------------------------------------------------------------------------


def check(message: Message) -> None:
    """Raises BadMessage for what the schema cannot say or says less plainly."""
    for name, text in (("identifier", message.identifier), ("sender", message.sender)):
        if not text or any(c in text for c in " ,<&"):
            told = gettext_noop("CAP %(name)s “%(text)s” must be there and hold no blank, comma, < or &.")
            raise BadMessage("bad_name", told, {"name": name, "text": text})
    _one_of("status", message.status, STATUS)
    _one_of("msgType", message.type, MESSAGE)
    _one_of("scope", message.scope, SCOPE)
    if message.type != "Alert" and not message.references:
        told = gettext_noop("A CAP message of the type %(type)s must name the message it refers to.")
        raise BadMessage("no_reference", told, {"type": message.type})
    if message.scope == "Restricted" and not message.restriction:
        raise BadMessage(
            "no_restriction", gettext_noop("A restricted CAP message must say to whom it is restricted."), {}
        )
    if message.scope == "Private" and not message.addresses:
        raise BadMessage("no_addresses", gettext_noop("A private CAP message must name its addressees."), {})
    for info in message.infos:
        _check_info(info, message.sent)


def _check_info(info: Info, sent: datetime) -> None:
    for name, text, known in (
        ("urgency", info.urgency, URGENCY), ("severity", info.severity, SEVERITY), ("certainty", info.certainty, CERTAINTY),
        *(("category", c, CATEGORY) for c in info.category), *(("responseType", r, RESPONSE) for r in info.response),
    ):  # fmt: skip
        _one_of(name, text, known)
    if not info.category or not info.event:
        raise BadMessage("no_event", gettext_noop("A CAP message must name its event and at least one category."), {})
    if info.expires and info.expires <= (info.effective or sent):
        raise BadMessage("expired", gettext_noop("A CAP message must expire after it takes effect."), {})
    for area in info.areas:
        for polygon in area.polygons:
            if len(polygon) < 4 or polygon[0] != polygon[-1]:
                told = gettext_noop(
                    "A CAP polygon needs at least four points, the last of them the first again: %(area)s."
                )
                raise BadMessage("bad_polygon", told, {"area": area.description})


def _one_of(name: str, text: str, known: tuple[str, ...]) -> None:
    if text not in known:
        told = gettext_noop("CAP %(name)s is “%(text)s”; the standard knows: %(known)s.")
        raise BadMessage("bad_word", told, {"name": name, "text": text, "known": ", ".join(known)})


# --- reading ----------------------------------------------------------------------------------------------------------

MOST_BYTES = 4_000_000
_PARSER: dict[str, Any] = {"resolve_entities": False, "no_network": True, "huge_tree": False, "load_dtd": False}


def read(data: bytes) -> Message:
    """A message from XML that may come from anybody. Raises BadMessage."""
    if len(data) > MOST_BYTES:
        told = gettext_noop("The message has %(size)s bytes; at most %(most)s are read.")
        raise BadMessage("too_long", told, {"size": len(data), "most": MOST_BYTES})
    try:
        root = etree.fromstring(data, etree.XMLParser(**_PARSER))
    except etree.XMLSyntaxError as why:
        raise BadMessage("not_xml", gettext_noop("This is no XML: %(why)s"), {"why": str(why)}) from why
    if root.tag != f"{{{NAMESPACE}}}alert":
        raise BadMessage(
            "not_cap", gettext_noop("This is no message of CAP 1.2: its root is %(tag)s."), {"tag": str(root.tag)}
        )
    found = Message(
        _text(root, "identifier"), _text(root, "sender"), _time(root, "sent"), _text(root, "status"), _text(root, "msgType"),
        _text(root, "scope"), _text(root, "source"), _text(root, "restriction"), _names(_text(root, "addresses")),
        _texts(root, "code"), _text(root, "note"), tuple(_text(root, "references").split()), _names(_text(root, "incidents")),
        tuple(_read_info(item) for item in _all(root, "info")),
    )  # fmt: skip
    check(found)
    return found


def _read_info(item: Any) -> Info:
    return Info(
        _text(item, "event"), _texts(item, "category"), _text(item, "urgency"), _text(item, "severity"),
        _text(item, "certainty"), _text(item, "language") or "en-US", _texts(item, "responseType"), _text(item, "audience"),
        _read_pairs(item, "eventCode"), _maybe(item, "effective"), _maybe(item, "onset"), _maybe(item, "expires"),
        _text(item, "senderName"), _text(item, "headline"), _text(item, "description"), _text(item, "instruction"),
        _text(item, "web"), _text(item, "contact"), _read_pairs(item, "parameter"),
        tuple(_read_area(area) for area in _all(item, "area")),
    )  # fmt: skip


def _read_area(area: Any) -> Area:
    try:
        polygons = tuple(
            tuple((float(lat), float(lon)) for lat, lon in (pair.split(",") for pair in text.split()))
            for text in _texts(area, "polygon")
        )
        circles = []
        for text in _texts(area, "circle"):
            centre, radius = text.split()
            lat, lon = centre.split(",")
            circles.append((float(lat), float(lon), float(radius)))
    except ValueError as why:
        told = gettext_noop("A shape of the area “%(area)s” cannot be read.")
        raise BadMessage("bad_shape", told, {"area": _text(area, "areaDesc")}) from why
    return Area(_text(area, "areaDesc"), polygons, tuple(circles), _read_pairs(area, "geocode"))


def _all(item: Any, name: str) -> list[Any]:
    return list(item.findall(f"{{{NAMESPACE}}}{name}"))


def _texts(item: Any, name: str) -> tuple[str, ...]:
    return tuple((found.text or "").strip() for found in _all(item, name))


def _text(item: Any, name: str) -> str:
    return next(iter(_texts(item, name)), "")


def _read_pairs(item: Any, name: str) -> tuple[tuple[str, str], ...]:
    return tuple((_text(pair, "valueName"), _text(pair, "value")) for pair in _all(item, name))


def _names(text: str) -> tuple[str, ...]:
    names, inside = [], text.split('"')
    for place, part in enumerate(inside):
        names += [part] if place % 2 else part.split()
    return tuple(names)


def _maybe(item: Any, name: str) -> datetime | None:
    return _time(item, name) if _text(item, name) else None


def _time(item: Any, name: str) -> datetime:
    text = _text(item, name)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.utcoffset() is None:
        told = gettext_noop(
            "CAP %(name)s is “%(text)s”; write a time with its offset, such as 2026-03-01T08:00:00+08:00."
        )
        raise BadMessage("bad_time", told, {"name": name, "text": text})
    return at.astimezone(UTC) if at.utcoffset() == timedelta(0) else at
