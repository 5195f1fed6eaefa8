"""The cultivation libraries: the pack as one value."""

from django.utils.translation import gettext_lazy as _

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.roles import OFFICER as DISTRICT
from hanfeng.kernel.api import Column, Desk, Pack, Panel

from . import pages, seed
from .flow import cultivation
from .models import PoolEntry
from .roles import APPROVER, OFFICER

AIM = Column("aim", _("year of application aimed at"), lambda entry: str(entry.aim or ""), "code")

pack = Pack(
    name="cultivation",
    title=_("Cultivation libraries"),
    owner=_("science and technology bureau"),
    serves=("tech-ent-pool", "hte-pool"),
    face=pages.face,
    icon="up",
    about=_("Enterprises on their way to a title, each with a plan of its own, from the proposal to the certificate."),
    roles=(OFFICER, APPROVER),
    desks=(
        Desk(
            PoolEntry,
            columns=("body", "library", "state", "entered_at", "due_at", AIM, "advisor"),
            filters=("library", "state", "aim"),
            search=("body__name", "body__name_en", "body__code"),
            form=("body", "library", "needs", "plan", "aim", "advisor"),
            facts=("body", "library", AIM, "advisor", "needs", "plan"),
            write=(OFFICER,),
            flow=cultivation,
            order=("due_at", "-pk"),
            files=True,
        ),
    ),
    panels=(
        Panel(
            name="cultivation",
            on=Body,
            title=_("In the cultivation libraries"),
            head=(_("library"), _("state"), _("since"), _("due"), _("advisor")),
            rows=pages.panel,
            read=(DISTRICT, OFFICER, APPROVER),
        ),
    ),
    provides=(pages.STAGE,),
    seed=seed.fill,
)
