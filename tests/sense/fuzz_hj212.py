"""Spoilt streams led by coverage: `python tests/sense/fuzz_hj212.py -runs=1000000`. Needs atheris, which no requirement asks for.

It ends with a traceback and the stream in a file when the decoder raises, loses bytes, or does not come to an end.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["hanfeng.standards.hj212"]):
    from hanfeng.standards.hj212 import BadFrame, Decoder, Parts, answer, build, observations

HEAD = b"QN=20260301080000123;ST=31;CN=2011;PW=123456;MN=A1;Flag=5;CP=&&DataTime=20260301080000;a21026-Rtd="
GOOD = build(HEAD + b"1.5&&")


def one(data: bytes) -> None:
    """A stream in two pieces, a good frame behind it: nothing is lost, and all that was read can be answered."""
    decoder, parts, cut = Decoder(), Parts(most_bytes=4096), data[0] if data else 0
    # what the fuzzer finds may be a segment, or a value: in a frame of its own it comes past the check sum
    stream = data + b"\r\n" + build(data[:9000]) + build(HEAD + data[:9000] + b"&&") + GOOD
    taken = [*decoder.feed(stream[:cut]), *decoder.feed(stream[cut:]), *decoder.rest()]
    if b"".join(t.raw for t in taken).translate(None, b"\r\n") != stream.translate(None, b"\r\n"):
        raise RuntimeError("bytes were lost")
    for told in taken:
        if told.packet and told.fault is None:
            try:
                whole = parts.take(told.packet)
            except BadFrame:
                continue
            list(observations(whole or told.packet))
            answer(told.packet)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
