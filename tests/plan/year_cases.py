"""People, bodies, a ledger and a clock for the tests of the year."""

from __future__ import annotations

from datetime import date, datetime, time
from itertools import count

from django.contrib.auth.models import Group, User
from django.utils import timezone

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.models import Person, Post
from hanfeng.commons.people.roles import OFFICER as PEOPLE
from hanfeng.kernel.record.write import save
from hanfeng.plan.models import Plan
from hanfeng.plan.roles import CONTACT, LEADER, OFFICER
from hanfeng.plan.year.models import LedgerTask, Milestone
from hanfeng.plan.year.roles import HEAD

_numbers = count(1)


def person(name, *roles, body=None):
    """An account with these roles, whose person works at the body."""
    user = User.objects.create_user(name)
    user.groups.set([Group.objects.get_or_create(name=role.name)[0] for role in roles])
    if body is not None:
        someone = Person(name=name, account=user)
        save(someone, None)
        save(Post(person=someone, body=body), None)
    return user


def office():
    """The plan office: one who keeps the ledger and the leader."""
    return person("keeper", OFFICER, PEOPLE), person("leader", LEADER)


def body_with_people(slug, **values):
    """A body with its contact and its head."""
    body = Body(slug=slug, name=values.pop("name", f"Body {slug}"), kind=Body.Kind.DEPARTMENT, **values)
    save(body, None)
    return body, person(f"{slug}-contact", CONTACT, body=body), person(f"{slug}-head", HEAD, body=body)


def a_plan():
    """A plan of five years with nothing in it."""
    plan = Plan(slug=f"plan-{next(_numbers)}", kind=Plan.Kind.SPECIAL, title="规划", title_en="Plan", starts=date(2021, 1, 1),
                ends=date(2025, 12, 31))  # fmt: skip
    save(plan, None)
    return plan


def a_task(plan, lead=None, **values):
    """A line of the ledger."""
    n = next(_numbers)
    given = {
        "number": f"T{n}",
        "title": f"任务{n}",
        "title_en": f"Task {n}",
        "starts": date(2021, 1, 1),
        "due": date(2030, 12, 31),
    }
    task = LedgerTask(plan=plan, lead=lead, **{**given, **values})
    save(task, None)
    return task


def a_step(task, due, **values):
    """A milestone of a task."""
    step = Milestone(task=task, due=due, title="里程碑", title_en="Step", **values)
    save(step, None)
    return step


def at(monkeypatch, day, hour=10):
    """Let it be this day."""
    moment = timezone.make_aware(datetime.combine(day, time(hour)))
    monkeypatch.setattr(timezone, "now", lambda: moment)
    return moment
