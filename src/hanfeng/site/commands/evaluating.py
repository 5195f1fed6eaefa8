"""`hanfeng evaluate`: the state of a plan on a day, as a table, as JSON, or as a report in a file."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from .terminal import Refused, _, emit, emit_json, say

if TYPE_CHECKING:
    from hanfeng.plan.assessed import Assessed, Evaluation

FILES = ("docx", "pdf", "official")
"""Forms that are files."""


def show(as_of: date | None, plan: str | None, spoken: str, out: Path | None, form: str) -> None:
    """Evaluate a plan (the county's default) as known on a day (today), and print it or write it to a file."""
    from django.utils import timezone

    from hanfeng.kernel.pure import Fault
    from hanfeng.plan import report
    from hanfeng.plan.evaluate import evaluate

    try:
        found = evaluate(as_of or timezone.localdate(), plan, spoken)
        if form in FILES and out is None:
            out = Path(report.file_name(f"{found.plan.slug}-{found.as_of.isoformat()}", form))
        if out is not None:
            say(str(report.write(found, out, form if form in FILES else "")))
            return
    except Fault as wrong:
        raise Refused(str(wrong)) from wrong
    if form == "json":
        emit_json(found.to_dict())
    else:
        _print(found)


def _print(found: Evaluation) -> None:
    say(found.plan.title, style="bold")
    say(found.headline)
    heads = (_("target"), _("goal"), _("published value"), _("verdict"), _("why"))
    columns = dict(zip(("name", "goal", "value", "verdict", "why"), heads, strict=True))
    emit([_row(target) for target in found.targets], columns, "table")
    say(_("As known on {day}. Method: {method}").format(day=found.as_of.isoformat(), method=found.method_title))


def _row(target: Assessed) -> dict[str, str]:
    from hanfeng.kernel.desk.wording import bound_words

    judged = target.judged_by
    value = f"{bound_words(judged.bound, judged.unit, judged.decimals)} ({judged.period})" if judged else ""
    return {
        "name": target.name,
        "goal": target.target.goal,
        "value": value,
        "verdict": target.verdict_title,
        "why": " ".join(target.why),
    }
