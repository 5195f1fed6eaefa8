"""Each kind of fact, declared once, so that its providers and its readers mean the same thing."""

from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.api import FactKind

LIFE_STAGE = FactKind("life_stage", _("life stage"))
HIGH_TECH = FactKind("high_tech", _("valid high-tech certificate"))
SCI_TECH = FactKind("sci_tech", _("in the municipal register of sci-tech enterprises"))
TOWN = FactKind("town", _("town or sub-district"))
"""The id of the place where the firm is."""
INDUSTRY = FactKind("industry", _("industry"))
ABOVE_SCALE = FactKind("above_scale", _("industrial firm above designated size"))
POOL_STAGE = FactKind("pool_stage", _("place in the cultivation library"))
EMPLOYEES = FactKind("employees", _("employees at year end"), _("persons"))
TECH_STAFF = FactKind("tech_staff", _("sci-tech staff at year end"), _("persons"))
INVENTIONS = FactKind("inventions", _("valid invention patents at year end"))
REVENUE = FactKind("revenue", _("operating revenue of the year"), _("10,000 yuan"))
RD_SPENDING = FactKind("rd_spending", _("R&D spending of the year as the firm states it"), _("10,000 yuan"))
RD_PLATFORM_RANK = FactKind("rd_platform_rank", _("highest rank of an R&D or service institution it hosts"))
