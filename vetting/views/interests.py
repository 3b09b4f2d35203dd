"""A person's own interests: the yearly word, one click on a case, and what may be a conflict before a case opens."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from vetting import clock
from vetting.calendar_days import school_year_of
from vetting.data.attestation import load_attestation
from vetting.extensions import db
from vetting.forms.attestation import AttestationForm, values_of
from vetting.forms.desk import InterestForm
from vetting.models import Application, Attestation, Conflict
from vetting.policy import SYSTEM, Permission, sees_identity
from vetting.queries import attestations, hints
from vetting.queries.people import ROLE_NAMES
from vetting.unit_of_work import unit_of_work
from vetting.views import casefile
from vetting.views.errors import translated
from vetting.views.guard import actor, guarded
from vetting.views.steps import back_to, take
from vetting.workflows import engine
from vetting.workflows.registry import workflow_named

bp = Blueprint("interests", __name__, url_prefix="/desk")


@bp.route("/attestation", methods=["GET", "POST"])
@guarded(Permission.CONFLICT_DECLARE)
def attest() -> str | Response | tuple[str, int]:
    """Give, or change, this school year's word. The lists of the last one are there to be checked."""
    year = school_year_of(clock.today())
    before = attestations.newest(db.session(), actor().user_id or 0)
    form = (
        AttestationForm(data=values_of(before.interests)) if before and request.method == "GET" else AttestationForm()
    )
    if request.method == "POST" and form.validate():
        _give(year, form.interests(), before)
        flash(_("Thank you. Your word for %(year)s is on record.", year=year), "success")
        return redirect(back_to(url_for("queue.index")), code=303)
    page = render_template(
        "interests/attestation.html",
        form=form,
        text=load_attestation(),
        year=year,
        given=before if before is not None and before.year == year else None,
        earlier=before if before is not None and before.year != year else None,
        next=back_to(""),
    )
    return page, 422 if request.method == "POST" else 200


def _give(year: str, interests: list[dict[str, str]], before: Attestation | None) -> None:
    """The new word takes the place of the year's old one in the same moment."""
    workflow = workflow_named("attestation")
    new = Attestation(
        user_id=actor().user_id, year=year, text_version=load_attestation().header.name, interests=interests
    )
    with unit_of_work(db.session) as session:
        if before is not None and before.year == year:
            engine.run(session, workflow, before, "supersede", SYSTEM)
        engine.run(session, workflow, new, "make", actor())


@bp.get("/attestations")
@guarded(Permission.CONFLICT_LIFT)
def everybody() -> str:
    """Who has given this school year's word, and who has not."""
    year = school_year_of(clock.today())
    rows = [
        {
            "who": word.person.name or word.person.email,
            "roles": ", ".join(_(ROLE_NAMES[role]) for role in word.roles),
            "given": word.attestation.created_at if word.attestation else None,
            "interests": len(word.attestation.interests) if word.attestation else 0,
        }
        for word in attestations.of_year(db.session(), year)
    ]
    missing = sum(1 for row in rows if row["given"] is None)
    return render_template("interests/everybody.html", rows=rows, year=year, missing=missing)


def before_opening(application: Application, *, asks: bool = True) -> Response | None:
    """Where a person goes before a case opens: to their yearly word, or to what may be a conflict. Usually nowhere.

    ``asks`` is False for a page that shows what may be a conflict, and asks, itself.
    """
    person = actor()
    standing, word_first = hints.towards(db.session(), person.user_id or 0, application.organization)
    if word_first and person.owes_word:
        return redirect(url_for("interests.attest", next=request.full_path.rstrip("?")))
    if asks and standing.unanswered and sees_identity(person, application):
        return redirect(url_for("interests.answer", reference=application.reference))
    return None


def deny(application: Application, reason: str = "") -> None:
    """Keep on record that the reader has no interest, with everything that they were shown."""
    shown = [hint.mark for hint in standing_of(application).hints]
    conflict = Conflict(
        user_id=actor().user_id, organization_id=application.organization_id, reason=reason, hints=shown
    )
    take("conflict", conflict, "deny", reason=reason)


def told_to_assigner(application: Application, people: Sequence[int]) -> Mapping[int, list[str]]:
    """What speaks for an interest of each of these people, by their id, in sentences for whoever assigns."""
    told = told_of_many({application: people})
    return {person: told[application.id, person] for person in people}


def told_of_many(chosen: Mapping[Application, Collection[int]]) -> Mapping[tuple[int, int], list[str]]:
    """The same for the people of many cases, by case and person. One read in all."""
    open_ = {case: people for case, people in chosen.items() if sees_identity(actor(), case)}
    everybody = {person for people in open_.values() for person in people}
    found = hints.between(db.session(), everybody, [case.organization for case in open_]) if everybody else {}
    return {
        (case.id, person): _said(found[person, case.organization_id]) if case in open_ else []
        for case, people in chosen.items()
        for person in people
    }


def _said(standing: hints.Standing) -> list[str]:
    sentences = [translated(hint.words) for hint in standing.hints]
    if sentences:
        ask = _("May be a conflict; this person says there is none:")
        sentences.insert(0, _("May be a conflict:") if standing.unanswered else ask)
    return sentences


@bp.get("/cases/<reference>/interest")
@guarded(Permission.CASE_VIEW, casefile.load)
def answer(application: Application) -> str:
    """What may be a conflict, with the two answers; or only the declaration, where nothing speaks for one."""
    standing = standing_of(application)
    return render_template(
        "interests/answer.html",
        application=application,
        name=casefile.title(application),
        hints=[translated(hint.words) for hint in standing.unanswered],
        form=InterestForm(),
    )


def standing_of(application: Application) -> hints.Standing:
    """What speaks for an interest of the reader. A blind reviewer is told nothing that says who applies."""
    if not sees_identity(actor(), application):
        return hints.Standing()
    return hints.towards(db.session(), actor().user_id or 0, application.organization)[0]


@bp.post("/cases/<reference>/interest")
@guarded(Permission.CASE_VIEW, casefile.load)
def answered(application: Application) -> Response | tuple[str, int]:
    """Record the interest, or that there is none in spite of what was shown."""
    form = InterestForm()
    choice = request.form.get("choice", "have")
    if choice not in {"have", "none"}:
        abort(400)
    if not form.validate():
        standing = standing_of(application)
        page = render_template(
            "interests/answer.html",
            application=application,
            name=casefile.title(application),
            hints=[translated(hint.words) for hint in standing.unanswered],
            form=form,
        )
        return page, 422
    reason = form.reason.data or ""
    if choice == "have":
        conflict = Conflict(user_id=actor().user_id, organization_id=application.organization_id, reason=reason)
        take("conflict", conflict, "declare", reason=reason)
        flash(_("Your interest is declared. The organization and its cases are no longer on your desk."), "success")
        return redirect(url_for("organizations.recusals"), code=303)
    deny(application, reason)
    flash(_("It is on record that you have no interest."), "success")
    return redirect(url_for("cases.show", reference=application.reference), code=303)
