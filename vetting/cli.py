"""``flask vetting ...``: what the district's IT runs. Each says what it did, and exits non-zero when it failed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import click
import sqlalchemy as sa
from flask import current_app
from flask.cli import AppGroup
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from sqlalchemy.orm import sessionmaker

from vetting import clock
from vetting.extensions import db
from vetting.jobs.school_imports import Imported
from vetting.models import HistoryEntry, ScanResult, protected
from vetting.unit_of_work import unit_of_work

vetting_cli = AppGroup("vetting", help="Set up, fill, check and export the district.")


@contextmanager
def bar(title: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error; the callback takes how much is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=not sys.stderr.isatty()) as progress:
        task = progress.add_task(title, total=total)
        yield lambda done: progress.update(task, completed=done)


@vetting_cli.command()
def migrate() -> None:
    """Bring the database to the newest form and publish the reference data that ships with the program."""
    from flask_migrate import upgrade

    from vetting.jobs.reference_data import publish_shipped

    upgrade()
    with db.engine.connect() as connection:
        gaps = protected.missing(connection)
    if gaps:
        raise click.ClickException(f"The database lacks protections: {', '.join(gaps)}.")
    with unit_of_work(db.session) as session:
        published = publish_shipped(session)
    click.echo(f"The database is up to date. Published {len(published)} sets of reference data.")


@vetting_cli.command()
@click.option("--again", is_flag=True, help="Refuse nothing: load into a database that is not empty.")
def demo(again: bool) -> None:
    """Load the demonstration district, or what is left of a load that was interrupted. Done once, it does nothing."""
    from vetting.jobs.demo import SIZE, DemoRefused, load
    from vetting.queries.people import DEMO_PASSWORD
    from vetting.views.account.passwords import hashed

    store, settings = current_app.extensions["store"], current_app.config["SETTINGS"]
    with bar("Demonstration district", SIZE) as progress:
        try:
            loaded = load(db.session(), store, settings, password=hashed(DEMO_PASSWORD), progress=progress, again=again)
        except DemoRefused as error:
            raise click.ClickException(str(error)) from error
    click.echo("Loaded the demonstration district." if loaded else "The demonstration district is already there.")


@vetting_cli.command("sign-ins")
def sign_ins() -> None:
    """Print one demonstration sign-in for each role."""
    from vetting.queries.people import demo_sign_ins

    for role, email, password in demo_sign_ins(db.session):
        click.echo(f"  {role:<28} {email:<44} {password}")


@vetting_cli.command("create-admin")
@click.option("--if-none", is_flag=True, help="Do nothing, and succeed, when there is an administrator.")
@click.option("--force", is_flag=True, help="Make a link even though there is an administrator.")
def create_admin(if_none: bool, force: bool) -> None:
    """Print a one-time link that makes the first administrator. It works for 24 hours."""
    from vetting.views.account.setup_link import AdministratorExists, make_setup_link

    try:
        with unit_of_work(db.session) as session:
            link = make_setup_link(session, force=force)
    except AdministratorExists as error:
        if if_none:
            return
        raise click.ClickException("There is an administrator already. Use --force to make another link.") from error
    click.echo(f"Set up the first administrator here (works once, for 24 hours):\n  {link}")


def _import(title: str, file: Path, dry_run: bool, run: Callable[..., Imported]) -> None:
    data = file.read_bytes()
    with bar(title, data.count(b"\n")) as progress:
        try:
            with unit_of_work(db.session) as session:
                done = run(session, data, progress=progress)
                if dry_run or done.problems:
                    raise _NothingKept
        except _NothingKept:
            pass
    for problem in done.problems:
        place = f"line {problem.line}" if problem.line else "file"
        click.echo(f"{file.name}, {place}: {problem.message}", err=True)
    if done.problems:
        raise click.ClickException(f"{len(done.problems)} problems. Nothing was imported.")
    words = "Would add" if dry_run else "Added"
    click.echo(f"{words} {done.added} and change {done.changed} of {done.rows} rows.")


class _NothingKept(Exception):
    """Ends the unit of work without keeping anything."""


FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
DRY_RUN = click.option("--dry-run", is_flag=True, help="Check everything, keep nothing.")


@vetting_cli.command("import-schools")
@FILE
@DRY_RUN
def import_schools(file: Path, dry_run: bool) -> None:
    """Import schools and their yearly figures from FILE (CSV). All rows or none."""
    from vetting.jobs import school_imports

    _import("Schools", file, dry_run, school_imports.import_schools)


@vetting_cli.command("import-index")
@FILE
@DRY_RUN
@click.option("--made-up", is_flag=True, help="Mark the scores as made up, for demonstrations.")
def import_index(file: Path, dry_run: bool, made_up: bool) -> None:
    """Import Opportunity Index scores from FILE (CSV: dese_id, school_year, index). All rows or none."""
    from functools import partial

    from vetting.jobs import school_imports

    _import("Index scores", file, dry_run, partial(school_imports.import_index, made_up=made_up))


@vetting_cli.command("import-partners")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@DRY_RUN
def import_partners(files: tuple[Path, ...], dry_run: bool) -> None:
    """Bring partners, programs and partnerships along from FILES: one workbook (XLSX), or a CSV file for each sheet.

    Exits 0 when everything was loaded (or could be), 1 when something is wrong with the list, and 3 when somebody has
    to say on the page of the import whether partners that look alike are the same.
    """
    from vetting.jobs import partner_command

    sealer, sessions = current_app.extensions["sealer"], sessionmaker(db.engine, expire_on_commit=False)
    with bar("Rows", None) as progress:
        done = partner_command.bring(sessions, sealer, files, load=not dry_run, progress=progress)
    for line in done.problems:
        click.echo(line, err=True)
    click.echo(f"{done.reference}: {done.summary}")
    if done.status:
        sys.exit(done.status)


@vetting_cli.command("export-partners")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export_partners(file: Path) -> None:
    """Write what was brought along, as it stands now, to FILE (XLSX) in the shape of the template."""
    from vetting.jobs import partner_export, partner_template

    partner_template.write_workbook(file, partner_export.rows(db.session()))
    click.echo(f"Wrote {file}.")


@vetting_cli.command()
def verify() -> None:
    """Replay history; check chains, anchors and stored states. Exits 1 and names the first bad row."""
    from vetting.workflows.verify import check

    total = db.session.scalar(sa.select(sa.func.count()).select_from(HistoryEntry)) or 0
    with bar("Replaying history", total) as progress:
        findings = list(check(db.session, progress))
    for finding in findings[:20]:
        click.echo(str(finding), err=True)
    if findings:
        raise click.ClickException(f"{len(findings)} disagreements. The first: {findings[0]}")
    click.echo(f"History, stored states and anchors agree ({total} rows).")


@vetting_cli.command()
@click.option("--reap", is_flag=True, help="Remove what nobody came for within ORPHAN_DAYS.")
@click.option("--hashes", is_flag=True, help="Read every byte and hold it against its hash.")
def reconcile(reap: bool, hashes: bool) -> None:
    """Hold the store against the rows: every row has its object, every object its row.

    Exits 0 when they agree, 1 when a row lacks its bytes, and 3 when there are only files that no row names.
    """
    from vetting.jobs.reconcile import SHOWN, Report, reconcile
    from vetting.queries import promises
    from vetting.storage import StoreProblem

    settings = current_app.config["SETTINGS"]
    before = clock.now() - timedelta(days=settings.orphan_days)
    total = promises.count(db.session())
    db.session.rollback()
    with bar("Rows with files", total) as progress:
        try:
            report: Report = reconcile(
                sessionmaker(db.engine),
                current_app.extensions["store"],
                before,
                hashes=hashes,
                reap=reap,
                progress=progress,
            )
        except StoreProblem as problem:
            raise click.ClickException(f"The store cannot be looked through: {problem}") from problem
    for finding in report.findings[:SHOWN]:
        click.echo(str(finding), err=True)
    if len(report.findings) > SHOWN:
        click.echo(f"... and {len(report.findings) - SHOWN} more.", err=True)
    click.echo(report.summary)
    if report.status:
        sys.exit(report.status)


@vetting_cli.command()
@click.option("--once", is_flag=True, help="Do what is due now, then stop.")
def worker(once: bool) -> None:
    """Deliver mail, seal agreements, check files and draw their pages, and begin or end what the local day says."""
    from vetting.scanning import ScannerUnreachable
    from vetting.worker import Worker

    runner = Worker(current_app._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001
    if once:
        runner.take_over()
        click.echo(f"{runner.drain()} effects delivered.")
        try:
            while runner.scan_next():
                continue
        except ScannerUnreachable as error:
            click.echo(f"The virus scanner does not answer, so files wait: {error}", err=True)
        while runner.draw_next() or runner.look_next():
            continue
    else:
        runner.run()


@vetting_cli.command("scan")
@click.option("--unscanned", is_flag=True, help="Those that no scanner has looked at.")
@click.option("--again", is_flag=True, help="Those that were clean or could not be checked, with newer signatures.")
def scan(unscanned: bool, again: bool) -> None:
    """Say how the virus scanner does, and let the worker show it files that came before there was one, or all again."""
    from vetting.jobs import scanning
    from vetting.policy import SYSTEM
    from vetting.queries.scans import counts
    from vetting.scanning import ScannerUnreachable

    scanner = current_app.extensions["scanner"]
    chosen = {ScanResult.UNSCANNED, ScanResult.WAITING} if unscanned else set()
    if again:
        chosen |= {ScanResult.CLEAN, ScanResult.UNSCANNABLE}
    if chosen and not scanner.active:
        raise click.ClickException("There is no virus scanner. Set SCANNER_URL.")
    if chosen:
        click.echo(f"{scanning.ask_for_all(sessionmaker(db.engine), frozenset(chosen))} files wait for the check.")
    for result, count in counts(db.session(), SYSTEM).items():
        click.echo(f"{result}: {count}")
    db.session.rollback()
    try:
        click.echo(scanner.version() or "There is no virus scanner.")
    except ScannerUnreachable as error:
        raise click.ClickException(f"The virus scanner does not answer: {error}") from error


@vetting_cli.command("export-agreements")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def export_agreements(folder: Path) -> None:
    """Write every executed PDF, a signed manifest of their SHA-256 and the certificates to check them into FOLDER."""
    from vetting.jobs.export import ExportFailed, export

    app = current_app
    with bar("Agreements", None) as progress:
        try:
            done = export(
                sessionmaker(db.engine),
                app.extensions["store"],
                app.config["SETTINGS"],
                folder,
                lambda count, total: progress(count),
            )
        except ExportFailed as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"Wrote {done.documents} agreements with their manifest to {done.folder}.")


@vetting_cli.command("write-docs")
@click.option("--check", "only_check", is_flag=True, help="Write nothing; fail when a page is out of date.")
def write_docs(only_check: bool) -> None:
    """Write docs/workflows and docs/permissions.md from the tables."""
    from vetting.workflows.diagram import pages

    root = Path(current_app.root_path).parent / "docs"
    stale = []
    for name, text in pages().items():
        path = root / name
        if path.exists() and path.read_text() == text:
            continue
        stale.append(name)
        if not only_check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    if only_check and stale:
        raise click.ClickException(f"Out of date: {', '.join(stale)}. Run: make docs")
    click.echo(f"{len(stale)} pages written." if not only_check else "The generated pages are current.")
