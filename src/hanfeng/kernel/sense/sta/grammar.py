"""The expressions of $filter and $orderby: text to tree. Recursive descent, no Django; what cannot be read is a sentence.

Grammar of OGC 18-088, 9.3.3.5.1 (OData 4 with the older substringof). or binds least, then and, not, comparison, sums, products.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

LONGEST = 8000
DEEPEST = 40
MOST_NODES = 400


class Wrong(ValueError):
    """What is wrong with a query, in words for the person who wrote it."""


@dataclass(frozen=True)
class Literal:
    """A value written out. `kind`: number, text, bool, null, moment, date, time, geo, duration."""

    value: Any
    kind: str


@dataclass(frozen=True)
class Path:
    """A property, perhaps of a related entity: Datastream/Thing/properties/owner."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Call:
    """A function or an operator with what it works on."""

    name: str
    args: tuple[Any, ...]


Node = Literal | Path | Call

_TOKENS = re.compile(
    r"""\s*(?:
    (?P<geo>geography\s*'(?:[^']|'')*')
  | (?P<duration>duration\s*'(?:[^']|'')*')
  | (?P<text>'(?:[^']|'')*')
  | (?P<moment>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)
  | (?P<date>\d{4}-\d\d-\d\d(?![\dT]))
  | (?P<time>\d\d:\d\d(?::\d\d(?:\.\d+)?)?)
  | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+)
  | (?P<name>[A-Za-z_@\u0080-\uffff][\w@.\-\u0080-\uffff]*)
  | (?P<sign>[(),/\-+])
)""",
    re.VERBOSE,
)
COMPARE = ("eq", "ne", "gt", "ge", "lt", "le")


def parse(text: str) -> Node:
    """A $filter as a tree. Raises Wrong."""
    reader = _Reader(text)
    tree = reader.disjunction()
    reader.end()
    return tree


def parse_order(text: str) -> list[tuple[Node, bool]]:
    """An $orderby as (expression, descending). Raises Wrong."""
    reader, found = _Reader(text), []
    while True:
        node = reader.sum()
        down = reader.word("asc", "desc") == "desc"
        found.append((node, down))
        if not reader.sign(","):
            break
    reader.end()
    return found


def _tokens(text: str) -> list[tuple[str, str, int]]:
    if len(text) > LONGEST:
        raise Wrong(f"The expression is longer than {LONGEST} characters.")
    at, found = 0, []
    text = text.rstrip()
    while at < len(text):
        match = _TOKENS.match(text, at)
        if not match or match.lastgroup is None:
            raise Wrong(f"Cannot read the expression at {at + 1}: {text[at : at + 20]!r}")
        found.append((match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
        at = match.end()
    return found


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens, self.at, self.depth, self.nodes = _tokens(text), 0, 0, 0

    def peek(self) -> tuple[str, str, int]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "", -1)

    def word(self, *words: str) -> str:
        kind, text, _at = self.peek()
        if kind == "name" and text in words:
            self.at += 1
            return text
        return ""

    def sign(self, text: str) -> bool:
        if self.peek()[:2] == ("sign", text):
            self.at += 1
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.sign(text):
            raise self.wrong(f"{text!r} is missing")

    def wrong(self, why: str) -> Wrong:
        kind, text, at = self.peek()
        return Wrong(f"{why} at the end" if kind == "end" else f"{why} at {at + 1}, before {text[:30]!r}")

    def end(self) -> None:
        if self.at < len(self.tokens):
            raise self.wrong("An operator or the end is expected")

    def made(self, node: Node) -> Node:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise Wrong(f"The expression has more than {MOST_NODES} parts.")
        return node

    def disjunction(self) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Wrong(f"The expression is nested deeper than {DEEPEST}.")
        left = self.conjunction()
        while self.word("or"):
            left = self.made(Call("or", (left, self.conjunction())))
        self.depth -= 1
        return left

    def conjunction(self) -> Node:
        left = self.negation()
        while self.word("and"):
            left = self.made(Call("and", (left, self.negation())))
        return left

    def negation(self) -> Node:
        if self.peek()[:2] == ("name", "not"):
            self.at += 1
            self.depth += 1
            if self.depth > DEEPEST:
                raise Wrong(f"The expression is nested deeper than {DEEPEST}.")
            node = self.made(Call("not", (self.negation(),)))
            self.depth -= 1
            return node
        return self.comparison()

    def comparison(self) -> Node:
        left = self.sum()
        if name := self.word(*COMPARE):
            return self.made(Call(name, (left, self.sum())))
        return left

    def sum(self) -> Node:
        left = self.product()
        while name := self.word("add", "sub") or ("add" if self.sign("+") else ""):
            left = self.made(Call(name, (left, self.product())))
        return left

    def product(self) -> Node:
        left = self.unary()
        while name := self.word("mul", "div", "mod"):
            left = self.made(Call(name, (left, self.unary())))
        return left

    def unary(self) -> Node:
        minus = False
        while self.sign("-"):
            minus = not minus
        node = self.primary()
        if not minus:
            return node
        if isinstance(node, Literal) and node.kind == "number":
            return Literal(-node.value, "number")
        return self.made(Call("neg", (node,)))

    def primary(self) -> Node:
        kind, text, _at = self.peek()
        if self.sign("("):
            node = self.disjunction()
            self.expect(")")
            return node
        if kind == "name":
            self.at += 1
            return self.named(text)
        if kind in _LITERALS:
            self.at += 1
            return self.made(_LITERALS[kind](text))
        raise self.wrong("A value is missing")

    def named(self, text: str) -> Node:
        if text in ("true", "false"):
            return self.made(Literal(text == "true", "bool"))
        if text == "null":
            return self.made(Literal(None, "null"))
        if self.sign("("):
            args: list[Node] = []
            if not self.sign(")"):
                args.append(self.disjunction())
                while self.sign(","):
                    args.append(self.disjunction())
                self.expect(")")
            return self.made(Call(text.lower(), tuple(args)))
        names = [text]
        while self.sign("/"):
            kind, part, _at = self.peek()
            if kind not in ("name", "number"):
                raise self.wrong("A name is missing after /")
            self.at += 1
            names.append(part)
        return self.made(Path(tuple(names)))


def _text(text: str) -> Literal:
    return Literal(text[1:-1].replace("''", "'"), "text")


def _inside(text: str) -> str:
    return text[text.index("'") + 1 : -1].replace("''", "'")


def _number(text: str) -> Literal:
    if "." in text or "e" in text.lower():
        return Literal(float(text), "number")
    whole = int(text) if len(text) < 19 else float(text)
    return Literal(whole, "number")


def moment(text: str) -> datetime:
    """A moment of ISO 8601; UTC when it names no zone. Raises Wrong."""
    try:
        found = datetime.fromisoformat(text.replace(",", "."))
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        return found.astimezone(UTC)
    except (ValueError, OverflowError) as bad:
        raise Wrong(f"{text!r} is not a time; write it as 2026-03-01T08:00:00+08:00.") from bad


def _date(text: str) -> Literal:
    try:
        return Literal(date.fromisoformat(text), "date")
    except ValueError as bad:
        raise Wrong(f"{text!r} is not a date; write it as 2026-03-01.") from bad


def _time(text: str) -> Literal:
    from datetime import time

    try:
        return Literal(time.fromisoformat(text), "time")
    except ValueError as bad:
        raise Wrong(f"{text!r} is not a time of day; write it as 08:00:00.") from bad


_LITERALS: dict[str, Any] = {
    "text": _text,
    "number": _number,
    "moment": lambda text: Literal(moment(text), "moment"),
    "date": _date,
    "time": _time,
    "geo": lambda text: Literal(_inside(text), "geo"),
    "duration": lambda text: Literal(_inside(text), "duration"),
}
