"""The folder a site lives in: its mode, its lock, its files; and the port it listens on. Imports no Django."""

from __future__ import annotations

import fcntl
import ipaddress
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .terminal import Refused, _


def home() -> Path:
    """The folder named by HANFENG_HOME (`--home`), `var` beside the caller when unset."""
    return Path(os.environ.get("HANFENG_HOME", "var")).resolve()


def make_home(path: Path) -> Path:
    """Create the folder for its owner only (0700). A folder that is there keeps its mode unless others may write."""
    try:
        path.mkdir(parents=True, mode=0o700, exist_ok=True)
        if path.stat().st_mode & 0o022:
            path.chmod(0o700)
    except OSError as failure:
        raise Refused(_("The folder {path} cannot be made: {why}").format(path=path, why=failure.strerror)) from failure
    return path


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read (0600), never readable by others even for a moment."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


@contextmanager
def lock(path: Path, address: str) -> Iterator[None]:
    """Hold `HOME/up.lock` while the site runs; the system lets go of it however the process ends."""
    with open(path / "up.lock", "a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as taken:
            raise Refused(_already(path, file.name)) from taken
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "address": address}))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def _already(path: Path, name: str) -> str:
    try:
        owner = json.loads(Path(name).read_text(encoding="utf-8"))
    except ValueError:
        owner = {}
    template = _("Hanfeng runs on {path} already: process {pid}, {address}. Stop it first, or give another --home.")
    return template.format(path=path, pid=owner.get("pid", "?"), address=owner.get("address", "?"))


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address. A name counts when all its addresses are loopback."""
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, None)}
    except OSError as unknown:
        raise Refused(_("There is no address {host} on this machine.").format(host=host)) from unknown
    return all(ipaddress.ip_address(str(address).split("%")[0]).is_loopback for address in found)


def _free(host: str, port: int) -> OSError | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as refusal:
            return refusal
    return None


def require_port(host: str, port: int) -> None:
    """Refuse when the port is taken, and name the next one that is free."""
    refusal = _free(host, port)
    if refusal is None:
        return
    other = next((p for p in range(port + 1, min(port + 100, 65536)) if _free(host, p) is None), None)
    text = _("Port {port} on {host} cannot be used: {why}.").format(port=port, host=host, why=refusal.strerror)
    if other:
        text += " " + _("Port {other} is free: hanfeng up --port {other}").format(other=other)
    raise Refused(text)


def address(host: str, port: int, *, secure: bool = False) -> str:
    """The address a reader opens; a site on all addresses is reached here by 127.0.0.1."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http{'s' if secure else ''}://{shown}:{port}/"


def own_names(host: str) -> list[str]:
    """The names a site beyond loopback is asked for by: the host given, or all of this machine's."""
    if host not in {"0.0.0.0", "::"}:
        return [host]
    name = socket.gethostname()
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(name, None)}
    except OSError:
        found = set()
    return [name, *sorted(f"[{a}]" if ":" in a else a for a in found | _outward())]


def _outward() -> set[str]:
    # connecting a datagram socket sends nothing; it only asks the system which of its addresses faces outward
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return set()
        return {str(probe.getsockname()[0])}
