"""The small arithmetic in which a plan's own figures are set against each other.

Names, numbers, `+ - * /`, `^` (or `**`) and brackets, nothing else: read by Python's parser and walked by hand, never run.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from math import isfinite
from operator import add, mul, sub, truediv

from hanfeng.kernel.pure import Fault
from hanfeng.kernel.pure import gettext_noop as _

LONGEST = 200
"""Characters of an expression; what a plan's reader can check by hand is shorter."""

Node = ast.expr
Operator = tuple[int, str, Callable[[float, float], float]]


class ExpressionError(Fault):
    """An expression that cannot be read or computed; `.code` is form, name, value or number."""


def _power(base: float, exponent: float) -> float:
    found = base**exponent
    if isinstance(found, complex):
        raise ZeroDivisionError
    return float(found)


_OPERATORS: dict[type[ast.operator], Operator] = {
    ast.Add: (1, " + ", add),
    ast.Sub: (1, " − ", sub),
    ast.Mult: (2, " × ", mul),
    ast.Div: (2, " ÷ ", truediv),
    ast.Pow: (4, "^", _power),
}
_SIGN = 3
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def parse(text: str) -> Node:
    """Read an expression. Raises ExpressionError for anything but the arithmetic above."""
    if len(text) > LONGEST:
        fault = _("“%(text)s …” is longer than %(most)s characters: split the computation.")
        raise ExpressionError("form", fault, {"text": text[:40], "most": LONGEST})
    try:
        node = ast.parse(text.strip().replace("^", "**"), mode="eval").body
    except (SyntaxError, ValueError) as error:
        fault = _("“%(text)s” is no computation: use names, numbers, + - * / ^ and brackets.")
        raise ExpressionError("form", fault, {"text": text}) from error
    _check(node, text)
    return node


def _check(node: Node, text: str) -> None:
    match node:
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            _check(left, text)
            _check(right, text)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=inner):
            _check(inner, text)
        case ast.Name() | ast.Constant(value=int() | float()) if not isinstance(getattr(node, "value", 0), bool):
            return
        case _:
            fault = _("“%(part)s” in “%(text)s” is not allowed: use names, numbers, + - * / ^ and brackets.")
            raise ExpressionError("form", fault, {"part": ast.unparse(node), "text": text})


def evaluate(node: Node, values: Mapping[str, float]) -> float:
    """The number. Raises ExpressionError for a name without a value, a division by zero, a result too large or not real."""
    try:
        found = _value(node, values)
        if not isfinite(found):
            raise OverflowError
    except (ZeroDivisionError, OverflowError) as error:
        fault = _("“%(text)s” has no result: it divides by zero, is too large or takes a root of a negative number.")
        raise ExpressionError("number", fault, {"text": render(node, values)}) from error
    return found


def _value(node: Node, values: Mapping[str, float]) -> float:
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATORS[type(op)][2](_value(left, values), _value(right, values))
        case ast.UnaryOp(op=op, operand=inner):
            return -_value(inner, values) if isinstance(op, ast.USub) else _value(inner, values)
        case ast.Name(id=name):
            return _named(name, values)
        case ast.Constant(value=int() | float() as number):
            return float(number)
    raise AssertionError(node)  # parse() lets nothing else through


def _named(name: str, values: Mapping[str, float]) -> float:
    if name not in values:
        known = ", ".join(sorted(values)) or "—"
        fault = _("The computation names “%(name)s”, but its values are %(known)s.")
        raise ExpressionError("name", fault, {"name": name, "known": known})
    return float(values[name])


def render(node: Node, values: Mapping[str, float], text: Callable[[float], str] = lambda number: f"{number:g}") -> str:
    """The computation with its numbers put in, as one writes it on paper: `204 + 5 × 50`."""
    return _render(node, lambda inner: text(_value(inner, values)))[1]


def _render(node: Node, leaf: Callable[[Node], str]) -> tuple[int, str]:
    """How tightly the outermost sign binds, and the text."""
    if isinstance(node, ast.UnaryOp):
        rank, inner = _render(node.operand, leaf)
        sign = "−" if isinstance(node.op, ast.USub) else ""
        return _SIGN, sign + (f"({inner})" if rank < _SIGN else inner)
    if not isinstance(node, ast.BinOp):
        return 9, leaf(node)
    rank, sign, _function = _OPERATORS[type(node.op)]
    left, right = _render(node.left, leaf), _render(node.right, leaf)
    if isinstance(node.op, ast.Pow):
        return rank, _bracketed(left, rank + 1) + _raised(right)
    return rank, _bracketed(left, rank) + sign + _bracketed(right, rank + 1)


def _bracketed(part: tuple[int, str], least: int) -> str:
    return part[1] if part[0] >= least else f"({part[1]})"


def _raised(part: tuple[int, str]) -> str:
    """A whole number as a superscript, anything else behind a sign."""
    return part[1].translate(_SUPERSCRIPTS) if part[1].isascii() and part[1].isdigit() else f"^{_bracketed(part, 5)}"
