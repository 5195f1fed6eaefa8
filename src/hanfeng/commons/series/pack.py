"""Series at the office."""

from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.api import Column, Desk, Pack, Role

from .models import SeriesValue

KEEPER = Role(
    "series.keeper", _("keeper of series"), _("Enters what the statistics service publishes of the district.")
)
YEAR = Column("year", _("year"), lambda row: f"{row.year}Q{row.quarter}" if row.quarter else str(row.year), "code")
UNIT = Column("unit", _("unit"), lambda row: row.unit)

pack = Pack(
    name="series",
    title=_("District data series"),
    owner=_("statistics bureau"),
    serves=(),
    face=None,
    icon="chart",
    about=_("Yearly and quarterly values of the whole district, each with its vintages and its source."),
    roles=(KEEPER,),
    desks=(
        Desk(
            SeriesValue,
            columns=("series", YEAR, "value", UNIT, "vintage", "stage", "confirmed", "source"),
            filters=("series", "year", "stage", "confirmed"),
            search=("source", "note"),
            form=(
                "series", "year", "quarter", "value", "vintage", "stage", "basis", "confirmed", "source", "document", "note",
            ),
            write=(KEEPER,),
            order=("-year", "-pk"),
            files=True,
        ),
    ),
)  # fmt: skip
