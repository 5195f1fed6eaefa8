"""Documents at the office."""

from django.utils.translation import gettext_lazy as _

from hanfeng.commons.people.roles import OFFICER
from hanfeng.kernel.api import Desk, Pack

from .models import Document

pack = Pack(
    name="documents",
    title=_("Documents"),
    owner=_("plan office"),
    serves=(),
    face=None,
    icon="doc",
    desks=(
        Desk(
            Document,
            columns=("title", "number", "issuer", "issued", "public"),
            filters=("public",),
            search=("title", "title_en", "number"),
            form=("title", "title_en", "number", "issuer", "issued", "address", "public"),
            write=(OFFICER,),
            order=("-issued", "-pk"),
            files=True,
        ),
    ),
)
