"""Where a plan disagrees with itself: its own figures set against each other and told as one sum.

The computations are data (docs/plan-format.md): operands refer to targets, baselines and results of the period before, so
the sum follows the kept figures, and a relation that no longer holds shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hanfeng.kernel.desk.wording import local_text, number_text, with_unit
from hanfeng.kernel.pure import Fault, gettext_noop

from .expressions import ExpressionError, evaluate, parse, render
from .models import Baseline, Contradiction, Previous, Target

SAME = 1e-9
"""Relative difference below which two computed figures are equal."""

Operands = Mapping[str, float | None]


@dataclass(frozen=True)
class Computed:
    """One computation: the sentence, the two numbers, how they stand, and whether that is what the file says."""

    text: str
    value: float | None = None
    against: float | None = None
    relation: str = ""
    as_stated: bool = True
    fault: str = ""


@dataclass(frozen=True)
class Found:
    """One contradiction of the plan in the reader's words, with its sums and the slugs of the targets it bites on."""

    slug: str
    kind: str
    title: str
    text: str
    clauses: tuple[str, ...]
    targets: tuple[str, ...]
    sums: tuple[Computed, ...]

    @property
    def is_check(self) -> bool:
        """Whether it is a sum that agrees, or that the plan leaves to its reader: no contradiction."""
        return self.kind == Contradiction.Kind.CHECK


def operands(targets: Iterable[Target], baselines: Iterable[Baseline], previous: Iterable[Previous]) -> Operands:
    """Every figure a computation may name: `target:<slug>.goal`, `baseline:<slug>.value`, `previous:<no>.actual` ..."""
    named: dict[str, float | None] = {}
    for target in targets:
        sides = {"base": target.base, "goal": target.goal, "goal_high": target.goal_high}
        named |= {f"target:{target.slug}.{side}": figure for side, figure in sides.items()}
    for baseline in baselines:
        named |= dict.fromkeys((f"baseline:{baseline.slug}", f"baseline:{baseline.slug}.value"), baseline.value)
    for row in previous:
        named |= dict.fromkeys((f"previous:{row.no}.goal", f"previous:{row.no}.target"), row.goal)
        named[f"previous:{row.no}.actual"] = row.actual
    return named


def found(contradiction: Contradiction, named: Operands) -> Found:
    """A contradiction in the language of the moment; a computation that fails says why instead of its sum."""
    return Found(
        contradiction.slug,
        contradiction.kind,
        local_text(contradiction, "title"),
        local_text(contradiction, "text"),
        tuple(contradiction.clauses),
        tuple(contradiction.targets),
        tuple(_told(row, named) for row in contradiction.compute),
    )


def _told(row: Mapping[str, Any], named: Operands) -> Computed:
    try:
        return compute(row, named)
    except Fault as fault:
        said = _(fault.template) % fault.params
        return Computed(_("This sum cannot be computed: %(why)s") % {"why": said}, as_stated=False, fault=fault.code)


def compute(row: Mapping[str, Any], named: Operands) -> Computed:
    """One computation of the file, as a sentence with its numbers. Raises ExpressionError, which says what to mend."""
    values = _values(row.get("values", {}), named)
    value, formula = _side(str(row.get("expression", "")), values)
    told = _sum_text(row, formula, value)
    label = local_text({"zh": row.get("label_zh"), "en": row.get("label_en")})
    text = pgettext("label and figure", "%(label)s: %(figure)s") % {"label": label, "figure": told} if label else told
    if not row.get("against"):
        return Computed(pgettext("sentence", "%(text)s.") % {"text": text}, value)
    other, formula = _side(str(row["against"]), values)
    relation = _relation(value, other)
    beside = {
        "first": text,
        "label": local_text({"zh": row.get("against_zh"), "en": row.get("against_en")}),
        "second": _sum_text(row, formula, other),
        "difference": _difference(row, value - other, relation),
    }
    text = _("%(first)s; %(label)s: %(second)s; %(difference)s.") % beside
    stated = str(row.get("relation") or "")
    return Computed(text, value, other, relation, not stated or stated == relation)


def _values(given: Mapping[str, Any], named: Operands) -> dict[str, float]:
    return {name: _operand(name, ref, named) for name, ref in given.items()}


def _operand(name: str, ref: Any, named: Operands) -> float:
    """A number as it stands, or the figure of the plan that a reference names."""
    if isinstance(ref, int | float) and not isinstance(ref, bool):
        return float(ref)
    figure = named.get(str(ref))
    if figure is None:
        known = str(ref) in named
        fault = gettext_noop("“%(name)s” refers to %(ref)s, but the plan states no such figure: enter or correct it.")
        raise ExpressionError("missing" if known else "reference", fault, {"name": name, "ref": ref})
    return figure


def _side(text: str, values: Mapping[str, float]) -> tuple[float, str]:
    """The result of an expression and how it is written, empty for a bare figure."""
    node = parse(text)
    written = render(node, values, number_text)
    value = evaluate(node, values)
    return value, written if any(sign in written for sign in " ^⁰¹²³⁴⁵⁶⁷⁸⁹") else ""


def _sum_text(row: Mapping[str, Any], formula: str, value: float) -> str:
    figure = with_unit(number_text(value, row.get("decimals") if formula else None), _unit(row))
    rounded = formula and abs(value - round(value, int(row.get("decimals") or 0))) > SAME * max(abs(value), 1)
    return f"{formula} {'≈' if rounded else '='} {figure}" if formula else figure


def _unit(row: Mapping[str, Any]) -> str:
    """The unit; one that begins with a number ("10,000 yuan") is multiplied, not glued to the figure."""
    unit = local_text({"zh": row.get("unit_zh"), "en": row.get("unit_en")})
    return f" × {unit}" if unit[:1].isdigit() else unit


def _relation(value: float, other: float) -> str:
    if abs(value - other) <= SAME * max(abs(value), abs(other), 1):
        return "equal"
    return "below" if value < other else "above"


def _difference(row: Mapping[str, Any], difference: float, relation: str) -> str:
    """How far apart, in the unit; of percentages in percentage points."""
    if relation == "equal":
        return _("the two are equal")
    unit = _("percentage points") if _unit(row) == "%" else _unit(row)
    gap = with_unit(number_text(abs(difference), row.get("decimals")), unit)
    return (_("short by %(gap)s") if relation == "below" else _("more by %(gap)s")) % {"gap": gap}
