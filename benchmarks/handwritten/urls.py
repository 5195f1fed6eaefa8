"""The addresses of what is written by hand."""

from django.urls import path

from . import rest, sense, views

urlpatterns = [
    path("bodies/", views.bodies),
    path("bodies/<int:pk>/", views.body),
    path("api/v1/bodies/body", rest.bodies),
    path("api/v1/bodies/body/<int:pk>", rest.body),
    path("observation", sense.observation),
    path("datastreams/<int:pk>/last", sense.last),
]
