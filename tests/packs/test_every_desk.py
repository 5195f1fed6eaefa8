"""Asked of every desk with the demo in place: its writer works there, a foreign organisation does not, cases walk their flow."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.roles import OFFICER
from hanfeng.kernel.api import Desk, Flow, Move, Pack, Role, attach, catalogue, go, save, visible
from hanfeng.kernel.desk.lists import PAGE, lines, rows
from hanfeng.packs.innovation.enterprises.roles import FIRM

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("county")]

DESKS = [(pack, desk) for pack in catalogue() for desk in pack.desks]
every_desk = pytest.mark.parametrize(("pack", "desk"), DESKS, ids=[f"{p.name}-{d.slug}" for p, d in DESKS])
FLOWS = [(pack, desk) for pack, desk in DESKS if desk.flow]
every_flow = pytest.mark.parametrize(("pack", "desk"), FLOWS, ids=[f"{p.name}-{d.slug}" for p, d in FLOWS])
SOME = 4
LINK = re.compile(r'(?:href|data-hx-get|data-src)="(/[^"#]*)')
FOREIGN = "demo-firm-0001"


def writers(desk: Desk) -> tuple[Role, ...]:
    """Officers of the house who hold every role that writes here."""
    return (OFFICER, *desk.write, *(desk.flow.roles() if desk.flow else ()))


@every_desk
def test_it_opens_for_its_writer(pack: Pack, desk: Desk, person: Any, browser_of: Any) -> None:
    user = person(*writers(desk))
    browser = browser_of(user)
    assert browser.get(desk.url).status_code == 200
    if desk.form and desk.write:
        assert browser.get(f"{desk.url}new/").status_code == 200
    for record in visible(desk.model, user).order_by("pk")[:SOME]:
        for page in ("", "history/", *(("edit/",) if desk.form and desk.write else ())):
            assert browser.get(f"{desk.at(record)}{page}").status_code == 200, page


def test_the_demo_has_a_page_for_each_desk_that_adds_to_it() -> None:
    """So that what a tail must not hide is found; warnings, which the demo does not give, are drawn in tests/alert."""
    undrawn = {desk.slug for _pack, desk in DESKS if desk.tail and not desk.model.objects.exists()}
    assert undrawn == {"warningmessage"}


@every_desk
def test_filters_search_and_sorting_never_fail(pack: Pack, desk: Desk, person: Any, browser_of: Any) -> None:
    browser = browser_of(person(*writers(desk)))
    asked = [
        {name: value} for name in (*desk.filters, "q", "page") for value in ("1", "x", "2024-13-01", "\x00", "%_'")
    ]
    asked += [{"sort": f"{sign}{drawn.name}"} for drawn in desk.listed if drawn.sortable for sign in ("", "-")]
    for query in asked:
        assert browser.get(desk.url, query).status_code == 200, query


@every_desk
def test_a_list_asks_as_often_for_fifty_rows_as_for_one(
    pack: Pack, desk: Desk, person: Any, browser_of: Any, asked: Any
) -> None:
    user = person(*writers(desk))
    if visible(desk.model, user).count() < 3:
        pytest.skip("no rows to tell")
    browser = browser_of(user)
    counts = []
    for query in ({"page": "1"}, {"q": "no such words anywhere"}):
        browser.get(desk.url, query)
        with asked() as many:
            assert browser.get(desk.url, query).status_code == 200
        counts.append((many.count, many.most))
    full, empty = counts
    assert full[0] <= empty[0] + 2, full[1]


@every_desk
def test_drawing_the_lines_of_a_list_asks_nothing(pack: Pack, desk: Desk, person: Any, asked: Any) -> None:
    """But for what a column looks up for all of them at once; told by one line as well as by fifty."""
    found = list(rows(desk, person(*writers(desk)), QueryDict())[:PAGE])
    with asked() as drawn:
        lines(desk, found)
    assert drawn.count <= sum(column.called is not None for column in desk.listed), drawn.most


def test_nobody_reads_without_signing_in() -> None:
    browser = Client()
    addresses = [desk.url for _pack, desk in DESKS] + [f"/{pack.name}/" for pack in catalogue() if pack.face]
    for address in (*addresses, "/todo/", "/me/", "/audit/", "/roles/"):
        answer = browser.get(address)
        assert answer.status_code == 302, address
        assert answer["Location"].startswith("/sign-in/"), address


# --- the foreign organisation -----------------------------------------------------------------------------------------


@pytest.fixture
def foreigner(person: Any) -> Any:
    """Somebody of an enterprise, with the one role its people hold."""
    return person(FIRM, body=Body.objects.get(slug=FOREIGN))


def hidden(desk: Desk, user: Any) -> Any:
    """Rows of a desk that a person may not see, the newest first: no two runs through the same few."""
    return desk.model.objects.exclude(pk__in=visible(desk.model, user).values("pk")).order_by("-pk")


def test_the_demo_has_what_a_foreigner_must_not_see(foreigner: Any) -> None:
    kinds = {desk.slug for _pack, desk in DESKS if hidden(desk, foreigner).exists()}
    assert kinds >= {"enterprise", "honour", "figures", "poolentry", "body", "person", "post"}
    assert visible(Body, foreigner).filter(kind=Body.Kind.ENTERPRISE).count() == 1


@every_desk
def test_a_foreign_organisation_finds_no_record(pack: Pack, desk: Desk, foreigner: Any, browser_of: Any) -> None:
    """Each address of a record that is not its own: not there, or forbidden; never shown, never changed."""
    browser = browser_of(foreigner)
    for record in hidden(desk, foreigner)[:SOME]:
        version = record.version
        kept = attach(record, None, "secret.txt", io.BytesIO(b"not for you")) if desk.files else None
        pages = [f"{desk.at(record)}{page}" for page in ("", "history/", "edit/")]
        pages += [
            f"/panels/{p.name}/{panel.name}/{record.pk}/"
            for p in catalogue()
            for panel in p.panels
            if panel.on is desk.model
        ]
        pages += [f"/files/{kept.pk}/"] if kept else []
        for page in pages:
            assert browser.get(page).status_code in {403, 404}, page
        moves = [f"move/{move.name}/" for move in desk.flow.moves] if desk.flow else []
        for page in ("edit/", "attach/", *moves):
            answer = browser.post(f"{desk.at(record)}{page}", {"note": "let me in", "file": io.BytesIO(b"x")})
            assert answer.status_code in {403, 404}, page
        assert desk.model.everything.get(pk=record.pk).version == version + (kept is not None)


@every_desk
def test_a_foreign_organisation_adds_nothing(pack: Pack, desk: Desk, foreigner: Any, browser_of: Any) -> None:
    assert browser_of(foreigner).get(f"{desk.url}new/").status_code in {403, 404}


def test_no_page_that_a_foreign_organisation_can_reach_tells_of_others(foreigner: Any, browser_of: Any) -> None:
    """From every face, list and figure along every link: no address and no name of a record that is not its own."""
    browser = browser_of(foreigner)
    names, urls = secrets(foreigner)
    walked = 0
    for address, text in crawl(browser):
        walked += 1
        told = [name for name in names if name in text]
        assert told == [], address
        assert set(LINK.findall(text)).isdisjoint(urls), address
    assert walked > 30


def secrets(user: Any) -> tuple[list[str], set[str]]:
    """Names, numbers and addresses by which a record of others could be told."""
    names, urls = [], set()
    for _pack, desk in DESKS:
        for record in hidden(desk, user):
            urls.add(desk.at(record))
            names += [str(v) for n in ("code", "number", "name", "phone", "contact") if (v := getattr(record, n, ""))]
    return [name for name in set(names) if len(name) > 5], urls


def crawl(browser: Client, most: int = 250) -> Iterator[tuple[str, str]]:
    """The pages that can be reached by links, each once, lists in one order only; the plan's, which are public, come last."""
    waiting = [f"/{pack.name}/" for pack in catalogue() if pack.face] + [desk.url for _pack, desk in DESKS]
    waiting += [f"/figures/{found.name}/?period=2024" for pack in catalogue() for found in pack.indicators]
    seen = set(waiting)
    while waiting and most:
        address = waiting.pop(0)
        answer = browser.get(address)
        if answer.status_code != 200 or not answer["Content-Type"].startswith(("text/", "application/json")):
            continue
        text = answer.getvalue().decode("utf-8", "replace")
        yield address, text
        most -= 1
        new = [link for link in dict.fromkeys(LINK.findall(text.replace("&amp;", "&"))) if link not in seen]
        new = [link for link in new if "sort=" not in link and not link.startswith(("/static/", "/sign-"))]
        seen.update(new)
        waiting = [x for x in new if not x.startswith("/plan")] + waiting + [x for x in new if x.startswith("/plan")]


# --- flows ------------------------------------------------------------------------------------------------------------


def bare(flow: Flow, move: Move) -> Flow:
    """The flow with one move whose guard is out of the way: what is asked here is the table, not the guard."""
    return replace(flow, moves=tuple(replace(m, guard=None, then=None) if m is move else m for m in flow.moves))


@every_flow
def test_every_move_can_be_walked_by_those_it_names_and_by_no_one_else(pack: Pack, desk: Desk, person: Any) -> None:
    assert desk.flow
    for move in desk.flow.moves:
        case = a_case(desk)
        flow = bare(desk.flow, move)
        save(case, None, {"state": move.source, "entered_at": timezone.now(), "filed_by": None}, verb="test")
        with pytest.raises(PermissionDenied):
            go(flow, case, move.name, person(OFFICER), "why")
        holder = person(
            OFFICER, *move.by, body=getattr(case, "body", None)
        )  # some see the cases of their own body only
        if move.note:
            with pytest.raises(ValidationError):
                go(flow, case, move.name, holder, " ")
        if move.not_own:
            save(case, None, {"filed_by": holder})
            with pytest.raises(ValidationError):
                go(flow, case, move.name, holder, "why")
            save(case, None, {"filed_by": None})
        assert go(flow, case, move.name, holder, "why").state == move.target


def a_case(desk: Desk) -> Any:
    """A case of this desk: one of the demo, or the smallest that can be kept."""
    found = desk.model.objects.order_by("pk").first()
    if found is None:
        pytest.skip("the demo holds no case of this kind")
    return found


@every_flow
def test_a_case_says_why_a_move_is_closed(pack: Pack, desk: Desk, person: Any, browser_of: Any) -> None:
    case = a_case(desk)
    reader = person(OFFICER, body=getattr(case, "body", None))
    answer = browser_of(reader).get(desk.at(case))
    if not visible(desk.model, reader).filter(pk=case.pk).exists():
        assert answer.status_code == 404, "a secret register does not even say that the case is there"
        return
    assert answer.status_code == 200
    moves = answer.context["moves"]
    assert all(move["may"] or move["why_not"] for move in moves)
    assert not any(move["may"] for move in moves)
