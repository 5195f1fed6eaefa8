"""Macro series: the pack as one value."""

from django.utils.translation import gettext_lazy as _

from hanfeng.commons.series.pack import KEEPER
from hanfeng.kernel.api import Desk, Pack

from . import indicators, pages, seed
from .models import DigitalDefinition

pack = Pack(
    name="macro",
    title=_("Macro series"),
    owner=_("statistics bureau"),
    serves=("sti-stat-monitor",),
    face=pages.face,
    icon="scale",
    about=_(
        "GDP with its revisions, the digital economy by a stated definition, the contribution of science as a band."
    ),
    desks=(
        Desk(
            DigitalDefinition,
            columns=("title", "width", "first", "last", "source"),
            filters=("width",),
            search=("title", "title_en", "text"),
            form=("slug", "title", "title_en", "width", "text", "text_en", "source", "first", "last"),
            facts=("title", "width", "text", "source", "first", "last", "slug"),
            write=(KEEPER,),
            order=("-first", "-pk"),
            files=True,
        ),
    ),
    indicators=indicators.INDICATORS,
    seed=seed.fill,
)
