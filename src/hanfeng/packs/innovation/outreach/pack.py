"""Popular science: the pack as one value."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.api import Desk, Pack, Public
from hanfeng.kernel.pure import mask_phone

from . import indicators, pages, seed
from .models import Activity, Booking, Entry, Venue
from .roles import OFFICER

pack = Pack(
    name="outreach",
    title=_("Popular science"),
    owner=_("association for science and technology"),
    serves=("pop-base", "pop-activities", "science-museum", "youth-contests"),
    face=pages.face,
    icon="globe",
    about=_("Bases and museum halls, activities that people book, contests, and how many were reached."),
    roles=(OFFICER,),
    public=(
        Public(
            _("Science activities"), "/outreach/open/", "calendar",
            _("What is on in museums, bases and towns; seats are booked here."), now=pages.said_in_public,
        ),
    ),
    desks=(
        Desk(
            Activity,
            columns=("title", "kind", "audience", "starts", "town", "capacity", "reached", "online", "cancelled"),
            filters=("kind", "audience", "town", "cancelled"),
            search=("title", "title_en", "venue__name"),
            form=(
                "title", "title_en", "kind", "audience", "body", "venue", "town", "starts", "ends", "text", "capacity", "public",
                "cancelled", "reached", "online", "counted",
            ),
            write=(OFFICER,),
            order=("-starts", "-pk"),
            files=True,
            template="outreach/activity_record.html",
            tail=pages.activity_tail,
        ),
        Desk(
            Venue,
            columns=("name", "kind", "rank", "body", "town", "opened", "closed"),
            filters=("kind", "rank", "town"),
            search=("name", "name_en", "body__name"),
            form=("name", "name_en", "kind", "rank", "body", "town", "address", "opened", "closed"),
            write=(OFFICER,),
            files=True,
        ),
        Desk(
            Booking,
            columns=("activity", "name", "phone", "seats", "state", "booked_at"),
            filters=("state",),
            search=("activity__title",),
            facts=("activity", "name", "phone", "seats", "state", "booked_at"),
            masks=(("phone", mask_phone),),
        ),
        Desk(
            Entry,
            columns=("team", "school", "activity", "prize", "level", "members"),
            filters=("prize", "level"),
            search=("team", "school", "activity__title"),
            form=("activity", "team", "school", "members", "prize", "level"),
            write=(OFFICER,),
            files=True,
        ),
    ),
    indicators=indicators.INDICATORS,
    pages=(
        path("attendance/<int:pk>/", pages.attendance, name="outreach-attendance"),
        path("open/", pages.public_list, name="outreach-open"),
        path("open/give-back/", pages.public_give_back, name="outreach-give-back"),
        path("open/<int:pk>/", pages.public_book, name="outreach-book"),
    ),
    seed=seed.fill,
)  # fmt: skip
