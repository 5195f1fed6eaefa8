"""Flows: closed by default, with the reason; nobody approves his own; stopped clocks carry on."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import TextChoices
from django.utils import timezone

from hanfeng.kernel.api import Event, Flow, Move, Role, Stale, begin, calendar, choices, go
from hanfeng.kernel.portal.flow import APPROVER, EDITOR, State, publication, published
from hanfeng.kernel.portal.models import Snapshot
from hanfeng.kernel.pure import Clock, Limit

pytestmark = pytest.mark.django_db
ANYONE = Role("test.anyone", "anyone")


def a_snapshot(by):
    return begin(publication, Snapshot(name="plan", title="Plan", as_of=date(2025, 12, 31)), by)


def test_a_case_begins_with_who_filed_it(account):
    editor = account("editor", EDITOR)
    case = a_snapshot(editor)
    assert (case.state, case.filed_by, case.version) == (State.DRAFT, editor, 1)


def test_nobody_approves_his_own(account):
    both = account("both", EDITOR, APPROVER)
    case = a_snapshot(both)
    (approve,) = (c for c in choices(publication, case, both) if c.move.name == "approve")
    with pytest.raises(ValidationError) as told:
        go(publication, case, "approve", both)
    assert told.value.messages == [approve.why_not]
    assert published("plan") is None


def test_another_may(account):
    case = go(publication, a_snapshot(account("editor", EDITOR)), "approve", account("boss", APPROVER))
    assert case.state == State.APPROVED
    assert published("plan") == case
    assert list(Event.objects.filter(key=case.pk, kind="portal.snapshot").values_list("verb", flat=True)) == [
        "begin",
        "approve",
    ]


def test_without_the_role_it_is_refused_even_for_a_superuser(account):
    case = a_snapshot(account("editor", EDITOR))
    root = account("root")
    root.is_superuser = True
    root.save()
    with pytest.raises(PermissionDenied):
        go(publication, case, "approve", root)


def test_a_reason_is_asked_for(account):
    case, boss = a_snapshot(account("editor", EDITOR)), account("boss", APPROVER)
    with pytest.raises(ValidationError):
        go(publication, case, "return", boss, "  ")
    assert go(publication, case, "return", boss, "numbers are wrong").state == State.RETURNED


def test_a_step_that_is_not_there_is_refused(account):
    case, boss = a_snapshot(account("editor", EDITOR)), account("boss", APPROVER)
    with pytest.raises(ValidationError):
        go(publication, case, "withdraw", boss, "why")


def test_a_decision_on_an_old_version_is_stale(account):
    case, boss = a_snapshot(account("editor", EDITOR)), account("boss", APPROVER)
    go(publication, case, "approve", boss, version=1)
    with pytest.raises(Stale):
        go(publication, case, "withdraw", boss, "late", version=1)


class S(TextChoices):
    A = "a", "A"
    B = "b", "B"
    C = "c", "C"


def a_flow(moves, **more):
    table = tuple(Move(f"{s}{t}", s, t, (ANYONE,), f"{s}{t}") for s, t in moves)
    return Flow(S, start=S.A, **{"ends": frozenset({S.C}), "moves": table} | more)


@pytest.mark.parametrize(
    ("moves", "more", "words"),
    [
        (((S.A, S.C),), {}, "unreachable"),
        (((S.A, S.B), (S.A, S.C)), {}, "without a way out"),
        (((S.A, S.B), (S.B, S.C)), {"limits": {S.C: Limit(1, Clock.WORKING_DAY)}}, "no limit"),
        (((S.A, S.B), (S.A, S.B), (S.B, S.C)), {}, "one name"),
    ],
)
def test_a_flow_that_cannot_be_walked_is_refused_at_import(moves, more, words):
    with pytest.raises(ValueError, match=words):
        a_flow(moves, **more)


def test_a_stopped_clock_carries_on(db):
    """Ten working days, three used, a stop over two weeks: seven are left, not ten."""
    from hanfeng.kernel.flow.flow import _entering

    flow = a_flow(
        ((S.A, S.B), (S.B, S.A), (S.A, S.C)),
        limits={S.A: Limit(10, Clock.WORKING_DAY)},
        stops=frozenset({S.B}),
    )
    zone = ZoneInfo("Asia/Shanghai")
    case = Snapshot(name="x", title="x", as_of=date(2025, 1, 1), state=S.A)
    case.entered_at = datetime(2025, 3, 3, 10, tzinfo=zone)  # a Monday
    stop, resume = flow.moves[0], flow.moves[1]
    for name, value in _entering(flow, case, stop, datetime(2025, 3, 6, 10, tzinfo=zone)).items():
        setattr(case, name, value)
    assert case.spent == {"a": 3.0}
    assert case.due_at is None
    back = _entering(flow, case, resume, datetime(2025, 3, 24, 10, tzinfo=zone))  # a Monday
    assert timezone.localtime(back["due_at"]).date() == date(2025, 4, 2)  # seven working days on, no holiday loaded
    anew = Limit(10, Clock.WORKING_DAY).due(datetime(2025, 3, 24, 10, tzinfo=zone), calendar())
    assert timezone.localtime(anew).date() == date(2025, 4, 7)
