"""The papers of a plan as one value."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.desk.desk import Desk
from hanfeng.kernel.pack import Pack

from . import pages, seed
from .flow import NOTICES, approval
from .models import Edition, Opinion, Paper
from .parameters import PARAMETERS
from .roles import REVIEWER

PAPER = "paper/<int:pk>/"

pack = Pack(
    name="papers",
    title=_("Papers"),
    owner=_("plan office"),
    serves=("plan-monitor-eval",),
    face=pages.face,
    icon="doc",
    about=_("Evaluation reports and drafts in official form: editions, comments and how they were taken, signatures."),
    roles=(REVIEWER,),
    desks=(
        Desk(
            Paper,
            columns=("title", "plan", "kind", "stage", "as_of", "state", "due_at"),
            filters=("plan", "kind", "stage", "state"),
            search=("title", "number"),
            facts=("plan", "kind", "stage", "as_of", "number", "replaces", "checked_by", "filed_by"),
            flow=approval,
            order=("-as_of", "-pk"),
            template="papers/paper.html",
            tail=pages.tail,
        ),
        Desk(
            Edition,
            columns=("paper", "no", "origin", "mark", "author", "open"),
            filters=("origin", "mark"),
            search=("paper__title", "note"),
            facts=("paper", "no", "origin", "mark", "base", "author", "note", "open"),
            order=("-pk",),
        ),
        Desk(
            Opinion,
            columns=("paper", "body", "clause", "text", "taken"),
            filters=("taken",),
            search=("text", "body__name", "paper__title"),
            facts=("paper", "edition", "body", "clause", "text", "taken", "reason"),
            order=("-pk",),
        ),
    ),
    pages=(
        path("draft/", pages.draft, name="paper-draft"),
        path("next/<slug:slug>/", pages.next_plan_page, name="next-plan"),
        path("next/<slug:slug>/draft/", pages.draft_next, name="next-plan-draft"),
        path(f"{PAPER}text/", pages.text_page, name="paper-text"),
        path(f"{PAPER}compare/", pages.compare_page, name="paper-compare"),
        path(f"{PAPER}comments/", pages.comments_page, name="paper-comments"),
        path(f"{PAPER}comments/<int:opinion>/", pages.answer, name="paper-answer"),
        path(f"{PAPER}docx/<int:number>/", pages.docx_file, name="paper-docx"),
        path(f"{PAPER}copy/", pages.take_in, name="paper-copy"),
        path(f"{PAPER}settle/", pages.settle, name="paper-settle"),
        path(f"{PAPER}number/", pages.number, name="paper-number"),
        path(f"{PAPER}reissue/", pages.reissue, name="paper-reissue"),
    ),
    parameters=PARAMETERS,
    seed=seed.fill,
    notices=NOTICES,
)
