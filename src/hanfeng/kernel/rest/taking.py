"""What a caller sends becomes changes of a record, by the checks of the desk's own form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

import orjson
from django import forms
from django.core.exceptions import RequestDataTooBig, ValidationError
from django.db import models
from django.forms.models import model_to_dict
from django.http import HttpRequest, UnreadablePostError
from django.utils.translation import gettext as _

from hanfeng.kernel.desk.desk import Desk
from hanfeng.kernel.desk.forms import form_for
from hanfeng.kernel.record.models import Record

from .problem import Problem, refused
from .shape import META, shape_of

JSON = frozenset({"application/json", "application/merge-patch+json"})


def body_of(request: HttpRequest, *, needed: bool = True) -> dict[str, Any]:
    """The JSON object that a request carries. Raises 400, 413, 415."""
    try:
        raw = request.body
    except RequestDataTooBig as why:
        raise Problem(413, "too-large", _("The request is larger than this interface takes.")) from why
    except UnreadablePostError as why:
        raise Problem(400, "not-json", _("The request broke off.")) from why
    if not raw and not needed:
        return {}
    if request.content_type not in JSON:
        raise Problem(
            415, "media-type", _("Send JSON, with Content-Type: application/json."), {"Accept": "application/json"}
        )
    try:
        told = orjson.loads(raw)
    except orjson.JSONDecodeError as why:
        raise Problem(400, "not-json", _("This is not JSON: %(why)s") % {"why": why}) from why
    if not isinstance(told, dict):
        raise Problem(400, "not-json", _('Send one JSON object: {"field": value, …}.'))
    return told


def changes_of(desk: Desk, user: Any, record: Record | None, sent: Mapping[str, Any], *, whole: bool) -> dict[str, Any]:
    """The changes that a body asks for, checked. `whole` counts what is not sent as empty. Raises 422."""
    faults = [_unknown(desk, name) for name in sent if name not in desk.form and not _read_only(desk, name)]
    data: dict[str, Any] = {}
    form = form_for(desk, user)()
    for name, bound in _wanted(desk, form, sent, whole):
        try:
            data[name] = _datum(bound, sent[name]) if name in sent else _unsaid(desk, record, name)
        except ValueError as why:
            faults.append(_fault(desk, name, str(why)))
    if faults:
        raise refused(faults)
    kept = _masked_as_shown(desk, record, sent)
    form.fields = {n: f for n, f in form.fields.items() if n in data and n not in kept}
    form.data, form.is_bound = data, True
    if not form.is_valid():
        raise refused(_fault(desk, n, str(text)) for n, texts in form.errors.items() for text in texts)
    return dict(form.cleaned_data)


def _wanted(desk: Desk, form: forms.Form, sent: Mapping[str, Any], whole: bool) -> Iterator[tuple[str, forms.Field]]:
    return ((n, form.fields[n]) for n in desk.form if n in form.fields and (whole or n in sent))


def _read_only(desk: Desk, name: str) -> bool:
    """What every answer holds and nobody writes: it may be sent back as it came."""
    return name in META or shape_of(desk).member(name) is not None


def _unsaid(desk: Desk, record: Record | None, name: str) -> Any:
    """What a field gets that was not sent: its default in a new record, nothing in one that is replaced."""
    if record is None:
        return model_to_dict(desk.model(), [name]).get(name)
    return None


def _masked_as_shown(desk: Desk, record: Record | None, sent: Mapping[str, Any]) -> set[str]:
    """Personal fields that come back as they were shown, masked: they stay as they are."""
    if record is None:
        return set()
    shown = ((name, desk.mask(name)) for name in desk.form if name in sent)
    return {name for name, mask in shown if mask and sent[name] == mask(str(getattr(record, name) or "")) != ""}


def _unknown(desk: Desk, name: str) -> dict[str, str]:
    told = _("There is no such field. There are: %(names)s.") % {"names": ", ".join(desk.form)}
    return {"pointer": _pointer(name), "detail": told}


def _fault(desk: Desk, name: str, text: str) -> dict[str, str]:
    if name not in desk.form:
        return {"pointer": "", "detail": text}
    return {"pointer": _pointer(name), "field": name, "title": desk.label(name), "detail": text}


def _pointer(name: str) -> str:
    return "/" + name.replace("~", "~0").replace("/", "~1")


def in_words(desk: Desk, why: ValidationError) -> Problem:
    """What the record refused, beside its fields."""
    known = why.message_dict if hasattr(why, "error_dict") else {"__all__": why.messages}
    return refused(_fault(desk, name, text) for name, texts in known.items() for text in texts)


# --- values -----------------------------------------------------------------------------------------------------------


def _datum(bound: forms.Field, value: Any) -> Any:
    """A JSON value as the form takes it. Raises ValueError in words when it is of the wrong kind."""
    if _has_nul(value):
        raise ValueError(_("It holds a sign that no text has (NUL)."))
    for kind, take in _TAKERS:
        if isinstance(bound, kind):
            return take(value)
    return _text(value)


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_has_nul(k) or _has_nul(v) for k, v in value.items())
    return isinstance(value, list) and any(map(_has_nul, value))


def _key(value: Any) -> Any:
    value = value.get("id") if isinstance(value, dict) else value
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63:
        return value
    raise ValueError(_("Give the id of the record, or null."))


def _flag(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    raise ValueError(_("Give true or false."))


def _number(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(_("Give a number, or null."))
    return value.strip() if isinstance(value, str) else repr(value)


def _date(value: Any) -> Any:
    return _iso(value, date.fromisoformat, _("Give a day such as 2025-03-01."))


def _moment(value: Any) -> Any:
    return _iso(value, datetime.fromisoformat, _("Give a moment such as 2025-03-01T09:30:00+08:00."))


def _iso(value: Any, read: Callable[[str], Any], wanted: str) -> Any:
    if value in (None, ""):
        return ""
    try:
        if not isinstance(value, str) or len(value) < 10:
            raise ValueError
        read(value)
    except ValueError as bad:
        raise ValueError(wanted) from bad
    return value


def _text(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):  # a choice may be a number
        return str(value)
    raise ValueError(_("Give a text, or null."))


def _json(value: Any) -> Any:
    return "" if value is None else orjson.dumps(value).decode()


_TAKERS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (forms.ModelChoiceField, _key),
    (forms.BooleanField, _flag),
    (forms.JSONField, _json),
    (forms.DateTimeField, _moment),
    (forms.DateField, _date),
    (forms.DecimalField, _number),
    (forms.FloatField, _number),
    (forms.IntegerField, _number),
)


def dangling(record: Record) -> list[str]:
    """What rests on a record and would hang in the air without it: kinds of standing records with their count."""
    found = []
    for relation in record._meta.related_objects:
        other: Any = relation.related_model
        if not issubclass(other, Record) or not isinstance(relation.field, models.ForeignKey):
            continue
        if count := other.objects.filter(**{relation.field.name: record.pk}).count():
            found.append(f"{other._meta.verbose_name_plural} ({count})")
    return found
