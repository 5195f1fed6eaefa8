"""The addresses of the plan."""

from django.urls import path

from . import pages

urlpatterns = [
    path("", pages.front, name="front"),
]
