"""When a title is recorded for a firm, its open entry in the library of that title has reached its end."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from hanfeng.kernel.api import Event, Link, in_both, save
from hanfeng.packs.innovation.cultivation.models import OPEN, Library, PoolEntry, State
from hanfeng.packs.innovation.enterprises.models import Honour
from hanfeng.packs.innovation.enterprises.terms import Kind

LIBRARIES = {Kind.HIGH_TECH: Library.HIGH_TECH, Kind.SCI_TECH: Library.SCI_TECH}


def graduate(event: Event) -> None:
    """Move the open entry to its end by the platform; a title that does not hold today, and a second run, move nothing."""
    honour = Honour.objects.select_related("enterprise__body").filter(pk=event.key, kind__in=LIBRARIES).first()
    today = timezone.localdate()
    if honour is None or honour.valid_from > today or (honour.end and honour.end <= today):
        return
    asked = PoolEntry.objects.select_for_update().filter(state__in=OPEN)
    entry = asked.filter(body=honour.enterprise.body, library=LIBRARIES[Kind(honour.kind)]).first()
    if entry is None:
        return
    note = in_both(lambda: _("By the platform: %(honour)s was recorded.") % {"honour": honour})
    reached = {"state": State.GRADUATED, "entered_at": timezone.now(), "due_at": None}
    save(entry, None, reached, verb="graduate", note=note)


link = Link(name="honour-to-cultivation", on=Honour, verb="create", then=graduate)
