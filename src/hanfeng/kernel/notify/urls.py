"""The addresses of the room; the site says which role runs the installation."""

from django.urls import URLPattern, path

from hanfeng.kernel.roles import Role

from . import pages, sending_pages


def addresses(keeper: Role) -> list[URLPattern]:
    """`keeper` sees what left the house and keeps the webhooks: the system administrator."""
    told = {"keeper": keeper}
    return [
        path("notices/", pages.notices_page, name="notices"),
        path("notices/read/", pages.read_all_page, name="notices-read"),
        path("notices/<int:pk>/open/", pages.open_page, name="notice-open"),
        path("notices/<int:pk>/read/", pages.read_page, name="notice-read"),
        path("notices/preferences/", pages.preferences_page, name="notice-preferences"),
        path("notices/sent/", sending_pages.sent_page, told, name="notices-sent"),
        path("notices/sent/<int:pk>/again/", sending_pages.again_page, told, name="notice-again"),
        path("notices/webhooks/", sending_pages.hooks_page, told, name="webhooks"),
        path("notices/webhooks/<int:pk>/", sending_pages.hook_page, told, name="webhook"),
    ]
