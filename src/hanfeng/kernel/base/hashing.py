"""One text for one value, and digests over such texts: the ground under the chain of events.

Digests are lower-case hexadecimal SHA-256 (FIPS 180-4).
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID

SALT_BYTES = 16
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
_ALREADY = frozenset({str, int, bool, type(None)})  # most values are of these: told by their type, which is cheap


def canonical(value: object) -> str:
    """The JSON text of a value, the same for equal values whoever made them: sorted keys, no spaces, UTF-8 kept.

    Decimals, dates, times and UUIDs become strings (1.50 as "1.5", a moment in UTC); a whole float becomes an int.
    Naive moments, infinities, keys that are not text and unknown types raise ValueError or TypeError.
    """
    return _ENCODER.encode(_plain(value))


def exact(value: Decimal) -> str:
    """The text of a decimal: 1.50 as "1.5", so that equal ones are told alike."""
    if not value.is_finite():
        raise ValueError(f"{value} has no canonical text")
    text = format(value, "f")  # not normalize(), which rounds to the context
    return (text.rstrip("0").rstrip(".") if "." in text else text) if value else "0"


def digest(text: str) -> str:
    """The digest of a canonical text."""
    return hashlib.sha256(text.encode()).hexdigest()


def salted(value: object, salt: bytes) -> str:
    """HMAC-SHA256 (RFC 2104) of a personal value: once the salt is destroyed, no guess at the value can be tested."""
    if len(salt) < SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} random bytes at least, not {len(salt)}")
    return hmac.new(salt, canonical(value).encode(), hashlib.sha256).hexdigest()


def merkle_root(leaves: Sequence[str]) -> str:
    """The root over hexadecimal leaves by RFC 9162 section 2.1.1 (leaf 0x00, node 0x01); of none, that of no bytes."""
    level = [_sha256(b"\x00" + bytes.fromhex(leaf)) for leaf in leaves] or [_sha256(b"")]
    while len(level) > 1:
        pairs = [_sha256(b"\x01" + left + right) for left, right in zip(level[::2], level[1::2], strict=False)]
        level = pairs + level[len(pairs) * 2 :]  # an odd last one moves up as it is
    return level[0].hex()


def _plain(value: object) -> object:
    if type(value) in _ALREADY:
        return value
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return int(value) if value.is_integer() else value
        case Decimal():
            return exact(value)
        case datetime():
            return _moment(value)
        case date() | time():
            return value.isoformat()
        case UUID():
            return str(value)
        case Mapping():
            return {_key(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
    raise TypeError(f"no canonical text for {type(value).__name__}: turn it into text, numbers, lists or dicts first")


def _key(key: object) -> str:
    if isinstance(key, str):
        return key
    raise TypeError(f"the keys of a canonical mapping are text, not {type(key).__name__}")


def _moment(value: datetime) -> str:
    if value.utcoffset() is None:
        raise ValueError(f"{value} has no time zone, so it names no moment")
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
