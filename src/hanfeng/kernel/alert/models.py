"""Rules, where they stand, alerts, incidents with their steps, warnings and what became of them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.db import models
from django.db.models import Q, TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hanfeng.kernel.base.parameter import Confidence
from hanfeng.kernel.base.words import Words
from hanfeng.kernel.flow.models import Case
from hanfeng.kernel.record.local import local
from hanfeng.kernel.record.models import Reader, Record
from hanfeng.kernel.roles import EVERYBODY, NOBODY, holds
from hanfeng.kernel.sense.models import Datastream, Thing
from hanfeng.kernel.sense.scope import things_of

from .engine import Kind, Limit, Phase
from .roles import EVERYONE


def watchers(user: Reader) -> Q:
    """Those who watch, sign, release or keep rules see everything here; nobody else does."""
    return EVERYBODY if holds(user, *EVERYONE) else NOBODY


def of_things(user: Reader, path: str) -> Q:
    """What concerns a thing is seen by those who watch, and by whoever sees the thing."""
    return EVERYBODY if holds(user, *EVERYONE) else things_of(user, path)


class Severity(models.IntegerChoices):
    CRITICAL = 1, _("critical")
    SERIOUS = 2, _("serious")
    NOTABLE = 3, _("notable")
    SLIGHT = 4, _("slight")


KINDS = (
    (Kind.ABOVE.value, _("above a limit")),
    (Kind.BELOW.value, _("below a limit")),
    (Kind.RISE.value, _("rises too fast")),
    (Kind.FALL.value, _("falls too fast")),
    (Kind.WORSE.value, _("class becomes worse")),
    (Kind.SILENT.value, _("no data")),
    (Kind.COMPOSITE.value, _("several rules at once")),
)
CONFIDENCES = (
    (Confidence.CONFIRMED.value, _("confirmed")),
    (Confidence.UNCONFIRMED.value, _("unconfirmed")),
    (Confidence.OURS.value, _("chosen by us")),
    (Confidence.EXAMPLE.value, _("example")),
)


class AlertRule(Record):
    """One version of a rule: what it looks at, its limit, and the document that says so. Versions of one code do not overlap."""

    code = models.SlugField(_("code"), max_length=80)
    pack = models.SlugField(_("system"), max_length=60)
    title = models.CharField(_("title"), max_length=120)
    title_en = models.CharField(_("English title"), max_length=160, blank=True)
    kind = models.CharField(pgettext_lazy("of a rule", "kind"), max_length=10, choices=KINDS)
    observes = models.CharField(_("observed property"), max_length=40, blank=True)
    thing_kind = models.CharField(_("kind of thing"), max_length=40, blank=True)
    thing_code = models.CharField(_("one thing only"), max_length=64, blank=True)
    value = models.FloatField(_("limit"), default=0.0)
    clear = models.FloatField(
        _("clears at"),
        null=True,
        blank=True,
        help_text=_("Empty: at the limit itself. Apart from it, so that it does not flap."),
    )
    hold = models.PositiveIntegerField(_("must last (s)"), default=0)
    release = models.PositiveIntegerField(_("must be back for (s)"), default=0)
    span = models.PositiveIntegerField(_("within (s)"), default=0)
    parts = models.JSONField(_("made of"), default=list, blank=True)
    any_part = models.BooleanField(_("one part is enough"), default=False)
    severity = models.PositiveSmallIntegerField(_("severity"), choices=Severity.choices, default=Severity.NOTABLE)
    escalate_minutes = models.PositiveIntegerField(_("told to the signers after (minutes)"), null=True, blank=True)
    acts = models.JSONField(_("plan of action"), default=list, blank=True)
    starts = models.DateField(_("in force from"), null=True, blank=True)
    ends = models.DateField(_("in force until"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)
    source_en = models.CharField(_("source, in English"), max_length=260, blank=True)
    clause = models.CharField(_("clause"), max_length=120, blank=True)
    clause_en = models.CharField(_("clause, in English"), max_length=160, blank=True)
    confidence = models.CharField(
        _("confidence"), max_length=12, choices=CONFIDENCES, default=Confidence.UNCONFIRMED.value
    )

    class Meta(Record.Meta):
        verbose_name = _("alert rule")
        verbose_name_plural = _("alert rules")
        ordering: ClassVar = ("pack", "code", "-starts")
        constraints = (
            models.UniqueConstraint(fields=("code", "starts"), condition=Q(void=False), name="alertrule_once"),
        )

    def __str__(self) -> str:
        return str(local(self, "title"))

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return watchers(user)

    @property
    def limit(self) -> Limit:
        """What the engine asks."""
        return Limit(Kind(self.kind), self.value, self.clear, self.hold, self.release, self.span)

    @property
    def edition(self) -> Words:
        """The document behind the limit, as an alert quotes it."""
        chinese = self.source, self.clause
        english = self.source_en or self.source, self.clause_en or self.clause
        return Words(*(" ".join(part for part in parts if part) for parts in (chinese, english)))

    def clean(self) -> None:
        if self.starts and self.ends and self.ends <= self.starts:
            raise ValidationError({"ends": _("It must end after it starts.")})
        if self.kind in (Kind.RISE, Kind.FALL, Kind.SILENT) and not self.span:
            raise ValidationError({"span": _("Say within how many seconds.")})
        if self.kind == Kind.COMPOSITE and not self.parts:
            raise ValidationError({"parts": _("Name the rules it is made of.")})
        if self.kind != Kind.COMPOSITE and not self.observes:
            raise ValidationError({"observes": _("Name the observed property it looks at.")})
        if self.clear is not None and self._wrong_side():
            raise ValidationError({"clear": _("It must clear on the quiet side of the limit.")})

    def _wrong_side(self) -> bool:
        assert self.clear is not None
        return self.clear < self.value if self.kind == Kind.BELOW else self.clear > self.value


class Watched(models.Model):
    """Where a rule stands on a datastream (or, for a composite, on a thing). Written only when the phase changes."""

    code = models.SlugField(max_length=80)
    thing = models.ForeignKey(Thing, models.PROTECT, related_name="+")
    datastream = models.ForeignKey(Datastream, models.PROTECT, null=True, related_name="+")
    phase = models.PositiveSmallIntegerField(default=Phase.QUIET)
    since = models.BigIntegerField(default=0)
    time = models.BigIntegerField(default=0)
    value = models.FloatField(null=True)
    worst = models.FloatField(null=True)
    base = models.FloatField(null=True)
    base_time = models.BigIntegerField(default=0)
    alert = models.ForeignKey("Alert", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("code", "thing", "datastream"), name="watched_series"),
            models.UniqueConstraint(fields=("code", "thing"), condition=Q(datastream=None), name="watched_thing"),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.thing_id} {self.datastream_id} {Phase(self.phase).name}"


class AlertState(TextChoices):
    NEW = "new", _("not acknowledged")
    SEEN = "seen", _("acknowledged")
    SHELVED = "shelved", _("shelved")
    CLOSED = "closed", pgettext_lazy("alert", "closed")


class IncidentState(TextChoices):
    OPEN = "open", pgettext_lazy("incident", "open")
    HANDLING = "handling", _("being handled")
    CONTAINED = "contained", _("under control")
    CLOSED = "closed", pgettext_lazy("incident", "closed")


class Cause(TextChoices):
    REAL = "real", _("real event")
    DEVICE = "device", _("fault of the device")
    MAINTENANCE = "maintenance", _("maintenance or calibration")
    TRANSMISSION = "transmission", _("fault of transmission")
    DRILL = "drill", _("exercise")
    UNKNOWN = "unknown", _("could not be found")


class Incident(Case):
    """Something that is dealt with: alerts that belong together, who leads, what is done, how it ended."""

    title = models.CharField(_("title"), max_length=160)
    title_en = models.CharField(_("English title"), max_length=240, blank=True)
    pack = models.SlugField(_("system"), max_length=60, blank=True)
    place = models.CharField(_("place"), max_length=160, blank=True)
    place_en = models.CharField(_("place, in English"), max_length=200, blank=True)
    severity = models.PositiveSmallIntegerField(_("severity"), choices=Severity.choices, default=Severity.NOTABLE)
    leader = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("led by"), null=True, blank=True, related_name="+"
    )
    began_at = models.DateTimeField(_("began"), default=timezone.now)
    cause = models.CharField(_("cause"), max_length=14, choices=Cause.choices, blank=True)
    account = models.TextField(_("what was found and done"), blank=True)
    account_en = models.TextField(_("what was found and done, in English"), blank=True)

    class Meta(Case.Meta):
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        ordering: ClassVar = ("-began_at", "-pk")
        indexes = (models.Index(fields=("state", "-began_at"), name="incident_list"),)

    def __str__(self) -> str:
        return str(local(self, "title"))

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return watchers(user)


class Alert(Case):
    """One time that a rule was broken. Whether it still is (`cleared_at`) and how it is handled (`state`) are told apart."""

    rule = models.ForeignKey(AlertRule, models.PROTECT, verbose_name=_("alert rule"), related_name="alerts")
    thing = models.ForeignKey(Thing, models.PROTECT, verbose_name=_("thing"), related_name="alerts")
    datastream = models.ForeignKey(
        Datastream, models.PROTECT, verbose_name=_("datastream"), null=True, blank=True, related_name="alerts"
    )
    severity = models.PositiveSmallIntegerField(_("severity"), choices=Severity.choices)
    since = models.DateTimeField(_("over the limit since"))
    raised_at = models.DateTimeField(_("raised"))
    cleared_at = models.DateTimeField(_("back to normal"), null=True, blank=True)
    value = models.FloatField(_("value"), null=True, blank=True)
    worst = models.FloatField(_("worst value"), null=True, blank=True)
    limit = models.FloatField(_("limit"), null=True, blank=True)
    observations = models.JSONField(_("observations that made it"), default=list, editable=False)
    edition = models.CharField(_("by the edition"), max_length=330, blank=True)
    edition_en = models.CharField(_("by the edition, in English"), max_length=430, blank=True)
    incident = models.ForeignKey(
        Incident, models.PROTECT, verbose_name=_("incident"), null=True, blank=True, related_name="alerts"
    )
    shelved_until = models.DateTimeField(_("shelved until"), null=True, blank=True)
    escalated_at = models.DateTimeField(_("told to the signers"), null=True, blank=True)

    named_by: ClassVar = ("rule", "thing")

    class Meta(Case.Meta):
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        ordering: ClassVar = ("-raised_at", "-pk")
        indexes = (
            models.Index(fields=("state", "-raised_at"), name="alert_list"),
            models.Index(fields=("thing", "-raised_at"), name="alert_thing"),
        )

    def __str__(self) -> str:
        return f"{self.thing} · {self.rule}"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return of_things(user, "thing__")

    @property
    def standing(self) -> bool:
        """Whether the rule is still broken."""
        return self.cleared_at is None


class Step(Record):
    """One step of an incident's plan of action."""

    incident = models.ForeignKey(Incident, models.PROTECT, verbose_name=_("incident"), related_name="steps")
    order = models.PositiveSmallIntegerField(_("order"), default=1)
    text = models.CharField(_("what to do"), max_length=240)
    text_en = models.CharField(_("what to do, in English"), max_length=300, blank=True)
    who = models.CharField(_("who"), max_length=120, blank=True)
    who_en = models.CharField(_("who, in English"), max_length=160, blank=True)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    done_by = models.CharField(_("done by"), max_length=150, blank=True)
    result = models.CharField(_("result"), max_length=300, blank=True)
    result_en = models.CharField(_("result, in English"), max_length=400, blank=True)

    class Meta(Record.Meta):
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering: ClassVar = ("incident", "order", "pk")

    def __str__(self) -> str:
        return str(local(self, "text"))

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return watchers(user)


class WarningState(TextChoices):
    DRAFT = "draft", pgettext_lazy("warning", "draft")
    PROPOSED = "proposed", _("waiting for signature")
    SIGNED = "signed", _("signed, not released")
    REQUESTED = "requested", _("requested from the body above")
    RELEASED = "released", pgettext_lazy("warning", "released")
    REPLACED = "replaced", _("replaced by an update")
    CANCELLED = "cancelled", pgettext_lazy("warning", "lifted")
    DROPPED = "dropped", _("not pursued")


class Colour(TextChoices):
    RED = "red", pgettext_lazy("level of a warning", "red")
    ORANGE = "orange", pgettext_lazy("level of a warning", "orange")
    YELLOW = "yellow", pgettext_lazy("level of a warning", "yellow")
    BLUE = "blue", pgettext_lazy("level of a warning", "blue")


class WarningMessage(Case):
    """A warning to the public or to those concerned: drafted, signed by whoever may sign its level, released as CAP."""

    incident = models.ForeignKey(
        Incident, models.PROTECT, verbose_name=_("incident"), null=True, blank=True, related_name="warnings"
    )
    updates = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("updates"), null=True, blank=True, related_name="updated_by"
    )
    event = models.CharField(pgettext_lazy("warning", "event"), max_length=80)
    event_en = models.CharField(_("event, in English"), max_length=120, blank=True)
    event_code = models.CharField(_("event code"), max_length=20, blank=True)
    category = models.CharField(_("CAP category"), max_length=10, default="Env")
    colour = models.CharField(_("level"), max_length=6, choices=Colour.choices)
    headline = models.CharField(_("headline"), max_length=160)
    headline_en = models.CharField(_("headline, in English"), max_length=240, blank=True)
    text = models.TextField(_("text"))
    text_en = models.TextField(_("text, in English"), blank=True)
    advice = models.TextField(_("what to do"), blank=True)
    advice_en = models.TextField(_("what to do, in English"), blank=True)
    area = models.CharField(_("area"), max_length=240)
    area_en = models.CharField(_("area, in English"), max_length=320, blank=True)
    polygon = models.JSONField(_("outline of the area"), default=list, blank=True)
    certainty = models.CharField(_("certainty"), max_length=10, default="Likely")
    urgency = models.CharField(_("urgency"), max_length=10, default="Expected")
    effective_at = models.DateTimeField(_("in force from"), default=timezone.now)
    expires_at = models.DateTimeField(_("in force until"))
    exercise = models.BooleanField(_("exercise"), default=False)
    signed_by = models.CharField(_("signed by"), max_length=150, blank=True, editable=False)

    class Meta(Case.Meta):
        verbose_name = _("warning")
        verbose_name_plural = _("warnings")
        ordering: ClassVar = ("-effective_at", "-pk")
        indexes = (models.Index(fields=("state", "-effective_at"), name="warning_list"),)

    def __str__(self) -> str:
        return str(local(self, "headline"))

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return watchers(user)

    def clean(self) -> None:
        if self.expires_at and self.effective_at and self.expires_at <= self.effective_at:
            raise ValidationError({"expires_at": _("It must end after it starts.")})


class Release(models.Model):
    """A message as it went out: its identifier and its bytes, which never change."""

    warning = models.ForeignKey(WarningMessage, models.PROTECT, related_name="releases")
    identifier = models.CharField(max_length=60, unique=True)
    type = models.CharField(max_length=8)
    sent_at = models.DateTimeField()
    xml = models.TextField()
    public = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ("-sent_at", "-pk")

    def __str__(self) -> str:
        return self.identifier

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("What was released is never deleted.")


class ReleaseChannel(Record):
    """Where released messages are handed over: an address that takes CAP by HTTP POST."""

    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=160, blank=True)
    address = models.CharField(_("address"), max_length=300, validators=(URLValidator(("http", "https")),))
    active = models.BooleanField(_("in use"), default=True)
    slightest = models.PositiveSmallIntegerField(
        _("up to level"), default=4, validators=(MinValueValidator(1), MaxValueValidator(4)),
        help_text=_("4: all colours; 1: red only."),
    )  # fmt: skip

    class Meta(Record.Meta):
        verbose_name = _("release channel")
        verbose_name_plural = _("release channels")
        ordering: ClassVar = ("name",)

    def __str__(self) -> str:
        return str(local(self, "name"))

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return watchers(user)


class Handover(models.Model):
    """One message for one channel: when it went, how often it was tried, the receipt that came back."""

    class State(TextChoices):
        WAITING = "waiting", _("waiting")
        TAKEN = "taken", _("taken, no receipt")
        ACKNOWLEDGED = "acknowledged", _("receipt came back")
        REFUSED = "refused", _("refused")

    release = models.ForeignKey(Release, models.PROTECT, related_name="handovers")
    channel = models.ForeignKey(ReleaseChannel, models.PROTECT, related_name="handovers")
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    taken_at = models.DateTimeField(null=True)
    receipt = models.TextField(blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("release", "channel"), name="handover_once"),)
        indexes = (models.Index(fields=("next_at",), condition=Q(state="waiting"), name="handover_due"),)

    def __str__(self) -> str:
        return f"{self.release_id} {self.channel_id} {self.state}"
