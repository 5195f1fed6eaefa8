"""The number of a passage: which kind, which record or file, which paragraph. Newer ones of a kind lie higher."""

from __future__ import annotations

from django.contrib.contenttypes.models import ContentType
from django.db import DEFAULT_DB_ALIAS, models

TYPES = ContentType.objects.db_manager(DEFAULT_DB_ALIAS)  # the same cache, without asking the router for each kind
KEY = 40  # bits of a record's key, or of a file's key and its paragraph
PARAGRAPH = 12  # bits of the paragraph
MOST_PARAGRAPHS = (1 << PARAGRAPH) - 1


def slot(model: type[models.Model], *, files: bool = False) -> int:
    """The number of a kind of record, or of the files of a kind."""
    return TYPES.get_for_model(model).pk * 2 + files


def of_record(model: type[models.Model], key: int) -> int:
    """The place of a record."""
    return slot(model) << KEY | key


def of_file(model: type[models.Model], file: int, paragraph: int = 0) -> int:
    """The place of a paragraph of a file."""
    return slot(model, files=True) << KEY | file << PARAGRAPH | paragraph


def bounds(slot: int) -> tuple[int, int]:
    """The lowest and the highest place of a kind."""
    return slot << KEY, (slot + 1 << KEY) - 1


def model_of(place: int) -> type[models.Model]:
    """The model of the record that a passage speaks of."""
    model: type[models.Model] | None = TYPES.get_for_id(place >> KEY + 1).model_class()
    assert model, "the numbers asked for are those of models"
    return model


def file_of(place: int) -> int:
    """The file that a passage is a part of; 0 when it is a record."""
    return (place & (1 << KEY) - 1) >> PARAGRAPH if place >> KEY & 1 else 0
