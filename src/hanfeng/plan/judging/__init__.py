"""Judging plan goals by stated method: pure functions from goals and dated values to verdicts with their reasons."""

from hanfeng.plan.judging.clock import elapsed
from hanfeng.plan.judging.doubt import ALPHAS, Contribution, Sensitivity, growth_accounting, sampled, sampling_margin
from hanfeng.plan.judging.engine import METHOD, judge
from hanfeng.plan.judging.method import Method
from hanfeng.plan.judging.reasons import REASONS, Reason
from hanfeng.plan.judging.result import LIGHTS, Judgement, Light, Scale
from hanfeng.plan.judging.series import Year
from hanfeng.plan.judging.spans import FINAL, RUNNING
from hanfeng.plan.judging.tally import Tally, tally
from hanfeng.plan.judging.terms import Goal, Point, Shape, Trust, Verdict
from hanfeng.plan.judging.trend import Forecast, forecast

__all__ = [
    "ALPHAS",
    "FINAL",
    "LIGHTS",
    "METHOD",
    "REASONS",
    "RUNNING",
    "Contribution",
    "Forecast",
    "Goal",
    "Judgement",
    "Light",
    "Method",
    "Point",
    "Reason",
    "Scale",
    "Sensitivity",
    "Shape",
    "Tally",
    "Trust",
    "Verdict",
    "Year",
    "elapsed",
    "forecast",
    "growth_accounting",
    "judge",
    "sampled",
    "sampling_margin",
    "tally",
]
