"""What surrounds each page: the site's name, where one can go, who is signed in."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.models import bodies_of, is_officer
from hanfeng.commons.people.roles import AUDIT, SECURITY, SYSTEM
from hanfeng.kernel.alert.roles import EVERYONE as WATCHERS
from hanfeng.kernel.desk.todo import count
from hanfeng.kernel.notify.pages import unread
from hanfeng.kernel.pack import Pack, catalogue, installed
from hanfeng.kernel.public import links
from hanfeng.kernel.record.local import local, name_of
from hanfeng.kernel.roles import holds
from hanfeng.plan.pages.frame import opens


@cache
def county() -> dict[str, Any]:
    """The county's own card: names, codes, map, default plan."""
    return tomllib.loads((settings.COUNTY / "county.toml").read_text(encoding="utf-8"))


def word(name: str) -> str:
    """A word of the county's card in the reader's language."""
    card = county()
    english = (get_language() or "").startswith("en")
    found = (card.get(f"{name}_en") if english else "") or card.get(f"{name}_zh") or card.get(name)
    return str(found or "")


def frame(request: HttpRequest) -> dict[str, Any]:
    """The frame of every page; asks the database only for whoever is signed in."""
    user = getattr(request, "user", None)
    signed = bool(user and user.is_authenticated)
    english = (get_language() or "").startswith("en")
    here = request.path
    return {
        "frame": {
            "site": {"name": word("site"), "tagline": word("tagline"), "county": word("name")},
            "nav": _nav(request, here) if signed else [],
            "me": _me(user) if signed else None,
            "public": links(here),
            "search": {"url": "/search/"},
            "todo": count(user) if signed and user else 0,
            "unread": unread(user) if signed and user else 0,
            "demo": demo(),
            "language": "en" if english else "zh-hans",
            "other_language": {"code": "zh-hans", "title": "中文"} if english else {"code": "en", "title": "English"},
        }
    }


def demo() -> bool:
    """Whether this site was filled with demo data at its first start."""
    return (settings.HOME / "demo-accounts.txt").exists()


def _me(user: Any) -> dict[str, str]:
    name = name_of(user)
    body = Body.everything.filter(pk__in=bodies_of(user)).first()
    return {"name": name, "initial": name[:1], "body": local(body, "name") if body else "", "url": "/me/"}


BUREAUS = {
    "innovation": gettext_lazy("Science and innovation"),
    "industry": gettext_lazy("Industry and information"),
    "market": gettext_lazy("Market regulation"),
    "environment": gettext_lazy("Ecology and environment"),
    "safety": gettext_lazy("Emergency and weather"),
    "agriculture": gettext_lazy("Agriculture"),
    "health": gettext_lazy("Health"),
    "civil": gettext_lazy("Civil affairs"),
    "city": gettext_lazy("City management"),
    "education": gettext_lazy("Education"),
    "transport": gettext_lazy("Transport"),
    "tourism": gettext_lazy("Culture and tourism"),
    "commerce": gettext_lazy("Commerce"),
    "data": gettext_lazy("Data"),
}
"""The bureaus that run systems, in the order of the side, by the folder of their packs."""

UNFOLDED = 12
"""So many systems are shown open; with more, each bureau's group is folded unless one is in it."""


def _systems(request: HttpRequest, here: str) -> list[dict[str, Any]]:
    """The systems, one group a bureau."""
    faces = [(path.split(".")[2], pack) for path, pack in installed(settings.PACKS) if pack.face]
    groups = []
    for folder, title in BUREAUS.items():
        items = [_item((str(p.title), f"/{p.name}/", p.icon), here, request) for f, p in faces if f == folder]
        if items:
            folded = len(faces) > UNFOLDED and not any(item["current"] for item in items)
            groups.append({"title": title, "items": items, "folded": folded})
    return groups


def _nav(request: HttpRequest, here: str) -> list[dict[str, Any]]:
    """The groups of the side: the plan, my work, the systems of each bureau, what the house keeps."""
    plan = [(_("Plan"), "/", "plan"), *_default_plan(request)]
    work = [(_("To-do"), "/todo/", "inbox"), (_("Jobs"), "/jobs/", "clock")]
    if holds(request.user, *WATCHERS):
        work.insert(0, (_("Situation"), "/alert/", "alert"))
    kept = [
        (str(p.title), _first(p), p.icon) for p in catalogue() if not p.face and p.desks and is_officer(request.user)
    ]
    if holds(request.user, SECURITY, SYSTEM):
        kept.append((_("Accounts"), "/accounts/", "key"))
    if holds(request.user, SYSTEM):
        kept.append((_("What was sent"), "/notices/sent/", "bell"))
    if holds(request.user, SECURITY, SYSTEM):
        kept.append((_("Interface"), "/api/clients/", "link"))
    if holds(request.user, AUDIT):
        kept += [
            (_("Audit"), "/audit/", "shield"),
            (_("Log"), "/log/", "eye"),
            (_("What went out"), "/exports/", "download"),
        ]
    first, last = [(_("Plan"), plan), (_("My work"), work)], [(_("Registers of the house"), kept)]
    return [*_groups(first, here, request), *_systems(request, here), *_groups(last, here, request)]


def _groups(
    groups: Iterable[tuple[str, list[tuple[str, str, str]]]], here: str, request: HttpRequest
) -> list[dict[str, Any]]:
    return [{"title": title, "items": [_item(i, here, request) for i in items]} for title, items in groups if items]


def _default_plan(request: HttpRequest) -> list[tuple[str, str, str]]:
    """The pages of the plan that the county's card names; some are for those who work here."""
    if not (slug := county().get("default_plan")):
        return []
    pages = (
        (_("Clauses and commitments"), "trace", "list"),
        (_("Indicators"), "indicator", "target"),
        (_("Tasks"), "task", "flag"),
        (_("Division of work"), "duties", "people"),
        (_("Contradictions"), "contradictions", "scale"),
        (_("Evaluation"), "evaluation", "chart"),
    )
    return [(t, f"/plans/{slug}/{p}/", icon) for t, p, icon in pages if opens(p, request.user)]


def _first(pack: Pack) -> str:
    return pack.desks[0].url


def _item(item: tuple[str, str, str], here: str, request: HttpRequest) -> dict[str, Any]:
    title, url, icon = item
    current = here == url if url == "/" else here.startswith(url)
    todo = count(request.user) if url == "/todo/" else 0
    return {"title": title, "url": url, "icon": icon, "current": current, "count": todo, "hot": bool(todo)}
