"""How senders and the writer find and understand each other: a local socket, frames of JSON behind their length. No Django."""

from __future__ import annotations

import fcntl
import hashlib
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

HEAD = 4
LONGEST_FRAME = 64 << 20
LONGEST_PATH = 100  # a socket's path has 107 bytes at most


def address(home: Path) -> Path:
    """Where the writer of a site listens: in its home, or under a digest of it where the path would be too long."""
    path = home / "writer.sock"
    if len(os.fsencode(path)) <= LONGEST_PATH:
        return path
    name = hashlib.sha256(os.fsencode(home)).hexdigest()[:24]
    return Path(tempfile.gettempdir()) / f"hanfeng-{os.getuid()}-{name}.sock"


class Taken(Exception):
    """Another writer holds the lock."""


@contextmanager
def lock(home: Path) -> Iterator[None]:
    """Be the one writer of a site, as long as the block runs and the process lives. Raises Taken."""
    handle = os.open(home / "writer.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as held:
            raise Taken from held
        yield
    finally:
        os.close(handle)


def pack(message: Any) -> bytes:
    """A frame."""
    body = orjson.dumps(message)
    return len(body).to_bytes(HEAD, "big") + body


class Broken(Exception):
    """The other side closed, or sent what is no frame."""


class Link:
    """A sender's connection to the writer."""

    def __init__(self, path: Path, timeout: float) -> None:
        """Raises OSError when nobody listens."""
        self.socket = socket.socket(socket.AF_UNIX)
        try:
            self.socket.settimeout(timeout)
            self.socket.connect(str(path))
        except BaseException:
            self.socket.close()
            raise

    def ask(self, frame: bytes) -> Any:
        """Send a frame and wait for its answer. Raises Broken or OSError."""
        self.socket.sendall(frame)
        got = bytearray()  # one answer to one frame: nothing follows it
        while len(got) < HEAD or len(got) < HEAD + int.from_bytes(got[:HEAD], "big"):
            part = self.socket.recv(1 << 16)
            if not part:
                raise Broken("the writer closed")
            got += part
        return orjson.loads(memoryview(got)[HEAD:])

    def close(self) -> None:
        """Let go."""
        self.socket.close()

    def __del__(self) -> None:
        # kept by a thread of the web server: it goes when the thread goes
        if link := getattr(self, "socket", None):
            link.close()
