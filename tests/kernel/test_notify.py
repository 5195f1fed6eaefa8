"""Telling people: once, in each one's language, with nothing personal in it; sent after commit by whatever way each wants."""

from __future__ import annotations

import json
import smtplib
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.core import mail
from django.db import transaction
from django.test import Client
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from hanfeng.commons.people.models import Person, accounts_of
from hanfeng.commons.people.roles import OFFICER, SYSTEM
from hanfeng.kernel.api import Notice, PersonalInNotice, save, tell
from hanfeng.kernel.notify import channels, sending, telling
from hanfeng.kernel.notify.models import Delivery, Hook, Letter, Message, Preference

pytestmark = pytest.mark.django_db
DUE = Notice("round.due", _("Notices"), _("Marked as read: %(count)s."))
ALARM = Notice("round.alarm", _("Notices"), "%(count)s", urgent=True)


@pytest.fixture(autouse=True)
def _open(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    monkeypatch.setattr(telling, "_quiet_until", lambda now: None)
    with translation.override("en"):
        yield


def reached(user: Any, email: str = "", phone: str = "") -> Any:
    save(Person(name=user.username, account=user, email=email, phone=phone), None)
    return user


class Far(BaseHTTPRequestHandler):
    """A far side that keeps what it was sent and answers as it is told to."""

    status = 200
    answer = b"ok"
    got: list[tuple[dict[str, str], bytes]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).got.append((dict(self.headers), body))
        self.send_response(type(self).status)
        if type(self).status == 302:
            self.send_header("Location", "http://127.0.0.1:9/")
        self.end_headers()
        self.wfile.write(type(self).answer)

    def log_message(self, *args: Any) -> None:
        return


@pytest.fixture
def far() -> Iterator[tuple[type[Far], str]]:
    class Own(Far):
        got: list[tuple[dict[str, str], bytes]] = []

    server = HTTPServer(("127.0.0.1", 0), Own)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Own, f"http://127.0.0.1:{server.server_port}/in"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_telling_that_is_named_reaches_each_person_once(account):
    a, b = account("a"), account("b")
    assert tell(DUE, [a, a], once="q3", count="one") == 1
    assert tell(DUE, [a, b], once="q3", count="one") == 1
    assert tell(DUE, [a], once="q4", count="two") == 1
    assert tell(DUE, [a], count="free") == tell(DUE, [a], count="free") == 1
    assert Letter.objects.filter(receiver=a).count() == 4
    assert Letter.objects.filter(receiver=b).count() == 1
    assert Message.objects.filter(once="q3").count() == 1


def test_it_holds_with_what_it_tells_of_or_not_at_all(account):
    a = account("a")
    with transaction.atomic():
        tell(DUE, [a], count="x")
        transaction.set_rollback(True)
    assert not Letter.objects.exists()
    assert not Delivery.objects.exists()


def test_an_account_that_is_shut_is_not_told(account):
    a = account("a")
    a.is_active = False
    assert tell(DUE, [a], count="x") == 0


def test_the_number_of_questions_does_not_grow_with_the_people(account, django_assert_max_num_queries):
    people = [account(f"p{n}") for n in range(40)]
    with django_assert_max_num_queries(12):
        assert tell(DUE, people, once="all", count="x") == 40


@pytest.mark.parametrize("what", ["13800138000", "call 13912345678 now", "li@example.org", "No. 11010519491231002X"])
def test_what_is_personal_does_not_leave_the_house(account, what):
    with pytest.raises(PersonalInNotice):
        tell(DUE, [account("a")], count=what)
    assert not Message.objects.exists()


def test_a_personal_field_of_the_record_it_is_about_is_refused(account, body):
    person = Person(name="Li", phone="023-52221234")
    save(person, None)
    with pytest.raises(PersonalInNotice, match=r"people\.person\.phone"):
        tell(DUE, [account("a")], about=person, count="ring 023-52221234")
    assert tell(DUE, [account("b")], about=person, count="91500234MA5U0ABC1X") == 1
    assert Message.objects.get().url == person.get_absolute_url()


def test_each_is_written_to_in_his_own_language(account):
    english, chinese = reached(account("e"), "e@example.org"), reached(account("c"), "c@example.org")
    Preference.objects.create(user=english, language="en")
    Preference.objects.create(user=chinese, language="zh-hans")
    tell(DUE, [english, chinese], count="X")
    assert sending.send_due() == 2
    said = {m.to[0]: m for m in mail.outbox}
    assert said["e@example.org"].body.startswith("Marked as read: X.")
    assert said["c@example.org"].body.startswith("已标为已读：X 条。")
    assert said["e@example.org"].extra_headers["Message-ID"] != said["c@example.org"].extra_headers["Message-ID"]


def test_a_letter_is_sent_once_and_says_so(account):
    tell(DUE, [reached(account("a"), "a@example.org")], count="x")
    assert (sending.send_due(), sending.send_due()) == (1, 0)
    sent = Delivery.objects.get()
    assert (sent.state, sent.attempts, sent.error) == ("sent", 1, "")
    assert sent.sent_at
    assert len(mail.outbox) == 1
    assert sending.receipt("email", sent.reference, arrived=True) == 1
    assert Delivery.objects.get().delivered_at


def test_what_another_worker_is_sending_is_left_to_it_until_its_lease_ends(account):
    tell(DUE, [reached(account("a"), "a@example.org")], count="x")
    Delivery.objects.update(token="other", lease=timezone.now() + timedelta(minutes=1))
    assert sending.send_due() == 0
    Delivery.objects.update(lease=timezone.now() - timedelta(seconds=1))
    assert sending.send_due() == 1


def test_without_an_address_the_receipt_says_why(account):
    tell(DUE, [account("a")], count="x")
    assert sending.send_due() == 0
    assert (Delivery.objects.get().state, Delivery.objects.get().error) == (
        "failed",
        "No e-mail address is kept for this account.",
    )


def test_a_server_that_is_down_is_asked_once_a_round_and_tried_again_later(account, monkeypatch):
    asked = []

    def down(self: Any, messages: Any) -> int:
        asked.append(messages)
        raise smtplib.SMTPServerDisconnected("gone")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", down)
    for name in "abc":
        tell(DUE, [reached(account(name), f"{name}@example.org")], count="x")
    assert sending.send_due() == 0
    assert len(asked) == 1
    late = Delivery.objects.get(attempts=1)
    assert (late.state, late.error) == ("waiting", "gone")
    assert late.next_at > timezone.now()
    monkeypatch.undo()
    Delivery.objects.update(next_at=timezone.now())
    assert sending.send_due() >= 0


def test_after_many_attempts_it_fails_with_the_reason_and_can_be_sent_again(account, monkeypatch):
    def full(self: Any, messages: Any) -> int:
        raise smtplib.SMTPDataError(452, b"mailbox full")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", full)
    tell(DUE, [reached(account("a"), "a@example.org")], count="x")
    waits = []
    for _n in range(sending.MOST_ATTEMPTS):
        before = timezone.now()
        sending.send_due()
        waits.append(Delivery.objects.get().next_at - before)
        Delivery.objects.update(next_at=timezone.now())
    assert Delivery.objects.get().state == "failed"
    assert "mailbox full" in Delivery.objects.get().error
    assert waits[1] > waits[0]
    assert sending.again(Delivery.objects.get())
    assert Delivery.objects.get().state == "waiting"


def test_an_unknown_mailbox_is_not_tried_again(account, monkeypatch):
    def unknown(self: Any, messages: Any) -> int:
        raise smtplib.SMTPRecipientsRefused({"a@example.org": (550, b"no such user")})

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", unknown)
    tell(DUE, [reached(account("a"), "a@example.org")], count="x")
    sending.send_due()
    assert (Delivery.objects.get().state, Delivery.objects.get().attempts) == ("failed", 1)


def test_what_a_person_does_not_want_is_not_sent_but_stands_under_the_bell(account):
    a = reached(account("a"), "a@example.org")
    Preference.objects.create(user=a, email="urgent")
    tell(DUE, [a], count="x")
    assert not Delivery.objects.exists()
    tell(ALARM, [a], count="x")
    assert Delivery.objects.count() == 1
    assert Letter.objects.filter(receiver=a).count() == 2


@pytest.mark.parametrize(
    ("clock", "until"),
    [("20:59", None), ("21:00", "02T07:30"), ("23:59", "02T07:30"), ("07:29", "01T07:30"), ("07:30", None)],
)
def test_the_quiet_hours_run_over_midnight(monkeypatch, clock, until):
    from hanfeng.kernel.base.parameter import Parameter

    monkeypatch.undo()
    monkeypatch.setattr(telling, "parameter", lambda name, day: Parameter(name, ("21:00", "07:30"), "", ""))
    hour, minute = map(int, clock.split(":"))
    now = datetime(2026, 12, 1, hour, minute, tzinfo=timezone.get_current_timezone())
    found = telling._quiet_until(now)
    assert (found and found.strftime("%dT%H:%M")) == until


def test_in_the_quiet_hours_only_what_is_urgent_goes_out(account, monkeypatch):
    morning = timezone.now() + timedelta(hours=5)
    monkeypatch.setattr(telling, "_quiet_until", lambda now: morning)
    a = reached(account("a"), "a@example.org")
    tell(DUE, [a], count="x")
    tell(ALARM, [a], count="y")
    assert sending.send_due() == 1
    assert Delivery.objects.get(state="waiting").next_at == morning


def test_a_text_message_by_the_form_of_the_gateway(account, far, settings):
    handler, url = far
    handler.answer = b'{"code":0,"id":"m-77"}'
    settings.SMS = {
        "url": url, "form": "mobile={phone}&content={text}&key=s%26cret", "accepted": '"code":0',
        "reference": '"id":"([^"]+)"', "most": 300,
    }  # fmt: skip
    tell(ALARM, [reached(account("a"), phone="13800138000")], count="水位高 & rising")
    assert sending.send_due() >= 1
    sent = Delivery.objects.get(channel="sms")
    assert (sent.state, sent.reference) == ("sent", "m-77")
    form = parse_qs(handler.got[0][1].decode())
    assert form["mobile"] == ["13800138000"]
    assert form["key"] == ["s&cret"]
    assert form["content"][0].endswith("水位高 & rising")
    handler.answer = b'{"code":5,"why":"no credit"}'
    tell(ALARM, [sent.letter.receiver], count="again")
    sending.send_due()
    assert "no credit" in Delivery.objects.filter(channel="sms").order_by("-pk")[0].error


def hook(account: Any, url: str, **values: Any) -> Hook:
    return Hook.objects.create(title="bot", url=url, secret="s3cret", by=account("system", SYSTEM), **values)


def test_another_system_is_told_once_a_message_and_can_prove_the_sender(account, far, settings):
    handler, url = far
    settings.PRIVATE_HOOKS = True
    hook(account, url, notices="round.")
    tell(DUE, [account("a"), account("b")], once="k", count="x")
    tell(DUE, [account("c")], once="k", count="x")
    tell(Notice("other", "t", "x"), [account("d")])
    sending.send_due()
    assert len(handler.got) == 1
    head, body = handler.got[0]
    expected = channels.signature("s3cret", head["Hanfeng-Time"], body)
    assert head["Hanfeng-Signature"] == f"sha256={expected}"
    assert json.loads(body)["notice"] == "round.due"
    assert Delivery.objects.get(channel="webhook").state == "delivered"


def test_an_address_inside_the_network_is_refused_even_when_it_was_let_in_once(account, far):
    handler, url = far
    hook(account, url)
    tell(DUE, [], count="x")
    sending.send_due()
    assert handler.got == []
    refused = Delivery.objects.get()
    assert refused.state == "failed"
    assert "inside this network" in refused.error


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "10.1.2.3", "192.168.0.1", "[::1]", "169.254.169.254", "localhost", "[::ffff:10.0.0.1]"]
)
def test_no_private_address(host):
    assert "inside this network" in channels.why_not_address(f"https://{host}/x")
    assert channels.why_not_address("ftp://example.org/")
    assert channels.why_not_address("https://user:word@example.org/")


def test_a_far_side_may_not_send_us_on(account, far, settings):
    handler, url = far
    settings.PRIVATE_HOOKS, handler.status = True, 302
    hook(account, url)
    tell(DUE, [], count="x")
    sending.send_due()
    assert Delivery.objects.get().state != "delivered"
    assert len(handler.got) == 1


def test_the_bell_the_page_and_reading(account):
    a, b = account("a"), account("b")
    tell(DUE, [a, b], url="/todo/", count="one")
    tell(DUE, [a], count="two")
    client = Client(headers={"accept-language": "en"})
    client.force_login(a)
    page = client.get("/notices/").content.decode()
    assert page.count('class="letter unread"') == 2
    assert '<span class="count">2</span>' in page
    first = Letter.objects.get(receiver=a, message__url="/todo/")
    assert client.get(f"/notices/{first.pk}/open/").status_code == 405
    assert client.post(f"/notices/{first.pk}/open/")["Location"] == "/todo/"
    assert Letter.objects.get(pk=first.pk).read_at
    assert client.post(f"/notices/{Letter.objects.get(receiver=b).pk}/read/").status_code == 404
    newest = Letter.objects.filter(receiver=a).latest("pk").pk
    client.post("/notices/read/", {"upto": newest})
    assert not Letter.objects.filter(receiver=a, read_at=None).exists()
    assert Letter.objects.filter(receiver=b, read_at=None).count() == 1


def test_it_is_read_in_the_language_of_the_reader(account):
    a = account("a")
    tell(DUE, [a], count="X")
    client = Client()
    client.force_login(a)
    assert "Marked as read: X." in client.get("/notices/", headers={"accept-language": "en"}).content.decode()
    assert "Marked as read: X." not in client.get("/notices/", headers={"accept-language": "zh-CN"}).content.decode()


def test_choosing_a_language_is_kept_for_what_is_sent(account):
    a = account("a")
    client = Client()
    client.force_login(a)
    client.post("/language/setlang/", {"language": "en", "next": "/me/"})
    assert Preference.objects.get(user=a).language == "en"
    answer = client.post("/notices/preferences/", {"language": "zh-hans", "email": "none"})
    assert answer.status_code == 302
    assert (Preference.objects.get(user=a).language, Preference.objects.get(user=a).email) == ("zh-hans", "none")


def test_only_the_system_administrator_sees_what_left_and_keeps_webhooks(account):
    client = Client(headers={"accept-language": "en"})
    client.force_login(account("a", OFFICER))
    assert {client.get(p).status_code for p in ("/notices/sent/", "/notices/webhooks/")} == {403}
    client.force_login(account("s", SYSTEM))
    assert client.get("/notices/sent/").status_code == 200
    bad = client.post("/notices/webhooks/", {"title": "x", "url": "http://127.0.0.1/x"})
    assert bad.status_code == 422
    assert "inside this network" in bad.content.decode()
    assert not Hook.objects.exists()


def test_who_has_a_post_and_a_role(account, body):
    one, two = body("one"), body("two")
    a, b, c = account("a", OFFICER, body=one), account("b", body=one), account("c", OFFICER, body=two)
    assert accounts_of([one]) == [a, b]
    assert accounts_of([one.pk, two], OFFICER) == [a, c]
    b.is_active = False
    b.save()
    assert accounts_of([one]) == [a]
