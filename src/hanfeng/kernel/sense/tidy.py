"""Raw frames are kept for audit, and not for ever: the oldest go when their time is over, or when there are too many."""

from __future__ import annotations

from datetime import datetime, timedelta

from hanfeng.kernel.base.parameter import Confidence, NoParameter, Parameter
from hanfeng.kernel.rule.parameters import parameter

from .models import RawFrame

RAW_DAYS, RAW_MOST = "sense.raw-days", "sense.raw-most"
PARAMETERS = (
    (
        Parameter(
            RAW_DAYS, 30, "day", "", confidence=Confidence.OURS,
            note="What devices sent, byte for byte; values themselves are kept apart and longer.",
        ),
        "原始报文保存天数", "Days for which raw frames are kept",
    ),
    (
        Parameter(
            RAW_MOST, 5_000_000, "count", "", confidence=Confidence.OURS,
            note="Beyond it the oldest go before their time, so that a flood does not fill the disk.",
        ),
        "原始报文最多保存条数", "Raw frames that are kept at most",
    ),
)  # fmt: skip
CHUNK = 2_000  # rows removed at a time: others write meanwhile
MOST = 200  # chunks in one round


def remove_old_frames(now: datetime) -> int:
    """Remove raw frames past their time or beyond their number; how many. What is left over goes in the next round."""
    gone = 0
    before = round((now - timedelta(days=_number(RAW_DAYS, 30))).timestamp() * 1000)
    newest = RawFrame.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    below = newest - int(_number(RAW_MOST, 5_000_000))  # keys only grow, so they count the rows well enough
    for old in (RawFrame.objects.filter(received__lt=before), RawFrame.objects.filter(pk__lte=below)):
        for _chunk in range(MOST):
            keys = list(old.order_by("pk").values_list("pk", flat=True)[:CHUNK])
            if not keys:
                break
            gone += RawFrame.objects.filter(pk__in=keys).delete()[0]
    return gone


def _number(name: str, otherwise: float) -> float:
    try:
        value = parameter(name).value
    except NoParameter:
        return otherwise
    usable = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
    return float(value) if usable else otherwise
