"""Places at the office."""

from django.utils.translation import gettext_lazy as _

from hanfeng.commons.people.roles import REGISTRAR
from hanfeng.kernel.api import Desk, Pack

from .models import Place

pack = Pack(
    name="places",
    title=_("Places"),
    owner=_("plan office"),
    serves=(),
    face=None,
    icon="map",
    desks=(
        Desk(
            Place,
            columns=("name", "kind", "code", "within"),
            filters=("kind",),
            search=("name", "name_en", "code"),
            form=("slug", "code", "name", "name_en", "kind", "within", "lat", "lon", "col", "row"),
            facts=("name", "kind", "code", "within", "lat", "lon"),
            write=(REGISTRAR,),
            order=("code", "slug"),
        ),
    ),
)
