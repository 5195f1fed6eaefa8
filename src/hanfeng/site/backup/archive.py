"""The file of a backup: written and read as a stream, every member under a checksum. Knows neither Django nor databases."""

from __future__ import annotations

import gzip
import json
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

from hanfeng.site.commands.terminal import Refused, _

FORMAT = 1
ABOUT, MANIFEST = "about.json", "manifest.json"
BLOCK = 1 << 20
LONGEST_ABOUT = 4 << 20  # bytes; a larger one is no backup of ours
LONGEST_MANIFEST = 1 << 30
LEVEL = 3  # of gzip: attachments are compressed already, the database gains little above it
GOOD_NAME = re.compile(r"(?:about\.json|manifest\.json|database\.(?:sqlite3|dump)|home/[^\x00-\x1f\\]+)")

Tell = Callable[[int], object]
"""Is told how many bytes more were dealt with."""


class Source(Protocol):
    """Anything that bytes can be read from."""

    def read(self, size: int = -1, /) -> bytes: ...


class Damaged(Refused):
    """A file that is not a whole backup; the sentence says what is wrong with it."""


def quiet(done: int) -> None:
    """Tell nobody."""


class Counted:
    """A source that digests and counts what is read through it, and tells."""

    def __init__(self, inner: Source, tell: Tell = quiet) -> None:
        self._inner, self._tell = inner, tell
        self._digest, self.size = sha256(), 0

    def read(self, size: int = -1, /) -> bytes:
        block = self._inner.read(size)
        self._digest.update(block)
        self.size += len(block)
        self._tell(len(block))
        return block

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


class Writer:
    """Writes members one after another; `close` adds the manifest. `about` must say what the reader needs first."""

    def __init__(self, file: BinaryIO, about: dict[str, Any], made_at: int) -> None:
        self._made_at = made_at
        self._zip = gzip.GzipFile("", "wb", LEVEL, cast(Any, file), made_at)
        self._tar = tarfile.open(fileobj=self._zip, mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115
        self.members: list[dict[str, Any]] = []
        self._text(ABOUT, {"format": FORMAT, **about})

    def add(self, name: str, content: Source, size: int, tell: Tell = quiet) -> str:
        """Add `size` bytes under a name; their SHA-256. Raises OSError when there are fewer."""
        info = tarfile.TarInfo(name)
        info.size, info.mtime, info.mode = size, self._made_at, 0o600
        counted = Counted(content, tell)
        self._tar.addfile(info, cast(Any, counted))
        self.members.append({"name": name, "size": size, "sha256": counted.sha256})
        return counted.sha256

    def add_file(self, name: str, path: Path, tell: Tell = quiet) -> str:
        """Add a file as large as it is when it is opened."""
        with path.open("rb") as content:
            return self.add(name, content, content.seek(0, 2) + content.seek(0), tell)

    def _text(self, name: str, value: dict[str, Any]) -> None:
        from io import BytesIO

        data = json.dumps(value, ensure_ascii=False, indent=1).encode()
        self.add(name, BytesIO(data), len(data))

    def close(self, faults: list[str]) -> None:
        """Write the manifest and end the file."""
        self._text(MANIFEST, {"format": FORMAT, "members": list(self.members), "faults": faults})
        self._tar.close()
        self._zip.close()


@dataclass(frozen=True)
class Verified:
    """A backup read to its end: what it says of itself, its manifest, the SHA-256 of the whole file."""

    about: dict[str, Any]
    manifest: dict[str, Any]
    sha256: str

    @property
    def faults(self) -> list[str]:
        """What was wrong with the site already when the backup was made."""
        return [str(fault) for fault in self.manifest["faults"]]


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    """Whatever the readers of gzip, tar and JSON say of a broken file becomes one sentence."""
    try:
        yield
    except (OSError, EOFError, zlib.error, tarfile.TarError, ValueError, KeyError, TypeError) as failure:
        text = _("{file} is damaged or no backup: {why}")
        raise Damaged(text.format(file=path, why=str(failure) or type(failure).__name__)) from failure


def safe(name: str) -> bool:
    """Whether a member may have this name: one of ours, and no way out of the folder it is written to."""
    return GOOD_NAME.fullmatch(name) is not None and not {"", ".", ".."} & set(name.split("/"))


def members(path: Path, file: Source) -> Iterator[tuple[str, int, BinaryIO]]:
    """(name, size, content) of each member in order; read a content before the next. Raises Damaged."""
    with (
        _in_words(path),
        gzip.GzipFile("", "rb", fileobj=cast(Any, file)) as unzipped,
        tarfile.open(fileobj=unzipped, mode="r|", bufsize=BLOCK) as tar,
    ):
        for info in tar:
            content = tar.extractfile(info) if info.isreg() else None
            if content is None or not safe(info.name):
                raise Damaged(_("{file} holds what no backup holds: {name}").format(file=path, name=info.name))
            yield info.name, info.size, cast(BinaryIO, content)
        while unzipped.read(BLOCK):  # to the checksum of gzip
            pass


def about(path: Path) -> dict[str, Any]:
    """What a backup says of itself, from its first bytes. Raises Damaged, or Refused for a newer format."""
    with _opened(path) as file, _in_words(path):
        name, size, content = next(members(path, file), ("", 0, None))
        return _about(path, name, size, content)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        file = path.open("rb")
    except OSError as failure:
        raise Refused(_("{file} cannot be read: {why}").format(file=path, why=failure.strerror)) from failure
    with file:
        yield file


def _about(path: Path, name: str, size: int, content: Source | None) -> dict[str, Any]:
    if name != ABOUT or content is None or size > LONGEST_ABOUT:
        raise Damaged(_("{file} is no backup: it does not begin with {name}.").format(file=path, name=ABOUT))
    with _in_words(path):
        told: dict[str, Any] = json.loads(content.read())
        given = int(told["format"])
    if given > FORMAT:
        text = _(
            "{file} has format {given}, made by Hanfeng {version}; this one reads up to {known}. Use a newer Hanfeng."
        )
        raise Refused(text.format(file=path, given=given, version=told.get("hanfeng", "?"), known=FORMAT))
    return told


def verify(path: Path, tell: Tell = quiet) -> Verified:
    """Read a backup to its end and compare every member with the manifest. Raises Damaged."""
    with _opened(path) as file, _in_words(path):
        counted = Counted(file, tell)
        found: list[dict[str, Any]] = []
        first: dict[str, Any] = {}
        last: dict[str, Any] = {}
        for name, size, content in members(path, counted):
            member = Counted(content)
            if not found:
                first = _about(path, name, size, member)
            elif name == MANIFEST and size <= LONGEST_MANIFEST:
                last = json.loads(member.read())
                continue
            while member.read(BLOCK):
                pass
            found.append({"name": name, "size": member.size, "sha256": member.sha256})
        while counted.read(BLOCK):
            pass
        _compare(path, found, last)
        return Verified(first, last, counted.sha256)


def _compare(path: Path, found: list[dict[str, Any]], manifest: dict[str, Any]) -> None:
    if not manifest:
        raise Damaged(_("{file} is not whole: its manifest is missing.").format(file=path))
    with _in_words(path):
        told = {m["name"]: (m["size"], m["sha256"]) for m in manifest["members"]}
        list(manifest["faults"])
    read = {m["name"]: (m["size"], m["sha256"]) for m in found}
    wrong = sorted(name for name in told.keys() | read.keys() if told.get(name) != read.get(name))
    if wrong or len(found) != len(read):
        text = _("{file} is damaged: {count} members are not as the manifest says: {names}")
        raise Damaged(text.format(file=path, count=len(wrong), names=", ".join(wrong[:5])))
