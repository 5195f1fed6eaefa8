"""A believable start: the first report of the default plan, out for comments, with two comments of which one is answered."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.pure import Fault
from hanfeng.plan.models import Target
from hanfeng.plan.plans import default_plan
from hanfeng.plan.report.changes import frozen
from hanfeng.plan.report.official import material_of, official

from .models import Edition, Opinion, Paper, State
from .showing import places


def fill(demo: Any) -> None:
    """The paper, its edition and what two bodies say to it; nothing where no plan with targets is kept."""
    plan = default_plan()
    if plan is None or plan.outline or not Target.objects.filter(plan=plan).exists():
        return
    language, now = settings.LANGUAGE_CODE, timezone.now()
    day = min(plan.ends, demo.today)
    try:
        material = material_of(plan, day, language)
    except Fault:
        return
    draft = official(material)
    paper = Paper(
        plan=plan, kind=Paper.Kind.EVALUATION, stage=Paper.Stage.PRELIMINARY, title=draft.title[:240], language=language,
        as_of=day, frozen=frozen(material.evaluation), state=State.COMMENTS, entered_at=now,
    )  # fmt: skip
    demo.keep([paper])
    edition = Edition(
        paper=paper, no=1, origin=Edition.Origin.DRAFTED, mark=Edition.Mark.COMMENTS, content=draft.to_json()
    )
    demo.keep([edition])
    bodies = list(Body.objects.exclude(kind=Body.Kind.ENTERPRISE).filter(ends=None).order_by("slug")[:2])
    with override(language):
        where = places(draft)
        said = (
            (_("Name the bodies that owe each missing value, so that they can be asked one by one."), "adopted", ""),
            (_("Say beside each ratio which day its value is of; readers take them for values of today."), "", ""),
        )
        demo.keep([
            Opinion(paper=paper, edition=edition, body=body, clause=where[min(2 + n, len(where) - 1)], text=text, taken=taken,
                    reason=reason)
            for n, (body, (text, taken, reason)) in enumerate(zip(bodies, said, strict=False))
        ])  # fmt: skip
