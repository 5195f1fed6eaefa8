"""The addresses of the plans."""

from django.urls import path

from .pages import clauses, tracing

PLAN = "plans/<slug:slug>/"

urlpatterns = [
    path(f"{PLAN}trace/", tracing.trace_page, name="trace"),
    path(f"{PLAN}clause/", clauses.clauses_page, name="clauses"),
    path(f"{PLAN}clause/<str:code>/", clauses.clause_page, name="clause"),
]
