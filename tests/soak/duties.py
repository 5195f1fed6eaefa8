"""What the processes of a crew do. Each takes its number and returns plain JSON values."""

from __future__ import annotations

import json
import sys
import time
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.db import connections
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.models import Person
from hanfeng.commons.people.roles import OFFICER, REGISTRAR
from hanfeng.kernel.api import Event, Role, Stale, begin, go, save, save_many
from hanfeng.kernel.portal.flow import APPROVER, EDITOR, publication
from hanfeng.kernel.portal.models import Snapshot
from hanfeng.kernel.pure import make_uscc
from hanfeng.kernel.record import audit, outbox
from hanfeng.kernel.record import seals as sealing
from hanfeng.kernel.record.models import Batch, LinkRun, Seal
from hanfeng.kernel.rest import clients
from hanfeng.kernel.search import rebuild


def migrate(_n: int) -> None:
    for name in connections:  # on SQLite sessions and the access log have files of their own
        call_command("migrate", database=name, verbosity=0, interactive=False)


# --- writing ----------------------------------------------------------------------------------------------------------


def shared(_n: int, count: int) -> list[int]:
    """Bodies that all processes write, each with a counter in its note; their keys."""
    bodies = [Body(slug=f"shared-{i}", name=f"Shared {i}", kind="department", note="0") for i in range(count)]
    for body in bodies:
        save(body, None)
    return [body.pk for body in bodies]


def count_up(n: int, keys: list[int], times: int) -> dict[str, int]:
    """Add one to the counters of the shared bodies, again when somebody was faster; and to one of its own."""
    own, stale = Body(slug=f"own-{n}", name="0", kind="department"), 0
    save(own, None)
    for i in range(times):
        save(own, None, {"name": str(i + 1)})
        for key in keys:
            stale += _add_one(key)
    return {"stale": stale}


def _add_one(key: int) -> int:
    """How often somebody was faster."""
    for lost in range(10_000):
        body = Body.objects.get(pk=key)
        try:
            save(body, None, {"note": str(int(body.note) + 1)})
            return lost
        except Stale:
            continue
    raise AssertionError("never its turn")


def claim(_n: int, slugs: list[str]) -> list[str]:
    """Try to be the one who writes the record with each of these names; how it was refused, "" when it was not."""
    return [_refused(slug) for slug in slugs]


def _refused(slug: str) -> str:
    try:
        save(Body(slug=slug, name=slug, kind="department"), None)
    except ValidationError as why:
        return "; ".join(why.messages)
    return ""


def rename(n: int, keys: list[int], slug: str) -> str:
    """Give the own one of these bodies a name that all want; how it was refused, "" when it was not."""
    try:
        save(Body.objects.get(pk=keys[n]), None, {"slug": slug})
    except ValidationError as why:
        return "; ".join(why.messages)
    return ""


def counters(_n: int, keys: list[int]) -> list[list[Any]]:
    """(counter, version) of the shared bodies."""
    return [[int(b.note), b.version] for b in Body.objects.filter(pk__in=keys).order_by("pk")]


# --- deciding ---------------------------------------------------------------------------------------------------------


def case(_n: int, name: str, bosses: int) -> dict[str, Any]:
    """A snapshot that waits for approval, and the accounts that may approve it."""
    editor = _account(f"{name}-editor", EDITOR)
    made = begin(publication, Snapshot(name=name, title="Plan", as_of="2025-12-31"), editor)
    return {"key": made.pk, "users": [_account(f"{name}-boss{i}", APPROVER).pk for i in range(bosses)]}


def _account(name: str, role: Role) -> User:
    user = User.objects.create(username=name)
    user.groups.add(Group.objects.get_or_create(name=role.name)[0])
    return user


def approve(n: int, key: int, users: list[int]) -> list[str]:
    """Try to approve the case: ["done"], or how it was refused and in which words."""
    try:
        go(publication, Snapshot.objects.get(pk=key), "approve", User.objects.get(pk=users[n]))
    except (ValidationError, PermissionDenied, Stale) as why:
        words = "; ".join(why.messages) if isinstance(why, ValidationError) else str(why)
        return [type(why).__name__, words]
    return ["done"]


def meet_all(n: int, keys: list[int], times: int, slugs: list[str], key: int, users: list[int]) -> dict[str, Any]:
    """All of it at once, for the short test of every day: count, claim, decide."""
    return {"stale": count_up(n, keys, times)["stale"], "claims": claim(n, slugs), "decision": approve(n, key, users)}


def decided(_n: int, key: int) -> dict[str, Any]:
    events = Event.objects.filter(kind="portal.snapshot", key=key).order_by("seq")
    return {"state": Snapshot.objects.get(pk=key).state, "verbs": list(events.values_list("verb", flat=True))}


# --- the interface for other systems ---------------------------------------------------------------------------------


def client(_n: int, name: str, rate: int = 60_000) -> dict[str, Any]:
    """A client that may write bodies, `rate` times a minute: its token and the key under which it is counted."""
    own = Body(slug=name, name=name, kind="department")
    save(own, None)
    values = {
        "name": name, "purpose": "race", "contact": "x", "body": own.pk, "body_name": name, "rate": rate,
        "roles": [OFFICER.name, REGISTRAR.name], "scopes": ["bodies.body:read", "bodies.body:create"],
        "expires": timezone.localdate() + timedelta(days=1),
    }  # fmt: skip
    made = clients.register(None, values)
    return {"token": clients.issue(made, None)[1], "own": own.pk}


def _called(token: str, method: str, body: Any = None, **headers: str) -> HttpResponse:
    told = {"authorization": f"Bearer {token}", "accept-language": "en", "host": "localhost", **headers}
    browser, sent = Client(headers=told), json.dumps(body or {})
    return browser.generic(method, "/api/v1/bodies/body", sent, content_type="application/json")


def post_once(n: int, token: str, keys: list[str], own: int) -> list[list[Any]]:
    """Send what all send under these keys at once: (status, whether it was given again, the record) of each answer."""
    told = []
    for key in keys:
        answer = _called(token, "POST", {"slug": key, "name": key, "kind": "department"}, **{"idempotency-key": key})
        told.append([answer.status_code, "Idempotency-Replayed" in answer, json.loads(answer.content).get("id")])
    return told


def ask_often(_n: int, token: str, times: int, own: int) -> list[int]:
    """The statuses of so many questions."""
    return [_called(token, "GET").status_code for _time in range(times)]


# --- many -------------------------------------------------------------------------------------------------------------


def load(n: int, rows: int, prefix: str = "load") -> dict[str, int]:
    """Write many bodies with save_many, telling on stderr how far it is."""
    codes = [make_uscc("500154", f"{n:02}{i:06}") for i in range(rows)]
    bodies = [
        Body(slug=f"{prefix}-{n}-{i}", name=f"{prefix} {i}", kind="enterprise", code=code)
        for i, code in enumerate(codes)
    ]
    print("ready", file=sys.stderr, flush=True)
    done = save_many(bodies, None, title=prefix, progress=lambda at: print(at, file=sys.stderr, flush=True))
    return {"created": done.batch.created, "failed": done.batch.failed, "errors": len(done.errors)}


def loaded(_n: int, prefix: str = "load") -> dict[str, Any]:
    """What is there of a load: rows, events, whether each row has its own, and what the newest batch says of itself."""
    keys = set(Body.everything.filter(slug__startswith=f"{prefix}-").values_list("pk", flat=True))
    told = Event.objects.filter(kind="bodies.body", batch__title=prefix)
    batch = Batch.objects.filter(title=prefix).order_by("-pk").first()
    return {
        "rows": len(keys),
        "events": told.count(),
        "whole": keys == set(told.values_list("key", flat=True)),
        "batch": batch and batch.created,
    }


# --- proof and the worker ---------------------------------------------------------------------------------------------


def verify(_n: int) -> list[str]:
    return [f"{broken.where}: {broken.what}" for broken in audit.verify()]


def searched(_n: int) -> list[str]:
    """Where the index of the search differs from what the records say."""
    return [str(wrong) for wrong in rebuild.compare()]


def seal(_n: int) -> int:
    """Seal until nothing is left; how many events are under a seal."""
    while sealing.seal():
        pass
    return sum(Seal.objects.values_list("count", flat=True))


def seals(_n: int) -> int:
    return Seal.objects.count()


def seal_while(_n: int, seconds: float) -> int:
    """Seal again and again, as a worker that never rests."""
    end, made = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        made += sealing.seal() is not None
        time.sleep(0.01)
    return made


def write_while(n: int, seconds: float, batch: int = 0, prefix: str = "w") -> int:
    """Write bodies for some seconds, one by one or in batches; how many."""
    end, made = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        rows = [Body(slug=f"{prefix}-{n}-{made + i}", name="w", kind="department") for i in range(max(batch, 1))]
        if batch:
            save_many(rows, None, title="w")
        else:
            save(rows[0], None)
        made += len(rows)
    return made


def seal_or_write(n: int, sealers: int, seconds: float) -> list[Any]:
    """The first processes seal, the others write: ["sealed", seals] or ["wrote", rows]."""
    if n < sealers:
        return ["sealed", seal_while(n, seconds)]
    return ["wrote", write_while(n, seconds, batch=n % 3 * 40)]


def prove_or_write(n: int, keys: list[int], seconds: float) -> list[Any]:
    """The first process proves the history again and again, the second seals, the others write: what was found."""
    if n == 0:
        end, found = time.monotonic() + seconds, []
        while time.monotonic() < end:
            found += verify(n)
        return found
    if n == 1:
        seal_while(n, seconds)
    elif n % 2:
        write_while(n, seconds)
    else:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            _add_one(keys[n % len(keys)])
    return []


def worker(_n: int) -> None:
    """The worker itself, which never waits: it is killed in the midst of its work."""
    from django.conf import settings

    from hanfeng.site.commands import work

    work.BEAT = 0.01
    outbox.MOST_ATTEMPTS = 10_000
    duties = [work.Task("jobs", lambda: outbox.run_due(work.MOST_JOBS), 0.01), work.Task("seals", sealing.seal, 0.01)]
    work.tasks = lambda *_: duties
    print("ready", file=sys.stderr, flush=True)
    work.run(settings.HOME)


def links_done(_n: int) -> dict[str, Any]:
    """How the links stand: runs, done ones, and how often each effect is there."""
    effects = list(Person.everything.filter(name__startswith="met ").values_list("name", flat=True))
    runs = LinkRun.objects.all()
    return {
        "events": Event.objects.filter(kind="bodies.body", verb="create").count(),
        "runs": runs.count(),
        "open": runs.filter(done_at=None).count(),
        "effects": len(effects),
        "different": len(set(effects)),
    }


# --- sheets -----------------------------------------------------------------------------------------------------------


def sheet_begun(n: int, rows: int) -> int:
    """An uploaded ledger of bodies, mapped, with a job that waits; its key."""
    from openpyxl import Workbook

    from hanfeng.kernel.exchange import book
    from hanfeng.kernel.exchange.importing import TAKE
    from hanfeng.kernel.exchange.models import Upload
    from hanfeng.kernel.job import run as jobs

    user = User.objects.create_user("keeper")
    user.groups.add(Group.objects.get_or_create(name=REGISTRAR.name)[0])
    path = book.folder() / "made.xlsx"
    made = Workbook(write_only=True)
    page = made.create_sheet()
    page.append(["id", "name", "English name", "kind", "exists from", "source", "note"])
    for k in range(rows):
        page.append(
            [
                f"body-{k:06}",
                f"Body {k}",
                f"Body no. {k}",
                "department",
                f"20{k % 20 + 10}.3.{k % 28 + 1}",
                "ledger",
                f"lot {k % 97}",
            ]
        )
    made.save(path)
    with path.open("rb") as file:
        sha256, size = book.keep(file)
    columns = dict(enumerate(("slug", "name", "name_en", "kind", "starts", "source", "note")))
    upload = Upload.objects.create(
        owner=user,
        pack="bodies",
        desk="body",
        name="made.xlsx",
        sha256=sha256,
        size=size,
        first=0,
        depth=1,
        columns=columns,
    )
    return int(jobs.start(TAKE, user, "made.xlsx", steps=rows + 1, upload=upload.pk).pk)


def sheet_work(n: int, job: int) -> str:
    """The worker on this job, its lease of the last worker being over."""
    from hanfeng.kernel.job import run as jobs
    from hanfeng.kernel.job.models import Job

    Job.objects.filter(pk=job, state="running").update(lease="2020-01-01T00:00:00Z")
    return str(jobs.now(Job.objects.get(pk=job)).state)


def sheet_resumed(n: int, job: int) -> bool:
    """Somebody lets an import that failed go on."""
    from hanfeng.kernel.job import run as jobs
    from hanfeng.kernel.job.models import Job

    return jobs.resume(Job.objects.get(pk=job))


def sheet_line(n: int, job: int) -> int:
    """The line of the sheet that an import has come to."""
    from hanfeng.kernel.job.models import Job

    return int(Job.objects.get(pk=job).cursor.get("line", 0))


def sheet_there(n: int, job: int) -> dict[str, Any]:
    """What an import has left in the database, and what its job says of it."""
    from hanfeng.kernel.exchange.models import Refusal, Upload
    from hanfeng.kernel.job.models import Job

    kept = Job.objects.get(pk=job)
    upload = Upload.objects.select_related("batch").get(pk=kept.asked["upload"])
    keys = set(Body.objects.filter(slug__startswith="body-").values_list("pk", flat=True))
    events = list(Event.objects.filter(kind="bodies.body", verb="import").values_list("key", flat=True))
    return {
        "rows": len(keys),
        "events": len(events),
        "whole": keys == set(events),
        "state": kept.state,
        "done": kept.done,
        "error": kept.error,
        "batch": upload.batch.created if upload.batch else 0,
        "line": kept.cursor.get("line", 0),
        "refused": Refusal.objects.filter(upload=upload).count(),
    }


# --- a round of the plan office ---------------------------------------------------------------------------------------


def file_entries(n: int, contacts: list[str]) -> list[int]:
    """The contact of one body files every entry of his by the page, each with a file; what the page answered."""
    from io import BytesIO

    from django.contrib.messages.storage.cookie import CookieStorage
    from django.test import RequestFactory

    from hanfeng.plan.year.models import Entry
    from hanfeng.plan.year.pages.filing import fill_page
    from hanfeng.plan.year.roles import answering

    user = User.objects.get(username=contacts[n])
    answers = []
    for entry in Entry.objects.filter(body__in=answering(user)).order_by("pk"):
        paper = BytesIO(f"paper of {entry.pk}".encode())
        paper.name = f"paper-{entry.pk}.txt"
        said = {
            "progress": f"Said by {user.username} of {entry.pk}.",
            "version": entry.version,
            "act": "file",
            "file": paper,
        }
        request: Any = RequestFactory().post(f"/year/entry/{entry.pk}/fill/", said)
        request.user, request._messages = User.objects.get(pk=user.pk), CookieStorage(request)
        answers.append(fill_page(request, pk=entry.pk).status_code)
    return answers


def edit_one_entry(n: int, contacts: list[str], key: int) -> list[Any]:
    """Several contacts of one body keep their own words of one entry, all having read the same version; what each was shown."""
    from django.contrib.messages.storage.cookie import CookieStorage
    from django.test import RequestFactory
    from django.utils.translation import override

    from hanfeng.plan.year.models import Entry
    from hanfeng.plan.year.pages.filing import fill_page

    user, entry = User.objects.get(username=contacts[n]), Entry.objects.get(pk=key)
    said = {"progress": f"Words of {user.username}.", "version": 1, "act": "keep"}
    assert entry.version in (1, 2), "the others have not written more than once"
    request: Any = RequestFactory().post(f"/year/entry/{key}/fill/", said)
    request.user, request._messages = user, CookieStorage(request)
    with override("en"):
        answer: Any = fill_page(request, pk=key)
    shown = [
        row for row in (getattr(answer, "context_data", None) or {}).get("compared", []) if row["name"] == "progress"
    ]
    return [answer.status_code, [[row["theirs"], row["mine"], row["differs"]] for row in shown]]
