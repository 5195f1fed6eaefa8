"""The writer's eye: each batch is looked at inside its commit, so that an alert stands exactly when its observations do."""

from __future__ import annotations

import time as clock
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.utils import timezone

from hanfeng.kernel.sense.models import Datastream
from hanfeng.kernel.sense.quality import COUNTED
from hanfeng.kernel.sense.reads import at
from hanfeng.kernel.sense.watch import Kept, Watch

from .engine import VALUED, Change, Phase, State, step
from .models import AlertRule, Watched
from .raising import clear, composites, raise_alert

FRESH = 10.0  # seconds after which changed rules and new datastreams are noticed


class Stream(NamedTuple):
    """A datastream as rules choose it."""

    key: int
    thing: int
    observes: frozenset[str]
    pack: str
    kind: str
    code: str


@dataclass
class Eye:
    """What the writer remembers of rules and where they stand. It believes nothing after a transaction that did not hold."""

    until: float = 0.0

    def __post_init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Read everything anew at the next batch."""
        self.until = 0.0
        self.versions: list[AlertRule] = []
        self.chosen: dict[int, tuple[Stream, dict[str, list[AlertRule]]] | None] = {}
        self.states: dict[tuple[str, int], State] = {}

    def wants(self, keys: frozenset[int]) -> frozenset[int]:
        """Which of these datastreams a rule looks at."""
        if clock.monotonic() > self.until:
            self._refresh()
        if not self.versions:
            return frozenset()
        self._choose(keys)
        return frozenset(key for key in keys if self.chosen[key])

    def run(self, rows: Sequence[Kept]) -> None:
        """Look at the rows of a batch in the order of their times; only values that count are looked at."""
        wanted = self.wants(frozenset(row.datastream for row in rows))
        looked = [row for row in rows if row.datastream in wanted and row.number is not None and row.quality in COUNTED]
        moved: dict[int, int] = {}
        for row in sorted(looked, key=lambda row: row.time):
            found = self.chosen[row.datastream]
            if found:
                for code, versions in found[1].items():
                    if self._look(code, versions, found[0], row):
                        moved[found[0].thing] = row.time
        for thing, moment in moved.items():
            composites(thing, at(moment))

    def _refresh(self) -> None:
        self.versions = list(AlertRule.objects.filter(kind__in=[kind.value for kind in VALUED]))
        self.chosen.clear()
        self.until = clock.monotonic() + FRESH

    def _choose(self, keys: Iterable[int]) -> None:
        """Which rules look at these datastreams; where they stand is read for those not known yet."""
        missing = [key for key in keys if key not in self.chosen]
        if not missing:
            return
        self.chosen.update(dict.fromkeys(missing))
        codes: set[str] = set()
        for stream in streams(Datastream.objects.filter(pk__in=missing)):
            rules: dict[str, list[AlertRule]] = {}
            for rule in self.versions:
                if chooses(rule, stream):
                    rules.setdefault(rule.code, []).append(rule)
            if rules:
                self.chosen[stream.key] = stream, rules
                codes |= rules.keys()
        if codes:
            self._remember(missing, codes)

    def _remember(self, keys: list[int], codes: set[str]) -> None:
        for kept in Watched.objects.filter(datastream__in=keys, code__in=codes):
            known = (kept.code, kept.datastream_id or 0)
            if known not in self.states:
                self.states[known] = State(
                    Phase(kept.phase), kept.since, kept.time, kept.value, kept.worst, kept.base, kept.base_time
                )

    def _look(self, code: str, versions: list[AlertRule], stream: Stream, row: Kept) -> bool:
        """One rule at one value; whether it raised or cleared."""
        rule = held(versions, at(row.time).date())
        if rule is None:
            return False
        key, number = (code, stream.key), row.number
        assert number is not None
        before = self.states.get(key, State())
        after, change = step(rule.limit, before, row.time, number)
        self.states[key] = after
        if after.phase == before.phase:
            return False
        self._keep(rule, stream, after, change, row)
        return change is not None

    def _keep(self, rule: AlertRule, stream: Stream, state: State, change: Change | None, row: Kept) -> None:
        kept, _new = Watched.objects.get_or_create(code=rule.code, thing_id=stream.thing, datastream_id=stream.key)
        if change == Change.RAISED:
            kept.alert = raise_alert(
                rule, stream.thing, stream.key, since=at(state.since), now=at(row.time), value=row.number, worst=state.worst,
                observations=[[stream.key, state.since], [stream.key, row.time, row.number]],
            )  # fmt: skip
        elif change == Change.CLEARED and kept.alert_id:
            clear(kept.alert, at(row.time), state.worst)
            kept.alert = None
        kept.phase, kept.since, kept.time, kept.value = state.phase, state.since, state.time, state.value
        kept.worst, kept.base, kept.base_time = state.worst, state.base, state.base_time
        kept.save()


def streams(rows: Any) -> Iterable[Stream]:
    """Datastreams as rules choose them."""
    told = rows.values_list(
        "pk", "thing_id", "code", "observed_property__code", "thing__pack", "thing__kind", "thing__code"
    )
    for key, thing, own, observed, pack, kind, code in told:
        yield Stream(key, thing, frozenset({own, observed}), pack, kind, code)


def chooses(rule: AlertRule, stream: Stream) -> bool:
    """Whether a rule looks at a datastream."""
    return (
        rule.observes in stream.observes
        and rule.pack == stream.pack
        and rule.thing_kind in ("", stream.kind)
        and rule.thing_code in ("", stream.code)
    )


def held(versions: Iterable[AlertRule], day: date) -> AlertRule | None:
    """The version of a rule that is in force on a day."""
    for rule in versions:
        if (rule.starts is None or rule.starts <= day) and (rule.ends is None or day < rule.ends):
            return rule
    return None


def local_day(moment: datetime) -> date:
    """The day of a moment where the site is."""
    return timezone.localtime(moment).date()


_eye = Eye()
watch = Watch("alert", lambda rows: _eye.run(rows), lambda: _eye.forget(), lambda keys: _eye.wants(keys))
