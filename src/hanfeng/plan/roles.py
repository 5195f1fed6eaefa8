"""The roles of the plan."""

from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.roles import Role

LEADER = Role("plan.leader", _("leader"), _("Reads the plan's state; decides what the law leaves to a leader."))
OFFICER = Role(
    "plan.officer",
    _("plan officer"),
    _("Keeps the plan, its division of work, its published values and its evaluation."),
)
CONTACT = Role("plan.contact", _("plan contact of a body"), _("Says for a body why a figure was not reached."))
