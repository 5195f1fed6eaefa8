"""HTTPS from the site itself: a certificate and its key, looked at before anything starts."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from .terminal import Refused, _


@dataclass(frozen=True)
class Pair:
    """A certificate with its chain, and its private key, both as PEM files."""

    cert: Path
    key: Path

    @property
    def options(self) -> tuple[str, ...]:
        """What gunicorn is told."""
        return ("--certfile", str(self.cert), "--keyfile", str(self.key))


def pair(cert: Path | None, key: Path | None) -> Pair | None:
    """The pair of --cert and --key; None when neither is given. Raises Refused when they do not make a pair."""
    if cert is None and key is None:
        return None
    if cert is None or key is None:
        raise Refused(_("HTTPS needs both: --cert and --key."))
    for path in (cert, key):
        if not path.is_file():
            raise Refused(_("There is no file {path}.").format(path=path))
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(cert, key, password=_no_password)
    except (ssl.SSLError, OSError, ValueError) as why:
        raise Refused(_("The certificate and the key cannot be used: {why}").format(why=why)) from why
    return Pair(cert.resolve(), key.resolve())


def _no_password() -> str:
    raise ValueError(_("the key is locked by a password; the site must be able to start by itself"))


def own_context() -> ssl.SSLContext:
    """For asking our own address whether it answers: whose certificate it is, is known."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
