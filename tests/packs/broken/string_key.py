"""Models tied to another pack by a string, which import-linter cannot see; made only inside the test's own registry."""

from typing import Any

from django.db import models


def make() -> list[type[models.Model]]:
    """A model with a string key to another pack, and one that keeps to the anchors."""

    class Tied(models.Model):
        firm: Any = models.ForeignKey("enterprises.Enterprise", models.PROTECT)

        class Meta:
            app_label = "broken"

        def __str__(self) -> str:
            return ""

    class Free(models.Model):
        body: Any = models.ForeignKey("bodies.Body", models.PROTECT, related_name="+")
        other: Any = models.ForeignKey("self", models.PROTECT, null=True)

        class Meta:
            app_label = "broken"

        def __str__(self) -> str:
            return ""

    return [Tied, Free]
