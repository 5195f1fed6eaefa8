"""The addresses of the plans."""

from django.urls import path

from .pages import assigning, clauses, disputes, evaluating, front, indicators, screen, sheets, tasks, tracing

PLAN = "plans/<slug:slug>/"

urlpatterns = [
    path("", front.front, name="front"),
    path("screen/", screen.screen_page, name="screen"),
    path("plans/", front.plans_page, name="plans"),
    path(PLAN, front.plan_page, name="plan"),
    path(f"{PLAN}trace/", tracing.trace_page, name="trace"),
    path(f"{PLAN}clause/", clauses.clauses_page, name="clauses"),
    path(f"{PLAN}clause/<str:code>/", clauses.clause_page, name="clause"),
    path(f"{PLAN}task/", tasks.tasks_page, name="tasks"),
    path(f"{PLAN}task/<slug:commitment>/", tasks.task_page, name="task"),
    path(f"{PLAN}indicator/", indicators.indicators_page, name="indicators"),
    path(f"{PLAN}indicator/<slug:target>/", indicators.indicator_page, name="indicator"),
    path(f"{PLAN}duties/", assigning.duties_page, name="duties"),
    path(f"{PLAN}duties/template/", sheets.template_file, name="duties-template"),
    path(f"{PLAN}duties/sheet/", sheets.sheet_page, name="duties-sheet"),
    path(f"{PLAN}duties/apply/", sheets.apply_page, name="duties-apply"),
    path(f"{PLAN}duties/batch/<int:pk>/", sheets.batch_page, name="duties-batch"),
    path(f"{PLAN}duties/batch/<int:pk>/undo/", sheets.undo_page, name="duties-undo"),
    path(f"{PLAN}contradictions/", disputes.contradictions_page, name="contradictions"),
    path(f"{PLAN}evaluation/", evaluating.evaluation_page, name="evaluation"),
    path(f"{PLAN}evaluation/report/<slug:form>/", evaluating.report_file, name="report"),
    path(f"{PLAN}evaluation/publish/", evaluating.publish, name="publish"),
]
