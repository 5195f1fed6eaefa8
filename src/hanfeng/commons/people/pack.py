"""People at the office."""

from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.api import Desk, Pack
from hanfeng.kernel.pure import mask_phone

from .models import Person, Post, bodies_of, reach
from .roles import AUDIT, OFFICER, REGISTRAR, SECURITY, SYSTEM


def mask_email(text: str) -> str:
    """The first letter and the host of an address: enough to know one's own again."""
    name, at, host = text.partition("@")
    return f"{name[:1]}•••{at}{host}" if at else "•••" * bool(text)


pack = Pack(
    name="people",
    title=_("People"),
    owner=_("plan office"),
    serves=(),
    face=None,
    icon="people",
    reach=reach,
    roles=(OFFICER, REGISTRAR, SYSTEM, SECURITY, AUDIT),
    bodies_of=bodies_of,
    desks=(
        Desk(
            Person,
            columns=("name", "phone", "email", "account"),
            search=("name", "name_en"),
            form=("name", "name_en", "phone", "email"),
            facts=("name", "phone", "email", "account"),
            write=(REGISTRAR,),
            order=("name", "pk"),
            masks=(("phone", mask_phone), ("email", mask_email)),
        ),
        Desk(
            Post,
            columns=("person", "body", "title", "starts", "ends"),
            search=("person__name", "body__name"),
            form=("person", "body", "title", "title_en", "starts", "ends"),
            write=(REGISTRAR,),
            order=("body", "person"),
        ),
    ),
)
