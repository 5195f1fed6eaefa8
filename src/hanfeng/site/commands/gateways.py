"""The ways in for values of stations, as the command line calls them."""

from __future__ import annotations

from pathlib import Path

from hanfeng.kernel.sense.client import Ingested, NotKept
from hanfeng.kernel.sense.gateways import Bridge, from_file, run_simulator, stopped_by_signals
from hanfeng.kernel.sense.live import keep_still

from .terminal import Refused, _, say


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


def simulate(still: bool | None = None) -> None:
    """Send invented values of demo stations until asked to stop; or, told so, stop or start those of the site."""
    if still is None:
        run_simulator(stopped_by_signals())
    else:
        keep_still(still)
        say(_("The demo stations stand still.") if still else _("The demo stations go on."))
