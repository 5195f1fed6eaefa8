"""Choosing one record of many in a form: a box to search in. Without a script a name or a code is typed, and matched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import CharField, ForeignKey, Q, QuerySet, TextField
from django.forms import ModelChoiceField, Widget
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from hanfeng.kernel.record.models import Reader, Record
from hanfeng.kernel.roles import holds, visible

OFFERED = 8
TEXT = "__text"  # after the name of a field: what was typed beside the key that was chosen


class Picked(NamedTuple):
    """What a form sent: the key chosen, and what stands in the box (None when only a key was sent)."""

    key: Any
    text: str | None


def matched_by(model: type[Record]) -> tuple[str, ...]:
    """What a record of this kind is called by: what its desk is searched by, and its own unique texts. None personal."""
    from hanfeng.kernel.pack import desk_of

    shown = desk_of(model)
    texts = {f.name: f for f in model._meta.concrete_fields if isinstance(f, CharField | TextField)}
    unique = tuple(name for name, field in texts.items() if field.unique)
    asked = shown[1].search if shown else tuple(n for n in ("name", "title", "code", "number") if n in texts)
    return tuple(n for n in dict.fromkeys((*asked, *unique)) if n not in model.personal)


def called(rows: QuerySet[Any], text: str) -> list[Any]:
    """The records that are called exactly so, at most a few."""
    same = Q(pk__in=())
    for name in matched_by(rows.model):
        same |= Q(**{name: text})
    return list(rows.filter(same).distinct()[: OFFERED + 1])


def offers(rows: QuerySet[Any], user: Reader, text: str) -> list[Any]:
    """Records to offer for what is typed so far: those called so, then those that the search finds, best first."""
    from hanfeng.kernel.search.find import find
    from hanfeng.kernel.search.kinds import kinds
    from hanfeng.kernel.search.words import question

    text = text.strip()
    kind = kinds().get(rows.model)
    if not text:
        return list(rows.order_by(*rows.model._meta.ordering or ("pk",))[:OFFERED])
    found = called(rows, text)
    if kind is None:
        alike = Q(pk__in=())
        for name in matched_by(rows.model):
            alike |= Q(**{f"{name}__icontains": text})
        found += [r for r in rows.filter(alike).distinct()[:OFFERED] if r not in found]
        return found[:OFFERED]
    groups = find(user, question(text), kind.name)
    keys = [f.record for g in groups for f in g.found][: OFFERED * 4]
    kept = rows.in_bulk(keys)  # the field may offer less than the reader may see
    found += [kept[key] for key in keys if key in kept and kept[key] not in found]
    return found[:OFFERED]


def told(record: Any) -> dict[str, str]:
    """An offer: its key, its name, and the code or number that tells it from others of the name."""
    name = str(record)
    more = ""
    for path in matched_by(type(record)):
        value: Any = record
        for step in path.split("__"):
            value = getattr(value, step, None)
        if value and path.rpartition("__")[2] in ("code", "number", "slug") and str(value) != name:
            more = str(value)
            break
    return {"key": str(record.pk), "name": name, "more": more}


class Picker(Widget):
    """A box that offers while one types, and a hidden key. `url` gives the offers."""

    template_name = "desk/widgets/picker.html"
    url = ""
    label_of: Any = None

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Picked:
        """Key and text as they were sent."""
        return Picked(data.get(name), data.get(f"{name}{TEXT}"))

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        """Whether neither was sent."""
        return name not in data and f"{name}{TEXT}" not in data

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """What the template draws."""
        context = super().get_context(name, None, attrs)
        sent = value if isinstance(value, Picked) else Picked(value, None)
        text = sent.text if sent.text is not None else self.label_of(sent.key) if sent.key else ""
        context["widget"] |= {"key": sent.key or "", "text": text, "text_name": f"{name}{TEXT}", "url": self.url}
        return context


class PickField(ModelChoiceField):  # type: ignore[type-arg]
    """A foreign key with more choices than a list can show."""

    def __init__(self, queryset: QuerySet[Any], user: Reader, url: str, **kwargs: Any) -> None:
        self.user = user
        widget = Picker()
        widget.url, widget.label_of = url, self.label_of
        super().__init__(queryset, widget=widget, **kwargs)

    def __deepcopy__(self, memo: Any) -> PickField:
        copied: PickField = super().__deepcopy__(memo)
        copied.widget.label_of = copied.label_of
        return copied

    def label_of(self, key: Any) -> str:
        """The name of the record with a key, if it may be chosen; else nothing."""
        try:
            found = self.queryset.filter(pk=key).first() if self.queryset is not None else None
        except (ValueError, TypeError, OverflowError):
            return ""
        return str(found) if found else ""

    def to_python(self, value: Any) -> Any:
        """The record meant: the one chosen while the box still says its name, else the one that is called so."""
        sent = value if isinstance(value, Picked) else Picked(value, None)
        if sent.text is None:
            return super().to_python(sent.key)
        text = sent.text.strip()
        if not text:
            return None
        if sent.key and self.label_of(sent.key) == text:
            return super().to_python(sent.key)
        return self._called(text)

    def _called(self, text: str) -> Any:
        rows = cast("QuerySet[Any]", self.queryset)
        found = called(rows, text)
        if len(found) == 1:
            return found[0]
        offered = [told(r) for r in (found or offers(rows, self.user, text))]
        names = _(", ").join(f"{o['name']} ({o['more']})" if o["more"] else o["name"] for o in offered)
        if found:
            say = _("Several are called “%(text)s”: %(names)s. Write the code of the one that is meant.")
        elif offered:
            say = _("Nothing is called “%(text)s”. Is one of these meant: %(names)s?")
        else:
            say = _("Nothing that you may see is called “%(text)s”. Write its whole name or its code.")
        raise ValidationError(say % {"text": text, "names": names})


@login_required
@require_GET
def pick_page(request: HttpRequest, pack_name: str, slug: str, name: str) -> HttpResponse:
    """Offers for a field of a form, for those who may fill it in."""
    from .lists import open_desk

    _pack, desk = open_desk(pack_name, slug)
    if not holds(request.user, *desk.write):
        raise PermissionDenied
    field = desk.model._meta.get_field(name) if name in desk.form else None
    if not isinstance(field, ForeignKey) or not issubclass(field.remote_field.model, Record):
        raise Http404
    rows = choices_of(field, request.user)
    found = offers(rows, request.user, request.GET.get(f"{name}{TEXT}", "")[:200])
    return TemplateResponse(request, "desk/widgets/offers.html", {"offers": [told(r) for r in found], "name": name})


def choices_of(field: ForeignKey[Any, Any], user: Reader) -> QuerySet[Any]:
    """The records that a foreign key offers to a person: within his scope and what the field itself allows."""
    related: Any = field.remote_field.model
    rows = visible(related, user).select_related(*related.named_by)
    limit = field.get_limit_choices_to()
    return rows.complex_filter(limit) if limit else rows
