"""An organization's list of cleared people: who is on it, adding several at a time, a new check of one."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import clock
from vetting.data.clearance_statement import load_clearance_statement
from vetting.extensions import db
from vetting.forms.clearances import MOST_ROWS, NewCheckForm, PeopleForm, Row, statement_of
from vetting.models import Clearance, Organization
from vetting.policy import Permission
from vetting.queries import vault
from vetting.unit_of_work import unit_of_work
from vetting.views.applicant.blueprint import bp
from vetting.views.applicant.organization import load_own
from vetting.views.arrival import arrived
from vetting.views.guard import actor, guarded, may
from vetting.views.steps import take, version_seen
from vetting.workflows import engine
from vetting.workflows.registry import workflow_named
from vetting.workflows.vault_commands import Checked

ADDRESS = "/apply/organizations/<reference>/cleared-people"
SOON_DAYS = 60

Answer = str | Response | tuple[str, int]


def load_person(session: Session, reference: str, person: str) -> Clearance | None:
    """One entry of the list of the organization that the address names."""
    organization = load_own(session, reference)
    found = vault.person(session, person)
    return found if found is not None and organization is not None and found.organization is organization else None


@bp.get(ADDRESS)
@guarded(Permission.CLEARANCE_VIEW, load_own)
def cleared_people(organization: Organization) -> str:
    """The list, for the people who keep it and for whoever is in charge of the organization's cases."""
    return render_template("applicant/cleared_people.html", **list_of(organization))


def list_of(organization: Organization) -> dict[str, Any]:
    """The list as pages show it."""
    session, today = db.session(), clock.today()
    rows = [_row(person, organization) for person in vault.people(session, organization.id)]
    return {
        "organization": organization,
        "rows": rows,
        "numbers": vault.cleared(session, organization.id, today),
        "keeps": may(Permission.CLEARANCE_KEEP, organization),
        "inside": organization.id in actor().organizations,
    }


def _row(person: Clearance, organization: Organization) -> dict[str, Any]:
    days = (person.next_due_on - clock.today()).days
    return {
        "name": person.name,
        "role": person.role,
        "checked_by": person.checked_by,
        "checked_on": person.checked_on,
        "due_on": person.next_due_on,
        "overdue": days < 0,
        "soon": 0 <= days <= SOON_DAYS,
        "reference": person.reference,
        "version": person.version,
        "subject": person,
        "renew_href": url_for("applicant.renew_check", reference=organization.reference, person=person.reference),
    }


@bp.route(f"{ADDRESS}/add", methods=["GET", "POST"])
@guarded(Permission.CLEARANCE_KEEP, load_own, sees=Permission.ORGANIZATION_OWN)
def list_people(organization: Organization) -> Answer:
    """Add several people in one go; nothing is kept until every row is right."""
    form = PeopleForm()
    status = 200
    if request.form.get("more"):
        form.more()
    elif request.method == "POST":
        known = {(p.name.casefold(), p.role.casefold()) for p in vault.people(db.session(), organization.id)}
        rows = form.read(known)
        if rows is not None:
            _list(organization, rows)
            flash(ngettext("%(num)s person is on the list.", "%(num)s people are on the list.", len(rows)), "success")
            return redirect(url_for("applicant.cleared_people", reference=organization.reference), code=303)
        status = 422
    page = render_template(
        "applicant/cleared_people_add.html",
        organization=organization,
        form=form,
        statement=_(load_clearance_statement().text),
        more=len(form.people) < MOST_ROWS,
    )
    return page, status


def _list(organization: Organization, rows: list[Row]) -> None:
    with unit_of_work(db.session) as session:
        for row in rows:
            person = Clearance(
                organization_id=organization.id,
                organization=organization,
                name=row.name,
                role=row.role,
                checked_by=row.checked_by,
                checked_on=row.checked_on,
                next_due_on=row.next_due_on,
                attested_at=clock.now(),
                text_version=load_clearance_statement().header.name,
                statement_sha256=statement_of(row),
            )
            engine.run(session, workflow_named("clearance"), person, "list", actor(), arrived=arrived())


@bp.route(f"{ADDRESS}/<person>/check", methods=["GET", "POST"])
@guarded(Permission.CLEARANCE_KEEP, load_person, sees=Permission.CLEARANCE_VIEW)
def renew_check(person: Clearance) -> Answer:
    """Record a new check of somebody who is on the list."""
    form = NewCheckForm(checked_by=person.checked_by) if request.method == "GET" else NewCheckForm()
    status = 200
    if request.method == "POST":
        row = form.read(person.name, person.role)
        if row is not None and row.checked_on <= person.checked_on:
            form.checked_on.errors = [_("The new check must be later than the one before")]
        elif row is not None:
            command = Checked(
                checked_by=row.checked_by,
                checked_on=row.checked_on,
                next_due_on=row.next_due_on,
                text_version=load_clearance_statement().header.name,
                statement_sha256=statement_of(row),
            )
            take("clearance", person, "renew", data=command, version=version_seen())
            flash(_("The new check is recorded."), "success")
            home = url_for("applicant.cleared_people", reference=person.organization.reference)
            return redirect(home, code=303)
        status = 422
    page = render_template(
        "applicant/cleared_person.html",
        person=person,
        organization=person.organization,
        form=form,
        statement=_(load_clearance_statement().text),
    )
    return page, status
