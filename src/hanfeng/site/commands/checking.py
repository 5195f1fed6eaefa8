"""Shows the findings of `hanfeng check`, with progress while it looks."""

from __future__ import annotations

from collections.abc import Sequence

from .terminal import Refused, _, emit, emit_json, progress, say


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
    errors = sum(finding.level == "error" for finding in found)
    _print(found, errors, form)
    return 1 if errors else 0


def _print(found: Sequence[object], errors: int, form: str) -> None:
    from hanfeng.site.check import Finding

    rows = [finding.row() for finding in found if isinstance(finding, Finding)]
    if form == "json":
        emit_json(rows)
        return
    if rows:
        heads = (_("level"), _("check"), _("where"), _("what is wrong"), _("how to mend it"))
        emit(rows, dict(zip(("level", "check", "where", "message", "mend"), heads, strict=True)), form)
    style = "bold red" if errors else "bold green"
    say(_("{errors} errors, {warnings} warnings").format(errors=errors, warnings=len(rows) - errors), style=style)
