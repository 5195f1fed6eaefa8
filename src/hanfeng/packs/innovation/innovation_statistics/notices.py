"""What firms and officers are told."""

from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.api import Notice

DUE = Notice(
    "innovation_statistics.due",
    _("The R&D return of %(year)s is due on %(day)s"),
    _("Fill the return of %(year)s by %(day)s. What is wrong is shown while you type, before you hand it over."),
)
LATE = Notice(
    "innovation_statistics.late",
    _("The R&D return of %(year)s is late"),
    _("It was due on %(day)s and has not been handed over."),
    urgent=True,
)
SENT_BACK = Notice(
    "innovation_statistics.returned",
    _("The R&D return of %(year)s was sent back"),
    _("The reason stands with the return. Mend it and hand it over again by %(day)s."),
)
NOTICES = (DUE, LATE, SENT_BACK)
