"""Rules of each kind for a lake of the tests, and people with roles."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib.auth.models import Group, User

from hanfeng.kernel.alert.declare import Act, Alarm, EventKind
from hanfeng.kernel.alert.engine import Kind
from hanfeng.kernel.api import Property
from hanfeng.kernel.base.parameter import Confidence

START = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
CHLA, OXYGEN = Property("w01016", "叶绿素a", "chlorophyll a"), Property("w01009", "溶解氧", "dissolved oxygen")
BLOOM = EventKind("TEST-BLOOM", "蓝藻水华", "cyanobacterial bloom", "Env", ("orange", "yellow", "blue"))
ACTS = (
    Act("现场取样复核", "Sample on the spot", "监测站", "monitoring station", 60),
    Act("通知沿湖街道", "Tell the towns at the lake"),
)
ALARMS = (
    Alarm(
        "t-chla", "叶绿素a 超限", "Chlorophyll a above the limit", Kind.ABOVE, "w01016", 30, clear=25, hold=600, severity=3,
        source="Test plan", clause="2.1", confidence=Confidence.OURS, escalate_minutes=15, acts=ACTS,
    ),
    Alarm("t-oxygen", "溶解氧过低", "Oxygen too low", Kind.BELOW, "w01009", 3, severity=2, source="Test plan", clause="2.2"),
    Alarm("t-silent", "无数据", "No data", Kind.SILENT, "w01016", span=3600, severity=4, source="Test plan", clause="3"),
    Alarm(
        "t-both", "藻华且缺氧", "Bloom without oxygen", Kind.COMPOSITE, parts=("t-chla", "t-oxygen"), severity=1,
        source="Test plan",
    ),
)  # fmt: skip


def person(name, *roles):
    user = User.objects.create_user(name, password="x")
    user.groups.set([Group.objects.get_or_create(name=role.name)[0] for role in roles])
    return user
