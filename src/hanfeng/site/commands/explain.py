"""`hanfeng explain URL`: the file and line behind each part of a page."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .terminal import Refused, _

if TYPE_CHECKING:
    from hanfeng.kernel.desk.desk import Desk
    from hanfeng.kernel.pack import Pack

Row = dict[str, str]


def explain(url: str) -> list[Row]:
    """The parts of the page at a path or full address: pattern, view, templates, and what its pack declares for it."""
    from django.urls import Resolver404, resolve

    path = urlsplit(url).path or "/"
    try:
        match = resolve(path)
    except Resolver404 as nothing:
        raise Refused(_("No page of this site has the address {path}.").format(path=path)) from nothing
    view = unwrapped(match.func)
    pack, desk = _pack_and_desk(path, match.kwargs)
    if pack and desk is None and match.url_name == "face":
        view = unwrapped(pack.face)
    known = {"pack.name": pack.name, "slug": desk.slug} if pack and desk else {}
    return [
        _row(_("address"), "/" + match.route),
        _row(_("view"), f"{view.__module__}.{view.__qualname__}", place(view)),
        *(_row(_("template"), name, _template(name)) for name in template_names(view, known)),
        *(_declared(pack, desk) if pack else ()),
    ]


def _row(part: str, name: str, where: str = "") -> Row:
    return {"part": part, "name": name, "where": where}


def _pack_and_desk(path: str, given: Mapping[str, Any]) -> tuple[Pack | None, Desk | None]:
    """The pack whose name begins the address, and the desk the address names."""
    from hanfeng.kernel.pack import find

    pack = find(str(given.get("pack_name") or path.strip("/").split("/")[0]))
    return pack, pack.desk(str(given.get("slug", ""))) if pack else None


def _declared(pack: Pack, desk: Desk | None) -> Iterator[Row]:
    """What a pack says of the page: its value, and for a desk the record, who sees it, its flow and the panels on it."""
    from hanfeng.kernel.pack import catalogue

    yield _row(_("pack"), pack.name, _assigned(pack))
    if desk is None:
        return
    yield _row(_("record"), desk.model._meta.label, place(desk.model))
    yield _row(_("who sees it"), f"{desk.model.__name__}.scope", place(desk.model.scope))
    if desk.flow:
        yield _row(_("states and moves"), desk.flow.states.__qualname__, place(desk.flow.states))
    for other in catalogue():
        for panel in other.panels:
            if panel.on is desk.model:
                yield _row(_("panel"), f"{other.name}/{panel.name}", place(unwrapped(panel.rows)))


def _assigned(pack: Pack) -> str:
    """Where `pack = Pack(...)` of this pack stands."""
    from django.conf import settings

    paths = (*settings.PLAN, *settings.PACKS, *settings.COMMONS, *settings.ROOMS)
    for name in (f"{path}.pack" for path in paths):
        module = sys.modules.get(name)
        if module is not None and getattr(module, "pack", None) is pack and module.__file__:
            lines = Path(module.__file__).read_text(encoding="utf-8").splitlines()
            number = next((n for n, line in enumerate(lines, 1) if line.startswith("pack = ")), 1)
            return f"{near(Path(module.__file__))}:{number}"
    return ""


def unwrapped(view: Any) -> Any:
    """The function or class somebody wrote, under decorators, partials and `as_view`."""
    while True:
        inner = getattr(view, "view_class", None) or getattr(view, "func", None) or getattr(view, "__wrapped__", None)
        if inner is None:
            return view
        view = inner


def place(thing: Callable[..., Any]) -> str:
    """`file:line` of a function or class; the file as it is seen from here when it lies below."""
    try:
        file, line = inspect.getsourcefile(thing) or "", inspect.getsourcelines(thing)[1]
    except (OSError, TypeError):
        return ""
    return f"{near(Path(file))}:{line}"


def near(path: Path) -> str:
    """A path relative to the working directory when it lies below it."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _template(name: str) -> str:
    from django.template import TemplateDoesNotExist
    from django.template.loader import get_template

    try:
        origin: Any = get_template(name)
    except TemplateDoesNotExist:
        return _("not there: write it to replace the next")
    return near(Path(str(origin.origin.name))) + ":1"


def template_names(view: Any, known: Mapping[str, str] | None = None) -> list[str]:
    """The templates a view names in its own source, in order; `known` says what `{pack.name}` and the like stand for."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(view)))
    except (OSError, TypeError, SyntaxError):
        return []
    found = [text for text in _texts(tree, known or {}) if text.endswith((".html", ".txt")) and " " not in text]
    return list(dict.fromkeys(found))


def _texts(node: ast.AST, known: Mapping[str, str]) -> Iterator[str]:
    """Every text constant below a node in the order of the source, formatted ones with what is known filled in."""
    if isinstance(node, ast.JoinedStr):
        pieces = [_piece(value, known) for value in node.values]
        if None not in pieces:
            yield "".join(piece or "" for piece in pieces)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    else:
        for child in ast.iter_child_nodes(node):
            yield from _texts(child, known)


def _piece(value: ast.expr, known: Mapping[str, str]) -> str | None:
    if isinstance(value, ast.FormattedValue):
        return known.get(ast.unparse(value.value))
    return str(value.value) if isinstance(value, ast.Constant) else None
