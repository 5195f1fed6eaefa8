"""An OpenID Connect provider in a process of its own: the houses that vouch for people, for tests."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from typing import Any


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def provider(*people: dict[str, Any]) -> Iterator[str]:
    """A provider that knows these people (each with `sub` and claims); its address."""
    port = free_port()
    known = [part for person in people for part in ("--user-claims", json.dumps(person))]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), *known]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(process, f"{address}/.well-known/openid-configuration")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(process: subprocess.Popen[bytes], url: str) -> None:
    end = time.monotonic() + 60
    while True:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2):
            return
        assert process.poll() is None, "the provider ended"
        assert time.monotonic() < end, "the provider does not answer"
        time.sleep(0.2)


def described(address: str, rule: str = "username", name: str = "city") -> str:
    """identity.toml for this provider."""
    return (
        f'[[source]]\nname = "{name}"\ntitle = "市统一身份认证"\ntitle_en = "City sign-in"\nserver = "{address}"\n'
        f'client = "hanfeng"\nsecret = "between-us"\nrule = "{rule}"\n'
    )
