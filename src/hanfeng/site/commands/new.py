"""`hanfeng new DOMAIN/NAME`: write the smallest pack that passes the checks, put it on the list, make its migration."""

from __future__ import annotations

import keyword
import os
import re
import subprocess
import sys
from pathlib import Path
from string import Template

import click

from .terminal import Refused, _, say

SITE = Path(__file__).resolve().parents[1]
PACKS = SITE.parent / "packs"
FILES = {
    "__init__.py": "{folder}/__init__.py",
    "pack.py": "{folder}/pack.py",
    "models.py": "{folder}/models.py",
    "roles.py": "{folder}/roles.py",
    "pages.py": "{folder}/pages.py",
    "seed.py": "{folder}/seed.py",
    "tests.py": "{folder}/tests.py",
    "README.md": "{folder}/README.md",
    "face.html": "{folder}/templates/{label}/face.html",
    "django.po": "{folder}/locale/zh_Hans/LC_MESSAGES/django.po",
}


def new(name: str, title: str | None, title_en: str | None, serves: tuple[str, ...] = ()) -> None:
    """Write the pack `domain/name`, ask for what is missing, tell what was written."""
    domain, label = parse(name)
    listing = SITE / "packs.py"
    if not os.access(listing, os.W_OK) or not (SITE.parents[2] / "pyproject.toml").exists():
        raise Refused(
            _("A pack is written into a checkout of the source; {path} cannot be written.").format(path=listing)
        )
    title_en = title_en or label.replace("_", " ").capitalize()
    title = title or _ask_title()
    if re.search(r'["\\{}%$\n]', title + title_en):
        raise Refused(_("A name may not hold quotation marks, braces, %, $ or a backslash."))
    folder = PACKS / domain / label
    values = {
        "label": label,
        "title": title,
        "title_en": title_en,
        "noun": "".join(word.capitalize() for word in label.split("_")),
        "model": label.replace("_", ""),
        "serves": ", ".join(f'"{commitment}"' for commitment in serves) + "," * (len(serves) == 1),
    }
    written = write(folder, label, values)
    enlist(listing, f"hanfeng.packs.{domain}.{label}")
    _migrate(label)
    for path in written:
        say(str(path))
    say(_("Next: make check, then make up."), style="bold green")


def parse(name: str) -> tuple[str, str]:
    """(domain, label) of `domain/a-name`; refused when it is not a name, or taken."""
    match = re.fullmatch(r"([a-z]+)/([a-z][a-z0-9]*(?:[-_][a-z0-9]+)*)", name)
    if match is None:
        raise Refused(
            _("{name} is not a name for a pack; write it as domain/name, such as market/hallmarks.").format(name=name)
        )
    domain, label = match[1], match[2].replace("-", "_")
    taken = {path.name for path in PACKS.glob("*/*")} | {path.name for path in SITE.parent.glob("*/*") if path.is_dir()}
    if label in taken or keyword.iskeyword(label):
        raise Refused(_("The name {name} is taken.").format(name=label))
    return domain, label


def _ask_title() -> str:
    if not sys.stdin.isatty():
        raise Refused(_("Give the pack's Chinese name with --title."))
    return str(click.prompt(_("Its name in Chinese"), err=True))


def write(folder: Path, label: str, values: dict[str, str]) -> list[Path]:
    """Write the files of a pack; returns them."""
    written = []
    for name, place in FILES.items():
        target = Path(place.format(folder=folder, label=label))
        target.parent.mkdir(parents=True, exist_ok=True)
        text = (SITE / "scaffold" / f"{name}.txt").read_text(encoding="utf-8")
        target.write_text(Template(text).substitute(values), encoding="utf-8")
        written.append(target)
    for package in (folder.parent, folder / "migrations"):
        package.mkdir(exist_ok=True)
        (package / "__init__.py").touch()
    return written


def enlist(listing: Path, module: str) -> None:
    """Add the pack to the list of what this site runs."""
    text = listing.read_text(encoding="utf-8")
    found = re.search(r"^PACKS = \((.*?)^\)", text, re.DOTALL | re.MULTILINE)
    if found is None:
        raise Refused(_("{path} has no list PACKS; add {module} by hand.").format(path=listing, module=module))
    text = f'{text[: found.end() - 1]}    "{module}",\n{text[found.end() - 1 :]}'
    listing.write_text(text, encoding="utf-8")


def _migrate(label: str) -> None:
    """Make the first migration in a process of its own: this one has read the list without the new pack."""
    command = [sys.executable, "-m", "hanfeng", "manage", "makemigrations", label, "--verbosity", "0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(_("The pack is written, but its migration could not be made:") + "\n" + done.stderr)
