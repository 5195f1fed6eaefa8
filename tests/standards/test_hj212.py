"""HJ 212: the check sum, frames of each edition, broken ones, and a stream that is cut anywhere."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hanfeng.standards.hj212 import (
    CHINA,
    BadFrame,
    Command,
    Decoder,
    Parts,
    answer,
    build,
    command,
    crc,
    observations,
    parse,
    read_time,
    write_time,
)

# the example of HJ 212-2017 appendix A: a check sum by Modbus would be 0759
STANDARD = b"##0101QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&1C80\r\n"


def segment(cp: str, **fields: str) -> bytes:
    told = {
        "QN": "20260301080000123",
        "ST": "31",
        "CN": "2011",
        "PW": "123456",
        "MN": "TEST0000000000000000MADE",
        "Flag": "5",
    }
    told.update(fields)
    return (";".join(f"{k}={v}" for k, v in told.items() if v) + f";CP=&&{cp}&&").encode()


MADE = build(segment("DataTime=20260301080000;a21026-Rtd=12.3,a21026-Flag=N;a34013-Rtd=3.2,a34013-Flag=M"))


def bitwise(data: bytes) -> int:
    """The check sum as appendix A tells it, bit by bit."""
    register = 0xFFFF
    for byte in data:
        register = (register >> 8) ^ byte
        for _bit in range(8):
            carry = register & 1
            register >>= 1
            if carry:
                register ^= 0xA001
    return register


@given(st.binary(max_size=400))
def test_the_check_sum_is_that_of_appendix_a(data):
    assert crc(data) == bitwise(data)


def test_the_example_of_the_standard():
    (taken,) = Decoder().feed(STANDARD)
    assert taken.packet is not None
    assert taken.packet.command == Command.SET_INTERVAL
    assert taken.packet.parameters == {"RtdInterval": "30"}
    assert taken.packet.wants_answer
    assert build(STANDARD[6:-6]) == STANDARD


def test_a_device_of_2005_has_neither_request_nor_flag():
    data = build(b"ST=32;CN=2011;PW=123456;MN=88888880000001;CP=&&DataTime=20260301080000;011-Rtd=30.5;060-Rtd=1.2&&")
    (taken,) = Decoder().feed(data)
    assert taken.packet is not None
    assert (taken.packet.request, taken.packet.flag, taken.packet.wants_answer) == ("", 0, False)
    assert [(o.factor, o.value) for o in observations(taken.packet)] == [("011", 30.5), ("060", 1.2)]


def test_small_letters_in_the_check_sum_are_taken():
    (taken,) = Decoder().feed(MADE[:-6] + MADE[-6:].lower())
    assert taken.packet is not None


def test_values_with_their_marks_and_times():
    packet = parse(
        segment("DataTime=20260301080000;w21003-SampleTime=20260301073000,w21003-Rtd=0.53,w21003-Flag=N;w01018-Rtd=---")
    )
    first, second = observations(packet)
    assert (first.factor, first.part, first.value, first.mark) == ("w21003", "Rtd", 0.53, "N")
    assert first.at == datetime(2026, 3, 1, 7, 30, tzinfo=CHINA)
    assert (second.value, second.text, second.at) == (None, "---", datetime(2026, 3, 1, 8, tzinfo=CHINA))


@pytest.mark.parametrize("text", ["nan", "inf", "1e999", "1_000", "١٢", "", "0x10", "1,5", "1e400", "\x1c3.2"])
def test_what_is_no_number_is_not_read_as_one(text):
    packet = parse(segment(f"DataTime=20260301080000;a21026-Rtd={text}".replace(",", "")))
    values = [o.value for o in observations(packet)]
    assert all(v is None or v == 15 for v in values)


def test_chinese_in_a_frame_counts_as_bytes():
    data = build(segment("DataTime=20260301080000;Info=停产检修", CN="3020"))
    (taken,) = Decoder().feed(data)
    assert taken.packet is not None
    assert taken.packet.parameters["Info"] == "停产检修"


@pytest.mark.parametrize(
    ("spoilt", "code"),
    [
        (MADE[:-6] + b"0000\r\n", "bad_crc"),
        (build(b"QN=1;ST=31;PW=1;MN=A;CP=&&&&"), "no_cn"),
        (build(b"ST=31;CN=2011;PW=1;CP=&&&&"), "no_mn"),
        (build(b"ST=31;CN=2011;PW=1;MN=A;CP=&&a-Rtd&&"), "bad_cp"),
        (build(b"ST=31;CN=2011;=;MN=A;CP=&&&&"), "bad_field"),
        (build(b"ST=31;CN=2011;MN=A"), "no_cp"),
        (b"##00x1" + MADE[6:], "bad_length"),
        (b"hello" + MADE, "noise"),
    ],
)
def test_a_bad_frame_says_why_and_the_next_one_is_taken(spoilt, code):
    taken = list(Decoder().feed(spoilt + MADE))
    assert taken[0].fault is not None
    assert taken[0].fault.code == code
    assert str(taken[0].fault)
    assert taken[-1].raw in (MADE, MADE[:-2])
    assert taken[-1].packet is not None


def test_a_frame_that_claims_too_much_does_not_swallow_the_next():
    taken = list(Decoder().feed(b"##9000" + MADE[6:] + MADE))
    assert taken[0].fault is not None
    assert taken[0].fault.code == "cut_off"
    assert taken[-1].packet is not None


def test_nor_does_it_where_a_head_without_a_length_stands_between():
    taken = list(Decoder().feed(b"##9000" + MADE[6:] + b"##12x4 noise\r\n" + MADE))
    assert [t.fault.code for t in taken if t.fault] == ["cut_off"]
    assert taken[-1].packet is not None


def test_an_unfinished_frame_is_told_when_the_connection_ends():
    decoder = Decoder()
    assert not list(decoder.feed(MADE[:40]))
    (taken,) = decoder.rest()
    assert taken.raw == MADE[:40]
    assert taken.fault is not None


@given(st.lists(st.integers(1, len(MADE)), min_size=1, max_size=12))
def test_a_stream_cut_anywhere_gives_the_same_frames(cuts):
    data, decoder, taken, at = MADE * 4, Decoder(), [], 0
    for size in [*cuts, len(data)]:
        taken += decoder.feed(data[at : at + size])
        at += size
    assert [t.packet is not None for t in taken] == [True] * 4


@settings(max_examples=300)
@given(st.data())
def test_spoilt_frames_never_break_the_decoder(data):
    raw = bytearray(MADE)
    for _time in range(data.draw(st.integers(1, 8))):
        kind, place = data.draw(st.sampled_from("xid")), data.draw(st.integers(0, len(raw) - 1))
        if kind == "x":
            raw[place] = data.draw(st.integers(0, 255))
        elif kind == "i":
            raw[place:place] = data.draw(st.binary(max_size=20))
        elif len(raw) > 1:
            del raw[place]
    decoder = Decoder()
    taken = [*decoder.feed(bytes(raw) + b"\r\n" + MADE * 3), *decoder.rest()]
    for t in taken:
        for _value in observations(t.packet) if t.packet else ():
            pass
    # one valid frame may stand behind a head that swallows it; those behind it are taken
    assert sum(t.packet is not None and t.fault is None for t in taken) >= 2
    kept = b"".join(t.raw for t in taken).translate(None, b"\r\n")
    assert kept == (bytes(raw) + MADE * 3).translate(None, b"\r\n")


def test_a_packet_in_parts_is_joined():
    parts = Parts()
    one, two = (
        parse(segment(cp, PNUM="2", PNO=str(n), Flag="7"))
        for n, cp in enumerate(("DataTime=20260301080000;a21026-Rtd=1", "a21002-Rtd=2"), 1)
    )
    assert parts.take(two) is None
    whole = parts.take(one)
    assert whole is not None
    assert [(o.factor, o.value) for o in observations(whole)] == [("a21026", 1.0), ("a21002", 2.0)]
    with pytest.raises(BadFrame):
        parts.take(parse(segment("", PNUM="2", PNO="3")))


def test_parts_that_stay_unfinished_are_forgotten():
    parts = Parts(most=3)
    for number in range(10):
        parts.take(parse(segment("a-Rtd=1", QN=f"2026030108000000{number}", PNUM="2", PNO="1")))
    assert len(parts.held) == 3


def test_the_answer_names_the_request():
    packet = parse(segment("DataTime=20260301080000;a21026-Rtd=1"))
    (taken,) = Decoder().feed(answer(packet))
    assert taken.packet is not None
    assert (taken.packet.command, taken.packet.request, taken.packet.flag) == (Command.DATA_ANSWER, packet.request, 4)
    assert taken.packet.system == "91"


def test_commands_of_the_centre():
    (taken,) = Decoder().feed(
        command("A1", Command.SET_TIME, "SystemTime=20260301080000", system="31", request="1" * 17)
    )
    assert taken.packet is not None
    assert taken.packet.parameters == {"SystemTime": "20260301080000"}
    with pytest.raises(BadFrame):
        build(b"x" * 10_000)


@pytest.mark.parametrize(
    "text", ["20260230080000", "2026", "2026030108000x", "２０２６０３０１０８００００", "99999999999999"]
)
def test_a_time_that_cannot_be_is_none(text):
    assert read_time(text) is None


def test_times_are_those_of_china():
    at = datetime(2026, 3, 1, 8, 0, 0, 123000, tzinfo=CHINA)
    assert read_time(write_time(at, milliseconds=True)) == at


@pytest.mark.skipif("HANFENG_SAMPLES" not in os.environ, reason="HANFENG_SAMPLES names no folder of samples")
def test_the_frames_of_the_samples():
    rows = (Path(os.environ["HANFENG_SAMPLES"]) / "hj212" / "frames_sample.jsonl").read_text(encoding="utf-8")
    for row in map(json.loads, rows.splitlines()):
        taken = list(Decoder().feed(row["message"].encode() + b"\r\n"))
        assert any(t.packet and not t.fault for t in taken) == (row["len_ok"] and row["crc_ok"]), row
