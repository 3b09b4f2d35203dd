"""The office's list as files, and the way from an upload to what is loaded."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from tests.factories import Factory
from vetting.calendar_days import school_year_of
from vetting.clock import today
from vetting.extensions import db
from vetting.jobs import partner_imports
from vetting.jobs.partner_template import heads, write_workbook
from vetting.models import PartnerImport, PartnerImportState, Role, Sheet, User
from vetting.sealing import Sealer
from vetting.unit_of_work import unit_of_work
from vetting.workflows import engine
from vetting.workflows.imports import PARTNER_IMPORT

Cells = Mapping[str, str]
Rows = Mapping[Sheet, Sequence[Cells]]


def name_of(key: str) -> str:
    """A made-up name that looks like no other key's."""
    digits = hashlib.sha256(key.encode()).hexdigest()[:18]
    return digits.translate(str.maketrans("0123456789abcdef", "kqvxzwjyrtnmhpds")).title()


def partner(key: str = "P-001", **cells: str) -> Cells:
    """A row of a partner that is complete enough to be loaded."""
    return {
        "partner_key": key,
        "legal_name": name_of(key),
        "organization_kind": "Community-based organization",
        "partner_since": "2024-07-01",
        "partner_until": "2029-06-30",
        **cells,
    }


def program(key: str = "P-001A", partner_key: str = "P-001", **cells: str) -> Cells:
    """A row of a program that says enough to be listed."""
    return {
        "program_key": key,
        "partner_key": partner_key,
        "program_name": f"Evenings {key}",
        "short_description": "Students build lanterns together.",
        "service_category": "Before- and after-school enrichment: Arts",
        "grades": "6; 7; 8",
        **cells,
    }


def partnership(dese_id: str, key: str = "P-001A", **cells: str) -> Cells:
    """A row of a partnership of this school year."""
    return {
        "program_key": key,
        "dese_id": dese_id,
        "school_year": school_year_of(today()),
        "state": "Confirmed",
        **cells,
    }


def table(sheet: Sheet, rows: Sequence[Cells]) -> list[list[str]]:
    """Rows in the order of the sheet's columns."""
    return [[row.get(column, "") for column in heads(sheet)] for row in rows]


def csv_file(sheet: Sheet, rows: Sequence[Cells]) -> tuple[str, bytes]:
    """One sheet as a CSV file."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(heads(sheet))
    writer.writerows(table(sheet, rows))
    return f"{sheet.value}.csv", text.getvalue().encode()


def workbook(folder: Path, rows: Rows) -> tuple[str, bytes]:
    """All sheets as a workbook."""
    path = folder / "list.xlsx"
    write_workbook(path, {sheet: table(sheet, cells) for sheet, cells in rows.items()})
    return path.name, path.read_bytes()


def files(rows: Rows) -> list[tuple[str, bytes]]:
    """A CSV file for each sheet that has rows."""
    return [csv_file(sheet, cells) for sheet, cells in rows.items() if cells]


@pytest.fixture
def sealer(app: Flask) -> Sealer:
    """What the application seals with."""
    found: Sealer = app.extensions["sealer"]
    return found


@pytest.fixture
def sessions(app: Flask) -> sessionmaker[Session]:
    """Sessions as the worker opens them."""
    with app.app_context():
        return sessionmaker(db.engine, expire_on_commit=False)


@pytest.fixture
def director(make: Factory) -> User:
    """A person who may bring the list along."""
    return make.person("Dana Director", Role.DIRECTOR)


Checked = Callable[[Sequence[tuple[str, bytes]]], PartnerImport]


@pytest.fixture
def checked(
    make: Factory, session: Session, sessions: sessionmaker[Session], sealer: Sealer, director: User
) -> Checked:
    """Upload files and have them checked."""

    def done(uploaded: Sequence[tuple[str, bytes]]) -> PartnerImport:
        with unit_of_work(session):
            made = partner_imports.upload(session, sealer, make.actor(director), uploaded)
        number = made.id
        session.rollback()
        partner_imports.check(sessions, sealer, number)
        session.expire_all()
        return session.get_one(PartnerImport, number)

    return done


Load = Callable[[PartnerImport], PartnerImport]


@pytest.fixture
def load(make: Factory, session: Session, sessions: sessionmaker[Session], sealer: Sealer, director: User) -> Load:
    """Load what was checked."""

    def done(upload: PartnerImport) -> PartnerImport:
        with unit_of_work(session):
            engine.run(session, PARTNER_IMPORT, upload, "load", make.actor(director))
        number = upload.id
        session.rollback()
        assert partner_imports.work(sessions, sealer, number, lambda: False)
        session.expire_all()
        return session.get_one(PartnerImport, number)

    return done


Loaded = Callable[[Rows], PartnerImport]


@pytest.fixture
def loaded(checked: Checked, load: Load) -> Loaded:
    """The whole way."""

    def done(rows: Rows) -> PartnerImport:
        upload = checked(files(rows))
        assert upload.state is PartnerImportState.CHECKED
        assert upload.problems == []
        return load(upload)

    return done
