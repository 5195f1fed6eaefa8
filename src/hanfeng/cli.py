"""The `hanfeng` command. This module and its help know no Django; each command loads what it needs when it runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from hanfeng.site.commands.terminal import Refused, _, emit, emit_json, language, say

Function = TypeVar("Function", bound=Callable[..., Any])


def _at_home(context: click.Context, parameter: click.Parameter, value: Path | None) -> None:
    if value is not None:
        os.environ["HANFENG_HOME"] = str(value.resolve())


def at_home(function: Function) -> Function:
    """Give a command `--home`: which site it speaks of."""
    text = _("The folder the site lives in (default: HANFENG_HOME, else ./var).")
    kind = click.Path(file_okay=False, path_type=Path)
    return click.option("--home", type=kind, expose_value=False, is_eager=True, callback=_at_home, help=text)(function)


def reports(function: Function) -> Function:
    """Give a command that reports `--format table|json`."""
    text = _("A table for people, or JSON for programs.")
    return click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", help=text)(function)


def begin() -> None:
    """Load Django with the site's settings, speaking the terminal's language."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hanfeng.site.settings")
    import django
    from django.utils import translation

    django.setup()
    translation.activate(language())


def as_date(context: click.Context, parameter: click.Parameter, value: str | None) -> date | None:
    """A day as YYYY-MM-DD; None when none is given."""
    try:
        return date.fromisoformat(value) if value else None
    except ValueError as bad:
        raise Refused(_("{value} is not a day; write it as 2025-12-31.").format(value=value)) from bad


def _of_database(failure: Exception) -> bool:
    from django.db import OperationalError, ProgrammingError

    return isinstance(failure, (OperationalError, ProgrammingError))


class Commands(click.Group):
    """The commands below, and those that installed packs declare (`Pack.commands`); the latter load Django."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command. A database that is not there or has no tables is a sentence, not a traceback."""
        try:
            return super().invoke(context)
        except Exception as failure:
            if "django" in sys.modules and _of_database(failure):
                text = _("The database does not answer or is not up to date: {why}. Has `hanfeng up` run here?")
                raise Refused(text.format(why=str(failure).strip())) from failure
            raise

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """A command of this module, else one of a pack."""
        own = super().get_command(context, name)
        if own is not None:
            return own
        begin()
        from hanfeng.site.commands import added

        return added.command(name)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="hanfeng", message="%(prog)s %(version)s")
def main() -> None:
    """hanfeng"""


main.help = _("Runs the platform on which a district government carries out, watches and judges its innovation plan.")


@main.command(
    help=_("Make the site ready and serve it: tables, roles, demo data when empty, web and worker processes.")
)
@click.option("--host", default="127.0.0.1", show_default=True, help=_("The address to listen on."))
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help=_("The port to listen on.")
)
@at_home
@click.option("--empty", is_flag=True, help=_("A real start: no demo data; asks for the first administrators."))
@click.option("--demo-public", is_flag=True, help=_("Serve beyond this machine although demo accounts exist."))
@click.option(
    "--cert", type=click.Path(dir_okay=False, path_type=Path), help=_("Serve HTTPS with this certificate (PEM).")
)
@click.option(
    "--key", type=click.Path(dir_okay=False, path_type=Path), help=_("The private key of the certificate (PEM).")
)
def up(host: str, port: int, empty: bool, demo_public: bool, cert: Path | None, key: Path | None) -> None:
    from hanfeng.site.commands import tls
    from hanfeng.site.up import up as start

    raise SystemExit(start(host, port, empty=empty, demo_public=demo_public, pair=tls.pair(cert, key)))


@main.command(help=_("Run the worker alone: link jobs, seals, heartbeat. `up` starts it by itself."))
@click.option("--writer", is_flag=True, help=_("Run the writer of observations instead."))
@at_home
def work(writer: bool) -> None:
    begin()
    from hanfeng.site.commands import home
    from hanfeng.site.commands.work import run, write

    (write if writer else run)(home.home())


@main.group(help=_("Ways in for values of stations: each a process of its own that sends to the writer."))
def gateway() -> None:
    pass


@gateway.command(help=_("Between a broker of MQTT and the writer, on the topics of SensorThings."))
@click.option("--host", default="127.0.0.1", show_default=True, help=_("The address of the broker."))
@click.option("--port", default=1883, show_default=True, type=click.IntRange(1, 65535), help=_("Its port."))
@click.option(
    "--user", default="", help=_("The account at the broker; its password is read from HANFENG_MQTT_PASSWORD.")
)
@click.option("--name", default="hanfeng", show_default=True, help=_("What the broker knows this bridge by."))
@at_home
def mqtt(host: str, port: int, user: str, name: str) -> None:
    begin()
    from hanfeng.site.commands.gateways import bridge

    bridge(host, port, name, user, os.environ.get("HANFENG_MQTT_PASSWORD", ""))


@gateway.command("file", help=_("Keep the values of a sheet: columns station, series, time, value, mark."))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@at_home
@reports
def gateway_file(file: Path, form: str) -> None:
    begin()
    from hanfeng.site.commands.gateways import sheet

    told = sheet(file)
    rows = [{"line": line, "message": why} for line, why in told.refused]
    if form == "json":
        emit_json({"new": told.new, "same": told.same, "changed": told.changed, "errors": rows})
    else:
        if rows:
            emit(rows, {"line": _("line"), "message": _("what is wrong")}, form)
        counts = {"new": told.new, "same": told.same, "changed": told.changed, "errors": len(rows)}
        say(_("{new} new, {same} known already, {changed} changed, {errors} refused").format(**counts), style="bold")
    raise SystemExit(1 if rows else 0)


@gateway.command(
    help=_("Send invented values of the demo stations as they fall due; with --speak hj212 through their gateway.")
)
@click.option("--speak", type=click.Choice(["values", "hj212"]), default="values", show_default=True)
@click.option(
    "--host", default="127.0.0.1", show_default=True, help=_("The address of the gateway, for --speak hj212.")
)
@click.option("--port", default=9212, show_default=True, type=click.IntRange(1, 65535), help=_("Its port."))
@click.option(
    "--stop", "still", flag_value=True, type=bool, default=None, help=_("Stop them on this site, until --go.")
)
@click.option("--go", "still", flag_value=False, type=bool, help=_("Let them go on; what was missed is sent late."))
@at_home
def simulator(speak: str, host: str, port: int, still: bool | None) -> None:
    begin()
    from hanfeng.site.commands import gateways

    if still is not None:
        gateways.hold_still(still)
    elif speak == "hj212":
        gateways.simulate_devices(host, port)
    else:
        gateways.simulate()


@gateway.command(help=_("Serve devices that speak HJ 212 (2005, 2017, 2025) over TCP."))
@click.option(
    "--host", default="127.0.0.1", show_default=True, help=_("The address to listen on; 0.0.0.0 for all of them.")
)
@click.option(
    "--port", default=9212, show_default=True, type=click.IntRange(1, 65535), help=_("The port to listen on.")
)
@at_home
def hj212(host: str, port: int) -> None:
    begin()
    from hanfeng.site.commands.gateways import hj212 as run

    run(host, port)


@gateway.command(help=_("The demo devices with a gateway on this machine alone, as `hanfeng up` runs them."))
@at_home
def demo() -> None:
    begin()
    from hanfeng.site.commands.gateways import demonstrate

    demonstrate()


ORDERS = (
    "read-clock", "set-clock", "read-interval", "set-interval", "read-minutes", "set-minutes", "start", "stop", "minutes",
    "hours", "days",
)  # fmt: skip


@gateway.command(help=_("Give a device a command by its number (MN); it is sent when the device is there."))
@click.argument("number")
@click.argument("kind", type=click.Choice(ORDERS))
@click.option(
    "--every", type=click.IntRange(1), help=_("The interval to set: seconds for real-time data, else minutes.")
)
@click.option("--from", "starts", type=click.DateTime(), help=_("Data from this time on are sent again."))
@click.option("--until", "ends", type=click.DateTime(), help=_("Data until this time are sent again."))
@at_home
@reports
def order(number: str, kind: str, every: int | None, starts: datetime | None, ends: datetime | None, form: str) -> None:
    begin()
    from hanfeng.site.commands.gateways import give_order

    told = give_order(number, kind, every, starts, ends)
    if form == "json":
        emit_json(told)
    else:
        say(_("Command {id} waits for the device.").format(id=told["id"]), style="bold")


@main.group(help=_("Observations of stations."))
def sense() -> None:
    pass


@sense.command(
    "archive",
    help=_("Move old months of observations to Parquet files, and fold in what came late; again is harmless."),
)
@click.option(
    "--months", type=click.IntRange(1, 1200), help=_("Whole months that stay in the table; without it the parameter.")
)
@click.option(
    "--verify", is_flag=True, help=_("Only compare the files with what was written. Exit code 1 when one is not whole.")
)
@at_home
@reports
def sense_archive(months: int | None, verify: bool, form: str) -> None:
    begin()
    from hanfeng.site.commands import gateways

    if verify:
        faults = gateways.damaged()
        emit([{"message": fault} for fault in faults], {"message": _("what is wrong")}, form)
        raise SystemExit(1 if faults else 0)
    done = gateways.archive(months)
    heads = {"month": _("month"), "rows": _("values"), "size": _("bytes"), "again": _("written anew")}
    emit([{**row._asdict()} for row in done], heads, form)


@main.command(help=_("Look for what is wrong: packs, plan, history, translations, deployment. Exit code 1 on errors."))
@click.argument("names", nargs=-1, metavar="[CHECK]...")
@click.option("--packs", "flags", flag_value="packs", multiple=True, help=_("Only: the values that packs declare."))
@click.option("--plan", "flags", flag_value="plan", multiple=True, help=_("Only: clauses, commitments and targets."))
@click.option(
    "--history", "flags", flag_value="history", multiple=True, help=_("Only: the chains and seals of the record.")
)
@click.option(
    "--search", "flags", flag_value="search", multiple=True, help=_("Only: the search index, made again and compared.")
)
@at_home
@reports
def check(names: tuple[str, ...], flags: tuple[str, ...], form: str) -> None:
    begin()
    from hanfeng.site.commands.checking import show

    raise SystemExit(show([*names, *flags], form))


@main.command(
    help=_("The plan traced: each commitment, the clause that makes it, the packs and indicators that answer.")
)
@click.option("--plan", help=_("Which plan (default: the county's own)."))
@click.option("--unserved", is_flag=True, help=_("Only commitments that no pack serves."))
@at_home
@reports
def trace(plan: str | None, unserved: bool, form: str) -> None:
    begin()
    from hanfeng.site.commands.tracing import show

    show(plan, unserved, form)


@main.command(help=_("Evaluate a plan as known on a day: each target, the value that judges it, the verdict."))
@click.option(
    "--as-of", metavar="YYYY-MM-DD", callback=as_date, help=_("The day whose knowledge counts (default: today).")
)
@click.option("--plan", help=_("Which plan (default: the county's own)."))
@click.option("--language", "spoken", type=click.Choice(["zh-hans", "en"]), help=_("The language of the evaluation."))
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help=_("Write the report to this .docx, .pdf or .json file."),
)
@at_home
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "docx", "pdf", "official"]),
    default="table",
    help=_("A table for people, JSON for programs, or a report in a file (named after plan and day without --out)."),
)
def evaluate(as_of: date | None, plan: str | None, spoken: str | None, out: Path | None, form: str) -> None:
    begin()
    from hanfeng.site.commands.evaluating import show

    show(as_of, plan, spoken or language(), out, form)


@main.command(help=_("Print the file and line behind each part of a page."))
@click.argument("url")
@at_home
@reports
def explain(url: str, form: str) -> None:
    begin()
    from hanfeng.site.commands.explain import explain as parts

    emit(parts(url), {"part": _("part"), "name": _("name"), "where": _("file and line")}, form)


@main.command(help=_("Write the smallest pack that passes the checks: hanfeng new DOMAIN/NAME"))
@click.argument("name", metavar="DOMAIN/NAME")
@click.option("--title", help=_("Its name in Chinese."))
@click.option("--title-en", help=_("Its name in English."))
@click.option("--serves", multiple=True, help=_("A commitment of the vocabulary it serves; may be given again."))
def new(name: str, title: str | None, title_en: str | None, serves: tuple[str, ...]) -> None:
    from hanfeng.site.commands.new import new as write

    write(name, title, title_en, serves)


@main.command(
    help=_(
        "Write the rows of a desk to a sheet, as one account sees them; CSV on the screen without --out. "
        "`export bpmn` writes every flow as BPMN 2.0 into the folder --out."
    )
)
@click.argument("desk", metavar="PACK/DESK|bpmn")
@click.option("--as", "username", help=_("The account whose rows are written."))
@click.option("--out", type=click.Path(path_type=Path), help=_("A .csv, .xlsx or .json file; a folder for flows."))
@at_home
def export(desk: str, username: str | None, out: Path | None) -> None:
    begin()
    if desk == "bpmn":
        from hanfeng.site.commands.flows import write as write_flows

        for path in write_flows(out or Path()):
            click.echo(path)
        return
    if username is None:
        raise Refused(_("Name the account whose rows are written: --as NAME"))
    from hanfeng.site.commands.sheets import export as write

    click.echo(write(desk, username, out), nl=False)


@main.command(
    "import", help=_("Read a sheet into a desk: the first line names fields; wrong rows are told, the rest kept.")
)
@click.argument("desk", metavar="PACK/DESK")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "username", required=True, help=_("The account that writes."))
@click.option("--dry-run", "dry", is_flag=True, help=_("Only check; write nothing."))
@at_home
@reports
def import_(desk: str, file: Path, username: str, dry: bool, form: str) -> None:
    begin()
    from hanfeng.site.commands.sheets import take

    taken = take(desk, file, username, dry=dry)
    rows = [{"line": line, "message": words} for line, words in taken.errors]
    if form == "json":
        emit_json({"written": taken.written, "batch": taken.batch, "errors": rows})
    else:
        if rows:
            emit(rows, {"line": _("line"), "message": _("what is wrong")}, form)
        say(_("{written} rows written, {errors} refused").format(written=taken.written, errors=len(rows)), style="bold")
    raise SystemExit(1 if rows else 0)


@main.command(help=_("Make the search index anew. Until it ends, a search finds what is done so far."))
@at_home
@reports
def reindex(form: str) -> None:
    begin()
    from hanfeng.site.commands import added

    made = added.reindex()
    if form == "json":
        emit_json({"passages": made})
    else:
        say(_("{count} records and paragraphs can be searched.").format(count=made))


@main.command(help=_("Seal the history now, instead of within the next minute."))
@at_home
@reports
def seal(form: str) -> None:
    begin()
    from hanfeng.site.commands import added

    made = added.seal()
    if form == "json":
        emit_json(made)
    else:
        say(_("{count} events sealed.").format(count=made["sealed"]))


@main.command(
    help=_("Back up the running site to one verified file: database, attachments, seals, keys. Default: HOME/backups.")
)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--verify", is_flag=True, help=_("Make nothing: read FILE to its end and tell whether it is whole."))
@click.option("--no-keys", is_flag=True, help=_("Leave the keys out; a restore then needs them from elsewhere."))
@click.option(
    "--nightly", is_flag=True, hidden=True, help=_("How the worker starts it: into HOME/backups, the newest kept.")
)
@at_home
@reports
def backup(file: Path | None, verify: bool, no_keys: bool, nightly: bool, form: str) -> None:
    from hanfeng.site.commands import backups, home

    if verify:
        if file is None:
            raise Refused(_("Name the file to verify: hanfeng backup --verify FILE"))
        raise SystemExit(backups.verify(file, form))
    backups.require_site(home.home())
    begin()
    raise SystemExit(backups.backup(file, keys=not no_keys, nightly=nightly, form=form))


@main.command(help=_("Restore a backup into an empty HOME, wholly or not at all; every checksum is verified first."))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--home",
    required=True,
    type=click.Path(path_type=Path),
    expose_value=False,
    is_eager=True,
    callback=_at_home,
    help=_("The empty folder to restore to."),
)
@click.option(
    "--keys",
    type=click.Path(file_okay=False, path_type=Path),
    help=_("The folder with the keys, for a backup made with --no-keys."),
)
@click.option(
    "--new-keys",
    is_flag=True,
    help=_("Make new keys: everybody signs in again, earlier seals can no longer be proved."),
)
@reports
def restore(file: Path, keys: Path | None, new_keys: bool, form: str) -> None:
    from hanfeng.site.commands import backups

    raise SystemExit(backups.restore(file, keys, new_keys, form))


@main.command(help=_("List the backups in HOME/backups."))
@at_home
@reports
def backups(form: str) -> None:
    from hanfeng.site.commands.backups import show

    show(form)


@main.command(help=_("Copy the page a desk uses into its pack, to be changed there: hanfeng eject PACK MODEL KIND"))
@click.argument("pack")
@click.argument("model")
@click.argument("kind", type=click.Choice(["list", "form", "record"]))
@at_home
def eject(pack: str, model: str, kind: str) -> None:
    begin()
    from hanfeng.site.commands.eject import eject as copy

    copy(pack, model, kind)


@main.command(
    help=_("Any of Django's own commands: makemigrations, shell, ..."),
    context_settings={"ignore_unknown_options": True},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def manage(arguments: tuple[str, ...]) -> None:
    begin()
    from django.core.management import execute_from_command_line

    execute_from_command_line(["hanfeng manage", *arguments])
