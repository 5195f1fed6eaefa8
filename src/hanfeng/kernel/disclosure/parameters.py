"""The numbers of suppression, as dated parameters."""

from __future__ import annotations

from datetime import date
from typing import Any

from hanfeng.kernel.base.disclosure import Rule
from hanfeng.kernel.base.parameter import Confidence, NoParameter, Parameter
from hanfeng.kernel.rule.parameters import parameter

_LAW = "《中华人民共和国统计法》"
_NOTE = "The Statistics Law forbids to publish what identifies a unit and names no number."


def _ours(name: str, value: float, unit: str, zh: str, en: str) -> tuple[Parameter[Any], str, str]:
    declared = Parameter(f"disclosure.{name}", value, unit, _LAW, confidence=Confidence.OURS, note=_NOTE)
    return declared, zh, en


PARAMETERS = (
    _ours("least", 3, "count", "公布单元最少填报单位数", "Contributors a published cell needs at least"),
    _ours("first", 1, "count", "优势规则所看的最大单位数", "How many of the largest contributors the dominance rule looks at"),
    _ours("most", 0.8, "share", "最大单位所占份额上限", "Most that the largest contributors may hold of a cell"),
    _ours("close", 0.1, "share", "次大单位推算最大单位的最小误差", "How closely the second largest may know the largest"),
    _ours("width", 0.05, "share", "被隐去单元的最小不确定幅度", "How tightly a cell left out may be bounded"),
)  # fmt: skip


def rule(day: date | None = None) -> Rule:
    """The numbers that hold on a day; those declared here where a site keeps none."""
    return Rule(**{declared.name.split(".")[1]: _value(declared, day) for declared, _zh, _en in PARAMETERS})


def _value(declared: Parameter[Any], day: date | None) -> Any:
    try:
        return parameter(declared.name, day).value
    except NoParameter:
        return declared.value
