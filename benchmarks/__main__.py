"""`python -m benchmarks`: one run, one table; exit status 1 when a limit is broken."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from .measure import Line
from .place import own_site

errors = Console(stderr=True)


@click.command()
@click.option("--rows", default=100_000, show_default=True, help="Records in the register.")
@click.option("--rounds", default=10, show_default=True, help="How often both sides take their turn.")
@click.option("--each", default=20, show_default=True, help="Calls of a side in a turn.")
@click.option("--firm-years", default=1_000_000, show_default=True, help="Returns behind the figures of R&D.")
@click.option("--observations", default=10_000_000, show_default=True, help="Rows in the table of observations.")
@click.option("--only", type=click.Choice(["figures", "sense"]), help="Measure only this room.")
@click.option("--json", "target", type=click.Path(path_type=Path), help="Write the figures to this file too.")
def main(
    rows: int, rounds: int, each: int, firm_years: int, observations: int, only: str | None, target: Path | None
) -> None:
    """Measure the kernel beside hand-written Django on a site of the run's own."""
    with own_site() as engine:
        lines = [
            *([] if only else _measure(rows, rounds, each)),
            *([] if only == "sense" else _figures(firm_years, rounds)),
            *([] if only == "figures" else _sense(observations, rounds, each)),
        ]
    load, cores = os.getloadavg()[1], os.cpu_count()
    title = f"{engine}, {rows:,} records; load {load:.1f} on {cores} cores"
    Console(width=None if sys.stdout.isatty() else 150).print(_table(lines, title))
    if target:
        told = {
            "engine": engine,
            "rows": rows,
            "load": load,
            "cores": cores,
            "lines": [{**asdict(line), "broken": line.broken} for line in lines],
        }
        target.write_text(json.dumps(told, indent=1), encoding="utf-8")
    sys.exit(any(line.broken for line in lines))


def _measure(rows: int, rounds: int, each: int) -> Iterator[Line]:
    from django.db import connection

    from . import counting, pages, register, rest, writing

    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=errors
    ) as bar:
        user = register.reader()
        task = bar.add_task("records", total=rows)
        yield from writing.fill(user, rows, lambda done: bar.update(task, completed=done))
        pages.make_aged(user, 50)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        task = bar.add_task("measured", total=None)
        for found in (
            pages.lines(user, rows, rounds, each),
            rest.lines(user, rounds, each),
            writing.lines(user, rounds, each * 2),
            counting.indicator_lines(rounds),
            counting.plan_lines(user, rounds),
            counting.history_lines(),
        ):
            for line in found:
                bar.update(task, advance=1, description=line.name)
                yield line


def _figures(firm_years: int, rounds: int) -> Iterator[Line]:
    from . import figures

    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=errors
    ) as bar:
        task = bar.add_task("firm-years", total=firm_years)
        figures.fill(firm_years, lambda done: bar.update(task, completed=done))
        for line in figures.lines(firm_years, rounds):
            bar.update(task, description=line.name)
            yield line


def _sense(observations: int, rounds: int, each: int) -> Iterator[Line]:
    from . import sense

    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=errors
    ) as bar:
        task = bar.add_task("observations", total=observations)
        for line in sense.lines(observations, rounds, each, lambda done: bar.update(task, completed=done)):
            bar.update(task, description=line.name)
            yield line


def _table(lines: list[Line], title: str) -> Table:
    table = Table(title=title)
    for head in ("what", "ours", "theirs", "unit", "ratio", "limit", "CPU ms", "p95 ms"):
        table.add_column(head, justify="left" if head in {"what", "unit"} else "right", no_wrap=True)
    table.add_column("note", overflow="fold")
    for line in lines:
        limit = ", ".join(f"{what} {most:g}" for what, _value, most in line.limits)
        ours, theirs, ratio, cpu, p95 = map(_number, (line.ours, line.theirs, line.ratio, line.cpu_ms, line.p95_ms))
        note = (f"[bold]OVER: {', '.join(line.broken)}[/bold]. " if line.broken else "") + line.note
        table.add_row(
            line.name, ours, theirs, line.unit, ratio, limit, cpu, p95, note, style="red" if line.broken else ""
        )
    return table


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


main()
