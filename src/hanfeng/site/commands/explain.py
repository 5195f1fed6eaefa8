"""`hanfeng explain URL`: the file and line behind each part of a page."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .terminal import Refused, _

Row = dict[str, str]


def explain(url: str) -> list[Row]:
    """The parts of the page at a path or full address: pattern, view, templates, and what the kernel adds."""
    from django.urls import Resolver404, resolve

    path = urlsplit(url).path or "/"
    try:
        match = resolve(path)
    except Resolver404 as nothing:
        raise Refused(_("No page of this site has the address {path}.").format(path=path)) from nothing
    view = unwrapped(match.func)
    return [
        {"part": _("address"), "name": "/" + match.route, "where": ""},
        {"part": _("view"), "name": f"{view.__module__}.{view.__qualname__}", "where": place(view)},
        *_templates(view),
        *_kernel(path),
    ]


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


def _templates(view: Any) -> Iterator[Row]:
    from django.template import TemplateDoesNotExist
    from django.template.loader import get_template

    for name in template_names(view):
        try:
            origin = near(Path(str(get_template(name).origin.name))) + ":1"  # type: ignore[attr-defined]
        except TemplateDoesNotExist:
            origin = _("not found")
        yield {"part": _("template"), "name": name, "where": origin}


def template_names(view: Any) -> list[str]:
    """The templates a view names in its own source, in order."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(view)))
    except (OSError, TypeError, SyntaxError):
        return []
    found = (n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str))
    return list(dict.fromkeys(text for text in found if text.endswith((".html", ".txt")) and " " not in text))


def _kernel(path: str) -> Iterator[Row]:
    from hanfeng.kernel.desk.explain import explain as parts

    for part in parts(path):
        yield {"part": str(part.part), "name": str(part.name), "where": str(part.where)}
