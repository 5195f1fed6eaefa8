"""The bulletin as an official paper (GB/T 9704-2012): the same type and page as the reports have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hanfeng.kernel.desk.wording import day_text, number_text
from hanfeng.kernel.pure import is_chinese
from hanfeng.plan.report.linked import Block, Draft, Paragraph, Table
from hanfeng.plan.report.official_word import Marks, official_docx

from .bulletin import method_texts, told, why_text, words_of
from .models import Round
from .parameters import rules


def bulletin_docx(round_: Round) -> bytes:
    """The document in the reader's language."""
    bulletin = told(round_)
    blocks = tuple(_blocks(round_, bulletin, "zh" if is_chinese(get_language() or "zh") else "en"))
    title = _("Bulletin on the tasks of the plan, %(period)s") % {"period": round_}
    paper = Draft(get_language() or "zh-hans", (Paragraph("title", (title,)), *blocks), title=title)
    return official_docx(paper, day_of(bulletin), Marks(draft=_("Demo data") if bulletin["demo"] else ""))


def day_of(bulletin: Mapping[str, Any]) -> date:
    """The day as of which a bulletin tells."""
    return date.fromisoformat(bulletin["day"])


def _blocks(round_: Round, bulletin: Mapping[str, Any], lang: str) -> Iterator[Block]:
    """What stands under the title: summary, ranking with its method, tasks that lag, closed tasks, lights set by hand."""
    body = f"body_{lang}"
    summary = _(
        "%(filed)s of %(entries)s entries were filed, %(in_time)s of them in time; %(accepted)s were accepted, %(returned)s were "
        "returned at least once. %(red)s tasks lag, %(closed)s were closed."
    ) % {**bulletin, "red": len(bulletin["red"]), "closed": len(bulletin["closed"])}  # fmt: skip
    yield Paragraph("body", (summary,))
    yield Paragraph("level1", (_("1. Ranking of the bodies"),))
    yield _ranking(bulletin, body, lang)
    yield from (Paragraph("note", (text,)) for text in method_texts(bulletin))
    yield Paragraph("level1", (_("2. Tasks that lag"),))
    for row in bulletin["red"]:
        words = words_of(row, "reason") if row["override"] == "red" else why_text(row)
        named = {"number": row["number"], "title": row[lang], "body": row[body] or "—", "words": words}
        yield Paragraph("body", (_("%(number)s %(title)s (%(body)s): %(words)s") % named,))
    yield Paragraph("level1", (_("3. Tasks that were closed"),))
    for row in bulletin["closed"]:
        named = {"number": row["number"], "title": row[lang], "body": row[body]}
        yield Paragraph("body", (_("%(number)s %(title)s (%(body)s)") % named,))
    if bulletin["overridden"]:
        held = rules(round_.closes)
        form = _("%(number)s %(title)s: computed %(computed)s, set to %(override)s. %(words)s")
        yield Paragraph("level1", (_("4. Lights set by hand"),))
        for row in bulletin["overridden"]:
            named = {"number": row["number"], "title": row[lang], "words": words_of(row, "reason")}
            named |= {which: held.light_name(row[which]) for which in ("computed", "override")}
            yield Paragraph("body", (form % named,))
    yield Paragraph("date", (day_text(day_of(bulletin)),))


def _ranking(bulletin: Mapping[str, Any], body: str, lang: str) -> Table:
    head = (
        _("place"), _("body"), _("due"), _("filed late"), _("not filed"), _("returned"), _("timeliness"), _("quality"),
        _("points"), _("grade"),
    )  # fmt: skip
    rows = [
        [str(row["place"]), row[body], *(str(row[name]) for name in ("due", "late", "missing", "returned")),
         *(number_text(row[name], 1) for name in ("timeliness", "quality", "points")), row["grade"][0 if lang == "zh" else -1]]
        for row in bulletin["rank"]
    ]  # fmt: skip
    widths = (0.07, 0.27, 0.08, 0.08, 0.08, 0.08, 0.09, 0.09, 0.08, 0.08)
    return Table(head, tuple(tuple((cell,) for cell in row) for row in rows), widths, "clcccccccc")
