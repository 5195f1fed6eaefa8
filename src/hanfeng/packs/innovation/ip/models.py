"""Patents, what became of them, the fees paid, and the shares of joint holders."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q, TextChoices
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.models import bodies_of, is_officer
from hanfeng.commons.places.models import Place
from hanfeng.kernel.api import EVERYBODY, NOBODY, Reader, Record, holds, local
from hanfeng.kernel.pure import CodeError
from hanfeng.standards import cn_patents

from .roles import HOLDER, OFFICER

WHOLE = 10_000
"""Shares are kept in ten-thousandths, so that thirds add up as people expect."""


class Kind(TextChoices):
    INVENTION = "invention", _("invention")
    UTILITY = "utility", _("utility model")
    DESIGN = "design", _("design")


class Section(TextChoices):
    """The eight sections of the International Patent Classification."""

    A = "A", _("A human necessities")
    B = "B", _("B operations and transport")
    C = "C", _("C chemistry and metallurgy")
    D = "D", _("D textiles and paper")
    E = "E", _("E fixed constructions")
    F = "F", _("F mechanical engineering")
    G = "G", _("G physics")
    H = "H", _("H electricity")


class Happened(TextChoices):
    """What can become of a patent after it was granted."""

    LAPSED = "lapsed", _("lapsed for an unpaid fee")
    RESTORED = "restored", pgettext_lazy("of a patent", "restored")
    ABANDONED = "abandoned", _("abandoned by its holder")
    INVALIDATED = "invalidated", _("declared invalid")
    EXPIRED = "expired", _("term expired")
    TRANSFERRED = "transferred", _("transferred to another holder")


STATES = tuple(h.value for h in Happened if h != Happened.TRANSFERRED)


def reach(user: Reader, path: str = "") -> Q:
    """Officers see every patent; the people of a holder see those that are or were its own. `path` leads to the patent."""
    if is_officer(user) or holds(user, OFFICER):
        return EVERYBODY
    if not holds(user, HOLDER):
        return NOBODY
    mine = bodies_of(user)
    own = Q(holder__in=mine) | Q(pk__in=Share.objects.filter(body__in=mine).values("patent"))
    own |= Q(pk__in=LegalEvent.objects.filter(to__in=mine).values("patent"))
    return own if not path else Q(**{f"{path}__in": Patent.objects.filter(own).values("pk")})


class Patent(Record):
    """A patent or an application for one. What happened after the grant stands in its legal events."""

    named_by: ClassVar = ("holder",)

    number = models.CharField(
        _("application number"),
        max_length=24,
        help_text=_("With its check digit, such as 202010566088.9; ZL may stand before it."),
    )
    kind = models.CharField(_("kind of patent"), max_length=10, choices=Kind.choices, blank=True)
    title = models.CharField(_("title"), max_length=240)
    title_en = models.CharField(_("English title"), max_length=240, blank=True)
    holder = models.ForeignKey(Body, models.PROTECT, verbose_name=_("first holder"), related_name="patents")
    others = models.CharField(_("further holders as stated"), max_length=240, blank=True)
    inside = models.BooleanField(
        _("first holder in the district"),
        default=True,
        help_text=_("The office counts a patent where its first holder is."),
    )
    town = models.ForeignKey(
        Place, models.PROTECT, verbose_name=_("town or sub-district"), null=True, blank=True, related_name="+"
    )
    filed = models.DateField(_("filed on"))
    published = models.DateField(_("published on"), null=True, blank=True)
    publication = models.CharField(_("publication number"), max_length=24, blank=True)
    granted = models.DateField(_("granted on"), null=True, blank=True)
    closed = models.DateField(
        _("refused or withdrawn on"), null=True, blank=True, help_text=_("For an application that was never granted.")
    )
    term_ends = models.DateField(_("end of the term"), null=True, editable=False)
    ipc = models.CharField(_("main IPC symbol"), max_length=24, blank=True)
    section = models.CharField(_("IPC section"), max_length=1, choices=Section.choices, blank=True, editable=False)
    strategic = models.BooleanField(_("in a strategic emerging industry"), null=True, blank=True)
    families = models.PositiveSmallIntegerField(_("family members abroad"), null=True, blank=True)
    pledged = models.DecimalField(
        _("financing by pledge (10,000 yuan)"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    awarded = models.BooleanField(_("national science award or China patent award"), null=True, blank=True)

    class Meta(Record.Meta):
        verbose_name = _("patent")
        verbose_name_plural = _("patents")
        ordering: ClassVar = ("-granted", "-pk")
        indexes = (
            models.Index(fields=("-granted", "-id"), name="patent_list"),
            models.Index(fields=("kind", "granted", "term_ends"), name="patent_force"),
            models.Index(fields=("holder", "-id"), name="patent_holder"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("number",), condition=Q(void=False), name="patent_number",
                violation_error_message=_("A patent with this number is kept already."),
            ),
            models.CheckConstraint(
                condition=Q(granted=None) | Q(granted__gte=models.F("filed")), name="patent_granted_after"
            ),
            models.CheckConstraint(condition=Q(granted=None) | Q(closed=None), name="patent_granted_or_closed"),
            models.CheckConstraint(condition=Q(pledged=None) | Q(pledged__gte=0), name="patent_pledged"),
        )  # fmt: skip

    def __str__(self) -> str:
        return str(local(self, "title"))

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return reach(user)

    def clean(self) -> None:
        """The number checked and normalised; kind, term and section follow from it, the day of filing and the IPC symbol."""
        self._clean_codes()
        if self.filed and self.granted and self.granted < self.filed:
            raise ValidationError({"granted": _("It lies before the day of filing.")})
        if self.granted and self.closed:
            raise ValidationError(
                {"closed": _("A granted patent ends by a legal event, not by refusal or withdrawal.")}
            )
        if self.filed and self.kind:
            self.term_ends = cn_patents.term_ends(cn_patents.Kind(self.kind), self.filed)

    def _clean_codes(self) -> None:
        checks = {
            "number": cn_patents.application_number,
            "publication": cn_patents.publication_number,
            "ipc": cn_patents.ipc,
        }
        for name, check in checks.items():
            text = getattr(self, name)
            if not text:
                continue
            try:
                said = check(text)
            except CodeError as why:
                raise ValidationError({name: gettext(why.template) % why.params}) from why
            setattr(self, name, said.text if isinstance(said, cn_patents.ApplicationNumber) else said)
            if isinstance(said, cn_patents.ApplicationNumber):
                self._follows(said)
        self.section = self.ipc[:1]

    def _follows(self, said: cn_patents.ApplicationNumber) -> None:
        """The kind is that of the number; a filing day of another year is a slip of the pen."""
        if self.kind and self.kind != said.kind:
            raise ValidationError({"kind": _("The number says that it is another kind of patent.")})
        self.kind = said.kind.value
        if self.filed and not said.international and self.filed.year != said.year:
            raise ValidationError({"filed": _("The number was given in %(year)s.") % {"year": said.year}})


class LegalEvent(Record):
    """One change of a patent's legal state or holder, with the day from which it holds."""

    named_by: ClassVar = ("patent",)

    patent = models.ForeignKey(Patent, models.PROTECT, verbose_name=_("patent"), related_name="events")
    kind = models.CharField(pgettext_lazy("of a patent", "what happened"), max_length=12, choices=Happened.choices)
    on = models.DateField(_("holds from"))
    to = models.ForeignKey(
        Body, models.PROTECT, verbose_name=_("new first holder"), null=True, blank=True, related_name="+"
    )
    to_name = models.CharField(_("new holder as stated"), max_length=160, blank=True)
    inside = models.BooleanField(_("new holder in the district"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=160, blank=True)

    class Meta(Record.Meta):
        verbose_name = _("legal event")
        verbose_name_plural = _("legal events")
        ordering: ClassVar = ("-on", "-pk")
        indexes = (
            models.Index(fields=("-on", "-id"), name="legalevent_list"),
            models.Index(fields=("patent", "-on", "-id"), name="legalevent_state"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("patent", "kind", "on"), condition=Q(void=False), name="legalevent_once"
            ),
            models.CheckConstraint(
                condition=~Q(kind="transferred") | Q(inside__isnull=False), name="legalevent_transfer_where"
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.patent} · {self.get_kind_display()} {self.on}"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return reach(user, "patent")

    def clean(self) -> None:
        if self.patent_id and self.on and (self.patent.granted is None or self.on < self.patent.granted):
            raise ValidationError({"on": _("It lies before the grant; an application's end is kept with the patent.")})
        if (self.kind == Happened.TRANSFERRED) != (self.inside is not None):
            raise ValidationError(
                {"inside": _("Say of a transfer, and of nothing else, whether the new holder is in the district.")}
            )


class Payment(Record):
    """An annuity that was paid. `covers_until` is the day on which the next one is due."""

    named_by: ClassVar = ("patent",)

    patent = models.ForeignKey(Patent, models.PROTECT, verbose_name=_("patent"), related_name="payments")
    year = models.PositiveSmallIntegerField(
        _("year of the patent"), validators=(MinValueValidator(1), MaxValueValidator(20)),
        help_text=_("Counted from the filing; the first year begins with it."),
    )  # fmt: skip
    paid = models.DateField(_("paid on"))
    amount = models.DecimalField(_("annuity (yuan)"), max_digits=10, decimal_places=2)
    surcharge = models.DecimalField(_("surcharge (yuan)"), max_digits=10, decimal_places=2, default=0)
    covers_until = models.DateField(_("covers until"), null=True, editable=False)

    class Meta(Record.Meta):
        verbose_name = _("annuity paid")
        verbose_name_plural = _("annuities paid")
        ordering: ClassVar = ("-paid", "-pk")
        indexes = (
            models.Index(fields=("-paid", "-id"), name="payment_list"),
            models.Index(fields=("patent", "-covers_until"), name="payment_covers"),
        )
        constraints = (
            models.UniqueConstraint(fields=("patent", "year"), condition=Q(void=False), name="payment_once"),
            models.CheckConstraint(condition=Q(amount__gte=0, surcharge__gte=0), name="payment_amounts"),
        )

    def __str__(self) -> str:
        return f"{self.patent} · {self.year}"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return reach(user, "patent")

    def clean(self) -> None:
        if self.patent_id and self.year:
            self.covers_until = cn_patents.annuity_due(self.patent.filed, self.year + 1)


class Share(Record):
    """The part of one joint holder, in ten-thousandths, for a time."""

    named_by: ClassVar = ("patent",)

    patent = models.ForeignKey(Patent, models.PROTECT, verbose_name=_("patent"), related_name="shares")
    body = models.ForeignKey(Body, models.PROTECT, verbose_name=_("holder"), null=True, blank=True, related_name="+")
    name = models.CharField(
        _("holder as stated"), max_length=160, blank=True, help_text=_("For one that is not in the register of bodies.")
    )
    part = models.PositiveIntegerField(
        _("share in ten-thousandths"), validators=(MinValueValidator(1), MaxValueValidator(WHOLE))
    )
    inside = models.BooleanField(_("in the district"), default=True)
    starts = models.DateField(_("from"))
    ends = models.DateField(_("until"), null=True, blank=True)

    class Meta(Record.Meta):
        verbose_name = _("share of a holder")
        verbose_name_plural = _("shares of holders")
        ordering: ClassVar = ("patent", "-part")

    def __str__(self) -> str:
        return f"{self.patent} · {self.body or self.name}"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return reach(user, "patent")

    def clean(self) -> None:
        """A holder by record or by name; the shares that hold on one day are never more than the whole."""
        if bool(self.body_id) == bool(self.name.strip()):
            raise ValidationError({"name": _("Give the holder's record, or its name as stated, not both.")})
        if self.starts and self.ends and self.ends <= self.starts:
            raise ValidationError({"ends": _("It must end after it starts.")})
        if not self.patent_id or not self.starts or not self.part:
            return
        others = Share.objects.filter(patent=self.patent_id).exclude(pk=self.pk)
        beside = others.filter(Q(ends=None) | Q(ends__gt=self.starts))
        beside = beside.filter(starts__lt=self.ends) if self.ends else beside
        days = {self.starts, *(s.starts for s in beside if s.starts > self.starts)}
        most = max(sum(s.part for s in beside if _holds(s, day)) for day in days)
        if most + self.part > WHOLE:
            raise ValidationError({"part": _("The other shares hold %(most)s of 10,000 already.") % {"most": most}})


def _holds(share: Share, day: date) -> bool:
    return share.starts <= day and (share.ends is None or day < share.ends)
