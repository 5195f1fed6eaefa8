"""Taking in 100,000 checked lines of XLSX beside the least that could be done: calamine, bulk_create, an event and the index.

`python -m benchmarks.sheets` prints the ratio of time and of memory (10,000 beside 100,000 lines, each in a process of its
own). The ratios are of one run on one machine; the exit status is 1 when a limit is broken.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import click

from .place import _own_database

MOST_TIME, MOST_MEMORY = 2.0, 1.3
HEAD = ("标识", "名称", "英文名称", "类别", "存在自", "来源", "备注")


def sheet(path: Path, rows: int, offset: int = 0) -> None:
    """A ledger of bodies, as an office has it."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    page = book.create_sheet("台账")
    page.append(list(HEAD))
    for n in range(offset, offset + rows):
        day = date(2000 + n % 25, n % 12 + 1, n % 28 + 1)
        page.append([f"body-{n:06}", f"某区第{n}号单位", f"Office {n}", "department", day, "年度台账", f"第{n % 97}批"])
    book.save(path)


class Clock:
    """Wall and CPU seconds from here on."""

    def __init__(self) -> None:
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def took(self) -> dict[str, float]:
        """Both, so far."""
        return {"seconds": time.perf_counter() - self.wall, "cpu": time.process_time() - self.cpu}


def ours(path: Path) -> dict[str, Any]:
    """The job as the worker runs it, on a file that was mapped; its seconds and counts."""
    from hanfeng.kernel.exchange import book, pages
    from hanfeng.kernel.exchange.columns import cleaned, guess
    from hanfeng.kernel.exchange.importing import TAKE
    from hanfeng.kernel.exchange.models import Upload
    from hanfeng.kernel.job import run as jobs
    from hanfeng.kernel.pack import find

    from . import register

    user = register.reader()
    pack = find("bodies")
    desk = pack.desk("body") if pack else None
    assert desk
    _allow(user, desk)
    with path.open("rb") as file:
        sha256, size = book.keep(file)
    with book.open_book(book.folder() / sha256) as opened:
        name, head = pages._guessed(opened, desk)
    upload = Upload.objects.create(
        owner=user,
        pack="bodies",
        desk="body",
        name=path.name,
        sha256=sha256,
        size=size,
        sheet=name,
        first=head.first,
        depth=head.depth,
        columns=cleaned(guess(desk, head.names, None)),
    )
    job = jobs.start(TAKE, user, "benchmark", upload=upload.pk)
    _forget_peak()
    clock = Clock()
    hand = jobs.Hand()
    hand.look()
    if hand.thread:
        hand.thread.join()
    took = clock.took()
    job.refresh_from_db()
    upload.refresh_from_db()
    if job.state != job.State.DONE or upload.batch is None:
        raise RuntimeError(job.error)
    return {**took, "rows": upload.batch.created, "refused": upload.refusals.count()}


def _allow(user: Any, desk: Any) -> None:
    from django.contrib.auth.models import Group

    for role in desk.write:
        user.groups.add(Group.objects.get_or_create(name=role.name)[0])
    user.__dict__.pop("_hanfeng_roles", None)


def theirs(path: Path) -> dict[str, Any]:
    """Reading, making records, one event each and the same rows of the search index, in blocks of 2,000: no checks, no hashes,
    no names, the words of a line put together by hand."""
    from django.db import models, transaction
    from python_calamine import CalamineWorkbook

    from hanfeng.commons.bodies.models import Body
    from hanfeng.kernel.record.models import Event
    from hanfeng.kernel.search import engine
    from hanfeng.kernel.search.places import of_record
    from hanfeng.kernel.search.words import plain

    _forget_peak()
    clock = Clock()
    rows: list[Any] = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()[1:]
    for at in range(0, len(rows), 2000):
        made = [
            Body(slug=r[0], name=r[1], name_en=r[2], kind=r[3], starts=r[4], source=r[5], note=r[6], version=1)
            for r in rows[at : at + 2000]
        ]
        with transaction.atomic():
            unguarded: Any = models.QuerySet(Body)
            unguarded.bulk_create(made)
            Event.objects.bulk_create(
                [
                    Event(kind="bodies.body", key=b.pk, seq=1, verb="import", data=json.dumps([b.slug, b.name]))
                    for b in made
                ]
            )
            engine.put(
                [
                    engine.Row(
                        of_record(Body, b.pk),
                        b.pk,
                        plain(f"{b.name} {b.name_en}"),
                        plain(f"{b.slug} 部门 department {b.source} {b.note}"),
                    )
                    for b in made
                ]
            )
    return {**clock.took(), "rows": len(rows), "refused": 0}


def _bare_site(home: str) -> None:
    """Fresh tables and nothing for the browser, whose tools would fill the memory that is measured."""
    os.environ |= {"HANFENG_HOME": home, "DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
    import django
    from django.core.management import call_command
    from django.db import connections

    django.setup()
    for name in connections:
        call_command("migrate", database=name, run_syncdb=True, verbosity=0, interactive=False)


def _forget_peak() -> None:
    """What set-up took at its highest is not the import's: begin to count from here (Linux)."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak() -> int:
    """The most memory this process held since, in kB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])


@click.command()
@click.option("--rows", default=100_000, show_default=True)
@click.option("--one", type=click.Choice(["ours", "theirs"]), help="Run one side in this process and print it as JSON.")
@click.option("--file", type=click.Path(path_type=Path))
def main(rows: int, one: str | None, file: Path | None) -> None:
    """Measure both sides in processes of their own."""
    if one and file:
        with (
            tempfile.TemporaryDirectory(prefix="hanfeng-bench-") as home,
            _own_database(f"hanfeng_sheets_{os.getpid()}"),
        ):
            _bare_site(home)
            said = (ours if one == "ours" else theirs)(file)
            said["peak"] = _peak()
        click.echo(json.dumps(said))
        return
    with tempfile.TemporaryDirectory() as place:
        large, small = Path(place) / "large.xlsx", Path(place) / "small.xlsx"
        sheet(large, rows)
        sheet(small, rows // 10)
        told = {"theirs": _side("theirs", large), "ours": _side("ours", large), "small": _side("ours", small)}
    # the limit is on CPU: what else the machine does moves the wall clock of either side, not this
    time_ratio = told["ours"]["cpu"] / told["theirs"]["cpu"]
    wall = told["ours"]["seconds"] / told["theirs"]["seconds"]
    memory = told["ours"]["peak"] / told["small"]["peak"]
    click.echo(
        f"{rows:,} lines taken in: ours {told['ours']['cpu']:.1f} s of CPU ({told['ours']['rows']:,} written, {told['ours']['refused']} refused), "  # noqa: E501
        f"calamine + bulk_create + one event each + the same index rows {told['theirs']['cpu']:.1f} s, ratio {time_ratio:.2f} (limit {MOST_TIME}), by the wall clock {wall:.2f}"  # noqa: E501
    )
    click.echo(
        f"peak memory {told['small']['peak'] / 1024:.0f} MB at {rows // 10:,} lines, {told['ours']['peak'] / 1024:.0f} MB at {rows:,}, "  # noqa: E501
        f"ratio {memory:.2f} (limit {MOST_MEMORY}); the bare way {told['theirs']['peak'] / 1024:.0f} MB"
    )
    sys.exit(time_ratio > MOST_TIME or memory > MOST_MEMORY)


def _side(name: str, file: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.sheets", "--one", name, "--file", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise click.ClickException(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
