"""The room of alerts: who watches, what is kept, what the clock does."""

from datetime import timedelta
from operator import attrgetter

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hanfeng.kernel.base.parameter import Confidence, Parameter
from hanfeng.kernel.desk.desk import Column, Desk
from hanfeng.kernel.desk.wording import local_text
from hanfeng.kernel.job.timers import Timer
from hanfeng.kernel.pack import Pack, find
from hanfeng.kernel.public import Public
from hanfeng.kernel.record.local import names_of_accounts

from . import pages, seed
from .flow import OUR_LEVELS, SHELVE_HOURS, handling, issuing, leading
from .models import Alert, AlertRule, Incident, ReleaseChannel, Step, WarningMessage
from .raising import GRAVE, RAISED, UNSEEN, escalate, look_for_silence
from .releasing import hand_over
from .roles import DUTY, EVERYONE, KEEPER
from .watch import watch

PLAN = Column("plan", _("plan of action"), lambda rule: " / ".join(local_text(act) for act in rule.acts))
SYSTEM = Column("system", _("system"), lambda rule: str(of.title) if (of := find(rule.pack)) else rule.pack)
SIGNED = Column("signed_by", _("signed by"), attrgetter("signed_by"), called=names_of_accounts)
DONE = Column("done_by", _("done by"), attrgetter("done_by"), called=names_of_accounts)
STANDS = Column("stands", pgettext_lazy("alert", "still broken"), lambda alert: alert.standing, "bool")

pack = Pack(
    name="alert",
    title=_("Situation and warnings"),
    owner=_("emergency management bureau"),
    serves=(),
    face=pages.situation,
    icon="alert",
    about=_("What is abnormal now, who deals with it, and which warnings are out."),
    roles=EVERYONE,
    public=(
        Public(
            _("Warnings"), "/warnings/", "alert", _("What is in force, for whom, and what to do."), now=pages.said_in_public
        ),
    ),
    desks=(
        Desk(
            Alert,
            columns=("thing", "rule", "severity", "state", STANDS, "raised_at", "cleared_at", "worst", "incident"),
            filters=("state", "severity", "rule"),
            search=("thing__name", "thing__code", "rule__title", "rule__title_en"),
            facts=(
                "thing", "datastream", "rule", "edition", "severity", "state", "since", "raised_at", "cleared_at", "value",
                "worst", "limit", "incident", "shelved_until", "escalated_at",
            ),
            flow=handling,
            order=("-raised_at", "-pk"),
            template="alert/alert_record.html",
            tail=pages.alert_tail,
        ),
        Desk(
            Incident,
            columns=("title", "severity", "state", "place", "leader", "began_at", "cause"),
            filters=("state", "severity", "cause"),
            search=("title", "title_en", "place", "place_en", "account", "account_en"),
            facts=("title", "place", "severity", "state", "leader", "began_at", "cause", "account"),
            form=("title", "title_en", "place", "place_en", "severity", "began_at", "cause", "account", "account_en"),
            write=(DUTY,),
            flow=leading,
            files=True,
            order=("-began_at", "-pk"),
            template="alert/incident_record.html",
            tail=pages.incident_tail,
        ),
        Desk(
            Step,
            columns=("incident", "text", "who", "due_at", "done_at", DONE),
            search=("text", "who"),
            form=("incident", "order", "text", "text_en", "who", "who_en", "due_at"),
            write=(DUTY,),
            order=("-incident", "order"),
        ),
        Desk(
            WarningMessage,
            columns=("headline", "event", "colour", "state", "effective_at", "expires_at", "filed_by"),
            filters=("state", "colour"),
            search=("headline", "headline_en", "event", "text"),
            facts=(
                "headline", "headline_en", "event", "colour", "state", "area", "text", "text_en", "advice", "advice_en",
                "effective_at", "expires_at", "exercise", SIGNED, "incident", "updates",
            ),
            form=(
                "event", "event_en", "event_code", "category", "colour", "headline", "headline_en", "text", "text_en", "advice",
                "advice_en", "area", "area_en", "certainty", "urgency", "effective_at", "expires_at", "exercise",
            ),
            write=(DUTY,),
            flow=issuing,
            order=("-effective_at", "-pk"),
            template="alert/warning_record.html",
            tail=pages.warning_tail,
        ),
        Desk(
            AlertRule,
            columns=("title", SYSTEM, "kind", "value", "clear", "severity", "starts", "ends", "confidence"),
            filters=("pack", "kind", "severity", "confidence"),
            search=("code", "title", "title_en", "source", "source_en"),
            form=(
                "code", "pack", "title", "title_en", "kind", "observes", "thing_kind", "thing_code", "value", "clear", "hold",
                "release", "span", "parts", "any_part", "severity", "escalate_minutes", "acts", "starts", "ends", "source",
                "source_en", "clause", "clause_en", "confidence",
            ),
            write=(KEEPER,),
            facts=(
                "title", "title_en", "kind", "value", "clear", "hold", "release", "span", "severity", PLAN, "escalate_minutes",
                "starts", "ends", "source", "clause", "confidence",
            ),
            order=("pack", "code", "-starts"),
        ),
        Desk(
            ReleaseChannel,
            columns=("name", "address", "active", "slightest"),
            search=("name", "address"),
            form=("name", "name_en", "address", "active", "slightest"),
            write=(KEEPER,),
            order=("name",),
        ),
    ),
    pages=pages.ADDRESSES,
    parameters=(
        (
            Parameter(
                OUR_LEVELS, ["blue", "yellow"], "levels", "", confidence=Confidence.OURS,
                note="Which levels a district may issue is laid down by its emergency plans; above them the city decides.",
            ),
            "本级可签发的预警级别", "Levels of warning that we may sign",
        ),
        (
            Parameter(SHELVE_HOURS, 8, "hour", "", confidence=Confidence.OURS),
            "报警搁置时长", "How long an alert stays shelved",
        ),
    ),
    timers=(
        Timer("alert.silence", timedelta(seconds=30), look_for_silence),
        Timer("alert.escalate", timedelta(minutes=1), escalate),
        Timer("alert.handover", timedelta(seconds=5), hand_over),
    ),
    notices=(RAISED, GRAVE, UNSEEN),
    watches=(watch,),
    verbs={
        "clear": _("values back to normal"), "escalate": _("told to the signers"), "unshelve": _("put back"),
        "join": _("put into an incident"), "finish": _("step done"), "settle": _("closed: back to normal"),
        "until": _("shelved until"), "close-with-incident": _("closed with its incident"), "lead": _("takes the lead"),
        "signature": _("signed"), "replace": _("replaced by an update"),
    },
    seed=seed.fill,
)  # fmt: skip
