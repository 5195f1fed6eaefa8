"""The addresses of the site, the hand-written ones before them."""

from django.urls import include, path

urlpatterns = [
    path("handwritten/", include("benchmarks.handwritten.urls")),
    path("", include("hanfeng.site.urls")),
]
