"""What is abnormal in the air, and what may be warned of. The levels of heavy pollution come from `air.heavy-pollution`."""

from __future__ import annotations

from hanfeng.kernel.api import Act, Alarm, AlarmKind, EventKind
from hanfeng.kernel.pure import Confidence, Words

OURS = Words(
    "本平台暂定，待区县应急预案确定", "set by this platform until the emergency plan of the district lays it down"
)
PLAN = Words("环大气〔2024〕6号", "Huan Da Qi (2024) No. 6")
CHECK = Act("检查供电、通信和探头", "Check power, connection and probe", "运维单位", "maintenance contractor", 480)
VERIFY = Act(
    "核实数据，排除仪器故障", "Verify the data, rule out a fault of the instrument", "监测站", "monitoring station", 60
)
PATROL = Act(
    "巡查周边扬尘、露天焚烧和工业源",
    "Look for dust, open burning and industrial sources around",
    "执法支队",
    "enforcement team",
    120,
)
CONSULT = Act(
    "会商研判，决定是否提请预警",
    "Consult, decide whether to propose a warning",
    "生态环境局",
    "environment bureau",
    120,
)
HEALTH = Act(
    "发布健康防护提示，儿童、老人和病人减少户外活动",
    "Advise on health: children, the old and the ill stay indoors",
    "宣传、卫生健康部门",
    "publicity and health offices",
    120,
)
STOP_BURNING = Act(
    "禁止露天焚烧、烟花爆竹和露天烧烤",
    "Forbid open burning, fireworks and open-air grills",
    "镇乡街道",
    "towns and sub-districts",
    180,
)
CUT = "按减排清单落实{name}减排措施（全社会减排约{share}%）"
CUT_EN = "Carry out the {name} measures of the list of reductions (about {share} % of all emissions)"
SITES = Act(
    "停止土石方、拆除和喷涂作业，增加道路保洁",
    "Stop earthworks, demolition and spraying; clean roads more often",
    "住房城乡建设、城管部门",
    "construction and city offices",
    240,
)
SCHOOLS = Act(
    "中小学、幼儿园停止户外课程和活动",
    "Schools and kindergartens hold no lessons outdoors",
    "教育部门",
    "education office",
    180,
)
CLOSED = Act(
    "学校、幼儿园可停课，停办大型户外活动",
    "Schools may close; no large events outdoors",
    "教育、文旅部门",
    "education and culture offices",
    180,
)
LORRIES = Act(
    "国四及以下货车和渣土车停止上路（特种车辆除外）",
    "Older lorries and dumpers stay off the roads",
    "公安交管、交通部门",
    "traffic police and transport office",
    240,
)


def _cut(name: str, name_en: str, share: int) -> Act:
    return Act(
        CUT.format(name=name, share=share),
        CUT_EN.format(name=name_en, share=share),
        "经信、生态环境部门",
        "industry and environment offices",
        240,
    )


def _stage(number: int, zh: str, en: str, severity: int, acts: tuple[Act, ...]) -> Alarm:
    return Alarm(
        f"air-stage-{number}",
        f"达到重污染天气{zh}条件",
        f"Heavy pollution: conditions of {en} reached",
        AlarmKind.ABOVE,
        "air-stage",
        number - 1,
        release=6 * 3600,
        severity=severity,
        source=PLAN,
        clause=Words(zh, en),
        confidence=Confidence.UNCONFIRMED,
        acts=acts,
        escalate_minutes=30,
        thing_kind="district",
    )


ALARMS = (
    Alarm(
        "air-grade",
        "小时空气污染等级上升",
        "Hourly air turns into a worse grade",
        AlarmKind.WORSE,
        "aqi-grade",
        0,
        severity=4,
        source="HJ 633",
        clause=Words("指数分级", "levels of the index"),
        confidence=Confidence.CONFIRMED,
        acts=(VERIFY, PATROL),
        thing_kind="station",
    ),
    Alarm(
        "air-heavy",
        "小时空气质量持续重度污染",
        "Hourly air stays heavily polluted",
        AlarmKind.ABOVE,
        "aqi",
        200,
        clear=180,
        hold=2 * 3600,
        release=2 * 3600,
        severity=2,
        source="HJ 633",
        clause=Words("五级", "level 5"),
        confidence=Confidence.OURS,
        acts=(VERIFY, PATROL, CONSULT),
        escalate_minutes=60,
        thing_kind="station",
    ),
    Alarm(
        "air-rise",
        "空气质量指数快速上升",
        "Index of the air rises fast",
        AlarmKind.RISE,
        "aqi",
        60,
        span=4 * 3600,
        severity=3,
        source=OURS,
        confidence=Confidence.OURS,
        acts=(VERIFY, PATROL),
        thing_kind="station",
        escalate_minutes=120,
    ),
    Alarm(
        "air-silent",
        "空气站无数据",
        "No data from an air station",
        AlarmKind.SILENT,
        "a34004",
        span=3 * 3600,
        severity=4,
        source=OURS,
        confidence=Confidence.OURS,
        acts=(CHECK,),
        thing_kind="station",
    ),
    _stage(1, "黄色预警", "yellow", 3, (CONSULT, HEALTH, STOP_BURNING, _cut("Ⅲ级", "level III", 10))),
    _stage(2, "橙色预警", "orange", 2, (CONSULT, HEALTH, SCHOOLS, SITES, _cut("Ⅱ级", "level II", 20))),
    _stage(3, "红色预警", "red", 1, (CONSULT, HEALTH, CLOSED, LORRIES, _cut("Ⅰ级", "level I", 30))),
)

HEAVY_EVENT = "heavy-air-pollution"
EVENTS = (EventKind(HEAVY_EVENT, "重污染天气", "heavy air pollution", "Env", ("red", "orange", "yellow")),)
