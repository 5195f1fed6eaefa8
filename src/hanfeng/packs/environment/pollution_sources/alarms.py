"""What raises an alert at an outlet, and what may be warned of. It looks at hourly values over their limits (`deriving`)."""

from __future__ import annotations

from hanfeng.kernel.api import Act, Alarm, AlarmKind, EventKind
from hanfeng.kernel.pure import Confidence, Words

LICENCE = Words("排放口的排污许可证", "pollution permit of the outlet")
HOURLY = Words("小时值", "hourly value")
ASK = Act("联系企业核实工况", "Call the firm and ask what is going on", "值班人员", "duty officer", 30)
VISIT = Act("现场检查、取样复核", "Inspect on the spot and take a sample", "执法人员", "enforcement", 240)
REPAIR = Act(
    "检查采样管路、分析仪和数采仪",
    "Check sampling line, analyser and logger",
    "运维单位",
    "maintenance contractor",
    480,
)
LINK = Act(
    "检查供电和通信，恢复后补传",
    "Check power and connection, send again what is missing",
    "运维单位",
    "maintenance contractor",
    480,
)

ALARMS = (
    Alarm(
        "source-over",
        "小时值超过许可限值",
        "Hourly value over the licensed limit",
        AlarmKind.ABOVE,
        "limit-ratio",
        1.0,
        severity=3,
        source=LICENCE,
        clause=HOURLY,
        confidence=Confidence.CONFIRMED,
        acts=(ASK, VISIT),
        escalate_minutes=120,
    ),
    Alarm(
        "source-far-over",
        "小时值超过许可限值一倍",
        "Hourly value more than twice the licensed limit",
        AlarmKind.ABOVE,
        "limit-ratio",
        2.0,
        clear=1.0,
        severity=2,
        source=LICENCE,
        clause=HOURLY,
        confidence=Confidence.OURS,
        acts=(ASK, VISIT),
        escalate_minutes=60,
    ),
    Alarm(
        "source-still",
        "监测数值长时间不变",
        "Value does not move",
        AlarmKind.ABOVE,
        "still-hours",
        6,
        clear=1,
        severity=3,
        confidence=Confidence.OURS,
        acts=(REPAIR, VISIT),
        escalate_minutes=480,
    ),
    Alarm(
        "source-silent-air",
        "废气排放口数据中断",
        "No data from an outlet to air",
        AlarmKind.SILENT,
        "a00000",
        span=2 * 3600,
        severity=4,
        confidence=Confidence.OURS,
        acts=(LINK,),
    ),
    Alarm(
        "source-silent-water",
        "废水排放口数据中断",
        "No data from an outlet to water",
        AlarmKind.SILENT,
        "w00000",
        span=2 * 3600,
        severity=4,
        confidence=Confidence.OURS,
        acts=(LINK,),
    ),
)

EVENTS = (
    EventKind(
        "source-emission", "污染源超标排放", "emission over the limit", "Env", ("red", "orange", "yellow", "blue")
    ),
)
