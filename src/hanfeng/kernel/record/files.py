"""Attachments: kept by their content under HOME/files, never overwritten, never served past the record's scope."""

from __future__ import annotations

import hashlib
import mimetypes
import os
import tempfile
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from .models import Attachment, Record, kind_of
from .write import save

MOST_BYTES = 50 * 1024 * 1024
SAFE_INLINE = frozenset({"application/pdf", "image/png", "image/jpeg", "text/plain"})


def path_of(sha256: str) -> Path:
    """Where the content with this digest lies."""
    return Path(settings.HOME) / "files" / sha256[:2] / sha256


def attach(record: Record, by: Any, name: str, content: BinaryIO) -> Attachment:
    """Keep a file with a record. The bytes are on disk before the database says so."""
    from hanfeng.kernel.search import keep, reading

    sha256, size = _keep(content)
    # read before the transaction, which holds the write lock; what takes long is left to the worker
    found = reading.read(path_of(sha256), name) if reading.quick(name, size) or not reading.readable(name) else None
    media = mimetypes.guess_type(name)[0] or "application/octet-stream"
    with transaction.atomic():
        kept = Attachment.objects.create(
            kind=kind_of(record),
            key=record.pk,
            name=Path(name).name[:200],
            media=media,
            size=size,
            sha256=sha256,
            by=by if getattr(by, "pk", None) else None,
        )
        told = {"name": kept.name, "size": size, "sha256": sha256}
        save(record, by, verb="attach", note=kept.name, more={"@file": (None, told)})
        keep.attached(kept, record, found)
    return kept


def _keep(content: BinaryIO) -> tuple[str, int]:
    folder = Path(settings.HOME) / "files"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    handle, temporary = tempfile.mkstemp(dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            while block := content.read(1 << 20):
                size += len(block)
                if size > MOST_BYTES:
                    limit = MOST_BYTES // 1024**2
                    raise ValidationError(
                        _("The file is larger than %(n)s MB. Split it or lower its resolution.") % {"n": limit}
                    )
                digest.update(block)
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        target = path_of(digest.hexdigest())
        target.parent.mkdir(mode=0o700, exist_ok=True)
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return digest.hexdigest(), size
