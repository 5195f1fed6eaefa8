"""Seven invented outlets: one exceeds, a probe is stuck, a total does not fit, one is silent, one was and sent again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import pi, sin
from random import Random
from typing import Any

from django.utils import timezone

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.devices.models import Device, Order
from hanfeng.commons.devices.terms import Kind as OrderKind
from hanfeng.commons.devices.terms import Stage
from hanfeng.commons.places.models import Place
from hanfeng.kernel.api import (
    Broken,
    Cut,
    Datastream,
    Live,
    Scene,
    Station,
    Thing,
    Usual,
    Value,
    When,
    declare,
    ingest,
)

from .deriving import derive
from .judging import STOPPED
from .models import Limit, Outlet, SourceNotice, State
from .terms import FACTORS, MINUTES, Basis, Cause, Factor, Kind, Medium, flow_of, kilograms, series

DAYS = 10
FACILITIES_EN = {
    "45 t/h 燃煤锅炉": "45 t/h coal boiler",
    "污水处理站总排口": "outlet of the sewage plant of the works",
    "水泥窑窑尾": "tail of the cement kiln",
    "水泥窑窑头锅炉": "boiler at the head of the cement kiln",
    "城镇污水处理厂总排口": "outlet of the town's sewage plant",
    "20 t/h 生物质锅炉": "20 t/h biomass boiler",
    "屠宰废水总排口": "outlet of slaughterhouse water",
}
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Plan:
    """One outlet while it is made up; `story` is what happens there."""

    firm: int
    number: str
    medium: Medium
    facility: str
    levels: Mapping[str, float]
    limits: Mapping[str, float]
    oxygen: float | None = None
    story: str = ""
    x: float = 0.0
    y: float = 0.0


BOILER = {"a21026": 21.0, "a21002": 96.0, "a34013": 6.0, "a19001": 8.6, "a00000": 62_000.0}
KILN = {"a21026": 28.0, "a21002": 205.0, "a34013": 8.5, "a19001": 9.2, "a00000": 310_000.0}
SEWAGE = {"w01018": 22.0, "w21003": 1.6, "w21011": 0.24, "w00000": 120.0}
PLANT = {"w01018": 46.0, "w21003": 4.1, "w21011": 0.31, "w00000": 18.0}
BOILER_LIMITS = {"a21026": 50, "a21002": 150, "a34013": 20}
PLANS = (
    Plan(0, "DA001", Medium.AIR, "45 t/h 燃煤锅炉", BOILER, BOILER_LIMITS, 9, "episode", 0.004, 0.006),
    Plan(
        0,
        "DW001",
        Medium.WATER,
        "污水处理站总排口",
        PLANT,
        {"w01018": 100, "w21003": 15, "w21011": 0.5},
        None,
        "sent-again",
        0.006,
        0.003,
    ),
    Plan(
        1,
        "DA001",
        Medium.AIR,
        "水泥窑窑尾",
        KILN,
        {"a21026": 100, "a21002": 320, "a34013": 20},
        10,
        "stuck",
        -0.03,
        0.02,
    ),
    Plan(1, "DA002", Medium.AIR, "水泥窑窑头锅炉", BOILER, BOILER_LIMITS, 9, "mass", -0.028, 0.018),
    Plan(
        2,
        "DW001",
        Medium.WATER,
        "城镇污水处理厂总排口",
        SEWAGE,
        {"w01018": 50, "w21003": 5, "w21011": 0.5},
        None,
        "silent",
        0.05,
        -0.02,
    ),
    Plan(3, "DA001", Medium.AIR, "20 t/h 生物质锅炉", BOILER, BOILER_LIMITS, 9, "stopped", 0.02, 0.04),
    Plan(
        4,
        "DW001",
        Medium.WATER,
        "屠宰废水总排口",
        PLANT,
        {"w01018": 80, "w21003": 15, "w21011": 0.5},
        None,
        "day",
        -0.02,
        -0.03,
    ),
)


def _code(number: int) -> str:
    """An MN that no device has."""
    return f"DEMO{number + 1:020}"


def _live() -> Live:
    """What follows the history: the same levels, and the same stories again after days."""
    codes = {plan.story: _code(n) for n, plan in enumerate(PLANS)}
    own = {
        _code(n): {
            FACTORS[code].minute: Usual(level, swing=0.05 * level, noise=0.02, high=FACTORS[code].high, digits=3)
            for code, level in plan.levels.items()
        }
        for n, plan in enumerate(PLANS)
    }
    nox, others = FACTORS["a21002"].minute, {code: 0.0 for code in own if code != codes["episode"]}
    rest = When(first=-20, every=120, lasts=26)
    return Live(
        {},
        own,
        scenes=(Scene(When(first=-6, every=40, lasts=10), {nox: 75.0}, rise=1, fall=2, share=others),),
        broken=(
            Broken(codes["stuck"], FACTORS["a34013"].minute, When(first=-15, every=96, lasts=24), 8.41),
            *(
                Broken(codes["stopped"], FACTORS[code].minute, rest, 20.8 if code == "a19001" else 0.0, STOPPED)
                for code in BOILER
            ),
        ),
        cuts=(Cut(codes["silent"], When(first=-7, every=72, lasts=10)),),
    )


LIVE = _live()


def fill(demo: Any) -> None:
    """Outlets at the first demo firms, devices, licences, ten days of values, notices in every state."""
    from hanfeng.commons.devices.gateway import Seen, write_contacts  # here: the processes of a site do without it

    firms = list(Body.objects.filter(kind=Body.Kind.ENTERPRISE, demo=True).order_by("slug")[:5])
    if not firms:
        return
    random, now = demo.random("pollution_sources"), timezone.localtime().replace(minute=0, second=0, microsecond=0)
    plans = [plan for plan in PLANS if plan.firm < len(firms)]
    lon, lat = _middle()
    kept = declare([_station(n, plan, firms, lon, lat) for n, plan in enumerate(plans)], demo=True)
    things = {thing.code: thing for thing in Thing.objects.filter(code__in=[_code(n) for n in range(len(plans))])}
    outlets = [
        Outlet(
            thing=things[_code(n)],
            body=firms[plan.firm],
            number=plan.number,
            medium=plan.medium,
            facility=plan.facility,
            facility_en=FACILITIES_EN[plan.facility],
            permit=f"DEMO-{plan.firm + 1:03}",
            oxygen=Decimal(str(plan.oxygen)) if plan.oxygen else None,
        )
        for n, plan in enumerate(plans)
    ]
    demo.keep(outlets)
    systems = {Medium.AIR: "31", Medium.WATER: "32"}
    demo.keep([Device(thing=o.thing, system=systems[Medium(o.medium)], password="123456") for o in outlets])
    demo.keep([limit for o, plan in zip(outlets, plans, strict=True) for limit in _limits(o, plan, now.date())])
    for n, (outlet, plan) in enumerate(zip(outlets, plans, strict=True)):
        ingest(_values(plan, {code: row for (station, code), row in kept.items() if station == _code(n)}, now, random))
        if plan.story == "sent-again":
            demo.keep([_order(outlet, now)])
        if plan.story == "silent":
            gone, frames = now - 7 * HOUR, DAYS * 144 - 42
            told = Seen("127.0.0.1", now - timedelta(days=DAYS), gone, frames=frames, drift=0, left=gone)
            write_contacts({outlet.thing_id: told})
    derive(now, 5)
    demo.keep(list(_notices(dict(zip((p.story for p in plans), outlets, strict=True)), now)))


def _middle() -> tuple[float, float]:
    points = list(Place.objects.filter(lat__isnull=False, lon__isnull=False).values_list("lon", "lat"))
    if not points:
        return 105.0, 35.0
    return sum(p[0] for p in points) / len(points), sum(p[1] for p in points) / len(points)


def _station(number: int, plan: Plan, firms: Sequence[Body], lon: float, lat: float) -> Station:
    firm = firms[plan.firm]
    return Station(
        _code(number),
        f"{firm.name} {plan.number}",
        f"{firm.name_en or firm.name} {plan.number}",
        kind="stack" if plan.medium == Medium.AIR else "outfall",
        pack="pollution_sources",
        body=firm.pk,
        point=(round(lon + plan.x, 5), round(lat + plan.y, 5)),
        series=series(plan.medium, plan.levels),
    )


def _limits(outlet: Outlet, plan: Plan, today: date) -> Iterator[Limit]:
    """Licences changed half a year ago: what holds now was a fifth laxer before."""
    changed = date(today.year - (today.month <= 6), 7 if today.month > 6 else 1, 1)
    basis = Basis.HOUR if plan.medium == Medium.AIR else Basis.DAY
    for code, value in plan.limits.items():
        for what in {Basis.HOUR, basis}:
            now = Decimal(str(value * (1.0 if what == basis else 1.5)))
            told = {"outlet": outlet, "factor": code, "basis": what}
            yield Limit(
                **told,
                value=now * Decimal("1.2"),
                starts=changed.replace(year=changed.year - 3),
                ends=changed,
                source="演示许可证（旧）",
                source_en="demonstration permit (former)",
            )
            yield Limit(**told, value=now, starts=changed, source="演示许可证", source_en="demonstration permit")


def _values(plan: Plan, streams: dict[str, Datastream], now: datetime, random: Random) -> Iterator[Value]:
    flow = flow_of(plan.medium)
    for code, usual in plan.levels.items():
        factor, total = FACTORS[code], 0.0
        for n in range(DAYS * 144):
            start = now - timedelta(seconds=MINUTES * (DAYS * 144 - n))
            if plan.story == "silent" and now - start < 7 * HOUR:
                continue
            stopped = plan.story == "stopped" and now - start < 20 * HOUR
            value, mark = _value(plan, factor, usual, start, now, random)
            if stopped:
                value, mark = (20.8 if code == "a19001" else 0.0), "F"
            yield Value(streams[factor.minute].pk, start, value, mark, until=start + timedelta(seconds=MINUTES))
            if factor.limited:
                total += value / 6
                if start.minute == 50:
                    yield _total(plan, factor, streams, start, total * plan.levels[flow.code] * (0 if stopped else 1))
                    total = 0.0


def _total(plan: Plan, factor: Factor, streams: dict[str, Datastream], start: datetime, product: float) -> Value:
    """What the device says was emitted in the hour: right, but where the totals do not fit."""
    told = kilograms(factor, product, 1.0) * (0.62 if plan.story == "mass" and factor.code == "a21002" else 1.0)
    hour = start.replace(minute=0)
    return Value(streams[factor.total].pk, hour, round(told, 3), "N", until=hour + HOUR)


def _value(
    plan: Plan, factor: Factor, usual: float, start: datetime, now: datetime, random: Random
) -> tuple[float, str]:
    age = (now - start) / HOUR
    value = usual * (1 + 0.05 * sin(2 * pi * (start.hour - 8) / 24) + random.gauss(0, 0.02))
    if factor.limited and start.hour == 3 and start.minute == 0 and plan.medium == Medium.AIR:
        return round(value * 0.2, 3), "C"
    if plan.story == "episode" and factor.code == "a21002" and age <= 6:
        value *= 1.35 + 0.09 * (6 - age)
    if plan.story == "stuck" and factor.code == "a34013" and age <= 15:
        return 8.41, "N"
    if plan.story == "day" and factor.code == "w01018" and 24 <= (now.replace(hour=0) - start) / HOUR + 24 <= 72:
        value *= 1.85
    if plan.story == "mass" and factor.code == "a34013" and age <= 24 and random.random() < 0.3:
        return round(value, 3), "T"
    if plan.story == "sent-again" and age > 70:
        value *= 1.02
    return round(value, 3), "N"


def _order(outlet: Outlet, now: datetime) -> Order:
    """Nine hours that were missing came when the device was asked for them."""
    start, told = now - 80 * HOUR, now - 69 * HOUR
    return Order(
        thing=outlet.thing,
        kind=OrderKind.MINUTES,
        starts=start,
        ends=start + 9 * HOUR,
        stage=Stage.DONE,
        tries=1,
        request=f"{told:%Y%m%d%H%M%S}000",
        sent_at=told,
        answered_at=told + timedelta(minutes=1),
        result="values=216",
    )


def _notices(at: dict[str, Outlet], now: datetime) -> Iterator[SourceNotice]:
    def told(
        story: str, kind: Kind, state: State, factor: str, began: datetime, due: datetime | None, **more: Any
    ) -> Iterator[SourceNotice]:
        if story in at:
            yield SourceNotice(
                outlet=at[story],
                kind=kind,
                factor=factor,
                began=began,
                state=state,
                entered_at=began + 2 * HOUR,
                due_at=due,
                **more,
            )

    day = timedelta(days=1)
    yield from told(
        "sent-again",
        Kind.DOUBT,
        State.SENT,
        "w21003",
        now - 20 * HOUR,
        now + 2 * day,
        facts="氨氮监测值夜间波动明显偏小，请说明监测设备运行情况。",
        facts_en="Ammonia nitrogen hardly moves at night. Please explain how the analyser runs.",
    )
    yield from told(
        "day",
        Kind.DAY,
        State.SENT,
        "w01018",
        now - 6 * day,
        now - day,
        facts="化学需氧量日均值超过许可限值，请说明原因和整改措施。",
        facts_en="The daily mean of COD exceeds the licensed limit. Please give the cause and what is done about it.",
    )
    yield from told(
        "stuck",
        Kind.RATE,
        State.EXPLAINED,
        "",
        now - 8 * day,
        now + 2 * day,
        facts="近七日传输有效率偏低。",
        facts_en="The effective transmission rate of the last seven days is low.",
        explanation="数采仪通信模块老化，已更换并恢复传输。",
        explanation_en="The modem of the logger was worn out; it has been replaced and transmission is back.",
    )
    yield from told(
        "mass",
        Kind.OUTAGE,
        State.CHECKED,
        "",
        now - 9 * day,
        now + 3 * day,
        ended=now - 9 * day + 5 * HOUR,
        facts="数据中断五小时。",
        facts_en="No data for five hours.",
        explanation="厂区检修停电。",
        explanation_en="The power of the works was off for maintenance.",
        finding="停电记录与中断时段一致。",
        finding_en="The record of the power cut agrees with the hours without data.",
        cause=Cause.DEVICE,
    )
    yield from told(
        "sent-again",
        Kind.OUTAGE,
        State.CLOSED,
        "",
        now - 80 * HOUR,
        None,
        ended=now - 71 * HOUR,
        facts="数据中断九小时。",
        facts_en="No data for nine hours.",
        explanation="通信运营商线路故障，已按要求补传数据。",
        explanation_en="A line of the carrier was broken; the data have been sent again as asked.",
        finding="补传数据完整，与现场存储一致。",
        finding_en="The data sent again are complete and agree with those stored on the spot.",
        cause=Cause.DEVICE,
    )
