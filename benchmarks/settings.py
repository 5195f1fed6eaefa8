"""The settings of production, the hand-written pages added."""

from hanfeng.site.settings import *  # noqa: F403
from hanfeng.site.settings import INSTALLED_APPS as SITE_APPS

INSTALLED_APPS = [*SITE_APPS, "benchmarks.handwritten"]
ROOT_URLCONF = "benchmarks.urls"
