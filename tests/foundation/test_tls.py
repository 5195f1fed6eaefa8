"""HTTPS from the site itself: the pair is looked at first, and a browser's request is answered under it."""

from __future__ import annotations

import datetime
import http.client
import os
import ssl
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from openid_house import free_port

from hanfeng.site import up
from hanfeng.site.commands import tls
from hanfeng.site.commands.terminal import Refused


def made(folder: Path, name: str, password: bytes | None = None) -> tuple[Path, Path]:
    """A certificate of our own for 127.0.0.1, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    build = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    build = build.serial_number(x509.random_serial_number()).not_valid_before(now).add_extension(names, False)
    cert = build.not_valid_after(now + datetime.timedelta(days=2)).sign(key, hashes.SHA256())
    lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    paths = folder / f"{name}.crt", folder / f"{name}.key"
    paths[0].write_bytes(cert.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock))
    return paths


def test_what_does_not_make_a_pair_is_told_before_anything_starts(tmp_path):
    (cert, key), (_other, foreign) = made(tmp_path, "a"), made(tmp_path, "b")
    assert tls.pair(None, None) is None
    assert tls.pair(cert, key) == tls.Pair(cert, key)
    for wrong in ((cert, None), (None, key), (cert, tmp_path / "none"), (cert, foreign), (key, cert)):
        with pytest.raises(Refused):
            tls.pair(*wrong)
    locked = made(tmp_path, "c", b"word")
    with pytest.raises(Refused, match="password"):
        tls.pair(*locked)


def test_the_web_process_is_given_the_pair_and_only_then():
    pair = tls.Pair(Path("/c"), Path("/k"))
    web = {child.name: child.command for child in up.children("127.0.0.1", 1, pair)}["web"]
    assert web[-4:] == ("--certfile", "/c", "--keyfile", "/k")
    assert "--certfile" not in {child.name: child.command for child in up.children("127.0.0.1", 1)}["web"]


def test_the_web_process_answers_over_https_with_secure_cookies(tmp_path):
    cert, key = made(tmp_path, "site")
    home, port = tmp_path / "home", free_port()
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HANFENG_", "DJANGO_"))}
    env = {**kept, "HANFENG_HOME": str(home), "HANFENG_TLS": "own", "HANFENG_WORKERS": "1"}
    (home / "static").mkdir(parents=True)
    (home / "static" / "staticfiles.json").write_text('{"version": "1.1", "paths": {}, "hash": ""}')
    (web,) = (child for child in up.children("127.0.0.1", port, tls.Pair(cert, key)) if child.name == "web")
    process = subprocess.Popen([sys.executable, *web.command[1:]], env=env, stderr=subprocess.DEVNULL)
    try:
        trusting = ssl.create_default_context(cafile=str(cert))
        answer = _asked(process, port, trusting)
        assert answer.status == 503  # no tables yet; what matters here is that it speaks
        assert not any(name.lower() == "strict-transport-security" for name, _value in answer.getheaders())
        assert not up.healthy("127.0.0.1", port, secure=True)
    finally:
        process.terminate()
        process.wait(timeout=30)
    lines = (
        "from django.conf import settings as s",
        "print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_PROXY_SSL_HEADER)",
    )
    command = [sys.executable, "-m", "hanfeng", "manage", "shell", "--no-imports", "-c", "\n".join(lines)]
    said = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["True", "True", "None"]


def _asked(process: subprocess.Popen[bytes], port: int, context: ssl.SSLContext) -> http.client.HTTPResponse:
    end = time.monotonic() + 60
    while True:
        link = http.client.HTTPSConnection("localhost", port, timeout=5, context=context)
        try:
            link.request("GET", "/healthz")
            answer = link.getresponse()
            answer.read()
            return answer
        except ConnectionError:
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.2)
        finally:
            link.close()
