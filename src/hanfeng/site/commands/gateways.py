"""The ways in for values of stations, and their archive, as the command line calls them."""

from __future__ import annotations

from pathlib import Path

from hanfeng.kernel.sense import archiving
from hanfeng.kernel.sense.archive import Lacking
from hanfeng.kernel.sense.client import Ingested, NotKept
from hanfeng.kernel.sense.gateways import Bridge, from_file, run_simulator, stopped_by_signals

from .terminal import Refused, _


def bridge(host: str, port: int, name: str, user: str, password: str) -> None:
    """Serve between a broker and the writer until asked to stop. Raises Refused when no broker answers."""
    try:
        Bridge(host, port, name=name, user=user, password=password).run(stopped_by_signals())
    except OSError as failure:
        raise Refused(_("The broker does not answer: {why}").format(why=failure)) from failure


def sheet(file: Path) -> Ingested:
    """Keep the values of a sheet. Raises Refused for what is no such sheet, or when no writer takes them."""
    try:
        return from_file(file)
    except (ValueError, NotKept) as wrong:
        raise Refused(str(wrong)) from wrong


def simulate() -> None:
    """Send invented values of demo stations until asked to stop."""
    run_simulator(stopped_by_signals())


def archive(months: int | None) -> list[archiving.Done]:
    """Archive old months. Raises Refused without the extra, beside another run, or when no writer answers."""
    try:
        return archiving.run(archiving.months_kept() if months is None else months)
    except (Lacking, archiving.Held, NotKept, OSError) as wrong:
        raise Refused(str(wrong)) from wrong


def damaged() -> list[str]:
    """What is wrong with the files of the archive."""
    return archiving.damaged()
