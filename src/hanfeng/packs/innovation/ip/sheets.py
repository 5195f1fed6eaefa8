"""How the export sheets of the patent office are read."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.api import Sheet
from hanfeng.kernel.pure import CodeError
from hanfeng.standards.cn_patents import application_number


def kept_number(text: str) -> str:
    """An application number as it is kept; a sentence where it cannot be one."""
    try:
        return application_number(text).text
    except CodeError as why:
        raise ValidationError(gettext(why.template) % why.params) from why


PATENTS = Sheet(
    aliases={
        "number": (_("patent number"), _("application (patent) number")),
        "title": (_("name of the invention"), _("name of the patent")),
        "holder": (_("patentee"), _("applicant"), _("applicant (patentee)"), _("current patentee")),
        "filed": (_("application date"),),
        "granted": (_("grant announcement date"), _("date of grant")),
        "published": (_("publication date"),),
        "publication": (_("publication (announcement) number"), _("grant announcement number")),
        "ipc": (_("main classification"), _("IPC main classification")),
    },
    several={"holder": "others"},
    reads={"number": kept_number},
)
EVENTS = Sheet(
    aliases={
        "patent": (_("application number"), _("patent number")),
        "on": (_("date of the legal state"), _("announcement date")),
    },
    reads={"patent": kept_number},
)
PAYMENTS = Sheet(aliases={"patent": (_("application number"), _("patent number"))}, reads={"patent": kept_number})
