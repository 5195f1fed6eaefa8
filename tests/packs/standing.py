"""What can be seen of a pack without running it: its models, modules, templates, README. Each function returns the faults."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.apps import apps

ANCHORS = frozenset({"bodies", "people", "places", "documents", "record", "auth", "sense"})
WRITING = frozenset(
    {"save", "delete", "update", "create", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}
)
MOST_LINES = 800
HEADINGS = ("For whom", "Law and standard", "What it does", "What it does not do")
NOT_COUNTED = ("migrations", "tests.py", "seed.py")


def folder_of(name: str) -> Path:
    """The folder of a pack."""
    return Path(apps.get_app_config(name).path)


def foreign_keys_out(models: Iterable[type[Any]], own: str) -> list[str]:
    """Relations that lead neither to an anchor nor to the pack's own models; a string key shows here as any other."""
    found = []
    for model in models:
        for field in (*model._meta.local_fields, *model._meta.local_many_to_many):
            target = field.remote_field.model if field.remote_field else None
            if target is None:
                continue
            label = target.split(".")[0] if isinstance(target, str) else target._meta.app_label
            if label not in ANCHORS | {own} and target != "self":
                found.append(f"{model._meta.label}.{field.name} -> {label}")
    return found


def templates_out(folder: Path, own: str, others: Iterable[str]) -> list[str]:
    """Templates that extend or include a template of another pack."""
    names = "|".join(map(re.escape, others))
    foreign = re.compile(rf"""\{{%\s*(?:extends|include)\s+["'](?!{own}/)(?:{names})/""")
    return [
        f"{path}: {hit[0]}"
        for path in folder.rglob("*.html")
        if (hit := foreign.search(path.read_text(encoding="utf-8")))
    ]


def modules(folder: Path) -> Iterator[Path]:
    """The modules that count: no tests, no migrations, and not the seed, which only makes things up."""
    for path in sorted(folder.rglob("*.py")):
        if not any(part in NOT_COUNTED for part in path.relative_to(folder).parts):
            yield path


def size(folder: Path) -> int:
    """Lines of Python that are not blank."""
    return sum(bool(line.strip()) for path in modules(folder) for line in path.read_text(encoding="utf-8").splitlines())


def writes_past_the_kernel(folder: Path) -> list[str]:
    """Calls that write rows themselves, and states that are set by hand."""
    found = []
    for path in [*modules(folder), *folder.glob("seed.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITING:
                found.append(f"{path.name}:{node.lineno} .{node.func.attr}()")
            if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                found += [
                    f"{path.name}:{t.lineno} .state ="
                    for t in targets
                    if isinstance(t, ast.Attribute) and t.attr == "state"
                ]
    return found


def readme_lacks(folder: Path) -> list[str]:
    """The headings that the README does not have."""
    path = folder / "README.md"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return [heading for heading in HEADINGS if heading not in text]
