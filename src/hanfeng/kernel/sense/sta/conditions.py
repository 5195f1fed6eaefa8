"""A tree of $filter as a condition of Django, checked for types on the way: what makes no sense is a sentence, never a crash."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import orjson
from django.db.models import (
    BooleanField,
    CharField,
    DateTimeField,
    Expression,
    F,
    FloatField,
    Func,
    IntegerField,
    Q,
    Value,
)
from django.db.models import functions as fn
from django.db.models.fields.json import KT
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, IsNull, LessThan, LessThanOrEqual

from .entities import Entity, Property, target
from .grammar import Call, Literal, Node, Path, Wrong, moment
from .shapes import measure, relate

NUMBER, TEXT, BOOL, MS, MOMENT, DATE, TIME, JSON, RESULT, NULL, GEO, DURATION = (
    "number", "text", "bool", "ms", "moment", "date", "time", "json", "result", "null", "geo", "duration",
)  # fmt: skip
LOOKUPS = {
    "eq": Exact, "gt": GreaterThan, "ge": GreaterThanOrEqual, "lt": LessThan, "le": LessThanOrEqual,
}  # fmt: skip
SUFFIX = {"eq": "exact", "gt": "gt", "ge": "gte", "lt": "lt", "le": "lte"}
MIRROR = {"eq": "eq", "ne": "ne", "gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}
_KEY = re.compile(r"[A-Za-z0-9\u0080-\uffff](?:_?[A-Za-z0-9\u0080-\uffff])*")
# names that Django would take for a lookup or a transform behind a key
_TAKEN = frozenset(
    (
        "exact", "iexact", "gt", "gte", "lt", "lte", "in", "contains", "icontains", "startswith", "istartswith", "endswith",
        "iendswith", "regex", "iregex", "isnull", "contained_by", "has_key", "has_keys", "has_any_keys", "range",
    )
)  # fmt: skip


class FromMs(Func):
    """Milliseconds since 1970 UTC as a moment."""

    output_field = DateTimeField()

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(
            compiler,
            connection,
            template="strftime('%%Y-%%m-%%d %%H:%%M:%%f', %(expressions)s / 1000.0, 'unixepoch')",
            **more,
        )

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, template="to_timestamp(%(expressions)s / 1000.0)", **more)


@dataclass
class Term:
    """Part of an expression: what Django computes, of which kind; `key` is the lookup path of a JSON value."""

    value: Any
    kind: str
    key: str = ""
    end: Any = None


def _ms(moment_: datetime) -> int:
    return int(moment_.timestamp() * 1000)


class Compiler:
    """Turns trees over one entity into conditions and orders. `many` tells whether a relation to many was followed."""

    def __init__(self, entity: Entity) -> None:
        self.entity = entity
        self.many = False
        self.values = False  # whether a path led from another entity to observations

    def condition(self, node: Node) -> Q:
        """A tree that says yes or no."""
        if isinstance(node, Call):
            match node.name:
                case "and":
                    return self.condition(node.args[0]) & self.condition(node.args[1])
                case "or":
                    return self.condition(node.args[0]) | self.condition(node.args[1])
                case "not":
                    return ~self.condition(node.args[0])
                case "eq" | "ne" | "gt" | "ge" | "lt" | "le":
                    return self.comparison(node.name, node.args[0], node.args[1])
                case name if name in _RELATE:
                    return self.related(name, node.args)
                case name if name in _TESTS:
                    return Q(self.test(name, node.args))
        term = self.term(node)
        if term.kind == BOOL:
            return Q(Exact(term.value, Value(True, output_field=BooleanField())))
        raise Wrong("The filter does not say yes or no: compare it with something, as in result gt 5.")

    def order(self, node: Node) -> Expression | F:
        """An expression to sort by."""
        term = self.term(node)
        if term.kind == JSON:
            return KT(term.key)
        if not hasattr(term.value, "resolve_expression"):
            raise Wrong("Cannot sort by this.")
        found: Expression | F = term.value
        return found

    # --- comparisons --------------------------------------------------------------------------------------------------

    def comparison(self, name: str, left: Node, right: Node) -> Q:
        for a, b, op in ((left, right, name), (right, left, MIRROR[name])):
            if isinstance(a, Call) and a.name in ("geo.distance", "geo.length"):
                return self.measured(a, op, b)
        first, second = self.term(left), self.term(right)
        if first.kind in _WRITTEN and second.kind not in _WRITTEN:
            first, second, name = second, first, MIRROR[name]
        if first.kind == RESULT or second.kind == RESULT:
            return _of_result(name, first, second)
        if second.kind == NULL or first.kind == NULL:
            return _null(name, first if second.kind == NULL else second)
        if first.kind == JSON or second.kind == JSON:
            return _of_json(name, first, second)
        if name == "ne":
            return ~self._plain("eq", first, second)
        return self._plain(name, first, second)

    def _plain(self, name: str, first: Term, second: Term) -> Q:
        left, right = _alike(first, second)
        found = Q(LOOKUPS[name](left, right))
        if first.end is not None and name in ("lt", "le"):  # an interval is before a moment when its end is
            found &= Q(IsNull(first.end, True)) | Q(LOOKUPS[name](first.end, right))
        return found

    def test(self, name: str, args: tuple[Node, ...]) -> Any:
        """substringof, startswith, endswith, contains."""
        if len(args) != 2:
            raise Wrong(f"{name} takes two texts.")
        a, b = (_as_text(self.term(arg)) for arg in args)
        whole, part = (b, a) if name == "substringof" else (a, b)
        if name in ("substringof", "contains"):
            return GreaterThan(fn.StrIndex(whole, part), Value(0))
        size = fn.Length(part)
        if name == "startswith":
            return Exact(fn.Left(whole, size), part)
        return Exact(fn.Right(whole, size), part)

    # --- places -------------------------------------------------------------------------------------------------------

    def related(self, name: str, args: tuple[Node, ...]) -> Q:
        pattern = ""
        if name == "st_relate":
            if len(args) != 3 or not isinstance(args[2], Literal):
                raise Wrong("st_relate takes two shapes and a pattern.")
            pattern, args = str(args[2].value), args[:2]
        if len(args) != 2:
            raise Wrong(f"{name} takes two shapes.")
        a, b = args
        if isinstance(a, Literal) and isinstance(b, Path):
            path, wkt, turned = b, a, True
        elif isinstance(b, Literal) and isinstance(a, Path):
            path, wkt, turned = a, b, False
        else:
            raise Wrong(f"{name} takes a property and a shape written as geography'POINT(108.4 31.2)'.")
        lookup, rows = self._shapes(path)
        return Q(**{f"{lookup}__in": relate(rows, name, _wkt(wkt), turned, pattern)})

    def measured(self, call: Call, op: str, other: Node) -> Q:
        paths = [arg for arg in call.args if isinstance(arg, Path)]
        shapes = [arg for arg in call.args if isinstance(arg, Literal)]
        if len(paths) != 1 or len(call.args) != (2 if call.name == "geo.distance" else 1):
            raise Wrong("geo.distance takes a property and a shape, geo.length a property.")
        if not isinstance(other, Literal) or other.kind != "number":
            raise Wrong(f"Compare {call.name} with a number, in degrees.")
        compare = getattr(operator, op)
        lookup, rows = self._shapes(paths[0])
        sizes = measure(rows, call.name, _wkt(shapes[0]) if shapes else None)
        return Q(**{f"{lookup}__in": [key for key, size in sizes.items() if compare(size, other.value)]})

    def _shapes(self, path: Path) -> tuple[str, list[tuple[Any, Any]]]:
        """The lookup of the entity a path of shapes ends at, and its shapes by key."""
        entity, prefix, prop, _rest = self._walk(path)
        if prop is None or prop.name not in ("location", "feature", "observedArea"):
            raise Wrong(f"{'/'.join(path.names)} is not a shape.")
        rows = entity.model._default_manager.exclude(**{prop.attr: None}).values_list("pk", prop.attr)
        return ("__".join(prefix) or "pk"), list(rows)

    # --- terms --------------------------------------------------------------------------------------------------------

    def term(self, node: Node) -> Term:
        if isinstance(node, Literal):
            return Term(node.value, node.kind)
        if isinstance(node, Path):
            return self.path(node)
        if node.name in _ARITHMETIC:
            return self.arithmetic(node)
        if node.name in _FUNCTIONS:
            return self.function(node)
        if node.name in ("and", "or", "not", "eq", "ne", "gt", "ge", "lt", "le") or node.name in _TESTS | _RELATE:
            raise Wrong(f"{node.name} gives yes or no, which cannot be computed with.")
        raise Wrong(f"There is no function {node.name}.")

    def _walk(self, path: Path) -> tuple[Entity, list[str], Property | None, tuple[str, ...]]:
        """Follow the relations of a path: the entity they end at, the lookups, the property, and what stands behind it."""
        entity, prefix = self.entity, []
        for place, name in enumerate(path.names):
            if (relation := entity.relation_names.get(name)) is not None:
                prefix.append(relation.path)
                entity = target(relation)
                self.many |= relation.many
                self.values |= entity.plural == "Observations"
                continue
            if name in ("id", "@iot.id"):
                return entity, prefix, None, path.names[place:]
            prop = entity.property_names.get(name)
            if prop is None:
                raise Wrong(f"{entity.single} has no property {name}.")
            return entity, prefix, prop, path.names[place + 1 :]
        raise Wrong(f"{'/'.join(path.names)} is an entity; name a property of it.")

    def path(self, path: Path) -> Term:
        entity, prefix, prop, rest = self._walk(path)
        if prop is None:
            if rest[1:]:
                raise Wrong("An id has no parts.")
            return self._id(entity, prefix)
        at = "__".join((*prefix, prop.attr))
        if prop.kind == "json":
            return self._json(entity, prefix, prop, rest)
        if rest:
            raise Wrong(f"{prop.name} has no parts.")
        if prop.kind == "span":
            return self._span(entity, prefix, prop)
        if prop.kind == "result":
            return Term(F(at), RESULT, "__".join((*prefix, "text")))
        if prop.kind == "moment":
            return Term(F(at), MS if entity.plural == "Observations" else MOMENT)
        return Term(F(at), TEXT)

    def _id(self, entity: Entity, prefix: list[str]) -> Term:
        if entity.plural != "Observations":
            return Term(F("__".join((*prefix, "pk"))), NUMBER)
        key, at = (F("__".join((*prefix, name))) for name in ("datastream_id", "time"))
        text = CharField()
        return Term(fn.Concat(fn.Cast(key, text), Value("-"), fn.Cast(at, text), output_field=text), TEXT)

    def _span(self, entity: Entity, prefix: list[str], prop: Property) -> Term:
        if entity.plural == "Observations":
            start, end = "time", "until"
            return Term(F("__".join((*prefix, start))), MS, end=F("__".join((*prefix, end))))
        start, end = ("first", "end") if prop.name == "phenomenonTime" else ("first_result", "last_result")
        return Term(F("__".join((*prefix, "standing", start))), MS, end=F("__".join((*prefix, "standing", end))))

    def _json(self, entity: Entity, prefix: list[str], prop: Property, rest: tuple[str, ...]) -> Term:
        if entity.coded and prop.name == "properties" and rest == ("code",):
            return Term(F("__".join((*prefix, "code"))), TEXT)
        keys = (prop.name, *rest) if prop.attr == "more" else rest
        for key in keys:
            if not _KEY.fullmatch(key) or key in _TAKEN:
                raise Wrong(f"Cannot filter by the key {key!r} of {prop.name}.")
        at = "__".join((*prefix, prop.attr, *keys))
        return Term(None, JSON, at)

    # --- computing ----------------------------------------------------------------------------------------------------

    def number(self, node: Node) -> Any:
        term = self.term(node)
        if term.kind == NUMBER:
            return _value(term)
        if term.kind == RESULT:
            return term.value
        if term.kind == JSON:
            return fn.Cast(KT(term.key), FloatField())
        raise Wrong("A number is expected.")

    def arithmetic(self, call: Call) -> Term:
        if call.name == "neg":
            return Term(0 - _float(self.number(call.args[0])), NUMBER)
        left, right = (_float(self.number(arg)) for arg in call.args)
        if call.name == "div":
            right = fn.NullIf(right, Value(0.0))
        if call.name == "mod":
            return Term(fn.Mod(left, fn.NullIf(right, Value(0.0)), output_field=FloatField()), NUMBER)
        return Term(_ARITHMETIC[call.name](left, right), NUMBER)

    def function(self, call: Call) -> Term:
        least, most, work = _FUNCTIONS[call.name]
        if not least <= len(call.args) <= most:
            raise Wrong(f"{call.name} takes {least if least == most else f'{least} to {most}'} values.")
        found: Term = work(self, call.name, call.args)
        return found

    def moment(self, node: Node) -> Any:
        term = self.term(node)
        if term.kind == "moment" and isinstance(term.value, datetime):
            return Value(term.value, output_field=DateTimeField())
        if term.kind == MS:
            return FromMs(term.value)
        if term.kind == MOMENT:
            return term.value
        raise Wrong("A time is expected.")

    def text(self, node: Node) -> Any:
        return _as_text(self.term(node))


_RELATE = frozenset(
    (
        "geo.intersects", "st_equals", "st_disjoint", "st_touches", "st_within", "st_overlaps", "st_crosses", "st_intersects",
        "st_contains", "st_relate",
    )
)  # fmt: skip
_TESTS = frozenset(("substringof", "startswith", "endswith", "contains"))
_WRITTEN = frozenset((NULL, GEO, DURATION))
_ARITHMETIC: dict[str, Any] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv, "mod": None, "neg": None,
}  # fmt: skip


def _wkt(literal: Literal) -> str:
    if literal.kind not in ("geo", "text"):
        raise Wrong("A shape is written as geography'POINT(108.4 31.2)'.")
    return str(literal.value)


def _float(value: Any) -> Any:
    return fn.Cast(value, FloatField())


def _value(term: Term) -> Any:
    if isinstance(term.value, bool):
        return Value(term.value, output_field=BooleanField())
    if isinstance(term.value, int | float):
        return Value(float(term.value), output_field=FloatField()) if abs(term.value) > 2**62 else Value(term.value)
    if isinstance(term.value, str):
        if "\0" in term.value:
            raise Wrong("A text may not hold a NUL character.")
        return Value(term.value, output_field=CharField())
    return term.value


def _as_text(term: Term) -> Any:
    if term.kind == TEXT:
        return _value(term)
    if term.kind == JSON:
        return KT(term.key)
    if term.kind == RESULT:
        return F(term.key)
    raise Wrong("A text is expected.")


def _alike(first: Term, second: Term) -> tuple[Any, Any]:
    """Both sides as Django compares them; kinds that do not go together are refused."""
    first, second = _dated(first, second), _dated(second, first)
    kinds = {first.kind, second.kind}
    if MS in kinds:
        return tuple(_as_ms(term) for term in (first, second))
    if kinds == {MOMENT}:
        return tuple(
            Value(t.value, output_field=DateTimeField()) if isinstance(t.value, datetime) else t.value
            for t in (first, second)
        )  # type: ignore[return-value]
    if len(kinds) != 1 or kinds & {GEO, DURATION, NULL}:
        raise Wrong(f"Cannot compare {first.kind} with {second.kind}.")
    if kinds <= {DATE, TIME}:
        return tuple(Value(t.value) if isinstance(t.value, date | time) else t.value for t in (first, second))  # type: ignore[return-value]
    return _value(first), _value(second)


def _dated(term: Term, beside: Term) -> Term:
    """A written date beside a moment is its first moment."""
    if term.kind == DATE and beside.kind in (MS, MOMENT) and isinstance(term.value, date):
        return Term(datetime.combine(term.value, time(), UTC), MOMENT)
    return term


def _as_ms(term: Term) -> Any:
    if term.kind == MS:
        return term.value
    if term.kind == MOMENT and isinstance(term.value, datetime):
        return Value(_ms(term.value))
    raise Wrong(f"Cannot compare a time with {term.kind}.")


def _null(name: str, term: Term) -> Q:
    if name not in ("eq", "ne"):
        raise Wrong("null is compared with eq and ne only.")
    if term.kind == NULL:
        return Q(pk__isnull=name != "eq")
    if term.kind == JSON:
        found = Q(**{f"{term.key}__isnull": True}) | Q(**{term.key: Value(None, output_field=_json_field())})
    elif term.kind in (GEO, DURATION) or not hasattr(term.value, "resolve_expression"):
        raise Wrong("Only a property is compared with null.")
    elif term.kind == RESULT:
        found = Q(IsNull(term.value, True)) & (Q(IsNull(F(term.key), True)) | Q(Exact(F(term.key), Value("null"))))
    else:
        found = Q(IsNull(term.value, True))
    return found if name == "eq" else ~found


def _json_field() -> Any:
    from django.db.models import JSONField

    return JSONField()


def _of_json(name: str, first: Term, second: Term) -> Q:
    """A value inside JSON beside a written value, compared as JSON; beside another property, as text."""
    if first.kind != JSON:
        first, second, name = second, first, MIRROR[name]
    written = second.value
    if second.kind in ("moment", DATE, TIME) and isinstance(written, date | time):
        written = written.isoformat()
    if isinstance(written, bool | int | float | str):
        if isinstance(written, str) and "\0" in written:
            raise Wrong("A text may not hold a NUL character.")
        lookup = "eq" if name == "ne" else name
        if isinstance(written, str) and lookup != "eq":
            found = Q(LOOKUPS[lookup](KT(first.key), Value(written)))
        else:
            found = Q(**{f"{first.key}__{SUFFIX[lookup]}": written})
        return ~found if name == "ne" else found
    lookup = "eq" if name == "ne" else name
    if second.kind == NUMBER:
        found = Q(LOOKUPS[lookup](fn.Cast(KT(first.key), FloatField()), second.value))
    else:
        found = Q(LOOKUPS[lookup](KT(first.key), _as_text(second)))
    return ~found if name == "ne" else found


def _of_result(name: str, first: Term, second: Term) -> Q:
    """A result is a number in one column or JSON in another: the other side says which is meant."""
    if first.kind != RESULT:
        first, second, name = second, first, MIRROR[name]
    lookup = "eq" if name == "ne" else name
    if second.kind == NULL:
        return _null(name, first)
    if second.kind in (TEXT, BOOL) and isinstance(second.value, str | bool):
        if isinstance(second.value, str) and "\0" in second.value:
            raise Wrong("A text may not hold a NUL character.")
        found = Q(LOOKUPS[lookup](F(first.key), Value(orjson.dumps(second.value).decode())))
    elif second.kind == NUMBER:
        found = Q(LOOKUPS[lookup](first.value, _value(second)))
    elif second.kind == RESULT:
        found = Q(LOOKUPS[lookup](first.value, second.value))
    elif second.kind == JSON:
        found = Q(LOOKUPS[lookup](first.value, fn.Cast(KT(second.key), FloatField())))
    else:
        raise Wrong(f"Cannot compare a result with {second.kind}.")
    return ~found if name == "ne" else found


# --- functions --------------------------------------------------------------------------------------------------------

Work = Callable[[Compiler, str, tuple[Node, ...]], Term]


def _length(c: Compiler, name: str, args: tuple[Node, ...]) -> Term:
    return Term(fn.Length(c.text(args[0])), NUMBER)


def _index(c: Compiler, name: str, args: tuple[Node, ...]) -> Term:
    return Term(fn.StrIndex(c.text(args[0]), c.text(args[1])) - Value(1), NUMBER)


def _substring(c: Compiler, name: str, args: tuple[Node, ...]) -> Term:
    whole = [arg.value for arg in args[1:] if isinstance(arg, Literal) and isinstance(arg.value, int)]
    if len(whole) != len(args) - 1 or not all(0 <= n < 10**6 for n in whole):
        raise Wrong("substring takes a text, a place and perhaps a length, written as whole numbers.")
    size = (Value(whole[1]),) if len(whole) > 1 else ()
    return Term(fn.Substr(c.text(args[0]), Value(whole[0] + 1), *size), TEXT)


def _concat(c: Compiler, name: str, args: tuple[Node, ...]) -> Term:
    return Term(fn.Concat(c.text(args[0]), c.text(args[1]), output_field=CharField()), TEXT)


def _of_text(work: Any) -> Work:
    return lambda c, name, args: Term(work(c.text(args[0])), TEXT)


def _of_number(work: Any) -> Work:
    return lambda c, name, args: Term(work(_float(c.number(args[0]))), NUMBER)


def _part(c: Compiler, name: str, args: tuple[Node, ...]) -> Term:
    return Term(fn.Extract(c.moment(args[0]), name, tzinfo=UTC, output_field=IntegerField()), NUMBER)


def _fraction(c: Compiler, name: str, args: tuple[Node, ...]) -> Term:
    term = c.term(args[0])
    if term.kind != MS:
        raise Wrong("fractionalseconds takes the time of an observation.")
    return Term(_float(fn.Mod(term.value, Value(1000))) / Value(1000.0), NUMBER)


def _date_of(c: Compiler, name: str, args: tuple[Node, ...]) -> Term:
    if name == "date" and isinstance(args[0], Literal) and args[0].kind in ("text", "date"):
        return Term(args[0].value if args[0].kind == "date" else moment(f"{args[0].value}T00:00:00Z").date(), DATE)
    return Term(
        (fn.TruncDate if name == "date" else fn.TruncTime)(c.moment(args[0]), tzinfo=UTC),
        DATE if name == "date" else TIME,
    )


def _offset(c: Compiler, name: str, args: tuple[Node, ...]) -> Term:
    c.moment(args[0])
    return Term(0, NUMBER)


def _fixed(value: Callable[[], datetime]) -> Work:
    return lambda c, name, args: Term(value(), MOMENT)


_FUNCTIONS: dict[str, tuple[int, int, Work]] = {
    "length": (1, 1, _length), "indexof": (2, 2, _index), "substring": (2, 3, _substring), "concat": (2, 2, _concat),
    "tolower": (1, 1, _of_text(fn.Lower)), "toupper": (1, 1, _of_text(fn.Upper)), "trim": (1, 1, _of_text(fn.Trim)),
    "round": (1, 1, _of_number(lambda v: fn.Round(v, output_field=FloatField()))),
    "floor": (1, 1, _of_number(fn.Floor)), "ceiling": (1, 1, _of_number(fn.Ceil)),
    **dict.fromkeys(("year", "month", "day", "hour", "minute", "second"), (1, 1, _part)),
    "fractionalseconds": (1, 1, _fraction), "date": (1, 1, _date_of), "time": (1, 1, _date_of),
    "totaloffsetminutes": (1, 1, _offset), "now": (0, 0, _fixed(lambda: datetime.now(UTC))),
    "mindatetime": (0, 0, _fixed(lambda: datetime(1, 1, 2, tzinfo=UTC))),
    "maxdatetime": (0, 0, _fixed(lambda: datetime(9999, 12, 30, tzinfo=UTC))),
}  # fmt: skip
