"""A group names its fiscal sponsor; a sponsor that is registered here says whether that is so."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting.extensions import db
from vetting.forms.organization import SponsorForm
from vetting.models import Organization, Sponsorship, SponsorshipState
from vetting.policy import Permission
from vetting.queries import sponsors
from vetting.unit_of_work import unit_of_work
from vetting.views.applicant.blueprint import bp, sealer
from vetting.views.applicant.organization import ADDRESS, load_own
from vetting.views.errors import translated
from vetting.views.guard import actor, guarded
from vetting.views.steps import possible
from vetting.workflows import engine
from vetting.workflows.effects.answerable import registered_sponsor
from vetting.workflows.engine import StepRefused
from vetting.workflows.registry import WORKFLOWS, workflow_named


@bp.route(f"{ADDRESS}/sponsor", methods=["GET", "POST"])
@guarded(Permission.SPONSORSHIP_NAME, load_own, sees=Permission.ORGANIZATION_OWN)
def name_sponsor(found: Organization) -> str | Response | tuple[str, int]:
    """Name the organization that holds the group's money. One that is registered here is asked by mail."""
    form = SponsorForm()
    if request.method == "POST" and form.validate():
        try:
            asked = _name(found.id, form.sponsor_name.data or "", form.number)
        except StepRefused as refused:
            form.form_errors = [translated(reason) for reason in refused.reasons]
        else:
            said = _("We asked the sponsor to confirm it.") if asked else _("Saved. The office sees the name.")
            flash(said, "success")
            return redirect(url_for("applicant.organization", reference=found.reference), code=303)
    # A tax id is never shown again, not even to the person who typed it.
    form.ein.data = form.ein_again.data = ""
    page = render_template("applicant/sponsor_name.html", form=form, organization=found)
    return page, 422 if request.method == "POST" else 200


def _name(organization_id: int, name: str, number: str) -> bool:
    """Put it down; True when a registered sponsor was asked."""
    kept = sealer().seal(number)
    with unit_of_work(db.session) as session:
        group = session.get_one(Organization, organization_id)
        sponsor = registered_sponsor(session, group, kept["digest"])
        sponsorship = Sponsorship(
            organization=group,
            organization_id=group.id,
            sponsor=sponsor,
            sponsor_id=sponsor.id if sponsor is not None else None,
            sponsor_name=name,
            ein_digest=kept["digest"],
            ein_last4=kept["last4"],
            ein_encrypted=kept["sealed"].encode("ascii"),
        )
        step = "name" if sponsor is None else "ask"
        engine.run(session, workflow_named("sponsorship"), sponsorship, step, actor())
    return sponsor is not None


def load_sponsorship(session: Session, reference: str) -> Sponsorship | None:
    """A sponsorship by its reference."""
    return sponsors.find(session, reference)


@bp.get("/apply/sponsors/<reference>")
@guarded(Permission.SPONSORSHIP_ANSWER, load_sponsorship)
def sponsorship(found: Sponsorship) -> str:
    """What is asked of the sponsor, and the answers it can give."""
    return render_template(
        "applicant/sponsorship.html",
        sponsorship=found,
        steps=list(possible("sponsorship", found).values()),
        words=WORKFLOWS["sponsorship"].words[found.state].office,
        waits=found.state is SponsorshipState.ASKED,
    )
