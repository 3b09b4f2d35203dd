"""Schools: the list a person may see, and the school leader's one page."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import clock
from vetting.calendar_days import fiscal_year_of, school_year_bounds, school_year_of
from vetting.extensions import db
from vetting.fund.allocation import index_text
from vetting.models import Agreement, School, SignerState
from vetting.policy import Permission, allows
from vetting.queries import agreements, fund, schools
from vetting.views.guard import actor, guarded, may
from vetting.views.partnerships import TONES as PARTNERSHIP_TONES
from vetting.views.partnerships import years_to_choose
from vetting.workflows.registry import WORKFLOWS

bp = Blueprint("schools", __name__)


def load(session: Session, dese_id: str) -> School | None:
    """A school by the state's id."""
    return schools.school(session, dese_id)


@bp.get("/schools")
@guarded(Permission.ACCOUNT_OWN)
def index() -> str | Response:
    """The schools a person may see; someone with one school goes straight to it."""
    person = actor()
    everything = bool(person.roles & schools.SEES_ALL)
    if not everything and not person.schools:
        abort(403)
    text = " ".join(request.args.get("q", "").replace("\0", "").split())[:100]
    lines, later = schools.find(db.session(), person, text, _place())
    if not everything and len(person.schools) == 1 and lines and not text:
        return redirect(url_for("schools.show", dese_id=lines[0].school.dese_id))
    return render_template(
        "schools/index.html",
        lines=lines,
        text=text,
        later=_token(later),
        after=bool(request.args.get("after")),
        index_text=index_text,
    )


def _place() -> tuple[str, int] | None:
    try:
        name, number = json.loads(urlsafe_b64decode(request.args.get("after", "").encode("ascii")))
    except (ValueError, TypeError):
        return None
    fits = isinstance(name, str) and isinstance(number, int) and 0 <= number < 2**53 and "\0" not in name
    return (name, number) if fits else None


def _token(place: tuple[str, int] | None) -> str:
    return urlsafe_b64encode(json.dumps(place).encode()).decode("ascii") if place else ""


@bp.get("/schools/<dese_id>")
@guarded(Permission.SCHOOL_VIEW, load)
def show(subject: School) -> str:
    """Money, agreements, partnerships and facts of one school on one page."""
    session, person = db.session(), actor()
    today = clock.today()
    year = chosen_year()
    rows = [item for item in agreements.of_school(session, subject.id) if may(Permission.AGREEMENT_VIEW, item)]
    groups = agreements.grouped(rows, person, today)
    piles = {
        "waiting": groups.waiting,
        "under_way": groups.under_way,
        "in_force": groups.in_force,
        "ending_soon": groups.ending_soon,
        "ended": groups.ended,
    }
    pile = request.args.get("pile", "")
    if pile not in piles:
        pile = next((name for name, found in piles.items() if found and name != "ended"), "in_force")
    sees_money = allows(Permission.FUND_VIEW, person, subject)
    return render_template(
        "schools/show.html",
        school=subject,
        facts=subject.years[-1] if subject.years else None,
        score=subject.scores[-1] if subject.scores else None,
        index_text=index_text,
        year=year,
        years=years_of(rows),
        figures=fund.figures(session, subject.id, fiscal_year_of(school_year_bounds(year)[0])) if sees_money else None,
        sees_money=sees_money,
        piles=piles,
        pile=pile,
        lines=[agreement_line(item) for item in piles[pile]],
        partnerships=[
            item for item in schools.partnerships(session, subject.id) if may(Permission.PARTNERSHIP_VIEW, item)
        ],
        partnership_words=WORKFLOWS["partnership"].words,
        partnership_tones=PARTNERSHIP_TONES,
    )


def years_of(rows: list[Agreement]) -> list[str]:
    """School years to choose from: those of the agreements, and the ones that can be planned now."""
    return sorted({*(item.school_year for item in rows), *years_to_choose()}, reverse=True)


def chosen_year() -> str:
    """The school year in the address, or the one we are in."""
    asked = request.args.get("year", "")
    try:
        school_year_bounds(asked)
    except ValueError:
        return school_year_of(clock.today())
    return asked


def agreement_line(agreement: Agreement) -> dict[str, Any]:
    """An agreement in a list: where it stands and how many have signed."""
    signers = agreements.signers(agreement)
    return {
        "agreement": agreement,
        "program": agreement.partnership.program.name,
        "words": WORKFLOWS["agreement"].words[agreement.state].public,
        "tone": TONES.get(agreement.state.value, "neutral"),
        "signed": sum(1 for signer in signers if signer.state is SignerState.SIGNED),
        "signers": len(signers),
        "yours": agreements.waits_for(agreement, actor().user_id),
        "unsigned": agreement.state in agreements.UNSIGNED,
        "has_document": agreement.executed_at is not None,
    }


TONES = {
    "draft": "neutral",
    "in_review": "info",
    "out_for_signature": "warn",
    "partly_signed": "warn",
    "executing": "info",
    "in_force": "good",
    "suspended": "bad",
}
