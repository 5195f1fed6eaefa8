"""The addresses of the room."""

from django.urls import path

from . import pages

urlpatterns = [path("search/", pages.search_page, name="search")]
