"""Asked of the interface of every desk: its writer reads there, a foreign organisation finds nothing, moves say why not."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.roles import OFFICER
from hanfeng.kernel.api import Desk, Pack, attach, catalogue, save, visible
from hanfeng.kernel.rest.shape import at
from hanfeng.packs.innovation.enterprises.roles import FIRM

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("county")]
DESKS = [(pack, desk) for pack in catalogue() for desk in pack.desks]
every_desk = pytest.mark.parametrize(("pack", "desk"), DESKS, ids=[f"{p.name}-{d.slug}" for p, d in DESKS])
FLOWS = [(pack, desk) for pack, desk in DESKS if desk.flow]
every_flow = pytest.mark.parametrize(("pack", "desk"), FLOWS, ids=[f"{p.name}-{d.slug}" for p, d in FLOWS])
FOREIGN = "demo-firm-0001"


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Any) -> None:
    settings.HOME = tmp_path


@every_desk
def test_the_list_and_its_records_open_for_the_writer(pack: Pack, desk: Desk, person: Any, browser_of: Any) -> None:
    user = person(OFFICER, *desk.write, *(desk.flow.roles() if desk.flow else ()))
    browser = browser_of(user)
    answer = browser.get(f"{at(desk)}?limit=5")
    assert answer.status_code == 200
    assert answer.json()["total"] == visible(desk.model, user).count()
    for row in answer.json()["items"]:
        one = browser.get(row["href"])
        assert (one.status_code, one["ETag"]) == (200, f'"{row["version"]}"')
        assert one.json() == row
        for name in desk.model.personal:
            shown, mask = row.get(name), desk.mask(name)
            kept = str(getattr(desk.model.objects.get(pk=row["id"]), name) or "")
            assert shown is None or (mask and shown == mask(kept)), name
        assert browser.get(f"{row['href']}/history").status_code == 200


@every_desk
def test_a_list_asks_as_often_for_fifty_rows_as_for_few(
    pack: Pack, desk: Desk, person: Any, browser_of: Any, asked: Any
) -> None:
    user = person(OFFICER, *desk.write, *(desk.flow.roles() if desk.flow else ()))
    if visible(desk.model, user).count() < 3:
        pytest.skip("no rows to tell")
    browser = browser_of(user)
    counts = []
    for limit in (50, 1):
        browser.get(f"{at(desk)}?limit={limit}")
        with asked() as many:
            browser.get(f"{at(desk)}?limit={limit}")
        counts.append((many.count, many.most))
    assert counts[0][0] <= counts[1][0] + 1, counts[0][1]


@pytest.fixture
def foreigner(person: Any) -> User:
    user: User = person(FIRM, body=Body.objects.get(slug=FOREIGN))
    return user


@every_desk
def test_a_foreign_organisation_finds_and_changes_nothing(
    pack: Pack, desk: Desk, foreigner: User, browser_of: Any
) -> None:
    browser: Client = browser_of(foreigner)
    seen = {row["id"] for row in browser.get(f"{at(desk)}?after=0&limit=500").json()["items"]}
    hidden = desk.model.objects.exclude(pk__in=visible(desk.model, foreigner).values("pk")).order_by("-pk")
    assert seen.isdisjoint(hidden.values_list("pk", flat=True))
    for record in hidden[:3]:
        kept = attach(record, None, "secret.txt", io.BytesIO(b"not for you")) if desk.files else None
        one, version = f"{at(desk)}/{record.pk}", desk.model.everything.get(pk=record.pk).version
        for page in ("", "/history", "/moves", "/files", f"/files/{kept.pk if kept else 1}"):
            assert browser.get(f"{one}{page}").status_code == 404, page
        match = {"if-match": f'"{version}"'}
        for method in ("PATCH", "PUT", "DELETE"):
            answer = browser.generic(method, one, b"{}", content_type="application/json", headers=match)
            assert answer.status_code in {403, 404, 405}, method
        for move in desk.flow.moves if desk.flow else ():
            answer = browser.post(f"{one}/moves/{move.name}", "{}", content_type="application/json", headers=match)
            assert answer.status_code in {403, 404}
        assert browser.post(f"{one}/files", {"file": io.BytesIO(b"x")}).status_code in {403, 404}
        assert desk.model.everything.get(pk=record.pk).version == version
    answer = browser.post(at(desk), "{}", content_type="application/json")
    assert answer.status_code in {403, 404}


@every_flow
def test_a_case_is_moved_or_told_why_not(pack: Pack, desk: Desk, person: Any, browser_of: Any) -> None:
    assert desk.flow
    move = next((m for m in desk.flow.moves if m.guard is None and m.then is None), None)
    if move is None:
        pytest.skip("each move of this flow depends on more than its state")
    case: Any = desk.model.objects.order_by("pk").first()
    if case is None:
        pytest.skip("the demo holds no case of this kind")
    values = {"state": move.source, "entered_at": timezone.now(), "filed_by": None}
    save(case, None, values, verb="test")
    one = f"{at(desk)}/{case.pk}"
    stranger, holder = browser_of(person(OFFICER)), browser_of(person(OFFICER, *move.by))
    if holder.get(one).status_code == 404 or stranger.get(one).status_code == 404:
        pytest.skip("this case is seen by those it belongs to only")
    told = stranger.get(f"{one}/moves").json()["items"]
    assert {m["name"] for m in told} == {m.name for m in desk.flow.moves_from(move.source)}
    assert all(m["may"] or m["why_not"] for m in told)
    sent = {"data": '{"note": "because"}', "content_type": "application/json"}
    tag = stranger.get(f"{one}/moves")["ETag"]
    assert stranger.post(f"{one}/moves/{move.name}", **sent, headers={"if-match": tag}).status_code == 403
    assert holder.post(f"{one}/moves/{move.name}", **sent).status_code == 428
    assert holder.post(f"{one}/moves/no-such-move", **sent, headers={"if-match": tag}).status_code == 409
    if move.note:
        assert (
            holder.post(f"{one}/moves/{move.name}", "", "application/json", headers={"if-match": tag}).status_code
            == 422
        )
    made = holder.post(f"{one}/moves/{move.name}", **sent, headers={"if-match": tag})
    assert (made.status_code, made.json()["state"]) == (200, move.target.value), made.content
    late = holder.post(f"{one}/moves/{move.name}", **sent, headers={"if-match": tag})
    assert late.status_code == 412
