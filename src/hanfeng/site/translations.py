"""Catalogues of translations without GNU tools: extract and update, compile, check.

A message belongs to the nearest `locale` folder above its source file. The docstring of an indicator is one too: it is the
published definition. A message that the kernel or the commons already
translate is not repeated above them: imports run one way, so their catalogues are always there.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog, Message

SOURCE = Path(__file__).resolve().parents[1]
LANGUAGE = "zh_Hans"
ROOMS = ("kernel", "commons", "plan", "links", "site")  # lower layers first
SKIPPED = frozenset({"migrations", "locale", "static", "scaffold", "__pycache__", "tests.py"})
KEYWORDS: dict[str, Any] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop", "ugettext"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[#0\- +]*[\d.]*[a-zA-Z]|%[a-zA-Z%]|\{\w*(?:![rsa])?(?::[^{}]*)?\}")
Key = tuple[str | None, str]  # context, message


@dataclass(frozen=True)
class Flaw:
    """One thing wrong in a catalogue: `kind` is missing, fuzzy, empty, clash, placeholder or obsolete."""

    kind: str
    file: Path
    message: str
    detail: str = ""


@dataclass
class Entry:
    """A message in the source: its plural form, what the writer told the translator, where it stands."""

    plural: str | None = None
    comments: list[str] = field(default_factory=list)
    where: str = ""


def po_file(locale: Path) -> Path:
    """The catalogue of a locale folder."""
    return locale / LANGUAGE / "LC_MESSAGES" / "django.po"


def locale_of(path: Path, root: Path = SOURCE) -> Path:
    """The locale folder of a source file: the nearest that exists above it, else the one of its pack or room."""
    for folder in path.parents:
        if folder == root:
            break
        if (folder / "locale").is_dir():
            return folder / "locale"
    parts = path.relative_to(root).parts
    if parts[0] == "packs" and len(parts) > 3:
        return root.joinpath(*parts[:3], "locale")
    return root / (parts[0] if parts[0] in ROOMS else "site") / "locale"


def sources(root: Path = SOURCE) -> Iterator[Path]:
    """Every module and template that may hold words for people; not migrations, not tests."""
    for path in sorted(root.rglob("*")):
        inner = path.relative_to(root).parts
        if SKIPPED.isdisjoint(inner) and (
            path.suffix == ".py" or (path.suffix in {".html", ".txt"} and "templates" in inner)
        ):
            yield path


def extract(path: Path, root: Path = SOURCE) -> dict[Key, Entry]:
    """The messages of one file."""
    from babel.messages.extract import extract as babel_extract

    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        from django.utils.translation.template import templatize

        # every line from the left edge: the extractor reads Python, where indentation speaks
        text = "\n".join(line.lstrip() for line in templatize(text, origin=str(path)).split("\n"))
    found: dict[Key, Entry] = {}
    stream = BytesIO(text.encode("utf-8"))
    for row in babel_extract("python", stream, KEYWORDS, ["Translators:"], {"encoding": "utf-8"}):
        line, messages, comments, context = row
        single, plural = (messages, None) if isinstance(messages, str) else (messages[0], messages[1])
        entry = found.setdefault((context, single), Entry(plural, where=f"{path.relative_to(root)}:{line}"))
        entry.plural = entry.plural or plural
        entry.comments += [c for c in comments if c not in entry.comments]
    if path.suffix == ".py":
        for line, definition in definitions(text):
            found.setdefault((None, definition), Entry(where=f"{path.relative_to(root)}:{line}"))
    return found


def definitions(source: str) -> Iterator[tuple[int, str]]:
    """The docstrings of the functions that a call of `indicator` decorates, each with its line: published definitions."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and any(_declares(decorator) for decorator in node.decorator_list):
            said = ast.get_docstring(node)
            if said:
                yield node.lineno, said


def _declares(decorator: ast.expr) -> bool:
    """Whether a decorator is a call of `indicator`, by that name or as an attribute of a module."""
    if not isinstance(decorator, ast.Call):
        return False
    called = decorator.func
    return "indicator" in (getattr(called, "id", ""), getattr(called, "attr", ""))


def collect(root: Path = SOURCE) -> dict[Path, dict[Key, Entry]]:
    """All messages of a tree, by the locale folder they belong to."""
    found: dict[Path, dict[Key, Entry]] = {}
    for path in sources(root):
        for key, entry in extract(path, root).items():
            found.setdefault(locale_of(path, root), {}).setdefault(key, entry)
    return found


def catalogues(root: Path = SOURCE) -> list[Path]:
    """The catalogues there are, lower layers first."""
    return sorted(root.rglob(f"locale/{LANGUAGE}/LC_MESSAGES/django.po"), key=lambda p: (_layer(p, root), p))


def _layer(path: Path, root: Path) -> int:
    room = path.relative_to(root).parts[0]
    return ROOMS.index(room) if room in ROOMS[:2] else len(ROOMS)


class Broken(Exception):
    """A catalogue that cannot be read: its file and what the reader says."""


def _catalog(path: Path) -> Catalog:
    from babel.messages.pofile import PoFileError, read_po

    try:
        with path.open("rb") as file:
            return read_po(file, locale=LANGUAGE, abort_invalid=True)
    except (PoFileError, UnicodeDecodeError) as failure:
        raise Broken(path, str(failure)) from failure


def read(path: Path) -> dict[Key, Message]:
    """The messages of a catalogue; none when there is no file. Raises Broken."""
    if not path.exists():
        return {}
    return {(m.context, _single(m)): m for m in _catalog(path) if m.id}


def _single(message: Message) -> str:
    return str(message.id if isinstance(message.id, str) else (message.id or ("",))[0])


def words(message: Message) -> str:
    """The translation: Chinese has one form, so a plural message has one too."""
    said = message.string
    return said if isinstance(said, str) else "".join((said or ("",))[:1])


def _provided(root: Path, locale: Path, known: dict[Path, dict[Key, Message]]) -> set[Key]:
    """What lower layers translate already."""
    mine = _layer(locale, root)
    return {key for path, messages in known.items() if _layer(path, root) < mine for key in messages}


def update(root: Path = SOURCE, within: Path | None = None) -> list[tuple[Path, int, int]]:
    """Write each catalogue anew from the source: sorted, no line numbers, no dates, nothing that is no longer used.

    A translation made elsewhere in the tree is taken over. `within` leaves catalogues outside a folder as they are.
    Returns (catalogue, messages, still untranslated).
    """
    wanted = collect(root)
    known = {path: read(path) for path in catalogues(root)}
    said: dict[Key, str] = {}
    for key, message in (pair for messages in known.values() for pair in messages.items()):
        said[key] = said.get(key) or ("" if message.fuzzy else words(message))
    done = []
    for locale in sorted(wanted, key=lambda path: (_layer(path, root), path)):
        path = po_file(locale)
        if within and not path.is_relative_to(within):
            continue
        own = {k: e for k, e in wanted[locale].items() if k not in _provided(root, locale, known)}
        old = known.get(path, {})
        rows = {k: (e, words(old[k]) if k in old and not old[k].fuzzy else said.get(k, "")) for k, e in own.items()}
        _write(path, rows, old)
        known[path] = read(path)
        done.append((path, len(rows), sum(not text for _entry, text in rows.values())))
    return done


def _write(path: Path, rows: dict[Key, tuple[Entry, str]], old: dict[Key, Message]) -> None:
    if not rows:
        path.unlink(missing_ok=True)
        return
    text = StringIO()
    text.write('msgid ""\nmsgstr ""\n"Language: zh_Hans\\n"\n"MIME-Version: 1.0\\n"\n')
    text.write('"Content-Type: text/plain; charset=UTF-8\\n"\n"Plural-Forms: nplurals=1; plural=0;\\n"\n')
    for (context, message), (entry, said) in sorted(rows.items(), key=lambda row: (row[0][1], row[0][0] or "")):
        text.write("\n")
        kept = old[context, message].user_comments if (context, message) in old else []
        text.writelines(f"# {line}\n" for line in kept)
        text.writelines(f"#. {line}\n" for line in entry.comments)
        if context:
            text.write(f"msgctxt {_quoted(context)}\n")
        text.write(f"msgid {_quoted(message)}\n")
        if entry.plural:
            text.write(f"msgid_plural {_quoted(entry.plural)}\nmsgstr[0] {_quoted(said)}\n")
        else:
            text.write(f"msgstr {_quoted(said)}\n")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.getvalue(), encoding="utf-8")


def _quoted(text: str) -> str:
    from babel.messages.pofile import normalize

    return normalize(text, width=0)


def compile_all(root: Path = SOURCE) -> list[Path]:
    """Make the `.mo` beside each `.po` that is newer; returns those written."""
    from babel.messages.mofile import write_mo

    written = []
    for path in catalogues(root):
        target = path.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= path.stat().st_mtime_ns:
            continue
        draft = target.with_suffix(".tmp")
        with draft.open("wb") as out:
            write_mo(out, _catalog(path))
        draft.replace(target)
        written.append(target)
    return written


def check(root: Path = SOURCE) -> list[Flaw]:
    """What is wrong: messages missing, fuzzy, empty, translated in two ways, with lost placeholders, or obsolete."""
    known = {path: read(path) for path in catalogues(root)}
    wanted = collect(root)
    return [*_missing(root, known, wanted), *_unfinished(known), *_clashes(known), *_obsolete(known, wanted)]


def _missing(root: Path, known: dict[Path, dict[Key, Message]], wanted: dict[Path, dict[Key, Entry]]) -> Iterator[Flaw]:
    for locale, entries in wanted.items():
        have = _provided(root, locale, known) | set(known.get(po_file(locale), {}))
        for key, entry in entries.items():
            if key not in have:
                yield Flaw("missing", po_file(locale), key[1], entry.where)


def _unfinished(known: dict[Path, dict[Key, Message]]) -> Iterator[Flaw]:
    for path, messages in known.items():
        for (_context, text), message in messages.items():
            said = words(message)
            if message.fuzzy:
                yield Flaw("fuzzy", path, text)
            if not said:
                yield Flaw("empty", path, text)
            elif not _same_placeholders(message, said):
                yield Flaw("placeholder", path, text, said)


def _same_placeholders(message: Message, said: str) -> bool:
    forms = (message.id,) if isinstance(message.id, str) else tuple(message.id)
    wanted = {frozenset(PLACEHOLDER.findall(form)) for form in forms}
    return frozenset(PLACEHOLDER.findall(said)) in wanted


def _clashes(known: dict[Path, dict[Key, Message]]) -> Iterator[Flaw]:
    first: dict[Key, tuple[Path, str]] = {}
    for path, messages in known.items():
        for key, message in messages.items():
            said = words(message)
            where, other = first.setdefault(key, (path, said))
            if said and other and said != other:
                yield Flaw("clash", path, key[1], f"{said} / {other} ({where})")


def _obsolete(known: dict[Path, dict[Key, Message]], wanted: dict[Path, dict[Key, Entry]]) -> Iterator[Flaw]:
    for path, messages in known.items():
        used = wanted.get(path.parents[2], {})
        for key in messages:
            if key not in used:
                yield Flaw("obsolete", path, key[1])


def main(arguments: list[str]) -> int:
    """`python -m hanfeng.site.translations update [FOLDER]|compile|check`; the last returns 1 when it finds a flaw."""
    match arguments:
        case ["update", *folder]:
            for path, count, lacking in update(within=SOURCE.joinpath(*folder)):
                print(f"{path.relative_to(SOURCE)}: {count}" + (f", {lacking} untranslated" if lacking else ""))
        case ["compile"]:
            for path in compile_all():
                print(f"compiled {path.relative_to(SOURCE)}")
        case ["check"]:
            flaws = check()
            for flaw in flaws:
                print(f"{flaw.file.relative_to(SOURCE)}: {flaw.kind}: {flaw.message!r} {flaw.detail}".rstrip())
            return 1 if flaws else 0
        case _:
            raise SystemExit("update [FOLDER] | compile | check")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
