"""How the command speaks: the reader's language, progress, tables and JSON. Imports no Django."""

from __future__ import annotations

import gettext
import json
import os
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import click

SOURCE = Path(__file__).resolve().parents[2]
ROOMS = ("site", "kernel", "commons")  # a message of a lower room is not repeated in a higher one
WIDE = 160  # columns of what is written to a file or a pipe


class Refused(click.ClickException):
    """A command that cannot go on: what is wrong and how to mend it, printed without a traceback; exit code 1."""

    def show(self, file: Any = None) -> None:
        """Print the sentence to the error stream in red, with no `Error:` before it."""
        say(self.message, style="bold red", error=True)


def language() -> str:
    """`zh-hans` or `en`: HANFENG_LANGUAGE when set, else the language of the terminal (LC_ALL, LC_MESSAGES, LANG)."""
    names = ("HANFENG_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    first = next((os.environ[n] for n in names if os.environ.get(n)), "")
    return "zh-hans" if first.lower().startswith("zh") else "en"


@cache
def _words(code: str) -> gettext.NullTranslations:
    found = gettext.NullTranslations()
    for room in ROOMS if code == "zh-hans" else ():
        found.add_fallback(gettext.translation("django", SOURCE / room / "locale", ["zh_Hans"], fallback=True))
    return found


def _(text: str) -> str:
    """The words in the terminal's language, from the same catalogue: the help must not load Django."""
    return _words(language()).gettext(text)


@cache
def console(error: bool = False) -> Any:
    """The one rich console of the process for results, and one for everything said on the way (standard error)."""
    from rich.console import Console

    narrow = (sys.stderr if error else sys.stdout).isatty() or "COLUMNS" in os.environ
    return Console(stderr=error, highlight=False, width=None if narrow else WIDE)


def say(message: str, *, style: str | None = None, error: bool = False) -> None:
    """One line to the reader, taken literally: brackets in it are not markup."""
    console(error).print(message, style=style, markup=False, soft_wrap=True)


def progress() -> Any:
    """A progress display: spinner, bar, count and time; on a pipe only its last state is printed."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=28),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=console(error=True))


def emit_json(value: object) -> None:
    """Print a value as JSON, readable, Chinese as it is; dates and decimals as text."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=1, default=str))


def emit(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], form: str, title: str = "") -> None:
    """Print rows as a table of the named columns (key -> heading), or all their keys as JSON."""
    if form == "json":
        emit_json([dict(row) for row in rows])
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left", header_style="bold", show_lines=False)
    for heading in columns.values():
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(row.get(key))) for key in columns))
    console().print(table)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return ", ".join(_cell(item) for item in value)
    return str(value)
