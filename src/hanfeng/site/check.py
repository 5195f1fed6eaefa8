"""`hanfeng check`: named checks, each a function that yields findings. What import time and the linters cannot see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from django.utils.translation import gettext as _

from hanfeng.kernel.pack import Pack
from hanfeng.kernel.roles import Role

Level = Literal["error", "warning", "info"]


@dataclass(frozen=True)
class Finding:
    """One thing found: which check, how bad, where it stands, what is wrong, how to mend it."""

    check: str
    level: Level
    where: str
    message: str
    mend: str = ""

    def row(self) -> dict[str, Any]:
        """The finding as a row of a table or of JSON."""
        return asdict(self)


Check = Callable[[], Iterable[Finding]]
CHECKS: dict[str, Check] = {}


def check(name: str) -> Callable[[Check], Check]:
    """Register a check under a name; a name is given once."""

    def register(function: Check) -> Check:
        if name in CHECKS:
            raise ValueError(f"two checks are named {name}")
        CHECKS[name] = function
        return function

    return register


def run(names: Iterable[str] = ()) -> list[Finding]:
    """The findings of the named checks, of all when none is named. Raises KeyError for a name that is not there."""
    wanted = list(names) or list(CHECKS)
    return [finding for name in wanted for finding in CHECKS[name]()]


@check("packs")
def packs() -> Iterator[Finding]:
    """What packs declare fits together: names, roles, faces, definitions, scopes. The vocabulary is the plan's to check."""
    from django.conf import settings

    from hanfeng.kernel.pack import catalogue

    known = {role for pack in catalogue() for role in pack.roles}
    faced = {path.rsplit(".", 1)[1] for path in settings.PACKS}
    for name, count in Counter(pack.name for pack in catalogue()).items():
        if count > 1:
            yield Finding("packs", "error", name, _("Two packs have this name."), _("Rename one of them."))
    for pack in catalogue():
        yield from _named(pack)
        yield from _roles(pack, known)
        yield from _shown(pack, needs_face=pack.name in faced)


def _named(pack: Pack) -> Iterator[Finding]:
    from django.apps import apps

    if pack.name not in apps.app_configs:
        text = _("The pack is not named like its folder, which gives the tables their names.")
        yield Finding("packs", "error", pack.name, text, _("Name the pack like its folder."))
    for indicator in pack.indicators:
        if not indicator.text:
            text = _("The indicator has no docstring, which is its published definition.")
            yield Finding("packs", "error", f"{pack.name}.{indicator.name}", text, _("Write one sentence."))


def _roles(pack: Pack, known: set[Role]) -> Iterator[Finding]:
    used = {role for desk in pack.desks for role in desk.write}
    used |= {role for desk in pack.desks if desk.flow for move in desk.flow.moves for role in move.by}
    used |= {role for panel in pack.panels for role in panel.read}
    for role in sorted(used - known, key=lambda r: r.name):
        text = _("It names a role that no pack declares, so nobody can hold it: {role}").format(role=role.name)
        yield Finding("packs", "error", pack.name, text, _("Add the role to `roles` of the pack it belongs to."))


def _shown(pack: Pack, *, needs_face: bool) -> Iterator[Finding]:
    from django.apps import apps

    from hanfeng.kernel.record.models import Record

    if needs_face and pack.face is None:
        text = _("The pack has no face: a table is not a system.")
        yield Finding(
            "packs", "error", pack.name, text, _("Write pages.py with the page its owner opens each morning.")
        )
    if pack.name not in apps.app_configs:
        return
    for model in apps.get_app_config(pack.name).get_models():
        if issubclass(model, Record) and "scope" not in {
            n for base in model.__mro__ if base is not Record for n in vars(base)
        }:
            text = _("The model says nothing of who may see its rows, so nobody does.")
            yield Finding("packs", "error", model._meta.label, text, _("Write its scope(user)."))


@check("plan")
def plan() -> Iterator[Finding]:
    """The county's files load, and plans, packs and readings name what there is; how much no pack serves yet."""
    from hanfeng.plan.check import findings

    for found in findings():
        yield Finding(found.check, found.level, found.where, found.message, found.mend)


@check("accounts")
def accounts() -> Iterator[Finding]:
    """The three administrators are three people."""
    from hanfeng.site.identity import duties

    for user, held in duties.doubled():
        text = _("The account is more than one of the three administrators: %(roles)s.")
        said = text % {"roles": ", ".join(str(role.title) for role in held)}
        mend = _("Take all but one of these roles from it, and make another account.")
        yield Finding("accounts", "error", user.get_username(), said, mend)


@check("log")
def log() -> Iterator[Finding]:
    """The chain of the log of access and security."""
    from hanfeng.kernel.watch.log import broken

    for number, why in broken():
        mend = _("Find out who wrote past the log; compare with a backup.")
        yield Finding("log", "error", f"#{number}", why, mend)


@check("history")
def history() -> Iterator[Finding]:
    """The chains of events, the rows they tell of, and the seals."""
    from hanfeng.kernel.record.audit import verify

    for broken in verify():
        mend = _("Find out who wrote past the history; compare with a backup and with seals.log.")
        yield Finding("history", "error", broken.where, broken.what, mend)


@check("search")
def search() -> Iterator[Finding]:
    """The search index, made again beside the one that is kept."""
    from hanfeng.kernel.search.rebuild import compare

    for wrong in compare():
        yield Finding("search", "error", wrong.where, wrong.what, _("Make it anew: hanfeng reindex"))


@check("deploy")
def deploy() -> Iterator[Finding]:
    """Django's own system checks."""
    from django.core import checks

    for message in checks.run_checks():
        if not message.is_silenced() and message.level >= checks.WARNING:
            level: Level = "error" if message.level >= checks.ERROR else "warning"
            yield Finding(
                "deploy", level, str(message.id or message.obj or ""), str(message.msg), str(message.hint or "")
            )


@check("translations")
def translations() -> Iterator[Finding]:
    """Every message said in Chinese, once, whole and with its placeholders."""
    from hanfeng.site import translations as tooling

    try:
        flaws = tooling.check()
    except ImportError:
        lacking = _("Babel is not installed, so the catalogues were not read")
        yield Finding("translations", "warning", "babel", lacking, _("Install the development requirements."))
        return
    except tooling.Broken as broken:
        path, detail = broken.args
        yield Finding("translations", "error", str(path.relative_to(tooling.SOURCE)), detail, _("Mend it by hand."))
        return
    for flaw in flaws:
        level: Level = "warning" if flaw.kind == "obsolete" else "error"
        told = f"{_flaw_words()[flaw.kind]}: {flaw.message!r} {flaw.detail}".rstrip()
        mend = _("Run make translations, then write the Chinese.")
        yield Finding("translations", level, str(flaw.file.relative_to(tooling.SOURCE)), told, mend)


def _flaw_words() -> dict[str, str]:
    return {
        "missing": _("No catalogue has this message"),
        "fuzzy": _("The translation is marked as a guess"),
        "empty": _("The message is not translated"),
        "clash": _("The message is translated in two ways"),
        "placeholder": _("The translation lost or changed a placeholder"),
        "obsolete": _("No source file beside this catalogue uses the message"),
    }
