"""The door of the web process: `application` for any WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hanfeng.site.settings")
application = get_wsgi_application()
