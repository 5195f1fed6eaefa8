"""The demo devices as `hanfeng up` runs them, on the database of a test. Its name comes in SENSE_TEST_DATABASE."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "hanfeng.site.settings"

import django
from django.conf import settings

settings.DATABASES["default"]["NAME"] = os.environ["SENSE_TEST_DATABASE"]
django.setup()

from hanfeng.site.commands.gateways import demonstrate  # noqa: E402

demonstrate()
