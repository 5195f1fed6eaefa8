"""Frames of the data transmission of monitoring devices by HJ/T 212-2005, HJ 212-2017 and HJ 212-2025.

A frame is `##`, four digits that count the *bytes* of the data segment, the data segment, four hexadecimal digits of check sum,
and CR LF. The data segment holds `key=value;` fields and ends with `CP=&&…&&`. The three editions differ in the length of PW and
MN, in the fields they have, and in the bits of Flag. Devices do not keep to them: a frame is taken by its form, not its Flag.

HJ 212-2017 clauses 6.2 and 6.3, appendix A (check sum); HJ/T 212-2005 and HJ 212-2025 where they differ, as far as reprints tell.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from enum import IntEnum

from hanfeng.kernel.pure import Fault, gettext_noop

HEAD, TAIL = b"##", b"\r\n"
_NEXT = re.compile(re.escape(TAIL + HEAD) + rb"\d{4}")
MOST_SEGMENT = 9999
"""Bytes of a data segment that the four digits can tell; the editions ask for at most 1,024."""

CHINA = timezone(timedelta(hours=8))


class Command(IntEnum):
    """Numbers of commands (CN), appendix B of HJ 212-2017; 2013 is of 2025."""

    SET_TIMEOUT = 1000
    READ_TIME = 1011
    SET_TIME = 1012
    ASK_TIME = 1013
    READ_INTERVAL = 1061
    SET_INTERVAL = 1062
    READ_MINUTE_INTERVAL = 1063
    SET_MINUTE_INTERVAL = 1064
    REAL_TIME = 2011
    STOP_REAL_TIME = 2012
    RAW = 2013
    DEVICE_STATE = 2021
    DAY = 2031
    RUN_TIME = 2041
    MINUTE = 2051
    HOUR = 2061
    BOOT = 2081
    REQUEST_ANSWER = 9011
    RESULT = 9012
    NOTICE_ANSWER = 9013
    DATA_ANSWER = 9014
    HEARTBEAT = 9015


DATA = frozenset({Command.REAL_TIME, Command.RAW, Command.DAY, Command.MINUTE, Command.HOUR})
"""Commands that carry observations."""

HISTORY = frozenset({Command.DAY, Command.MINUTE, Command.HOUR})
"""Commands by which the centre may ask for what was measured in a span of time."""

ANSWERS = frozenset({Command.REQUEST_ANSWER, Command.RESULT, Command.NOTICE_ANSWER, Command.DATA_ANSWER})
"""What answers a command and is itself never answered."""

READY, DONE = 1, 1
"""QnRtn of a device that begins, ExeRtn of one that has done what it was told."""

REQUEST_WORDS = {
    1: gettext_noop("ready"), 2: gettext_noop("the request is refused"), 3: gettext_noop("PW is wrong"),
    4: gettext_noop("MN is wrong"), 5: gettext_noop("ST is wrong"), 6: gettext_noop("Flag is wrong"),
    7: gettext_noop("QN is wrong"), 8: gettext_noop("CN is wrong"), 9: gettext_noop("the check sum is wrong"),
    100: gettext_noop("unknown fault"),
}  # fmt: skip
"""QnRtn, table of HJ 212-2017 (as public implementations tell it)."""

RESULT_WORDS = {
    1: gettext_noop("done"), 2: gettext_noop("failed, the reason is unknown"), 3: gettext_noop("the condition is wrong"),
    4: gettext_noop("timed out"), 5: gettext_noop("busy"), 6: gettext_noop("fault of the system"),
    100: gettext_noop("no data"),
}  # fmt: skip
"""ExeRtn, as REQUEST_WORDS."""


# --- check sum --------------------------------------------------------------------------------------------------------


def _table() -> tuple[tuple[int, ...], tuple[int, ...]]:
    low = []
    for byte in range(256):
        value = byte
        for _bit in range(8):
            value = (value >> 1) ^ 0xA001 if value & 1 else value >> 1
        low.append(value)
    return tuple(low), tuple(value >> 8 for value in low)


_FULL, _HIGH = _table()


def crc(segment: bytes) -> int:
    """The check sum of a data segment (appendix A): before each byte the low half of the register is dropped.

    Only 256 values are possible, so a spoilt frame passes one time in 256: its form is checked as well.
    """
    if not segment:
        return 0xFFFF
    register = 0xFF
    for byte in segment[:-1]:
        register = _HIGH[register ^ byte]
    return _FULL[register ^ segment[-1]]


# --- frames -----------------------------------------------------------------------------------------------------------


class BadFrame(Fault):
    """A frame that cannot be taken: what is wrong with it."""


@dataclass(frozen=True)
class Packet:
    """The data segment of a frame. `fields` are those before CP, `groups` what CP holds: one mapping between two `;`."""

    fields: Mapping[str, str]
    groups: tuple[Mapping[str, str], ...]
    cp: bytes = b""

    @property
    def command(self) -> int:
        return int(self.fields["CN"])

    @property
    def station(self) -> str:
        """MN, the number of the device."""
        return self.fields.get("MN", "")

    @property
    def system(self) -> str:
        """ST, the kind of system, such as 21 surface water, 22 air, 31 and 32 sources."""
        return self.fields.get("ST", "")

    @property
    def request(self) -> str:
        """QN, the time of the request as its number; empty for devices of 2005."""
        return self.fields.get("QN", "")

    @property
    def flag(self) -> int:
        text = self.fields.get("Flag", "")
        return int(text) if text.isdigit() else 0

    @property
    def wants_answer(self) -> bool:
        return bool(self.flag & 1)

    @property
    def part(self) -> tuple[int, int]:
        """(number of this packet, number of packets); (1, 1) when it comes in one."""
        total, this = self.fields.get("PNUM", ""), self.fields.get("PNO", "")
        return (int(this), int(total)) if total.isdigit() and this.isdigit() else (1, 1)

    @property
    def parameters(self) -> dict[str, str]:
        """All of CP in one mapping."""
        return {key: value for group in self.groups for key, value in group.items()}

    @property
    def at(self) -> datetime | None:
        """DataTime, in the time of China; None where there is none or it cannot be read."""
        return read_time(self.parameters.get("DataTime", ""))


_KEY = re.compile(r"[A-Za-z0-9_]{1,20}\Z")
_FIELD = re.compile(rb"([A-Za-z]{1,8})=([^;&=]*)\Z")


def read_time(text: str) -> datetime | None:
    """A time of fourteen or seventeen digits, in the time of China."""
    if len(text) not in (14, 17) or not (text.isascii() and text.isdigit()):
        return None
    try:
        day = datetime.strptime(text[:14], "%Y%m%d%H%M%S")  # noqa: DTZ007  the standard writes China's time without a zone
    except ValueError:
        return None
    return day.replace(tzinfo=CHINA, microsecond=int(text[14:] or 0) * 1000)


def write_time(at: datetime, *, milliseconds: bool = False) -> str:
    """A time as DataTime (fourteen digits) or QN (seventeen) writes it."""
    here = at.astimezone(CHINA)
    return here.strftime("%Y%m%d%H%M%S") + (f"{here.microsecond // 1000:03}" if milliseconds else "")


def parse(segment: bytes) -> Packet:
    """Read a data segment. Raises BadFrame, which says what and where."""
    before, opened, rest = segment.partition(b"CP=&&")
    if not opened or not rest.endswith(b"&&"):
        raise BadFrame("no_cp", gettext_noop("The data segment must end with CP=&&…&&."), {})
    cp = rest[:-2]
    fields: dict[str, str] = {}
    for piece in filter(None, before.split(b";")):
        found = _FIELD.match(piece)
        if found is None:
            told = gettext_noop("“%(piece)s” is not a field of the form key=value.")
            raise BadFrame("bad_field", told, {"piece": _shown(piece)})
        fields[found[1].decode()] = _text(found[2])
    number = fields.get("CN", "")
    if not (number.isascii() and number.isdigit() and len(number) == 4):
        raise BadFrame(
            "no_cn", gettext_noop("CN must be a number of four digits, but is “%(value)s”."), {"value": number}
        )
    if not fields.get("MN"):
        raise BadFrame("no_mn", gettext_noop("MN, the number of the device, is missing."), {})
    return Packet(fields, tuple(_groups(cp)), cp)


def _groups(cp: bytes) -> Iterator[Mapping[str, str]]:
    for text in filter(None, _text(cp).split(";")):
        group: dict[str, str] = {}
        for piece in filter(None, text.split(",")):
            key, equals, value = piece.partition("=")
            if not equals or not _KEY.match(key.replace("-", "_")):
                told = gettext_noop("“%(piece)s” in CP is not of the form key=value.")
                raise BadFrame("bad_cp", told, {"piece": _shown(piece.encode())})
            group[key] = value
        yield group


def _text(raw: bytes) -> str:
    """UTF-8 since 2025; GB 18030 in the field before; what is neither is kept readable."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def _shown(raw: bytes) -> str:
    return _text(raw[:60])


def build(segment: bytes) -> bytes:
    """A whole frame around a data segment. Raises BadFrame when it is too long for four digits."""
    if len(segment) > MOST_SEGMENT:
        told = gettext_noop("The data segment has %(length)s bytes; at most %(most)s can be told: send it in parts.")
        raise BadFrame("too_long", told, {"length": len(segment), "most": MOST_SEGMENT})
    return b"##%04d%s%04X\r\n" % (len(segment), segment, crc(segment))


def command(
    station: str, number: int, cp: str = "", *, system: str, password: str = "", request: str = "", flag: int = 5
) -> bytes:
    """A frame from the centre to a device. `request` is its QN, by default the time of now."""
    qn = request or write_time(datetime.now(UTC), milliseconds=True)
    told = f"QN={qn};ST={system};CN={number};PW={password};MN={station};Flag={flag};CP=&&{cp}&&"
    return build(told.encode())


def answer(packet: Packet) -> bytes:
    """The answer to what was kept: 9014 for what a device uploads (2000 to 3999), 9013 for a notice; in the edition it speaks.

    Which of the two a 2081 or a 3019 asks for is not confirmed in print.
    """
    number = Command.DATA_ANSWER if 2000 <= packet.command < 4000 else Command.NOTICE_ANSWER
    return command(
        packet.station, number, system="91", password=packet.fields.get("PW", ""), request=packet.request,
        flag=packet.flag & ~3,
    )  # fmt: skip


# --- a stream of bytes ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Taken:
    """One frame found in a stream: the bytes as they came, and the packet, or why it is refused."""

    raw: bytes
    packet: Packet | None
    fault: BadFrame | None = None
    crc_wrong: bool = False


@dataclass
class Decoder:
    """Finds frames in a stream of bytes, however they are cut; what is no frame is given back as a fault, nothing is dropped.

    After a bad frame it goes on at the next `##`. It never holds more than one frame and what came behind it.
    """

    buffer: bytearray = field(default_factory=bytearray)

    def feed(self, data: bytes) -> Iterator[Taken]:
        """The frames that these bytes complete."""
        self.buffer += data
        while self.buffer:
            noise = self._noise()
            if noise:
                yield self._refuse(noise, "noise", gettext_noop("Bytes that belong to no frame."))
                continue
            if len(self.buffer) < 6 or not self.buffer.startswith(HEAD):
                return
            digits = bytes(self.buffer[2:6])
            if not digits.isdigit():
                yield self._refuse(2, "bad_length", gettext_noop("Behind ## four digits must tell the length."))
                continue
            end = 6 + int(digits) + 4
            if len(self.buffer) < end:
                early = self._next_head()
                if early is None:
                    return
                told = gettext_noop("The next frame begins before this one has its length.")
                yield self._refuse(early, "cut_off", told)
                continue
            yield from self._whole(end)

    def rest(self) -> Iterator[Taken]:
        """What was left when the connection ended: an unfinished frame."""
        if self.buffer:
            yield self._refuse(len(self.buffer), "unfinished", gettext_noop("The connection ended within a frame."))

    def _noise(self) -> int:
        """How many bytes before the next possible head belong to nothing. Line ends between frames are not noise."""
        blank = len(self.buffer) - len(self.buffer.lstrip(b"\r\n"))
        del self.buffer[:blank]
        place = self.buffer.find(HEAD)
        if place >= 0:
            return place
        return len(self.buffer) - self.buffer.endswith(b"#")

    def _next_head(self) -> int | None:
        """Where another frame begins inside what this one claims, told by a line end and a head with four digits."""
        found = _NEXT.search(self.buffer, 6)
        return found.start() + len(TAIL) if found else None

    def _whole(self, end: int) -> Iterator[Taken]:
        segment, told = bytes(self.buffer[6 : end - 4]), bytes(self.buffer[end - 4 : end])
        try:
            right = int(told, 16) == crc(segment) and told.isalnum()
        except ValueError:
            right = False
        if not right:
            # the length may be what is wrong: go on at the next head rather than behind the claimed end
            other = self.buffer.find(HEAD, 2)
            cut = other if 0 < other < end else min(end, len(self.buffer))
            sentence = gettext_noop("The check sum is %(told)s, but the data segment gives %(right)s.")
            raw = bytes(self.buffer[:cut])
            del self.buffer[:cut]
            params = {"told": _shown(told), "right": f"{crc(segment):04X}"}
            yield Taken(raw, _try(segment), BadFrame("bad_crc", sentence, params), crc_wrong=True)
            return
        raw = bytes(self.buffer[:end])
        del self.buffer[:end]
        try:
            yield Taken(raw, parse(segment))
        except BadFrame as fault:
            yield Taken(raw, None, fault)

    def _refuse(self, length: int, code: str, sentence: str) -> Taken:
        raw = bytes(self.buffer[:length])
        del self.buffer[:length]
        return Taken(raw, None, BadFrame(code, sentence, {}))


def _try(segment: bytes) -> Packet | None:
    try:
        return parse(segment)
    except BadFrame:
        return None


# --- packets in parts -------------------------------------------------------------------------------------------------


@dataclass
class Parts:
    """Joins packets that come in parts (PNUM, PNO), by device, request, command and number of parts, in whatever order.

    At most `most` unfinished packets of `most_bytes` bytes in all are held; the oldest is given up first. What was given up, or
    stays unfinished, is got back by `stale`: a part with a DataTime of its own can still be read.
    """

    most: int = 32
    most_bytes: int = 1 << 20
    held: dict[tuple[str, str, int, int], dict[int, Packet]] = field(default_factory=dict)
    since: dict[tuple[str, str, int, int], float] = field(default_factory=dict)
    lost: list[Packet] = field(default_factory=list)
    bytes: int = 0

    def take(self, packet: Packet, now: float = 0.0) -> Packet | None:
        """The whole packet when this part completes it, or None. One that comes whole is given back as it is."""
        this, total = packet.part
        if total <= 1:
            return packet
        if not 1 <= this <= total:
            told = gettext_noop("Part %(this)s of %(total)s: PNO must lie between 1 and PNUM.")
            raise BadFrame("bad_part", told, {"this": this, "total": total})
        key = packet.station, packet.request, packet.command, total
        self.since.setdefault(key, now)
        parts = self.held.setdefault(key, {})
        self.bytes += len(packet.cp) - (len(parts[this].cp) if this in parts else 0)
        parts[this] = packet
        if len(parts) == total:
            numbers = sorted(self._drop(key))
            groups = tuple(group for number in numbers for group in parts[number].groups)
            return Packet(packet.fields, groups, b";".join(parts[number].cp for number in numbers))
        while len(self.held) > self.most or self.bytes > self.most_bytes:
            self.lost += self._drop(next(iter(self.held))).values()
            del self.lost[: -self.most]
        return None

    def stale(self, before: float) -> list[Packet]:
        """The parts of what was given up, and of what was begun before a moment and is not whole yet; they are held no longer."""
        for key in [key for key, since in self.since.items() if since < before]:
            self.lost += self._drop(key).values()
        found, self.lost = self.lost, []
        return found

    def _drop(self, key: tuple[str, str, int, int]) -> dict[int, Packet]:
        parts = self.held.pop(key)
        del self.since[key]
        self.bytes -= sum(len(packet.cp) for packet in parts.values())
        return parts


# --- observations -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Observed:
    """One value of one factor: its code (HJ 524, HJ 525 or older), which value it is (Rtd, Avg …), the mark, and its time."""

    factor: str
    part: str
    text: str
    value: float | None
    mark: str
    at: datetime


PARTS = frozenset({"Rtd", "ZsRtd", "Min", "Avg", "Max", "ZsMin", "ZsAvg", "ZsMax", "Cou", "Data"})


def observations(packet: Packet) -> Iterator[Observed]:
    """The values that a packet carries. `value` is None where the text is no number; a factor may have its own SampleTime."""
    at = packet.at
    marks = {key[:-5]: value for key, value in packet.parameters.items() if key.endswith("-Flag")}
    for group in packet.groups:
        for key, text in group.items():
            factor, dash, part = key.rpartition("-")
            own = read_time(group.get(f"{factor}-SampleTime", "")) or at
            if dash and part in PARTS and own is not None:
                yield Observed(factor, part, text, _number(text), marks.get(factor, ""), own)


_NUMBER = re.compile(r"[+-]?(\d{1,18}(\.\d{0,18})?|\.\d{1,18})([eE][+-]?\d{1,2})?\Z", re.ASCII)


def _number(text: str) -> float | None:
    text = text.strip(" ")  # not strip(): it takes control characters for blanks, which float() refuses
    return float(text) if _NUMBER.match(text) else None
