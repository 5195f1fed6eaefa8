"""`hanfeng eject PACK MODEL KIND`: a copy of the desk's template in the pack, to be changed there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from .explain import near
from .new import SITE
from .terminal import Refused, _, say

if TYPE_CHECKING:
    from hanfeng.kernel.desk.desk import Desk
    from hanfeng.kernel.pack import Pack

KINDS = ("list", "form", "record")


def eject(pack_name: str, model: str, kind: str) -> Path:
    """Copy the template a desk uses for a kind of page into its pack, tell what to do next; the file written."""
    pack, desk = _desk(pack_name, model)
    name = desk.template if kind == "record" and desk.template else f"{pack.name}/{desk.slug}_{kind}.html"
    target = folder_of(pack) / name
    source = _in_use(name, kind)
    if source == target or target.exists():
        raise Refused(_("The pack has its own template already: {path}").format(path=near(target)))
    _write(target, source)
    say(
        _("{path} is now the pack's own, copied from {source}.").format(path=near(target), source=near(source)),
        style="bold",
    )
    say(_next(desk, name, kind))
    return target


def _desk(pack_name: str, model: str) -> tuple[Pack, Desk]:
    from hanfeng.kernel.pack import catalogue, find

    pack = find(pack_name)
    if pack is None:
        text = _("There is no pack named {name}. There are: {names}.")
        raise Refused(text.format(name=pack_name, names=", ".join(p.name for p in catalogue())))
    desk = pack.desk(model.lower())
    if desk is None:
        text = _("The pack {pack} has no desk named {name}. It has: {names}.")
        raise Refused(text.format(pack=pack.name, name=model, names=", ".join(d.slug for d in pack.desks)))
    return pack, desk


def folder_of(pack: Pack) -> Path:
    """The templates folder of a pack, in a checkout of the source. Raises Refused for an installed package."""
    from django.apps import apps

    folder = Path(apps.get_app_config(pack.name).path) / "templates"
    checkout = SITE.parents[2] / "pyproject.toml"
    if (folder.is_relative_to(SITE.parent) and not checkout.exists()) or not os.access(folder.parent, os.W_OK):
        text = _("A template is written into a checkout of the source; {path} is an installed package.")
        raise Refused(text.format(path=folder.parent))
    return folder


def _in_use(name: str, kind: str) -> Path:
    """The file that a desk's page of this kind is made from now: the pack's own, else the common one."""
    from django.template.loader import select_template

    found = select_template([name, f"desk/{kind}.html"])
    return Path(str(found.origin.name))


def _write(target: Path, source: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with target.open("x", encoding="utf-8") as file:  # whoever was first keeps it
            file.write(source.read_text(encoding="utf-8"))
    except FileExistsError as there:
        raise Refused(_("The pack has its own template already: {path}").format(path=near(target))) from there


def _next(desk: Desk, name: str, kind: str) -> str:
    if kind == "record" and not desk.template:
        text = _('Next: name it in the desk ({model}): template="{name}", then change it and run make lint.')
        return text.format(model=desk.model.__name__, name=name)
    return _("Next: change it and run make lint; delete the file to go back to the common page.")
