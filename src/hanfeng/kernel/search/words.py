"""How text is cut into words for the index, and how a question is. Pure: no database, no Django.

Text is brought to one form (NFKC, lower case, character by character, so that places can be mapped back), then cut into
runs: of Chinese characters and kana, or of letters and digits. `plain` joins the runs with one blank; a match is a piece of
the plain form. The index holds the characters and the bigrams of each Chinese run, each other run whole and its beginnings
of a few lengths, so that every question is one of whole tokens; it only proposes rows, and the plain form decides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

HAN = "々〇\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
RUNS = re.compile(f"[{HAN}]+|[0-9a-z\u00df-\u00f6\u00f8-\u024f\u0370-\u1fff]+")
FIRST_HAN = "\u3005"  # no letter of the other kind lies so high
TITLE = "†"  # before a token of a title, so that titles can be asked for alone
MOST_WORDS = 8
MOST_LONG = 60  # characters of a word that count
START = "‡"  # before the beginning of a run of letters or digits
STARTS = (
    10,
    6,
    3,
)  # how many of its first characters are held; so many at least, at the end of a question, find longer runs


class _Form(dict[int, str]):
    """The form of each character, found once."""

    def __missing__(self, code: int) -> str:
        form = unicodedata.normalize("NFKC", chr(code)).lower()
        self[code] = form
        return form


_FORM = _Form()


def runs(text: str) -> list[str]:
    """The runs of a text, in its one form."""
    return RUNS.findall(text.translate(_FORM))


def plain(text: str) -> str:
    """The one form of a text: its runs with a blank between them."""
    return " ".join(runs(text))


def tokens(form: str) -> dict[str, None]:
    """The different tokens of a plain form, in order: what the index holds of it."""
    found: dict[str, None] = {}
    for run in form.split():
        if run[0] >= FIRST_HAN:
            found |= dict.fromkeys(run)
            for at in range(len(run) - 1):
                found[run[at : at + 2]] = None
        else:
            found[run[:MOST_LONG]] = None
            for long in STARTS:
                if len(run) >= long:
                    found[START + run[:long]] = None
    return found


def indexed(title: str, body: str) -> str:
    """The tokens of a passage, blank between them: those of its title twice, once marked."""
    heads = tokens(title)
    return " ".join([*(TITLE + t for t in heads), *(heads | tokens(body))])


@dataclass(frozen=True)
class Word:
    """One word of a question: the piece of a plain form that it is, and the tokens that the index must hold."""

    needle: str
    tokens: tuple[str, ...]

    @cached_property
    def bare(self) -> str:
        return self.needle.strip()


def question(text: str) -> tuple[Word, ...]:
    """The words of a question: all must match. What is neither letter nor digit only parts them."""
    found: dict[str, Word] = {}
    for part in text.replace("\x00", " ").split():
        cut = runs(part[:MOST_LONG])
        if cut:
            word = _word(cut)
            found[word.needle] = word
    return tuple(found.values())[:MOST_WORDS]


def _word(cut: list[str]) -> Word:
    first, last = cut[0], cut[-1]
    held: list[str] = []
    for run in cut:
        held += _asked(run, last=run is last)
    begin = "" if first[0] >= FIRST_HAN else " "
    end = "" if last[0] >= FIRST_HAN or len(last) >= STARTS[-1] else " "
    return Word(begin + " ".join(cut) + end, tuple(dict.fromkeys(held)))


def _asked(run: str, *, last: bool) -> list[str]:
    """The fewest tokens that a text must hold to hold a run: of Chinese its bigrams, of letters itself or how it begins."""
    if run[0] >= FIRST_HAN:
        return [run[at : at + 2] for at in range(len(run) - 1)] or [run]
    begun = next((START + run[:long] for long in STARTS if len(run) >= long), "") if last else ""
    return [begun or run]


def matches(form: str, words: tuple[Word, ...]) -> bool:
    """Whether a plain form holds every word."""
    padded = f" {form} "
    return all(word.needle in padded for word in words)


# --- places in the original -------------------------------------------------------------------------------------------


def places(text: str, words: tuple[Word, ...]) -> list[tuple[int, int]]:
    """Where the words stand in the text as it was written: (from, to) pairs in order, none overlapping."""
    form, back = _mapped(text)
    found: list[tuple[int, int]] = []
    for word in words:
        at = form.find(word.needle)
        while at >= 0:
            first = at + len(word.needle) - len(word.needle.lstrip())
            last = at + len(word.needle.rstrip()) - 1
            found.append((back[first], back[last] + 1))
            at = form.find(word.needle, at + max(len(word.bare), 1))
    return list(_merged(sorted(found)))


def _mapped(text: str) -> tuple[str, list[int]]:
    """The plain form of a text with a blank on either side, and for each of its characters the place it came from."""
    whole = text.translate(_FORM)
    origin: Sequence[int] = range(len(text))
    if len(whole) != len(text):  # a character whose form is of several, such as ㎡
        origin = [place for place, character in enumerate(text) for _part in _FORM[ord(character)]]
    pieces, back = [" "], [0]
    for run in RUNS.finditer(whole):
        pieces.append(run.group() + " ")
        back += origin[run.start() : run.end()]
        back.append(origin[run.end() - 1])
    return "".join(pieces), back


def _merged(spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    now: tuple[int, int] | None = None
    for start, end in spans:
        if now and start <= now[1]:
            now = (now[0], max(now[1], end))
            continue
        if now:
            yield now
        now = (start, end)
    if now:
        yield now


@dataclass(frozen=True)
class Cut:
    """A piece of a text that shows where the words stand: (text, whether it is a match) pairs, cut from the original."""

    pieces: tuple[tuple[str, bool], ...]
    before: bool = False
    after: bool = False

    @property
    def hit(self) -> bool:
        return any(matched for _text, matched in self.pieces)


def cut(text: str, words: tuple[Word, ...], wide: int = 120) -> Cut:
    """The part of a text around its first match, at most about `wide` characters; its beginning when nothing matches."""
    found = places(text, words)
    start = max(0, found[0][0] - wide // 3) if found and len(text) > wide else 0
    stop = min(len(text), start + wide)
    pieces, at = list[tuple[str, bool]](), start
    for a, b in found:
        if a >= stop:
            break
        if a > at:
            pieces.append((text[at:a], False))
        pieces.append((text[a:b], True))
        at = b
    if at < stop:
        pieces.append((text[at:stop], False))
    return Cut(tuple(pieces), start > 0, max(stop, at) < len(text))
