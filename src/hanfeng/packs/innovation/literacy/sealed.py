"""Answers sealed on the interviewer's device: it can close them for the office, and nobody can open them on the device.

The device makes a key pair for each answer, agrees with the public key of the wave on a secret (ECDH over P-256, NIST SP
800-56A), derives an AES-256-GCM key from it (HKDF-SHA-256, RFC 5869) and forgets its own half. The private key of a wave is
derived from the secret of the site, so that no file has to be kept and every process has it.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of P-256 (SEC 2, 2.4.2)."""
INFO = b"hanfeng literacy answer"


class Unreadable(ValueError):
    """What was sent was not sealed for this wave, or was changed on its way."""


def _derived(secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=None, info=info).derive(secret)


def private_key(secret: str, wave: int) -> ec.EllipticCurvePrivateKey:
    """The private key of a wave, from the secret of the site."""
    drawn = int.from_bytes(_derived(secret.encode(), f"hanfeng literacy wave {wave}".encode(), 48), "big")
    return ec.derive_private_key(drawn % (ORDER - 1) + 1, ec.SECP256R1())


def public_key(secret: str, wave: int) -> str:
    """The public key of a wave as a device takes it: the uncompressed point, in base64."""
    point = private_key(secret, wave).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.b64encode(point).decode()


def opened(secret: str, wave: int, sent: Mapping[str, Any], bound: str) -> dict[str, Any]:
    """What a device sealed in `key`, `iv` and `data` (base64), bound to the text `bound`. Raises Unreadable."""
    try:
        point, nonce, data = (base64.b64decode(str(sent[name]), validate=True) for name in ("key", "iv", "data"))
        peer = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        shared = private_key(secret, wave).exchange(ec.ECDH(), peer)
        told = json.loads(AESGCM(_derived(shared, INFO, 32)).decrypt(nonce, data, bound.encode()))
    except (KeyError, ValueError, binascii.Error, InvalidTag) as why:
        raise Unreadable("not sealed for this wave") from why
    if not isinstance(told, dict):
        raise Unreadable("not an answer")
    return told


def sealed(public: str, told: Mapping[str, Any], bound: str, nonce: bytes) -> dict[str, str]:
    """What a device does, done here: for tests, and as the statement of the form. The nonce has 12 bytes."""
    own = ec.generate_private_key(ec.SECP256R1())
    peer = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), base64.b64decode(public))
    key = _derived(own.exchange(ec.ECDH(), peer), INFO, 32)
    data = AESGCM(key).encrypt(nonce, json.dumps(told).encode(), bound.encode())
    point = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return {name: base64.b64encode(part).decode() for name, part in (("key", point), ("iv", nonce), ("data", data))}
