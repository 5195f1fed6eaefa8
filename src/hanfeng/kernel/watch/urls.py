"""The address of the log; the site says who reads it."""

from django.urls import URLPattern, path

from hanfeng.kernel.roles import Role

from . import pages


def addresses(reader: Role) -> list[URLPattern]:
    """`reader` is the audit administrator."""
    return [path("log/", pages.log_page, {"reader": reader}, name="log")]
