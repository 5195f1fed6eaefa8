"""`{% load exchange %}`: what a list offers as sheets."""

from typing import Any

from django import template
from django.template import Context

from hanfeng.kernel.exchange.importing import takes
from hanfeng.kernel.pack import catalogue
from hanfeng.kernel.roles import holds

register = template.Library()


@register.inclusion_tag("exchange/parts/acts.html", takes_context=True)
def sheet_acts(context: Context, url: str) -> dict[str, Any]:
    """Take in, give out and print, for the list at an address; the filters of the page go along."""
    request = context["request"]
    desk = next((d for pack in catalogue() for d in pack.desks if d.url == url), None)
    asked = request.GET.copy()
    asked.pop("page", None)
    query = f"?{asked.urlencode()}" if asked else ""
    return {"url": url, "query": query, "takes": bool(desk and takes(desk) and holds(request.user, *desk.write))}
