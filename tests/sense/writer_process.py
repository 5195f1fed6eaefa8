"""The writer as `hanfeng work --writer` runs it, on the database of a test. Its name comes in SENSE_TEST_DATABASE."""

import os
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "hanfeng.site.settings"

import django
from django.conf import settings

settings.DATABASES["default"]["NAME"] = os.environ["SENSE_TEST_DATABASE"]
django.setup()

from hanfeng.site.commands.work import write  # noqa: E402

write(Path(os.environ["HANFENG_HOME"]))
