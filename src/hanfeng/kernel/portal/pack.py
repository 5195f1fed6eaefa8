"""The portal's office side: drafting and approving what the public sees."""

from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.desk.desk import Desk
from hanfeng.kernel.pack import Pack

from . import showing
from .flow import APPROVER, EDITOR, publication
from .models import Snapshot

pack = Pack(
    name="portal",
    title=_("Publication"),
    owner=_("plan office"),
    serves=(),
    face=None,
    icon="eye",
    roles=(EDITOR, APPROVER),
    desks=(
        Desk(
            Snapshot,
            columns=("title", "as_of", "state", "filed_by"),
            filters=("state", "name"),
            search=("title",),
            facts=("name", "title", "as_of", "state", "filed_by"),
            flow=publication,
            template="portal/snapshot.html",
            tail=showing.tail,
        ),
    ),
)
