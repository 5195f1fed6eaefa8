"""What is done with papers: draft one from the data, take an edited copy in, settle its figures, issue it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from hanfeng.kernel.flow.flow import begin
from hanfeng.kernel.record.write import save
from hanfeng.plan.evaluate import evaluate
from hanfeng.plan.models import Plan
from hanfeng.plan.report.changes import frozen
from hanfeng.plan.report.linked import Draft
from hanfeng.plan.report.next_paper import next_paper
from hanfeng.plan.report.official import is_preliminary, material_of, official
from hanfeng.plan.report.official_word import Marks, official_docx
from hanfeng.plan.report.reread import Finding, Reread, answered_for, edition_in, reread, restored, still_open

from .flow import approval
from .models import Edition, Opinion, Paper, State, newest

WRITABLE = (State.DRAFT, State.COMMENTS)
"""States in which the text may change."""

RESTORE, ANSWER = "restore", "answer"
"""How a figure is settled: the words of the reading are put back, or an officer answers for the number."""


class Overtaken(ValidationError):
    """The copy was made from an edition that is no longer the newest."""


@dataclass(frozen=True)
class Taken:
    """An edited copy that was taken in."""

    edition: Edition
    read: Reread


def draft_paper(
    plan: Plan, day: date, language: str, by: Any, replaces: Paper | None = None, demo: bool = False
) -> Paper:
    """A new report on a plan as known on a day, with its first edition; `replaces` is the preliminary one it is issued for."""
    material = material_of(plan, day, language, replaces.frozen if replaces else None)
    draft = official(material)
    waiting = is_preliminary(material.evaluation)
    paper = Paper(
        plan=plan, kind=Paper.Kind.EVALUATION, stage=Paper.Stage.PRELIMINARY if waiting else Paper.Stage.FINAL,
        title=draft.title[:240], language=language, as_of=day, replaces=replaces, frozen=frozen(material.evaluation), demo=demo,
    )  # fmt: skip
    return kept(paper, draft, by)


def draft_next(plan: Plan, day: date, language: str, by: Any) -> Paper:
    """The draft figures of the next plan as a paper of their own."""
    evaluation = evaluate(day, plan.slug, language)
    draft = next_paper(evaluation)
    paper = Paper(plan=plan, kind=Paper.Kind.NEXT_PLAN, title=draft.title[:240], language=language, as_of=day)
    return kept(paper, draft, by)


def kept(paper: Paper, draft: Draft, by: Any) -> Paper:
    """A new paper with its text as first edition."""
    with transaction.atomic():
        begin(approval, paper, by)
        save(
            Edition(
                paper=paper,
                no=1,
                origin=Edition.Origin.DRAFTED,
                author=_user(by),
                content=draft.to_json(),
                demo=paper.demo,
            ),
            by,
        )
    return paper


def reissue(paper: Paper, day: date, by: Any) -> Paper:
    """The report again with what is known on a later day, and what changed since. Raises ValidationError."""
    if paper.kind != Paper.Kind.EVALUATION:
        raise ValidationError(_("Only an evaluation report is issued again."))
    if paper.state != State.APPROVED:
        raise ValidationError(_("A report is issued again after it was approved."))
    if day <= paper.as_of:
        raise ValidationError(_("The report speaks of this day already: choose a later one."))
    if Paper.objects.filter(replaces=paper).exclude(state=State.WITHDRAWN).exists():
        raise ValidationError(_("The report has been issued again already."))
    return draft_paper(paper.plan, day, paper.language, by, replaces=paper, demo=paper.demo)


def docx_of(edition: Edition) -> bytes:
    """An edition as a Word document whose links lead back to it."""
    paper = edition.paper
    with override(paper.language):
        return official_docx(edition.draft, paper.as_of, Marks(edition.pk, draft_name(edition), paper.number))


def draft_name(edition: Edition) -> str:
    """What stands in brackets under the title; nothing under an approved final text."""
    stage = str(edition.paper.get_stage_display()) if edition.paper.stage == Paper.Stage.PRELIMINARY else ""
    named = "" if edition.mark == Edition.Mark.APPROVED else edition.name
    parts = [part for part in (stage, named) if part]
    return pgettext("name of a draft under its title", "(%(name)s)") % {"name": ", ".join(parts)} if parts else ""


def take_in(paper: Paper, file: BinaryIO, by: Any, note: str = "", anyway: bool = False) -> Taken:
    """Keep an edited copy as the next edition. Raises NotACopy, Overtaken and ValidationError, each with what to do."""
    content = file.read()
    base = _base(paper, edition_in(BytesIO(content)))
    read = reread(BytesIO(content), base.draft, base.pk)
    with transaction.atomic():
        last = _writable(paper)
        if last.pk != base.pk and not anyway:
            said = _(
                "The copy was made from %(base)s, but %(last)s is newer: what changed in it would be lost. Compare them first."
            )
            raise Overtaken(said % {"base": base.name, "last": last.name})
        findings = [finding.to_json() for finding in read.findings]
        edition = Edition(
            paper=paper, no=last.no + 1, origin=Edition.Origin.EDITED, base=base, author=_user(by), note=note[:240],
            content=read.draft.to_json(), findings=findings, open=sum(f.is_open for f in read.findings), demo=paper.demo,
        )  # fmt: skip
        save(edition, by)
    return Taken(edition, read)


def _base(paper: Paper, found: int | None) -> Edition:
    """The edition that a copy was made from."""
    base: Edition | None = Edition.objects.filter(pk=found or 0, paper=paper).select_related("paper").first()
    if base is not None:
        return base
    if found:
        raise ValidationError(_("The file is a copy of another paper."))
    raise ValidationError(_("The file holds no link of this paper: edit the copy that was downloaded from its page."))


def _writable(paper: Paper) -> Edition:
    """The newest edition, the paper locked; closed once the text was submitted."""
    now = Paper.objects.select_for_update().get(pk=paper.pk)
    if now.state not in WRITABLE:
        raise ValidationError(_("The text can no longer change: take the paper back into drafting first."))
    last = newest(now)
    if last is None:
        raise ValidationError(_("The paper has no text yet."))
    return last


def settle(paper: Paper, number: int, choices: Mapping[int, str], reasons: Mapping[int, str], by: Any) -> Edition:
    """Settle figures of an edition: `choices` says of a finding, by its place, how. Raises ValidationError."""
    with transaction.atomic():
        last = _writable(paper)
        if last.no != number:
            raise ValidationError(_("Somebody else has just added an edition: look at it first."))
        found, draft = last.found, last.draft
        origin = last.base.draft if last.base else draft
        for place, how in choices.items():
            draft = _settled(draft, found, place, how, reasons.get(place, "").strip(), origin, by)
        left = still_open(draft, found)
        if draft == last.draft and len(left) == len(found):
            raise ValidationError(_("Choose for at least one figure how it is settled."))
        edition = Edition(
            paper=paper, no=last.no + 1, origin=Edition.Origin.SETTLED, base=last.base, author=_user(by), demo=paper.demo,
            content=draft.to_json(), findings=[f.to_json() for f in left], open=sum(f.is_open for f in left),
        )  # fmt: skip
        save(edition, by)
    return edition


def _settled(
    draft: Draft, found: Sequence[Finding], place: int, how: str, reason: str, origin: Draft, by: Any
) -> Draft:
    if not 0 <= place < len(found):
        return draft
    if how == RESTORE:
        return restored(draft, found[place], origin)
    if not reason:
        raise ValidationError(_("Say what the number rests on: whoever reads the paper sees it, with your name."))
    return answered_for(draft, found[place], by.get_username(), reason)


def answer(opinion: Opinion, taken: str, reason: str, by: Any, version: int | None = None) -> None:
    """Say how a comment was taken. Raises ValidationError and Stale."""
    if opinion.paper.state not in WRITABLE:
        raise ValidationError(_("The comments of this paper are closed."))
    if taken not in Opinion.Taken.values:
        raise ValidationError(_("Say whether the comment is adopted, adopted in part or not adopted."))
    save(opinion, by, {"taken": taken, "reason": reason.strip()}, version=version)


def _user(by: Any) -> Any:
    return by if getattr(by, "pk", None) else None
