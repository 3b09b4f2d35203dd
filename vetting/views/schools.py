"""Schools: the list a person may see, and the school leader's one page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import clock
from vetting.calendar_days import fiscal_year_of, school_year_bounds, school_year_of
from vetting.extensions import db
from vetting.fund.allocation import index_text
from vetting.models import School
from vetting.policy import Permission, allows
from vetting.queries import delegations, fund, school_agreements, schools
from vetting.queries.agreements import OUT, UNSIGNED
from vetting.views import paging
from vetting.views.guard import actor, guarded, may
from vetting.views.partnerships import TONES as PARTNERSHIP_TONES
from vetting.views.partnerships import years_to_choose
from vetting.views.school_next import next_at_school
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
    lines, later = schools.find(db.session(), person, text, paging.place_of(request.args.get("after", ""), str, int))
    if not everything and len(person.schools) == 1 and lines and not text:
        return redirect(url_for("schools.show", dese_id=lines[0].school.dese_id))
    return render_template(
        "schools/index.html",
        lines=lines,
        text=text,
        later=paging.token(later) if later else "",
        after=bool(request.args.get("after")),
        index_text=index_text,
    )


@bp.get("/schools/<dese_id>")
@guarded(Permission.SCHOOL_VIEW, load)
def show(subject: School) -> str:
    """What to do next, money, agreements, partnerships and facts of one school on one page."""
    session, person = db.session(), actor()
    today = clock.today()
    year, wanted = chosen_year(), _wanted()
    every = school_agreements.briefs(session, person, subject.id)
    piles = school_agreements.piles(school_agreements.chosen(every, wanted["q"], wanted["of"]), today)
    pile = wanted["pile"]
    if pile not in piles:
        pile = next((name for name, found in piles.items() if found and name != "ended"), "")
        pile = pile or ("ended" if piles["ended"] else "in_force")
    start = _start(len(piles[pile]))
    shown = piles[pile][start : start + school_agreements.PAGE]
    proposed = [item for item in schools.partnerships(session, subject.id) if may(Permission.PARTNERSHIP_VIEW, item)]
    sees_money = allows(Permission.FUND_VIEW, person, subject)
    return render_template(
        "schools/show.html",
        school=subject,
        next=next_at_school(every, proposed, today),
        facts=subject.years[-1] if subject.years else None,
        score=subject.scores[-1] if subject.scores else None,
        index_text=index_text,
        year=year,
        years=years_of(every),
        year_options=[("", _("All years")), *((one, one) for one in years_of(every))],
        figures=fund.figures(session, subject.id, fiscal_year_of(school_year_bounds(year)[0])) if sees_money else None,
        sees_money=sees_money,
        wanted=wanted,
        searched=bool(wanted["q"] or wanted["of"]),
        piles={name: len(found) for name, found in piles.items()},
        pile=pile,
        start=start,
        page_size=school_agreements.PAGE,
        lines=[agreement_line(brief) for brief in shown],
        documents=school_agreements.documents_by_year(every),
        partnerships=proposed,
        partnership_words=WORKFLOWS["partnership"].words,
        partnership_tones=PARTNERSHIP_TONES,
        delegations=delegations.of_school(session, subject.id, today),
        stands_in=person.stands_in.get(subject.id),
        today=today,
    )


def _wanted() -> dict[str, str]:
    """What the reader looks for among the agreements: words, a school year (empty: any), and a pile."""
    text = " ".join(request.args.get("q", "").replace("\0", "").split())[:100]
    return {"q": text, "of": request.args.get("of", "")[:7], "pile": request.args.get("pile", "")}


def _start(length: int) -> int:
    """Where in a pile the page begins; the first one for whatever does not fit."""
    raw = request.args.get("from", "")
    number = int(raw) if raw.isdecimal() and len(raw) < 7 else 0
    return number if number % school_agreements.PAGE == 0 and number < length else 0


def years_of(found: Sequence[school_agreements.Brief]) -> list[str]:
    """School years to choose from: those of the agreements, and the ones that can be planned now."""
    return sorted({*(brief.school_year for brief in found), *years_to_choose()}, reverse=True)


def chosen_year() -> str:
    """The school year in the address, or the one we are in."""
    asked = request.args.get("year", "")
    try:
        school_year_bounds(asked)
    except ValueError:
        return school_year_of(clock.today())
    return asked


def agreement_line(brief: school_agreements.Brief) -> dict[str, Any]:
    """An agreement in a list: where it stands and how many have signed."""
    return {
        "agreement": brief,
        "words": WORKFLOWS["agreement"].words[brief.state].public,
        "tone": TONES.get(brief.state.value, "neutral"),
        "yours": brief.invited and brief.state in OUT,
        "unsigned": brief.state in UNSIGNED,
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
