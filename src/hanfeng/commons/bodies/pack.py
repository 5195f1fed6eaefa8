"""Bodies at the office: one page a body, on which every pack may put its panel."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hanfeng.commons.people.roles import REGISTRAR
from hanfeng.kernel.api import Desk, Pack

from .models import Body

pack = Pack(
    name="bodies",
    title=pgettext_lazy("register", "Bodies"),
    owner=_("plan office"),
    serves=(),
    face=None,
    icon="building",
    roles=(REGISTRAR,),
    desks=(
        Desk(
            Body,
            columns=("name", "kind", "code", "starts", "ends", "successor"),
            filters=("kind",),
            search=("name", "name_en", "code"),
            form=(
                "slug",
                "name",
                "name_en",
                "kind",
                "code",
                "starts",
                "ends",
                "successor",
                "source",
                "note",
                "note_en",
            ),
            facts=("name", "kind", "code", "starts", "ends", "successor", "source", "note"),
            write=(REGISTRAR,),
            order=("kind", "slug"),
            files=True,
        ),
    ),
)
