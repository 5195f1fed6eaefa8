"""The places in a plan's text by their codes: how each is cited, what it is called, where its page is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import get_language, pgettext

from hanfeng.kernel.desk.wording import local_text
from hanfeng.kernel.pure import is_chinese
from hanfeng.plan.models import Clause, Plan

from .frame import clause_url

Kind = Clause.Kind


@dataclass(frozen=True)
class Passage:
    """A clause as pages cite it. `chapter` is the code of its chapter, `parent` that of what it is part of."""

    code: str
    kind: str
    ref: str
    title: str
    text: str
    url: str
    parent: str
    chapter: str
    order: int

    @property
    def name(self) -> str:
        """The citation and the title, as a line of a list tells them."""
        return f"{self.ref} {self.title}".strip()


Passages = Mapping[str, Passage]


def passages(plan: Plan) -> dict[str, Passage]:
    """Every clause of a plan by its code, in the order of the text; one query."""
    clauses = list(Clause.objects.filter(plan=plan).order_by("order"))
    by_key, found = {clause.pk: clause for clause in clauses}, {}
    for clause in clauses:
        above = _above(clause, by_key)
        found[clause.code] = Passage(
            code=clause.code,
            kind=clause.kind,
            ref=cited([*above, clause]),
            title=local_text(clause, "title"),
            text=local_text(clause, "text"),
            url=clause_url(plan.slug, clause.code),
            parent=above[-1].code if above else "",
            chapter=above[0].code if above else clause.code,
            order=clause.order,
        )
    return found


def _above(clause: Clause, by_key: Mapping[int, Clause]) -> list[Clause]:
    """What a clause is part of, the outermost first."""
    found: list[Clause] = []
    while clause.parent_id and clause.parent_id in by_key and by_key[clause.parent_id] not in found:
        clause = by_key[clause.parent_id]
        found.insert(0, clause)
    return found


def cited(way: Iterable[Clause]) -> str:
    """How a clause is cited, by its printed numbers in Chinese and by its code elsewhere."""
    said = ""
    for clause in way:
        said = _further(said, clause) if is_chinese(get_language() or "zh") else _coded(clause.code)
    return said


def printed(clause: Clause) -> str:
    """What a clause is called by where it stands under its chapter: the printed number in Chinese, its code elsewhere."""
    return clause.number if is_chinese(get_language() or "zh") else _coded(clause.code)


def _coded(code: str) -> str:
    box, _sign, row = code.partition("#")
    said = box.replace("box", "box ")
    return pgettext("clause", "%(box)s, row %(number)s") % {"box": said, "number": row} if row else said


def _further(above: str, clause: Clause) -> str:
    """The citation of a part of what was cited."""
    number = clause.number or clause.code
    if clause.kind == Kind.CHAPTER:
        return pgettext("clause", "chapter %(number)s") % {"number": number}
    if clause.kind == Kind.BOX:
        return number
    if clause.kind == Kind.INTRO:
        return pgettext("clause", "%(above)s, introduction") % {"above": above}
    if clause.kind == Kind.ITEM:
        return pgettext("clause", "%(box)s, item %(number)s") % {"box": above, "number": number}
    if clause.kind == Kind.ROW:
        return pgettext("clause", "%(box)s, row %(number)s") % {"box": above, "number": number}
    return f"{above}{number}"


def named(codes: Iterable[str], known: Passages) -> list[Passage]:
    """The passages of some codes, in the order of the text; codes that no clause has are left out."""
    return sorted((known[code] for code in codes if code in known), key=lambda passage: passage.order)
