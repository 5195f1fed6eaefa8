"""`hanfeng check`: named checks, each a function that yields findings. What import time and the linters cannot see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from django.utils.translation import gettext as _

Level = Literal["error", "warning"]


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
