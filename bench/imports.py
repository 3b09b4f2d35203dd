"""The office's list of ten thousand rows: how fast it is checked and loaded, and how much memory that takes."""

from __future__ import annotations

import csv
import io
import resource
import subprocess
import sys
import time
from collections.abc import Iterator

from sqlalchemy.orm import Session, sessionmaker

from bench.databases import Database
from bench.measuring import Result, Unexpected
from vetting.imports.partner_columns import COLUMNS
from vetting.jobs import partner_imports
from vetting.models import PartnerImport, PartnerImportState, RowResult, Sheet
from vetting.policy import SYSTEM
from vetting.queries import imports
from vetting.sealing import Sealer
from vetting.unit_of_work import unit_of_work
from vetting.workflows import engine
from vetting.workflows.imports import PARTNER_IMPORT

NAME = "import_10k_rows"
PARTNERS = 5_000
WORDS = ("Amber", "Birch", "Cobble", "Drift", "Ember", "Fox", "Granite", "Heron", "Iris", "Juniper")


def the_list(partners: int = PARTNERS) -> list[tuple[str, bytes]]:
    """So many partners with one program each, as CSV files."""
    own = [
        {
            "partner_key": f"B-{number}",
            "legal_name": f"{_name(number)} {number:x} {WORDS[number % 10]}",
            "organization_kind": "Business",
            "partner_since": "2024-07-01",
            "partner_until": "2029-06-30",
            "mission": "We work with students after school.",
        }
        for number in range(partners)
    ]
    programs = [
        {
            "program_key": f"B-{number}A",
            "partner_key": f"B-{number}",
            "program_name": f"{_name(number)} after school",
            "short_description": "Students build things together.",
            "service_category": "academic_support.tutoring",
            "grades": "6; 7; 8",
        }
        for number in range(partners)
    ]
    return [_csv(Sheet.PARTNERS, own), _csv(Sheet.PROGRAMS, programs)]


def _name(number: int) -> str:
    """A name that looks like no other: the digits of the number in words, in both directions."""
    digits = [int(digit) for digit in f"{number * 7919 % 99_991:05d}"]
    return "".join(WORDS[digit] for digit in digits)


def _csv(sheet: Sheet, rows: list[dict[str, str]]) -> tuple[str, bytes]:
    text = io.StringIO()
    writer = csv.DictWriter(text, [column.key for column in COLUMNS[sheet]], restval="")
    writer.writeheader()
    writer.writerows(rows)
    return f"{sheet.value}.csv", text.getvalue().encode()


def imported(database: Database) -> Iterator[Result]:
    """Check and load the list in a process of its own, so that ``peak_mb`` is its alone."""
    script = [sys.executable, "-m", "bench.imports"]
    done = subprocess.run(script, env=database.environment(), capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise Unexpected(f"{NAME}: {done.stderr[-2000:]}")
    rows, checked, loaded, peak = (float(part) for part in done.stdout.split()[-4:])
    yield Result(
        figure=NAME,
        database=database.name,
        scale=int(rows),
        p50_ms=round(loaded / rows * 1000, 2),
        p95_ms=round(loaded / rows * 1000, 2),
        more={
            "rows": int(rows),
            "rows_per_second": round(rows / loaded),
            "check_seconds": round(checked, 1),
            "load_seconds": round(loaded, 1),
            "peak_mb": round(peak / 1024, 1),
        },
    )


def main() -> None:
    """Rows, seconds to check, seconds to load, and the most memory in KB."""
    from vetting import create_app
    from vetting.extensions import db

    app = create_app()
    sealer: Sealer = app.extensions["sealer"]
    with app.app_context():
        sessions: sessionmaker[Session] = sessionmaker(db.engine, expire_on_commit=False)
    with sessions() as session, unit_of_work(session):
        number = partner_imports.upload(session, sealer, SYSTEM, the_list()).id
    begun = time.perf_counter()
    partner_imports.check(sessions, sealer, number)
    checked = time.perf_counter()
    with sessions() as session, unit_of_work(session):
        engine.run(session, PARTNER_IMPORT, session.get_one(PartnerImport, number), "load", SYSTEM)
    partner_imports.work(sessions, sealer, number, lambda: False)
    loaded = time.perf_counter()
    with sessions() as session:
        upload = session.get_one(PartnerImport, number)
        done = imports.results(session, upload)[RowResult.CREATED]
        if upload.state is not PartnerImportState.LOADED or done != upload.total:
            raise Unexpected(f"{NAME}: {done} of {upload.total} rows were loaded")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(done, checked - begun, loaded - checked, peak)


if __name__ == "__main__":
    main()
