"""``import-schools`` and ``import-index``: look first, then all rows or none, and a line for each bad one."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask
from sqlalchemy.orm import Session

from vetting.models import IndexScore, School, SchoolYear

HEADER = (
    "school_year,dese_id,name,lowest_grade,highest_grade,enrollment,chronically_absent_pct,address,zip,neighborhood\n"
)
GOOD = HEADER + (
    "2024-25,00350001,One School,K,5,300,20.1,1 First Street,02121,Dorchester\n"
    "2025-26,00350001,One School,K,6,310,19.0,1 First Street,02121,Dorchester\n"
    "2025-26,00350002,Two School,7,12,500,,2 Second Street,02122,Dorchester\n"
)
BAD = GOOD + (
    "2025-26,0035,Three School,K,5,300,20.1,,,\n"
    "2025-26,00350004,Four School,K,5,many,20.1,,,\n"
    "2025,00350005,Five School,K,5,300,20.1,,,\n"
)
INDEX = "dese_id,school_year,index\n00350001,2025-26,0.70\n00350002,2025-26,0.41\n"


def run(app: Flask, tmp_path: Path, command: str, text: str | bytes, *more: str) -> Result:
    file = tmp_path / "given.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return app.test_cli_runner().invoke(args=["vetting", command, str(file), *more])


def count(session: Session, table: type) -> int:
    session.rollback()
    return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_good_rows_are_all_imported(app: Flask, session: Session, tmp_path: Path) -> None:
    result = run(app, tmp_path, "import-schools", GOOD)
    assert (result.exit_code, "Added 3" in result.output) == (0, True), result.output
    assert (count(session, School), count(session, SchoolYear)) == (2, 3)


def test_a_dry_run_keeps_nothing_and_says_so(app: Flask, session: Session, tmp_path: Path) -> None:
    result = run(app, tmp_path, "import-schools", GOOD, "--dry-run")
    assert (result.exit_code, "Would add 3" in result.output) == (0, True), result.output
    assert count(session, School) == 0


def test_one_bad_row_keeps_every_row_out_and_each_is_named(app: Flask, session: Session, tmp_path: Path) -> None:
    result = run(app, tmp_path, "import-schools", BAD)
    assert result.exit_code == 1
    for line in (5, 6, 7):
        assert f"given.csv, line {line}: " in result.output
    assert "Nothing was imported" in result.output
    assert count(session, School) == 0


def test_importing_twice_changes_nothing(app: Flask, session: Session, tmp_path: Path) -> None:
    run(app, tmp_path, "import-schools", GOOD)
    result = run(app, tmp_path, "import-schools", GOOD)
    assert "Added 0 and change 0 of 3 rows" in result.output
    assert count(session, SchoolYear) == 3


def test_scores_go_to_schools_that_are_known(app: Flask, session: Session, tmp_path: Path) -> None:
    run(app, tmp_path, "import-schools", GOOD)
    assert run(app, tmp_path, "import-index", INDEX).exit_code == 0
    scores = session.execute(sa.select(School.dese_id, IndexScore.hundredths).join(IndexScore.school)).all()
    assert sorted(tuple(row) for row in scores) == [("00350001", 70), ("00350002", 41)]


def test_a_score_of_an_unknown_school_keeps_all_out(app: Flask, session: Session, tmp_path: Path) -> None:
    run(app, tmp_path, "import-schools", GOOD)
    result = run(app, tmp_path, "import-index", INDEX + "00359999,2025-26,0.50\n")
    assert result.exit_code == 1
    assert "line 4" in result.output
    assert count(session, IndexScore) == 0


@pytest.mark.parametrize("index", ["1.2", "-0.1", "high", "0", "0.005"])
def test_a_score_outside_the_scale_is_named(app: Flask, session: Session, tmp_path: Path, index: str) -> None:
    run(app, tmp_path, "import-schools", GOOD)
    result = run(app, tmp_path, "import-index", f"dese_id,school_year,index\n00350001,2025-26,{index}\n")
    assert (result.exit_code, "line 2" in result.output) == (1, True), result.output
    assert count(session, IndexScore) == 0


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xfe\x00bad", b"PK\x03\x04zip", b"a,b\n1,2\n", HEADER.encode(), b"\x00" * 100],
    ids=["empty", "not text", "a workbook", "other columns", "no rows", "zeros"],
)
@pytest.mark.parametrize("command", ["import-schools", "import-index"])
def test_a_file_that_is_no_such_table_gets_one_plain_sentence(
    app: Flask, session: Session, tmp_path: Path, command: str, data: bytes
) -> None:
    result = run(app, tmp_path, command, data)
    assert result.exit_code == 1, result.output
    assert "Traceback" not in result.output
    assert count(session, School) == 0


def test_a_file_that_is_not_there(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["vetting", "import-schools", "/no/such/file.csv"])
    assert result.exit_code == 2
    assert "does not exist" in result.output


@pytest.mark.parametrize(
    "command", ["verify", "create-admin", "import-schools", "import-index", "demo", "export-agreements"]
)
def test_each_command_explains_itself(app: Flask, command: str) -> None:
    result = app.test_cli_runner().invoke(args=["vetting", command, "--help"])
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 4
