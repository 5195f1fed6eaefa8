"""The pages of the plan."""

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse


def front(request: HttpRequest) -> HttpResponse:
    """The front page."""
    return TemplateResponse(request, "plan/plan.html", {})
