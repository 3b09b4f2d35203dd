"""Schools as they are, index scores that are made up, and two years of a made-up Partnership Fund."""

from __future__ import annotations

import sqlalchemy as sa

from vetting.calendar_days import fiscal_year_of, school_year_of
from vetting.data import schools as school_files
from vetting.jobs.demo.cast import FINANCE
from vetting.jobs.demo.scene import Scene
from vetting.jobs.school_imports import Imported, import_index, import_schools
from vetting.models import FundYear, IndexScore, School
from vetting.queries import fund

TOTAL_CENTS = 600_000_000
THRESHOLD_HUNDREDTHS = 56


def bring_schools(scene: Scene) -> None:
    """The real schools with their published figures. A district that has its own scores keeps them."""
    if scene.session.scalar(sa.select(School.id).limit(1)) is None:
        _whole(import_schools(scene.session, school_files.file_bytes(school_files.BOSTON_SCHOOLS)))
    if scene.session.scalar(sa.select(IndexScore.id).limit(1)) is None:
        data = school_files.file_bytes(school_files.DEMONSTRATION_INDEX)
        _whole(import_index(scene.session, data, made_up=True))


def _whole(imported: Imported) -> None:
    if imported.problems:
        raise ValueError(f"a school file that ships with the program is damaged: {imported.problems[0]}")


def open_fund(scene: Scene) -> None:
    """Last year's and this year's allocations, from the two newest years of figures."""
    enrollment, scores = fund.known_years(scene.session)
    figures = [year for year in enrollment if year in scores]
    today = scene.house.today
    finance = scene.acting(FINANCE)
    for years_ago, published in ((1, 420), (0, 135)):
        day = today.replace(day=1, year=today.year - years_ago)
        year = FundYear(
            fiscal_year=fiscal_year_of(day),
            school_year=school_year_of(day),
            total_cents=TOTAL_CENTS,
            threshold_hundredths=THRESHOLD_HUNDREDTHS,
            index_year=figures[min(years_ago, len(figures) - 1)],
            enrollment_year=figures[min(years_ago, len(figures) - 1)],
            made_up=True,
        )
        at = scene.house.moment(published)
        for step in ("draft", "calculate", "publish"):
            scene.take("fund_year", year, step, finance, at)


def close_last_year(scene: Scene) -> None:
    """The books of last year are closed once its agreements are settled."""
    today = scene.house.today
    year = fund.year(scene.session, fiscal_year_of(today.replace(day=1, year=today.year - 1)))
    if year is not None:
        reason = "Every agreement of the year is settled."
        scene.take("fund_year", year, "close", scene.acting(FINANCE), scene.house.moment(20), reason=reason)
