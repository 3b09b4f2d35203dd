"""The Partnership Fund: its years, how a year is divided among schools, and each school's ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import clock
from vetting.calendar_days import fiscal_year_bounds, fiscal_year_of, school_year_of
from vetting.extensions import db
from vetting.forms.fields import money_text, options
from vetting.forms.schools import FundYearForm, hundredths_of
from vetting.fund.allocation import AllocationRefused, index_text
from vetting.models import FundYear, FundYearState, LedgerAccount, LedgerKind, School
from vetting.policy import Permission
from vetting.queries import fund, schools, settings
from vetting.text import N_
from vetting.views.errors import translated
from vetting.views.guard import guarded
from vetting.views.steps import possible, step_url, take, version_seen
from vetting.workflows.registry import WORKFLOWS

bp = Blueprint("fund", __name__)

TONES = {FundYearState.DRAFT: "neutral", FundYearState.PUBLISHED: "good", FundYearState.CLOSED: "neutral"}

KINDS = {
    LedgerKind.ALLOCATION: N_("Allocation"),
    LedgerKind.ADJUSTMENT: N_("Adjustment"),
    LedgerKind.TRANSFER: N_("Transfer"),
    LedgerKind.COMMITMENT: N_("Commitment"),
    LedgerKind.RELEASE: N_("Release"),
    LedgerKind.PURCHASE_ORDER: N_("Purchase order"),
    LedgerKind.INVOICE: N_("Invoice"),
    LedgerKind.PAYMENT: N_("Payment"),
    LedgerKind.CARRYOVER: N_("Carried over"),
}


@dataclass(frozen=True)
class SchoolLedger:
    """A school's ledger in a fund year; what the policy asks about is the school."""

    school: School
    year: FundYear

    @property
    def school_id(self) -> int:
        return self.school.id


def load(session: Session, fiscal_year: str) -> FundYear | None:
    """A fund year by its fiscal year."""
    return fund.year(session, fiscal_year)


def load_ledger(session: Session, fiscal_year: str, dese_id: str) -> SchoolLedger | None:
    """A school's ledger; a year that is still in preparation has none."""
    year, school = fund.year(session, fiscal_year), schools.school(session, dese_id)
    if year is None or school is None or year.state is FundYearState.DRAFT:
        return None
    return SchoolLedger(school, year)


@bp.get("/fund")
@guarded(Permission.FUND_VIEW)
def index() -> str:
    """Every fund year, newest first."""
    words = WORKFLOWS["fund_year"].words
    years = fund.years(db.session())
    return render_template("fund/index.html", years=years, words=words, tones=TONES, index_text=index_text)


@bp.route("/fund/new", methods=["GET", "POST"])
@guarded(Permission.FUND_MANAGE)
def new() -> str | Response | tuple[str, int]:
    """Prepare a fund year. Nothing is shared out yet."""
    session = db.session()
    form = FundYearForm()
    enrollment_years, index_years = fund.known_years(session)
    form.enrollment_year.choices = options((year, year) for year in enrollment_years)
    form.index_year.choices = options((year, year) for year in index_years)
    if request.method == "GET":
        defaults = settings.process_settings(session).content["fund"]
        form.fiscal_year.data = fiscal_year_of(clock.today())
        form.threshold.data = index_text(defaults["threshold_hundredths"])
        form.need_weight.data = defaults["need_weight"]
        return render_template("fund/new.html", form=form)
    if not form.validate():
        return render_template("fund/new.html", form=form), 422
    if fund.year(session, form.fiscal_year.data or "") is not None:
        form.fiscal_year.errors = [_("There is a fund year %(year)s already", year=form.fiscal_year.data)]
        return render_template("fund/new.html", form=form), 422
    year = FundYear(
        fiscal_year=form.fiscal_year.data,
        school_year=school_year_of(fiscal_year_bounds(form.fiscal_year.data or "")[0]),
        total_cents=form.total.cents,
        threshold_hundredths=hundredths_of(form.threshold.data or "") or 0,
        need_weight=form.need_weight.data,
        enrollment_year=form.enrollment_year.data,
        index_year=form.index_year.data,
        made_up=fund.index_is_made_up(session, form.index_year.data),
    )
    take("fund_year", year, "draft")
    return redirect(url_for("fund.show", fiscal_year=year.fiscal_year), code=303)


@bp.get("/fund/<fiscal_year>")
@guarded(Permission.FUND_VIEW, load)
def show(subject: FundYear) -> str:
    """How a year is divided: a picture by need, and a line for every school."""
    return _page(subject)


def _page(year: FundYear, problem: str = "") -> str:
    lines = fund.share_lines(db.session(), year)
    getting = [line for line in lines if line.share.amount_cents or line.left or line.committed]
    return render_template(
        "fund/show.html",
        year=year,
        words=WORKFLOWS["fund_year"].words[year.state],
        tone=TONES[year.state],
        lines=getting,
        without=len(lines) - len(getting),
        bands=_bands(getting),
        committed=sum(line.committed for line in lines),
        steps=possible("fund_year", year),
        step_url=step_url,
        index_text=index_text,
        money_text=money_text,
        problem=problem,
    )


def _bands(lines: list[fund.ShareLine]) -> list[dict[str, Any]]:
    """The money by tenths of the index, so that one can see where it goes."""
    found: dict[int, tuple[int, int]] = {}
    for line in lines:
        tenth = int(line.share.explanation.get("index_hundredths", 0)) // 10
        cents, count = found.get(tenth, (0, 0))
        found[tenth] = (cents + line.share.amount_cents, count + 1)
    return [
        {
            "tenth": tenth,
            "low": index_text(tenth * 10),
            "high": index_text(tenth * 10 + 9),
            "cents": cents,
            "schools": count,
        }
        for tenth, (cents, count) in sorted(found.items())
    ]


@bp.post("/fund/<fiscal_year>/calculate")
@guarded(Permission.FUND_MANAGE, load, sees=Permission.FUND_VIEW)
def calculate(subject: FundYear) -> str | Response | tuple[str, int]:
    """Divide the money. Numbers that cannot be divided are refused in words."""
    try:
        take("fund_year", subject, "calculate", version=version_seen())
    except AllocationRefused as refused:
        db.session.rollback()
        return _page(subject, translated(refused.message)), 409
    return redirect(url_for("fund.show", fiscal_year=subject.fiscal_year), code=303)


@bp.get("/fund/<fiscal_year>/schools/<dese_id>")
@guarded(Permission.FUND_VIEW, load_ledger)
def ledger(subject: SchoolLedger) -> str:
    """Every movement of one school's money in a fund year."""
    session = db.session()
    left = 0
    rows = []
    for entry in fund.ledger(session, subject.school.id, subject.year.id):
        change = sum(line.amount_cents for line in entry.lines if line.account is LedgerAccount.AVAILABLE)
        left += change
        rows.append({"entry": entry, "what": _(KINDS[entry.kind]), "change": change, "left": left})
    return render_template(
        "fund/ledger.html",
        school=subject.school,
        year=subject.year,
        rows=rows,
        figures=fund.figures(session, subject.school.id, subject.year.fiscal_year),
    )
