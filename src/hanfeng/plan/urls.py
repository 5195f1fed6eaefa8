"""The addresses of the plans."""

from django.urls import path

from .pages import clauses, indicators, tasks, tracing

PLAN = "plans/<slug:slug>/"

urlpatterns = [
    path(f"{PLAN}trace/", tracing.trace_page, name="trace"),
    path(f"{PLAN}clause/", clauses.clauses_page, name="clauses"),
    path(f"{PLAN}clause/<str:code>/", clauses.clause_page, name="clause"),
    path(f"{PLAN}indicator/", indicators.indicators_page, name="indicators"),
    path(f"{PLAN}indicator/<slug:target>/", indicators.indicator_page, name="indicator"),
    path(f"{PLAN}task/", tasks.tasks_page, name="tasks"),
    path(f"{PLAN}task/<slug:commitment>/", tasks.task_page, name="task"),
]
