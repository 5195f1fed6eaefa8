"""The settings of production, the hand-written pages added."""

from hanfeng.site.settings import *  # noqa: F403
from hanfeng.site.settings import INSTALLED_APPS as SITE_APPS
from hanfeng.site.settings import MIDDLEWARE as SITE_MIDDLEWARE

INSTALLED_APPS = [*SITE_APPS, "benchmarks.handwritten"]
ROOT_URLCONF = "benchmarks.urls"
# the hand-written door for devices stands where the site's own does: neither pays for sessions and pages
_door = SITE_MIDDLEWARE.index("hanfeng.kernel.sense.sta.views.ahead")
MIDDLEWARE = [*SITE_MIDDLEWARE[:_door], "benchmarks.handwritten.sense.ahead", *SITE_MIDDLEWARE[_door:]]
