"""Shows the findings of `hanfeng check`, with progress while it looks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .terminal import Refused, _, emit, emit_json, progress, say

if TYPE_CHECKING:
    from hanfeng.site.check import Finding

MOST = 20  # findings of one check that a table shows


def show(names: Sequence[str], form: str) -> int:
    """Run the named checks, all when none is named; print what they found; 1 when there is an error, else 0."""
    from hanfeng.site import check

    unknown = [name for name in names if name not in check.CHECKS]
    if unknown:
        text = _("There is no check named {name}. There are: {names}.")
        raise Refused(text.format(name=", ".join(unknown), names=", ".join(check.CHECKS)))
    found: list[check.Finding] = []
    with progress() as bar:
        wanted = list(names) or list(check.CHECKS)
        task = bar.add_task(_("Looking"), total=len(wanted))
        for name in wanted:
            bar.update(task, description=name)
            found += check.run([name])
            bar.advance(task)
    _print(found, form)
    return 1 if any(finding.level == "error" for finding in found) else 0


def _print(found: Sequence[Finding], form: str) -> None:
    if form == "json":
        emit_json([finding.row() for finding in found])
        return
    shown = [finding.row() for _name, rows in _by_check(found) for finding in rows[:MOST]]
    if shown:
        heads = (_("level"), _("check"), _("where"), _("what is wrong"), _("how to mend it"))
        emit(shown, dict(zip(("level", "check", "where", "message", "mend"), heads, strict=True)), form)
    for name, rows in _by_check(found):
        if len(rows) > MOST:
            say(_("{check}: {count} more, all with --format json").format(check=name, count=len(rows) - MOST))
    errors, warnings = (sum(f.level == level for f in found) for level in ("error", "warning"))
    style = "bold red" if errors else "bold green"
    say(_("{errors} errors, {warnings} warnings").format(errors=errors, warnings=warnings), style=style)


def _by_check(found: Sequence[Finding]) -> list[tuple[str, list[Finding]]]:
    names = dict.fromkeys(finding.check for finding in found)
    return [(name, [finding for finding in found if finding.check == name]) for name in names]
