"""Who does what in the year of the plan office, and which bodies a person answers for."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.models import bodies_of
from hanfeng.commons.people.roles import OFFICER as PEOPLE_OFFICER
from hanfeng.kernel.record.models import Reader
from hanfeng.kernel.roles import Role, holds
from hanfeng.plan.roles import CONTACT, LEADER, OFFICER

HEAD = Role("year.head", _("head of a body"), _("Signs what the contact of the body files for the plan office."))


def inside(user: Reader) -> bool:
    """Whether somebody works for the district: the ledger is read by all who do."""
    return holds(user, PEOPLE_OFFICER, LEADER, OFFICER, CONTACT, HEAD)


def oversees(user: Reader) -> bool:
    """Whether somebody follows the plan for the district as a whole."""
    return holds(user, LEADER, OFFICER)


def answering(user: Reader) -> frozenset[int]:
    """The bodies a person answers for: his own, and those that a reform ended in favour of his own. Kept for a request."""
    kept: frozenset[int] | None = getattr(user, "_hanfeng_answering", None)
    if kept is None:
        found, new = set(bodies_of(user)), set(bodies_of(user))
        while new:
            new = set(Body.everything.filter(successor__in=new).values_list("pk", flat=True)) - found
            found |= new
        kept = frozenset(found)
        user._hanfeng_answering = kept  # type: ignore[union-attr]
    return kept
