"""A plain model with the columns, indexes and constraints of `bodies.Body`, written and read as Django has it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from hanfeng.commons.bodies.models import Body


class PlainBody(models.Model):
    """A body that keeps no history."""

    objects: ClassVar[models.Manager[PlainBody]] = models.Manager()

    version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    void = models.BooleanField(default=False)
    demo = models.BooleanField(default=False)
    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=160, blank=True)
    kind = models.CharField(max_length=12, choices=Body.Kind.choices)
    code = models.CharField(max_length=18, blank=True)
    starts = models.DateField(null=True, blank=True)
    ends = models.DateField(null=True, blank=True)
    successor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="predecessors")
    source = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=240, blank=True)
    note_en = models.CharField(max_length=240, blank=True)

    class Meta:
        indexes = (
            models.Index(fields=("name",), name="plain_name"),
            models.Index(fields=("kind", "slug"), name="plain_list"),
        )
        constraints = (models.UniqueConstraint(fields=("code",), condition=~Q(code=""), name="plain_code"),)

    def __str__(self) -> str:
        return self.name
