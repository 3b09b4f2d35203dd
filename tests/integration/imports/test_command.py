"""The list from the command line: what it says, and how it ends."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from tests.integration.imports.conftest import csv_file, partner, workbook
from vetting.models import Organization, PartnerImportItem, Sheet

P = Sheet.PARTNERS


def run(app: Flask, *words: str) -> tuple[int, str]:
    """The exit code and everything that was said."""
    done = app.test_cli_runner().invoke(args=["vetting", *words])
    return done.exit_code, done.output


def written(tmp_path: Path, *rows: object, name: str = "partners.csv") -> str:
    path = tmp_path / name
    path.write_bytes(csv_file(P, list(rows))[1])  # type: ignore[arg-type]
    return str(path)


def test_a_dry_run_keeps_nothing(app: Flask, session: Session, tmp_path: Path) -> None:
    code, said = run(app, "import-partners", written(tmp_path, partner()), "--dry-run")
    assert (code, "1 rows are new" in said) == (0, True), said
    assert session.scalars(sa.select(Organization)).all() == []
    assert session.scalars(sa.select(PartnerImportItem)).all() == []


def test_a_good_list_is_loaded_and_written_out_again(app: Flask, session: Session, tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    path.write_bytes(workbook(tmp_path, {P: [partner(tax_id="04-1234567")]})[1])
    code, said = run(app, "import-partners", str(path))
    assert (code, "1 rows added" in said) == (0, True), said
    assert [o.import_key for o in session.scalars(sa.select(Organization))] == ["P-001"]
    session.rollback()
    assert run(app, "import-partners", str(path))[1].strip().endswith("There is nothing new in this list.")
    out = tmp_path / "out.xlsx"
    assert run(app, "export-partners", str(out))[0] == 0
    book = openpyxl.load_workbook(out)
    rows = [[cell.value for cell in row] for row in book["Partners"].iter_rows(min_row=2)]
    book.close()
    assert rows[0][0] == "P-001"
    assert "**-***4567" in rows[0]


def test_a_wrong_list_says_each_line_and_loads_nothing(app: Flask, session: Session, tmp_path: Path) -> None:
    code, said = run(app, "import-partners", written(tmp_path, partner(), partner("P-002", zip="2119")))
    assert code == 1
    assert "partners, row 3, zip: “2119” lost its leading zero" in said
    assert session.scalars(sa.select(Organization)).all() == []


def test_look_alikes_wait_for_a_person(app: Flask, session: Session, tmp_path: Path) -> None:
    two = partner(legal_name="Harbor Lights Theater"), partner("P-002", legal_name="Harbour Lights Theatre")
    code, said = run(app, "import-partners", written(tmp_path, *two))
    assert code == 3
    assert "1 rows look like other partners" in said
    assert len(session.scalars(sa.select(PartnerImportItem)).all()) == 2
