"""The eight entities of OGC SensorThings 1.1 under their own names, and what the writer keeps.

Seven are records with a history. Observations are not: there are too many. They stand in a table clustered by (datastream,
time), what replaces a value leaves a revision, and only the writer process writes them.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.record.local import local
from hanfeng.kernel.record.models import Reader, Record

from .scope import datastreams_of, parts_of, things_of

GEOJSON = "application/geo+json"


class Named(Record):
    """What every described entity of the standard has."""

    name = models.CharField(_("name"), max_length=200)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)
    description = models.TextField(_("description"), blank=True)
    properties = models.JSONField(_("properties"), default=dict, blank=True)

    class Meta(Record.Meta):
        abstract = True

    def __str__(self) -> str:
        return str(local(self, "name"))


class Location(Named):
    """Where something is: GeoJSON in CGCS2000."""

    encoding_type = models.CharField(_("encoding"), max_length=100, default=GEOJSON)
    location = models.JSONField(_("location"))

    class Meta(Named.Meta):
        verbose_name = _("location")
        verbose_name_plural = _("locations")

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return parts_of(user, "things")


class FeatureOfInterest(Named):
    """What is measured: a stack, a lake, the air at a place. `of` names the location it was made from."""

    encoding_type = models.CharField(_("encoding"), max_length=100, default=GEOJSON)
    feature = models.JSONField(_("feature"))
    of = models.ForeignKey(
        Location, models.PROTECT, null=True, blank=True, related_name="features", verbose_name=_("location")
    )

    class Meta(Named.Meta):
        verbose_name = _("feature of interest")
        verbose_name_plural = _("features of interest")

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return parts_of(user, "of__things", shared=True)


class Thing(Named):
    """A station, a stack, a buoy, a bridge: what carries sensors. `code` is what devices and files call it (MN of HJ 212)."""

    code = models.CharField(
        _("code"), max_length=64, blank=True,
        help_text=_("What devices and files call the station; for HJ 212 the number (MN). No two stations have the same."),
    )  # fmt: skip
    kind = models.CharField(_("kind"), max_length=40, blank=True)
    pack = models.CharField(_("system"), max_length=60, blank=True, db_index=True)
    body = models.BigIntegerField(_("body"), null=True, blank=True, db_index=True)
    locations = models.ManyToManyField(Location, related_name="things", verbose_name=_("locations"), blank=True)
    feature = models.ForeignKey(
        FeatureOfInterest, models.PROTECT, null=True, blank=True, related_name="things", editable=False
    )

    class Meta(Named.Meta):
        verbose_name = _("thing")
        verbose_name_plural = _("things")
        constraints = (
            models.UniqueConstraint(fields=("code",), condition=Q(void=False) & ~Q(code=""), name="thing_code"),
        )

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return things_of(user)

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """A code that another station has is told at the code, with that station."""
        try:
            super().validate_constraints(exclude)
        except ValidationError as wrong:
            other = Thing.objects.filter(code=self.code).exclude(pk=self.pk).first() if self.code else None
            if other is None:
                raise
            text = gettext("The station “%(name)s” has this code. Write another code here, or first change it there.")
            told = text % {"name": local(other, "name")}
            raise ValidationError({"code": ValidationError(told, code="unique")}) from wrong

    def get_absolute_url(self) -> str:
        return f"/sense/things/{self.pk}/"


class HistoricalLocation(Record):
    """Where a thing has been since when."""

    thing = models.ForeignKey(Thing, models.PROTECT, related_name="historical_locations", verbose_name=_("thing"))
    time = models.DateTimeField(_("time"), default=timezone.now)
    locations = models.ManyToManyField(Location, related_name="historical_locations", verbose_name=_("locations"))

    class Meta(Record.Meta):
        verbose_name = _("historical location")
        verbose_name_plural = _("historical locations")

    def __str__(self) -> str:
        return f"{self.thing_id} {self.time:%Y-%m-%d %H:%M}"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return things_of(user, "thing__")


class Sensor(Named):
    """The instrument or procedure."""

    encoding_type = models.CharField(_("encoding"), max_length=100, default="text/html")
    metadata = models.JSONField(_("metadata"), default=str, blank=True)

    class Meta(Named.Meta):
        verbose_name = _("sensor")
        verbose_name_plural = _("sensors")

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return parts_of(user, "datastreams__thing", shared=True)


class ObservedProperty(Named):
    """What is observed. `code` is the code of the field's own list: w01001 of HJ 212, O3."""

    code = models.CharField(_("code"), max_length=40, blank=True, db_index=True)
    definition = models.CharField(_("definition"), max_length=400, blank=True)

    class Meta(Named.Meta):
        verbose_name = _("observed property")
        verbose_name_plural = _("observed properties")

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return parts_of(user, "datastreams__thing", shared=True)


MEASUREMENT = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement"


def no_unit() -> dict[str, Any]:
    """The unit of what has none."""
    return {"name": None, "symbol": None, "definition": None}


class Datastream(Named):
    """One series: one property of one thing by one sensor in one unit. `code` is unique within the thing.

    `interval` is how many seconds lie between two values that are due; `checks` is read by `quality.Checks.read`.
    """

    thing = models.ForeignKey(Thing, models.PROTECT, related_name="datastreams", verbose_name=_("thing"))
    sensor = models.ForeignKey(Sensor, models.PROTECT, related_name="datastreams", verbose_name=_("sensor"))
    observed_property = models.ForeignKey(
        ObservedProperty, models.PROTECT, related_name="datastreams", verbose_name=_("observed property")
    )
    code = models.CharField(_("code"), max_length=64, blank=True)
    observation_type = models.CharField(_("type of observation"), max_length=200, default=MEASUREMENT)
    unit = models.JSONField(_("unit"), default=no_unit, blank=True)
    observed_area = models.JSONField(_("observed area"), null=True, blank=True)
    interval = models.PositiveIntegerField(_("interval (s)"), null=True, blank=True)
    checks = models.JSONField(_("checks"), default=dict, blank=True)

    class Meta(Named.Meta):
        verbose_name = _("datastream")
        verbose_name_plural = _("datastreams")
        constraints = (
            models.UniqueConstraint(
                fields=("thing", "code"), condition=Q(void=False) & ~Q(code=""), name="datastream_code"
            ),
        )

    named_by: ClassVar = ("thing",)

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return datastreams_of(user)

    def get_absolute_url(self) -> str:
        return f"/sense/datastreams/{self.pk}/"

    @property
    def symbol(self) -> str:
        """The unit as it is written behind a value."""
        return str((self.unit or {}).get("symbol") or "")


# --- what the writer keeps --------------------------------------------------------------------------------------------


class Observed(models.Model):
    """A value: times are milliseconds since 1970 UTC. `number` holds numbers, `text` any other result as JSON.

    `until` ends an interval; `result_time` and `feature` are empty when they are what the phenomenon time and the thing say;
    `more` holds resultQuality, validTime and parameters as JSON.
    """

    pk = models.CompositePrimaryKey("datastream_id", "time")
    datastream = models.ForeignKey(
        Datastream, models.DO_NOTHING, related_name="%(class)ss", db_constraint=False, db_index=False
    )
    time = models.BigIntegerField()
    until = models.BigIntegerField(null=True)
    result_time = models.BigIntegerField(null=True)
    number = models.FloatField(null=True)
    text = models.TextField(null=True)  # noqa: DJ001  (absent is not the empty text)
    mark = models.CharField(max_length=4, default="")
    quality = models.SmallIntegerField(default=0)
    checks = models.SmallIntegerField(default=0)
    feature = models.ForeignKey(
        FeatureOfInterest,
        models.DO_NOTHING,
        null=True,
        related_name="%(class)ss",
        db_constraint=False,
        db_index=False,
    )
    more = models.JSONField(null=True)
    received = models.BigIntegerField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.datastream_id} {self.time}"


class Observation(Observed):
    """A value in the table. Written by the writer only."""

    class Meta:
        db_table = "sense_observation"


class Archived(models.Model):
    """A month that has left the table, or is about to (no file yet): half open, in milliseconds since 1970 UTC.

    `cleared`: the rows that the file holds are deleted from the table.
    """

    start = models.BigIntegerField(primary_key=True)
    end = models.BigIntegerField()
    file = models.CharField(max_length=100, blank=True)
    rows = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    at = models.BigIntegerField(default=0)
    cleared = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.start} {self.file}"


class Late(Observed):
    """What came, changed or went (`gone`) in a month that is archived; folded into its file at the next run.

    `change` numbers the changes, so that only what is in the file goes from here.
    """

    gone = models.BooleanField(default=False)
    change = models.BigIntegerField(db_index=True)


class Thawed(Observed):
    """Rows out of the archive for the length of one question: a temporary table of the connection."""

    class Meta:
        managed = False
        db_table = "sense_thawed"


class Revision(models.Model):
    """A value that was replaced, judged anew or deleted: the row as it was, why, and when."""

    datastream_id = models.BigIntegerField()
    time = models.BigIntegerField()
    at = models.BigIntegerField()
    why = models.CharField(max_length=200)
    who = models.CharField(max_length=150, blank=True)
    row = models.TextField()

    class Meta:
        indexes = (models.Index(fields=("datastream_id", "time"), name="revision_of"),)

    def __str__(self) -> str:
        return f"{self.datastream_id} {self.time} {self.why}"


class RawFrame(models.Model):
    """What came over the wire, byte for byte, kept for audit."""

    received = models.BigIntegerField(db_index=True)
    source = models.CharField(max_length=100)
    status = models.CharField(max_length=60, default="taken")
    body = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.source} {self.received} {self.status}"


class Standing(models.Model):
    """Where a datastream stands: its ends, its last value, how many there are. Kept by the writer, once a batch.

    `since` is when the last value began to be what it is; `last_result` and `first_result` bound the result times.
    """

    datastream = models.OneToOneField(
        Datastream, models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="standing"
    )
    count = models.BigIntegerField(default=0)
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    end = models.BigIntegerField()
    first_result = models.BigIntegerField()
    last_result = models.BigIntegerField()
    number = models.FloatField(null=True)
    text = models.TextField(null=True)  # noqa: DJ001
    mark = models.CharField(max_length=4, default="")
    quality = models.SmallIntegerField(default=0)
    since = models.BigIntegerField()
    received = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.datastream_id} {self.last}"


class Hour(models.Model):
    """An hour of a datastream: `n` values, `valid` of them counted in total, low and high. `hour` is hours since 1970 UTC."""

    pk = models.CompositePrimaryKey("datastream_id", "hour")
    datastream_id = models.BigIntegerField()
    hour = models.IntegerField()
    n = models.IntegerField()
    valid = models.IntegerField()
    total = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)

    def __str__(self) -> str:
        return f"{self.datastream_id} {self.hour}"


class Day(models.Model):
    """A local day of a datastream, made of its hours; `hours`: how many of them were valid. `day`: the ordinal of the date."""

    pk = models.CompositePrimaryKey("datastream_id", "day")
    datastream_id = models.BigIntegerField()
    day = models.IntegerField()
    n = models.IntegerField()
    valid = models.IntegerField()
    hours = models.SmallIntegerField()
    total = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)

    def __str__(self) -> str:
        return f"{self.datastream_id} {self.day}"


class About(models.Model):
    """Which features the values of a datastream have been about: the way from a feature to its values."""

    pk = models.CompositePrimaryKey("feature_id", "datastream_id")
    feature_id = models.BigIntegerField()
    datastream_id = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.feature_id} {self.datastream_id}"


class Touched(models.Model):
    """An hour whose aggregates are still to be made anew: written with the observations, in the same commit."""

    pk = models.CompositePrimaryKey("datastream_id", "hour")
    datastream_id = models.BigIntegerField()
    hour = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.datastream_id} {self.hour}"
