"""The address of the service."""

from django.urls import URLPattern, re_path

from .views import door

urlpatterns: list[URLPattern] = [re_path(r"^sta/v1\.1(?P<path>(?:/.*)?)$", door, name="sta")]
