"""Prepare a district for the journey: real schools, staff with passwords, a fund year and an open round.

Run as a program, because one process serves one district: ``python -m tests.e2e.seed``. Prints the chosen school.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from flask_security import hash_password
from sqlalchemy.orm import Session

from tests.factories import Factory
from vetting import create_app
from vetting.extensions import db
from vetting.jobs.school_imports import import_index, import_schools
from vetting.models import Allocation, FundYear, Role, School
from vetting.unit_of_work import unit_of_work

PASSWORD = "a long password for the journey"
DATA = Path("vetting/data/schools")

STAFF: dict[str, tuple[str, Role]] = {
    "Cora Coordinator": ("cora@district.example", Role.COORDINATOR),
    "Rey Reviewer": ("rey@district.example", Role.REVIEWER),
    "Rita Reviewer": ("rita@district.example", Role.REVIEWER),
    "Dora Director": ("dora@district.example", Role.DIRECTOR),
    "Dee Signatory": ("dee@district.example", Role.DISTRICT_SIGNATORY),
}
LEADER = ("Lee Leader", "lee@school.example")


def main() -> None:
    app = create_app()
    with app.app_context():
        session = Session(db.engine, expire_on_commit=False)
        with unit_of_work(session):
            import_schools(session, (DATA / "boston_schools.csv").read_bytes())
            import_index(session, (DATA / "demonstration_index.csv").read_bytes(), made_up=True)
        make = Factory(session, app.extensions["store"])
        for name, (address, role) in STAFF.items():
            make.person(name, role, email=address, password=hash_password(PASSWORD))
        finance = make.actor(make.person("Fin Finance", Role.FINANCE))
        year = FundYear(
            fiscal_year="FY27",
            school_year="2026-27",
            total_cents=600_000_000,
            threshold_hundredths=56,
            index_year="2025-26",
            enrollment_year="2025-26",
            made_up=True,
        )
        make.take("fund_year", year, "draft", finance)
        make.take("fund_year", year, "calculate", finance)
        make.take("fund_year", year, "publish", finance)
        share = session.query(Allocation).filter(Allocation.amount_cents > 5_000_000).order_by(Allocation.id).first()
        assert share is not None
        school: School = share.school
        leader = make.person(LEADER[0], email=LEADER[1], title="Principal")
        make.grant(leader, Role.SCHOOL_LEADER, school=school)
        make.round(title="Portfolio round 2026")
        sys.stdout.write(json.dumps({"dese_id": school.dese_id, "school": school.name, "cents": share.amount_cents}))


if __name__ == "__main__":
    main()
