"""Who does what in a survey."""

from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.api import Role

OFFICER = Role(
    "literacy.officer",
    _("literacy survey officer"),
    _("Plans the waves of the survey, draws the sample, watches the field work and makes the estimate."),
)
APPROVER = Role(
    "literacy.approver", _("literacy survey approver"), _("Releases an estimate that others made, or sends it back.")
)
INTERVIEWER = Role(
    "literacy.interviewer",
    _("interviewer"),
    _("Visits the addresses of one wave that were given to him. Reads no answers, not even his own."),
)
