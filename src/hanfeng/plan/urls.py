"""The addresses of the plans."""

from django.urls import path

from .pages import assigning, clauses, disputes, indicators, sheets, tasks, tracing

PLAN = "plans/<slug:slug>/"

urlpatterns = [
    path(f"{PLAN}trace/", tracing.trace_page, name="trace"),
    path(f"{PLAN}clause/", clauses.clauses_page, name="clauses"),
    path(f"{PLAN}clause/<str:code>/", clauses.clause_page, name="clause"),
    path(f"{PLAN}indicator/", indicators.indicators_page, name="indicators"),
    path(f"{PLAN}indicator/<slug:target>/", indicators.indicator_page, name="indicator"),
    path(f"{PLAN}task/", tasks.tasks_page, name="tasks"),
    path(f"{PLAN}task/<slug:commitment>/", tasks.task_page, name="task"),
    path(f"{PLAN}duties/", assigning.duties_page, name="duties"),
    path(f"{PLAN}duties/template/", sheets.template_file, name="duties-template"),
    path(f"{PLAN}duties/sheet/", sheets.sheet_page, name="duties-sheet"),
    path(f"{PLAN}duties/apply/", sheets.apply_page, name="duties-apply"),
    path(f"{PLAN}duties/batch/<int:pk>/", sheets.batch_page, name="duties-batch"),
    path(f"{PLAN}duties/batch/<int:pk>/undo/", sheets.undo_page, name="duties-undo"),
    path(f"{PLAN}contradictions/", disputes.contradictions_page, name="contradictions"),
]
