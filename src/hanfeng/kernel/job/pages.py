"""The pages of jobs: mine, one with its progress, stop, go on, and the file it made."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hanfeng.kernel.desk.lists import pager
from hanfeng.kernel.record.models import Reader
from hanfeng.kernel.roles import Role, holds

from . import run
from .models import Job

PAGE = 30
TONES = {"waiting": "info", "running": "even", "done": "done", "stopped": "watch", "failed": "late"}


def seen(user: Reader, keeper: Role) -> QuerySet[Job]:
    """The jobs a person may see: his own; all for whoever runs the installation."""
    if not user.is_authenticated:
        return Job.objects.none()
    return Job.objects.filter(Q() if holds(user, keeper) else Q(owner=user.pk))


def _open(request: HttpRequest, pk: int, keeper: Role) -> Job:
    found = seen(request.user, keeper).filter(pk=pk).first()
    if found is None:
        raise Http404(_("There is no such job, or it is not yours."))
    return found


def _told(job: Job) -> dict[str, Any]:
    return {"job": job, "tone": TONES[job.state], "share": job.share, "state": job.get_state_display()}


@login_required
@require_GET
def jobs_page(request: HttpRequest, keeper: Role) -> HttpResponse:
    """The jobs of a person, the newest first."""
    rows = seen(request.user, keeper).select_related("owner").order_by("-pk")
    shown = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "jobs": [_told(job) for job in shown.object_list],
        "pages": pager(shown, request.GET),
        "total": shown.paginator.count,
        "all": holds(request.user, keeper),
    }
    return TemplateResponse(request, "job/jobs.html", context)


@login_required
@require_GET
def job_page(request: HttpRequest, pk: int, keeper: Role) -> HttpResponse:
    """How far a job is. With a script the part in the middle renews itself; without one the page does."""
    job = _open(request, pk, keeper)
    part = bool(getattr(request, "htmx", False))
    response = TemplateResponse(request, "job/parts/progress.html" if part else "job/job.html", _told(job))
    if part and not job.open:
        response["HX-Refresh"] = "true"  # it ended: the whole page has more to say now
    return response


@login_required
@require_POST
def stop_page(request: HttpRequest, pk: int, keeper: Role) -> HttpResponse:
    """Ask a job to stop."""
    job = _open(request, pk, keeper)
    run.ask_stop(job)
    messages.info(request, _("The job stops at its next step. What it has done by then stays."))
    return redirect(job.get_absolute_url())


@login_required
@require_POST
def resume_page(request: HttpRequest, pk: int, keeper: Role) -> HttpResponse:
    """Let a stopped or failed job go on."""
    job = _open(request, pk, keeper)
    if run.resume(job):
        messages.success(request, _("The job goes on from where it ended."))
    return redirect(job.get_absolute_url())


@login_required
@require_GET
def result_page(request: HttpRequest, pk: int, keeper: Role) -> HttpResponse:
    """Hand out the file that a job made: to its owner only, who asked for it within his own scope."""
    job = _open(request, pk, keeper)
    path = run.folder() / job.result
    if not job.result or job.owner_id != request.user.pk or not path.is_file():
        raise Http404(_("There is no file here, or it is not yours to have."))
    response = FileResponse(path.open("rb"), as_attachment=True, filename=job.result_name)
    response["X-Content-Type-Options"] = "nosniff"
    return cast(HttpResponse, response)
