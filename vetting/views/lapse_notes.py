"""What pages about an organization, a case or a school say of documents that ran out, waivers and holds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask, url_for

from vetting import clock
from vetting.extensions import db
from vetting.models import Application, Organization, School
from vetting.policy import Permission
from vetting.queries import forecast, lapses, retention, waivers
from vetting.views.desk_words import state_words
from vetting.views.guard import may
from vetting.views.lapses import TONES, kind_name, plan_words
from vetting.views.waivers import rows_of


def of_organization(organization: Organization) -> dict[str, Any]:
    """For the office's page of an organization: what runs out, what is waived, what is held, and what can be done."""
    session = db.session()
    if not may(Permission.LAPSE_VIEW, organization):
        return {}
    found = lapses.open_lapses(session, organization.id)
    return {
        "lapses": [
            {
                "document": kind_name(lapse.type_key),
                "href": url_for("lapses.show", reference=lapse.reference),
                "state": state_words("lapse", lapse.state),
                "tone": TONES.get(lapse.state, "neutral"),
                "last": lapse.out_from - timedelta(days=1),
                "plan": plan_words(lapse),
            }
            for lapse in found.values()
        ],
        "waivers": rows_of(waivers.of_organization(session, organization.id)),
        "holds": retention.holds_of(session, organization.id),
    }


def holds_on(application: Application) -> list[Any]:
    """For the office's page of a case: the holds that keep its files, one read."""
    return list(retention.holds_of(db.session(), application.organization_id, application.id))


def of_school(school: School) -> dict[str, Any]:
    """For a school's page: partners working there with something out of date, and waivers with their conditions."""
    session, today = db.session(), clock.today()
    return {
        "lapses": [
            {
                "organization": lapse.organization.legal_name,
                "document": kind_name(lapse.type_key),
                "last": lapse.out_from - timedelta(days=1),
                "plan": plan_words(lapse),
            }
            for lapse in forecast.out_at_school(session, school.id)
        ],
        "waivers": [
            {
                "organization": waiver.organization.legal_name,
                "document": kind_name(waiver.type_key),
                "conditions": waiver.conditions,
                "ends_on": waiver.ends_on,
            }
            for waiver in waivers.in_force_at_school(session, school.id, today)
        ],
    }


def register(app: Flask) -> None:
    """Give every template the functions."""
    app.jinja_env.globals |= {"what_runs_out": of_organization, "holds_on": holds_on, "about_partners_at": of_school}
