"""What is abnormal in the water, and what may be warned of. No document of a county lays these limits down yet: they are ours."""

from __future__ import annotations

from hanfeng.kernel.api import Act, Alarm, AlarmKind, EventKind
from hanfeng.kernel.pure import Confidence, Words

LADDER = Words(
    "本平台暂定的叶绿素a 分级，待区县应急预案确定",
    "levels of chlorophyll a set by this platform until the emergency plan of the district lays them down",
)
YELLOW, ORANGE, RED = Words("黄色", "yellow"), Words("橙色", "orange"), Words("红色", "red")
HEED = Words("关注", "watch")
SAMPLE = Act(
    "现场取样，显微镜检藻类",
    "Sample on the spot, look at the algae under the microscope",
    "监测站",
    "monitoring station",
    240,
)
TELL = Act(
    "通报水务、街道，加密巡湖",
    "Tell water office and sub-districts, patrol more often",
    "生态环境局",
    "environment bureau",
    120,
)
WARN = Act("会商并决定是否发布预警", "Consult and decide whether to warn", "生态环境局", "environment bureau", 360)
CHECK = Act("检查供电、通信和探头", "Check power, connection and probe", "运维单位", "maintenance contractor", 480)

ALARMS = (
    Alarm(
        "lake-chla-30", "叶绿素a 超过 30 µg/L", "Chlorophyll a above 30 µg/L", AlarmKind.ABOVE, "w01016", 30, clear=25,
        hold=3 * 3600, release=3 * 3600, severity=3, source=LADDER, clause=YELLOW, confidence=Confidence.OURS,
        acts=(SAMPLE, TELL), escalate_minutes=120,
    ),
    Alarm(
        "lake-chla-50", "叶绿素a 超过 50 µg/L", "Chlorophyll a above 50 µg/L", AlarmKind.ABOVE, "w01016", 50, clear=42,
        hold=3 * 3600, release=3 * 3600, severity=2, source=LADDER, clause=ORANGE, confidence=Confidence.OURS,
        acts=(SAMPLE, TELL, WARN), escalate_minutes=60,
    ),
    Alarm(
        "lake-chla-100", "叶绿素a 超过 100 µg/L", "Chlorophyll a above 100 µg/L", AlarmKind.ABOVE, "w01016", 100, clear=85,
        hold=2 * 3600, release=3 * 3600, severity=1, source=LADDER, clause=RED, confidence=Confidence.OURS,
        acts=(SAMPLE, TELL, WARN), escalate_minutes=30,
    ),
    Alarm(
        "lake-ph-high", "pH 偏高", "pH high", AlarmKind.ABOVE, "w01001", 8.8, clear=8.6, hold=6 * 3600, release=6 * 3600,
        severity=4, source=LADDER, clause=HEED, confidence=Confidence.OURS,
    ),
    Alarm(
        "lake-chla-rise", "叶绿素a 三日内快速上升", "Chlorophyll a rises fast", AlarmKind.RISE, "w01016", 15, span=3 * 86400,
        severity=4, source=LADDER, clause=HEED, confidence=Confidence.OURS,
    ),
    Alarm(
        "lake-bloom-near", "水华征兆：pH 偏高且叶绿素a 快速上升", "Signs of a bloom: pH high, chlorophyll a rising",
        AlarmKind.COMPOSITE, parts=("lake-ph-high", "lake-chla-rise"), severity=3, source=LADDER, clause=HEED,
        confidence=Confidence.OURS, acts=(SAMPLE,), escalate_minutes=240,
    ),
    Alarm(
        "lake-oxygen-low", "溶解氧低于 3 mg/L", "Dissolved oxygen below 3 mg/L", AlarmKind.BELOW, "w01009", 3, clear=3.5,
        hold=3600, release=3600, severity=2, source="GB 3838-2002", clause=Words("表1 Ⅳ类", "table 1, class IV"),
        confidence=Confidence.CONFIRMED, acts=(SAMPLE, TELL), escalate_minutes=60,
    ),
    Alarm(
        "lake-silent", "水质站无数据", "No data from a water station", AlarmKind.SILENT, "w01001", span=6 * 3600, severity=4,
        confidence=Confidence.OURS, acts=(CHECK,),
    ),
)  # fmt: skip

EVENTS = (
    EventKind("bloom", "蓝藻水华", "cyanobacterial bloom", "Env", ("red", "orange", "yellow", "blue")),
    EventKind("water-pollution", "水质异常", "abnormal water quality", "Env", ("red", "orange", "yellow", "blue")),
)
