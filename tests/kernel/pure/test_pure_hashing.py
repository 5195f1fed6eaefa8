"""Canonical text, salted digests and Merkle roots, against published vectors."""

import hashlib
import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hanfeng.kernel.pure import canonical, digest, merkle_root, salted

SALT = bytes(range(16))
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc\u5f00", max_size=3), inner, max_size=4),
    max_leaves=12,
)


def test_canonical_text_is_sorted_tight_and_readable() -> None:
    value = {"b": [1, 2.5, None, True], "a": "\u5f00\u5dde", "c": {"z": 1, "y": ()}}
    assert canonical(value) == '{"a":"\u5f00\u5dde","b":[1,2.5,null,true],"c":{"y":[],"z":1}}'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1.50"), '"1.5"'),
        (Decimal("100"), '"100"'),
        (Decimal("1E+2"), '"100"'),
        (Decimal("-0.00"), '"0"'),
        (Decimal("0.1234567890123456789012345678901"), '"0.1234567890123456789012345678901"'),
        (date(2025, 1, 2), '"2025-01-02"'),
        (time(9, 30), '"09:30:00"'),
        (datetime(2025, 1, 2, 8, tzinfo=timezone(timedelta(hours=8))), '"2025-01-02T00:00:00.000000+00:00"'),
        (UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        (2.0, "2"),
        (-0.0, "0"),
        (0.1, "0.1"),
    ],
)
def test_equal_values_have_one_text(value: object, text: str) -> None:
    assert canonical(value) == text


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (float("nan"), ValueError),
        (float("inf"), ValueError),
        (Decimal("NaN"), ValueError),
        (datetime(2025, 1, 1), ValueError),  # noqa: DTZ001
        ({1: 2}, TypeError),
        ({1, 2}, TypeError),
        (b"raw", TypeError),
        ([object()], TypeError),
    ],
)
def test_what_has_no_certain_text_is_refused(value: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        canonical(value)


@settings(deadline=None)
@given(plain)
def test_canonical_text_is_json_and_a_fixed_point(value: object) -> None:
    text = canonical(value)
    assert json.loads(text) == value
    assert canonical(json.loads(text)) == text


@settings(deadline=None)
@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=8))])))
def test_one_moment_has_one_text(moment: datetime) -> None:
    try:
        other = moment.astimezone(timezone(timedelta(hours=-5)))
        moment.astimezone(UTC)
    except OverflowError:  # the first and last hours of the calendar
        return
    assert canonical(moment) == canonical(other)


def test_digest_is_sha256() -> None:
    assert digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-4
    assert digest("\u5f00") == hashlib.sha256(b"\xe5\xbc\x80").hexdigest()


def test_salted_digests_need_their_salt() -> None:
    assert salted("a", SALT) == salted("a", SALT)
    assert len({salted("a", SALT), salted("b", SALT), salted("a", SALT[::-1]), digest('"a"')}) == 4
    with pytest.raises(ValueError, match="16 random bytes"):
        salted("a", SALT[1:])


# The eight leaves, and the root over the first n of them, that tests of certificate transparency logs share.
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("count", range(9))
def test_merkle_roots_are_those_of_transparency_logs(count: int) -> None:
    assert merkle_root(LEAVES[:count]) == ROOTS[count]


def by_definition(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    cut = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + by_definition(leaves[:cut]) + by_definition(leaves[cut:])).digest()


@settings(deadline=None)
@given(st.lists(st.binary(max_size=4), min_size=1, max_size=40))
def test_merkle_root_is_the_recursive_one(leaves: list[bytes]) -> None:
    assert merkle_root([leaf.hex() for leaf in leaves]) == by_definition(leaves).hex()


def test_a_leaf_is_hexadecimal() -> None:
    with pytest.raises(ValueError, match="non-hexadecimal"):
        merkle_root(["xyz"])
