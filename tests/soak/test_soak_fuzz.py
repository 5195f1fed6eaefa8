"""Garbage from outside: each door answers it in words, and never with a fault of ours."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path
from typing import Any
from unicodedata import category

import pytest
from django.conf import LazySettings, settings
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, event, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.models import Person, Post
from hanfeng.kernel.api import Desk, begin, catalogue, save
from hanfeng.kernel.base import codes
from hanfeng.kernel.base.period import Period, PeriodError
from hanfeng.kernel.portal.flow import EDITOR, publication
from hanfeng.kernel.portal.models import Snapshot
from hanfeng.kernel.record.models import Attachment
from hanfeng.plan import loading

pytestmark = [pytest.mark.soak, pytest.mark.django_db]
MANY = budget(max_examples=6_000, deadline=None)
PAGES = budget(
    max_examples=600,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)
NASTY = st.sampled_from([
    "", " ", "0", "-1", "²", "٣", "1e999", "NaN", "9" * 30, "9" * 5000, "-" + "9" * 25, "1.5", "0x10", "None", "null", "[]", "{}", "{\"a\":",
    "2024-02-30", "0000-00-00", "9999-12-31", "9999-99-99", "2024-01-01T00:00", "\x00", "a\x00b", "%", "_", "%%", "'", "\"; DROP TABLE x",
    "\\", "../..", "𝕏" * 40, "\u202e\u200b", "a " * 600, "on", "true", "<script>", "{{ 7 }}", "{% x %}", "é" * 300, "\r\nSet-Cookie: a=b",
])  # fmt: skip
TEXT = NASTY | st.text(st.characters(exclude_categories=["Cs"]), max_size=60) | st.integers().map(str) | st.dates().map(str)


# --- what knows no database -------------------------------------------------------------------------------------------

PERIODISH = st.from_regex(r"[0-9]{0,5}[-/HQ]?[0-9]{0,4}([-/][0-9]{0,4}){0,5}", fullmatch=True)


@MANY
@given(st.text() | PERIODISH)
def test_a_period_is_read_or_refused_in_words(text: str) -> None:
    try:
        period = Period.parse(text)
    except PeriodError as why:
        assert why.code in {"order", "range", "form", "tiles"}
        assert why.template % why.params
        return
    event("a period")
    assert Period.parse(str(period)) == period
    assert period.label("zh")
    assert period.label("en")


CODEISH = st.text(st.sampled_from("0123456789ABCXYZabcx０１９Ａ ٣²-"), max_size=20) | st.text(max_size=25) | st.from_regex(r"[1-9][0-9]{16}[0-9X]", fullmatch=True)


@MANY
@given(CODEISH)
def test_a_code_is_taken_normalised_or_refused_in_words(text: str) -> None:
    for check in (codes.check_uscc, codes.check_citizen_id, codes.check_region, codes.organisation_code):
        try:
            found: Any = check(text)
        except codes.CodeError as why:
            assert why.template % why.params
            continue
        event(check.__name__)
        known = {codes.check_citizen_id: "number", codes.check_region: "code"}.get(check)
        again = getattr(found, known) if known else found
        assert again.isascii()
        assert known is None or check(again) == found


@MANY
@given(st.text(max_size=30))
def test_a_mask_hides_and_keeps_the_length(text: str) -> None:
    for mask in (codes.mask_id, codes.mask_phone, codes.mask_name):
        masked = mask(text)
        assert "*" in masked or len(masked) <= 2 or not re.search(r"\S", masked) or not any(c.isalnum() for c in masked[1:])


# --- pages ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def desks(settings: LazySettings, tmp_path: Path) -> list[Desk]:
    """The desks of the house, some rows behind them."""
    settings.HOME = tmp_path
    return [desk for pack in catalogue() for desk in pack.desks]


@pytest.fixture
def everybody(client: Client, desks: list[Desk]) -> Client:
    """Somebody who holds every role there is, and some records."""
    user = User.objects.create_user("all", password="x")
    roles = {role.name for pack in catalogue() for role in pack.roles}
    user.groups.set([Group.objects.get_or_create(name=name)[0] for name in roles])
    office = Body(slug="office", name="Office", kind=Body.Kind.DEPARTMENT, starts=date(2001, 1, 1))
    save(office, None)
    save(Body(slug="zone", name="Zone", kind=Body.Kind.ZONE, successor=office), None)
    person = Person(name="All", account=user)
    save(person, None)
    save(Post(person=person, body=office), None)
    editor = User.objects.create_user("editor")
    editor.groups.add(Group.objects.get(name=EDITOR.name))
    begin(publication, Snapshot(name="plan", title="Plan", as_of=date(2025, 12, 31)), editor)
    client.force_login(user)
    return client


@st.composite
def asked(draw: st.DrawFn, desks: list[Desk]) -> tuple[str, dict[str, Any]]:
    """The list of some desk, asked anything."""
    desk = draw(st.sampled_from(desks))
    names = [*desk.filters, "q", "sort", "page", draw(TEXT)]
    columns = [c.name for c in desk.listed]
    values = TEXT | st.sampled_from([*columns, *(f"-{c}" for c in columns), "--pk", "?", "pk__gt"]) | st.lists(TEXT, max_size=3)
    return desk.url, draw(st.dictionaries(st.sampled_from(names), values, max_size=6))


@PAGES
@given(data=st.data())
def test_a_list_answers_whatever_it_is_asked(everybody: Client, desks: list[Desk], data: st.DataObject) -> None:
    url, query = data.draw(asked(desks))
    with rolled_back():
        assert everybody.get(url, query).status_code in {200, 404}


@PAGES
@given(data=st.data())
def test_a_list_answers_a_raw_query(everybody: Client, desks: list[Desk], data: st.DataObject) -> None:
    desk = data.draw(st.sampled_from(desks))
    raw = data.draw(st.text(st.sampled_from("abq=&%+;f0123456789[]sortpage-_.~é\x00%"), max_size=80).map(lambda s: s.replace("\x00", "%00")))
    with rolled_back():
        assert everybody.get(desk.url, QUERY_STRING=raw).status_code in {200, 404}


@PAGES
@given(data=st.data())
def test_an_address_answers_any_number(everybody: Client, desks: list[Desk], data: st.DataObject) -> None:
    desk = data.draw(st.sampled_from(desks))
    number = data.draw(st.integers(0, 10**25))
    for tail in ("", "edit/", "history/"):
        assert everybody.get(f"{desk.url}{number}/{tail}").status_code in {200, 403, 404}
    assert everybody.get(f"/files/{number}/").status_code == 404


@PAGES
@given(data=st.data())
def test_a_form_answers_whatever_is_posted(everybody: Client, desks: list[Desk], data: st.DataObject) -> None:
    desk = data.draw(st.sampled_from([d for d in desks if d.form]))
    posted = data.draw(st.dictionaries(st.sampled_from([*desk.form, "version", "x"]), plausible(desk) | TEXT, max_size=len(desk.form) + 2))
    rows: Any = desk.model
    key = data.draw(st.sampled_from([None, *rows.objects.values_list("pk", flat=True)[:3]]))
    with rolled_back():
        answer = everybody.post(f"{desk.url}{key}/edit/" if key else f"{desk.url}new/", posted)
        assert answer.status_code in {200, 302, 403, 404, 409, 422}
        event(str(answer.status_code))


def plausible(desk: Desk) -> st.SearchStrategy[str]:
    """Values that some field of this form would take."""
    fields = [desk.model._meta.get_field(name) for name in desk.form]
    choices = [str(value) for f in fields for value, _title in getattr(f, "flatchoices", ())]
    return st.sampled_from([*choices, "2024-01-01", "1", "2", "abc", "91500154000000001X"])


@PAGES
@given(note=TEXT, version=TEXT, move=st.sampled_from(["approve", "return", "withdraw", "no-such"]))
def test_a_move_answers_whatever_is_posted(everybody: Client, note: str, version: str, move: str) -> None:
    case = Snapshot.objects.get()
    with rolled_back():
        answer = everybody.post(f"/portal/snapshot/{case.pk}/move/{move}/", {"note": note, "version": version})
        assert answer.status_code in {302, 403, 404}


@PAGES
@given(name=st.text(st.characters(exclude_categories=["Cs"]), max_size=300) | NASTY, content=st.binary(max_size=200), media=TEXT)
def test_a_file_of_any_name_is_kept_and_served_harmlessly(everybody: Client, name: str, content: bytes, media: str) -> None:
    body = Body.objects.get(slug="office")
    quoted = "".join(c for c in name if category(c) != "Cc").replace('"', "'")[:300] or "x"
    with rolled_back():
        upload = SimpleUploadedFile(quoted, content, content_type=media[:100] if media.isprintable() else "a/b")
        assert everybody.post(f"/bodies/body/{body.pk}/attach/", {"file": upload}).status_code == 302
        for kept in Attachment.objects.all():
            answer = everybody.get(f"/files/{kept.pk}/")
            assert answer.status_code == 200
            assert b"".join(answer.streaming_content) == content  # type: ignore[attr-defined]
            assert answer["X-Content-Type-Options"] == "nosniff"
            assert "sandbox" in answer["Content-Security-Policy"]
            assert answer["Content-Type"].split(";")[0] in {"application/octet-stream", "application/pdf", "image/png", "image/jpeg", "text/plain"}
            event("kept")
        assert everybody.get(body.get_absolute_url()).status_code == 200


class rolled_back:
    """What happens inside is undone, so that one example does not feed the next."""

    def __enter__(self) -> None:
        self.atomic = transaction.atomic()
        self.atomic.__enter__()

    def __exit__(self, *fault: Any) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)


# --- the files of a county --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the county, to be spoilt."""
    folder = tmp_path_factory.mktemp("county") / "county"
    shutil.copytree(settings.COUNTY, folder)
    return folder


def files(county: Path) -> list[Path]:
    return sorted(p for p in county.rglob("*") if p.suffix in {".csv", ".toml"})


@st.composite
def spoilt(draw: st.DrawFn, text: bytes) -> bytes:
    """A file with one thing changed, as editors, sheet programs and bad luck change it."""
    at = draw(st.integers(0, len(text)))
    to = draw(st.integers(at, min(len(text), at + 200)))
    junk = draw(st.sampled_from([b"", b",", b'"', b"\n", b"\x00", b"\xff\xfe", b"=", b"[", b"]]", b"\r", b";", b"9999999999999999999999"]) | st.binary(max_size=8))
    how = draw(st.sampled_from(["cut", "put", "drop", "twice", "end"]))
    event(how)
    if how == "cut":
        return text[:at]
    if how == "twice":
        return text[:to] + text[at:]
    if how == "drop":
        return text[:at] + text[to:]
    return text[:at] + junk + text[at if how == "put" else to :]


@budget(PAGES, max_examples=500)
@given(data=st.data())
def test_spoilt_files_of_a_county_are_loaded_or_refused_with_their_place(county: Path, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(files(county)))
    whole = path.read_bytes()
    path.write_bytes(data.draw(spoilt(whole)))
    try:
        with rolled_back():
            loading.load(county)
    except loading.LoadError as why:
        event("refused")
        assert why.problems
        assert all(p.file and p.line >= 0 and p.what for p in why.problems)
    finally:
        path.write_bytes(whole)


def test_the_county_itself_is_loaded(county: Path) -> None:
    assert loading.load(county).total > 100
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM record_event")
        assert cursor.fetchone()[0] > 100

