"""Two addresses."""

from django.urls import path

from . import views

urlpatterns = [
    path("bodies/", views.bodies),
    path("bodies/<int:pk>/", views.body),
]
